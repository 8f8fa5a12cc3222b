import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Asked, analyse, bounded, endpointsOf } from './analyse.ts';
import { type Finding, ScanError } from './contract.ts';
import { ignoring, parseIgnoreFile } from './ignore.ts';
import { parse } from './parse.ts';
import { folderOf, openapi } from './testing.ts';

const ok = { responses: { 200: { description: 'Done' } } };

async function scanned(files: Record<string, string | object>, asked: Partial<Asked> = {}, entry = Object.keys(files)[0] ?? '') {
  const file = join(folderOf(files), entry);
  const { scan, lines } = await analyse({ spec: file, base: null, ignoreFile: null, allowsRemote: false, ...asked }, () => {});
  return { file, lines, ...scan };
}
const codes = (findings: readonly Finding[]) => findings.map(({ code }) => code);

describe('reading a description', () => {
  it.each([
    ['OpenAPI 3.0 as JSON', 'a.json', JSON.stringify({ openapi: '3.0.3', info: {}, paths: { '/a': { get: ok } } }), '3.0.3'],
    [
      'OpenAPI 3.1 as YAML',
      'a.yaml',
      'openapi: 3.1.0\ninfo: {title: T}\npaths:\n  /a:\n    get: {responses: {200: {}}}\n',
      '3.1.0',
    ],
    ['Swagger 2.0 as YAML, its version without quotes', 'a.yml', 'swagger: 2.0\npaths: {/a: {get: {}}}\n', '2.0'],
  ])('takes %s', async (_what, name, text, version) => {
    const { endpoints, spec, file } = await scanned({ [name]: text });
    expect(endpoints).toEqual([{ method: 'GET', path: '/a', operationId: null, tags: [], summary: null }]);
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(spec).toMatchObject({ format: 'openapi', version, hash });
  });

  it('cuts what the contract bounds, and tells of an endpoint that is there twice', async () => {
    const operation = {
      ...ok,
      operationId: 'o'.repeat(300),
      summary: '😀'.repeat(200),
      tags: Array.from({ length: 30 }, (_, i) => `t${i}`),
    };
    const { endpoints, findings } = await scanned({
      'a.json': openapi({ '/a/{id}': { get: operation }, '/a/{key}': { get: ok } }),
    });
    expect(endpoints).toHaveLength(1);
    expect([endpoints[0]?.operationId?.length, endpoints[0]?.tags.length]).toEqual([200, 20]);
    expect(endpoints[0]?.summary?.isWellFormed()).toBe(true);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'scan.duplicate_endpoint', path: '/a/{key}' }));
  });

  it('sends of an operation that it is deprecated, and nothing of one that is not', async () => {
    const paths = {
      '/a': { get: { ...ok, deprecated: true }, put: { ...ok, deprecated: false }, post: { ...ok, deprecated: 'no' } },
    };
    const { endpoints } = await scanned({ 'a.json': openapi(paths) });
    expect(endpoints.map((each) => [each.method, each.deprecated, 'deprecated' in each])).toEqual([
      ['GET', true, true],
      ['POST', undefined, false],
      ['PUT', undefined, false],
    ]);
  });

  it('refuses 2,001 endpoints and takes 2,000', () => {
    const paths = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`/p${i}`, { get: ok }]));
    expect([1_999, 2_000].map((count) => endpointsOf({ paths: paths(count) }).endpoints.length)).toEqual([1_999, 2_000]);
    expect(() => endpointsOf({ paths: paths(2_001) })).toThrow('2001 endpoints');
  });

  it('follows references through files of its folder, and round in circles', async () => {
    const { endpoints, findings } = await scanned({
      'a.yaml':
        'openapi: 3.0.0\ninfo: {title: T}\npaths:\n  /a: {$ref: "paths/a.yaml#/item"}\n  /loop: {$ref: "#/paths/~1loop"}\n',
      'paths/a.yaml': 'item:\n  post:\n    responses: {200: {$ref: "../answers.yaml#/ok"}}\n',
      'answers.yaml':
        'ok: {description: d, content: {application/json: {schema: {$ref: "#/Tree"}}}}\nTree: {type: array, items: {$ref: "#/Tree"}}\n',
    });
    expect(endpoints).toMatchObject([{ method: 'POST', path: '/a' }]);
    expect(codes(findings)).not.toContain('invalid-ref');
  });

  it('tells of a reference that leads nowhere', async () => {
    const { findings } = await scanned({ 'a.json': openapi({ '/a': { get: { ...ok, parameters: [{ $ref: '#/nowhere' }] } } }) });
    expect(codes(findings)).toContain('invalid-ref');
  });

  it('takes a $ref in an example for what it is, and one of a property of that name', async () => {
    const data = { $ref: 'https://elsewhere.example/users/1' };
    const schema = { type: 'object', properties: { $ref: { type: 'string' }, example: { $ref: '#/components/schemas/Name' } } };
    const media = { schema: { ...schema, example: data, default: data }, examples: { one: { value: { members: [data] } } } };
    const answer = { description: 'd', content: { 'application/json': media } };
    const components = { schemas: { Name: { type: 'string', enum: [data] } } };
    const { endpoints, findings } = await scanned({
      'a.json': openapi({ '/a': { get: { responses: { 200: answer } } } }, { components }),
    });
    expect([endpoints.length, codes(findings).includes('invalid-ref')]).toEqual([1, false]);
  });

  it.each([
    [
      'JSON',
      '{\n "openapi": "3.0.0", "info": {"get": {}},\n "paths": {\n  "/a": {\n   "get": {"paths": {"/b": {}}},\n\n   "post": {}},\n  "/c": {"x-get": {}}}}',
    ],
    [
      'YAML',
      'openapi: 3.0.0\n# - paths:\npaths:\n  /a: &a\n    get: {paths: {/b: {}}}\n    parameters: [{a: b}]\n    "post": |\n      get:\n  ? "/c"\n  : *a\n',
    ],
  ])('knows the lines of paths and operations in %s', async (kind, text) => {
    const { lines } = await scanned({ 'a.yaml': text }, { wantsLines: true });
    expect(lines).toEqual(
      kind === 'JSON' ? { '/a': 4, 'GET /a': 5, 'POST /a': 7, '/c': 8 } : { '/a': 4, 'GET /a': 5, 'POST /a': 7, '/c': 9 },
    );
  });

  it('takes OpenAPI 3.2, and says which of its methods a scan has no word for', async () => {
    const { endpoints, findings, spec } = await scanned({
      'a.json': { ...openapi({ '/a': { get: ok, query: ok, additionalOperations: { COPY: ok } } }), openapi: '3.2.0' },
    });
    expect([spec.version, endpoints.map(({ method }) => method)]).toEqual(['3.2.0', ['GET']]);
    expect(findings.filter(({ code }) => code === 'scan.method_not_sent').map(({ message }) => message)).toEqual([
      'The operation QUERY is not sent: a scan takes no such method.',
      'The operation COPY is not sent: a scan takes no such method.',
    ]);
  });

  it('fetches what is remote only when it is allowed to', async () => {
    const server = createServer((_request, response) => response.end('{"post": {"responses": {"200": {"description": "d"}}}}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const files = {
      'a.json': openapi({ '/a': { $ref: `http://127.0.0.1:${(server.address() as AddressInfo).port}/item.json` } }),
    };
    await expect(scanned(files)).rejects.toThrow('--allow-remote-refs');
    expect((await scanned(files, { allowsRemote: true })).endpoints).toMatchObject([{ method: 'POST' }]);
  });

  it('says of what cannot be fetched to its end which reference it is', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const $ref = `http://127.0.0.1:${(server.address() as AddressInfo).port}/item.json`;
    const error = await scanned({ 'a.json': openapi({ '/a': { $ref } }) }, { allowsRemote: true }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ScanError);
    expect(error).toMatchObject({ message: `$ref ${$ref} cannot be fetched.` });
  });
});

describe('a hostile description', () => {
  const bomb = [
    'a0: &a0 [x,x,x,x,x,x,x,x,x,x]',
    ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`),
  ];
  const half = 5 * 1024 * 1024 - 100;
  it.each<[what: string, files: Record<string, string | object>, message: RegExp]>([
    [
      'nested 5 million levels deep in JSON',
      { 'a.json': `{"a":${'['.repeat(half)}${']'.repeat(half)}}` },
      /deeper than 100 levels/,
    ],
    ['nested so in YAML', { 'a.yaml': `a: ${'['.repeat(half)}${']'.repeat(half)}` }, /deeper than 100 levels/],
    ['that is a bomb of aliases', { 'a.yaml': `openapi: 3.0.0\n${bomb.join('\n')}` }, /more than 2000000 values/],
    ['that contains itself by an alias', { 'a.yaml': 'openapi: 3.0.0\npaths: &p\n  /a: *p\n' }, /deeper than 100 levels|values/],
    ['over 10 MB', { 'a.json': ' '.repeat(10 * 1024 * 1024 + 1) }, /^OpenAPI spec is too large: .* 10 MB/],
    ['that leaves its folder', { 'a.json': openapi({ '/a': { $ref: '../../../../etc/passwd' } }) }, /out of the folder/],
    ['that leaves it in disguise', { 'a.json': openapi({ '/a': { $ref: 'b/%2e%2e/%2e%2e/c' } }) }, /out of the folder/],
    ['that names a file from the root', { 'a.json': openapi({ '/a': { $ref: '/etc/passwd' } }) }, /out of the folder/],
    ['that names a file by its address', { 'a.json': openapi({ '/a': { $ref: 'file:///etc/passwd' } }) }, /not followed/],
    ['of a version to come', { 'a.json': { openapi: '4.0.0' } }, /not an OpenAPI description/],
    ['that is a list', { 'a.json': '[]' }, /holds no object/],
    ['that is binary', { 'a.json': 'a\0b' }, /neither JSON nor YAML/],
    ['cut in the middle', { 'a.json': '{"openapi": "3.0.0", "paths": {' }, /neither JSON nor YAML/],
    ['whose paths are null', { 'a.yaml': 'openapi: 3.1.0\npaths:\n' }, /^The description has nothing at paths\.$/],
    ['with a path that is null', { 'a.json': openapi({ '/a': null }) }, /has nothing at paths\.\/a\.$/],
    ['with an operation that is null', { 'a.json': openapi({ '/a': { get: null } }) }, /has nothing at paths\.\/a\.get\.$/],
    [
      'with a parameter that has a number for its place',
      { 'a.json': openapi({ '/a': { get: { ...ok, parameters: [{ name: 'q', in: 1 }] } } }) },
      /^The rules cannot read the description: .*\bin\.match is not a function/,
    ],
  ])('%s ends in a sentence', async (_what, files, message) => {
    const error = await scanned(files).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ScanError);
    expect((error as Error).message).toMatch(message);
  });

  it('cannot leave its folder by a link', async () => {
    const outside = folderOf({ 'secret.json': '{}' });
    const folder = folderOf({ 'a.json': openapi({ '/a': { $ref: 'link.json' } }) });
    symlinkSync(join(outside, 'secret.json'), join(folder, 'link.json'));
    const asked = { spec: join(folder, 'a.json'), base: null, ignoreFile: null, allowsRemote: false };
    await expect(analyse(asked, () => {})).rejects.toThrow('out of the folder');
  });

  it('of a hundred thousand references is read, each counted once', async () => {
    const reference = (i: number) => ({ $ref: `#/components/schemas/S${i % 5_000}` });
    const schemas = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, i) => {
        const properties = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`p${n}`, reference(i + n + 1)]));
        return [`S${i}`, { type: 'object', properties }];
      }),
    );
    const { endpoints, findings } = await scanned({ 'a.json': openapi({ '/a': { get: ok } }, { components: { schemas } }) });
    expect([endpoints.length, findings.length <= 500]).toEqual([1, true]);
  }, 120_000);

  // Each of them leads to the next one, and none to more than 10,000 members in one object.
  const chained = (count: number, reference: (to: string) => object) => {
    const at = (i: number) => `#/components/parameters/g${Math.floor(i / 5_000)}/p${i}`;
    const parameters: Record<string, Record<string, object>> = {};
    for (let i = 0; i < count; i++) {
      const group = `g${Math.floor(i / 5_000)}`;
      parameters[group] ??= {};
      parameters[group][`p${i}`] =
        i + 1 < count ? reference(at(i + 1)) : { name: 'id', in: 'query', schema: { type: 'integer' } };
    }
    return openapi({ '/a': { get: { ...ok, parameters: [{ $ref: at(0) }] } } }, { components: { parameters } });
  };

  it('whose references lead to each other 20,000 times is followed to their end', async () => {
    const { findings } = await scanned({ 'a.json': chained(20_000, ($ref) => ({ $ref })) });
    expect(findings).toContainEqual(expect.objectContaining({ code: 'owasp:api4:2023-integer-format', path: '/a' }));
  });

  it('whose parts contain each other 5,000 levels deep is linted as it is written', async () => {
    const nested = chained(5_000, ($ref) => ({ headers: { h: { $ref } } }));
    expect((await scanned({ 'a.json': nested })).endpoints).toHaveLength(1);
  });

  it.each<[where: string, more: object, ignored: string]>([
    ['the description', { 'x-lint-ignore': `${'*'.repeat(10_000)}a*a*a*a*a*a*a*a*a*a*a*x` }, ''],
    ['an ignore file', {}, `${'*'.repeat(900)}x`],
  ])('with a pattern of thousands of * in %s is checked', async (_where, more, ignored) => {
    const { findings } = await scanned({ 'a.json': openapi({ '/a': { get: ok } }, more), '.reqflo-ignore': ignored });
    expect(codes(findings)).toContain('operation-description');
  });

  it.each<[what: string, more: object]>([
    ['10,001 schemas', { components: { schemas: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`S${i}`, {}])) } }],
    ['10,001 tags', { tags: Array(10_001).fill({ name: 'a' }) }],
  ])('with %s is refused, with as many values of an extension it is not', async (_what, more) => {
    await expect(scanned({ 'a.json': openapi({ '/a': { get: ok } }, more) })).rejects.toThrow('more than 10000 members in');
    const extension = { 'x-a': Array.isArray(Object.values(more)[0]) ? Array(10_001).fill(1) : {} };
    expect((await scanned({ 'a.json': openapi({ '/a': { get: ok } }, extension) })).endpoints).toHaveLength(1);
  });

  it('of ten thousand schemas, each of them wrong, is checked', async () => {
    const schemas = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`S${i}`, { type: 1 }]));
    const { findings } = await scanned({ 'a.json': openapi({ '/a': { get: ok } }, { components: { schemas } }) });
    expect(findings).toHaveLength(500);
  }, 120_000);

  it('is read with 2,000,000 values and refused with one more', () => {
    const ones = (count: number) => `[${'1,'.repeat(count)}]`;
    // A list counts as one value and as what it holds: 199 times 10,001, the list of aliases, and the rest.
    const holding = (rest: number) => Buffer.from(`a: &a ${ones(10_000)}\nb: [${'*a,'.repeat(198)}]\nc: ${ones(rest - 1)}`);
    expect(Object.keys(parse(holding(9_800), 'a.yaml'))).toEqual(['a', 'b', 'c']);
    expect(() => parse(holding(9_801), 'a.yaml')).toThrow('more than 2000000 values');
  });

  // A tenth of what fits in a tenth of the seconds that there are: what grew by the square would take minutes.
  it('with 200,000 values and a thousand weaknesses is checked in time', async () => {
    const schemas = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`S${i}`, { type: 'string' }]));
    const many = openapi({ '/a': { get: ok } }, { components: { schemas }, 'x-many': Array(200_000).fill(1) });
    const before = process.threadCpuUsage();
    const { findings } = await scanned({ 'a.json': many });
    const { user, system } = process.threadCpuUsage(before);
    expect(findings).toHaveLength(500);
    expect((user + system) / 1_000_000).toBeLessThan(12);
  }, 120_000);

  it('that would unfold to billions of values is linted as it is written', async () => {
    const headers = (i: number) => ({
      headers: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`h${n}`, { $ref: `#/components/responses/R${i}` }])),
    });
    const responses = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`R${i}`, i === 29 ? ok : headers(i + 1)]));
    const paths = { '/a': { get: { responses: { 200: { $ref: '#/components/responses/R0' } } } } };
    expect((await scanned({ 'a.json': openapi(paths, { components: { responses } }) })).endpoints).toHaveLength(1);
  });
});

describe('findings', () => {
  it('come from the rules for OpenAPI and those of OWASP, by severities of the contract', async () => {
    const { findings } = await scanned({
      'a.json': openapi(
        { '/a': { post: { ...ok, operationId: 'x' } }, '/b': { get: { ...ok, operationId: 'x' } } },
        { servers: [{ url: 'http://x.example.com' }] },
      ),
    });
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'owasp:api8:2023-no-server-http', severity: 'critical', path: null }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'operation-operationId-unique', severity: 'high', method: 'GET', path: '/b' }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'operation-description', severity: 'low', method: 'POST', path: '/a' }),
    );
  });

  it('see through a reference to a parameter or an answer', async () => {
    const components = {
      parameters: { Id: { name: 'id', in: 'path', required: true, schema: { type: 'integer' } } },
      responses: { Done: { description: 'Done' } },
    };
    const operation = {
      parameters: [{ $ref: '#/components/parameters/Id' }],
      responses: { 200: { $ref: '#/components/responses/Done' } },
    };
    const { findings } = await scanned({ 'a.json': openapi({ '/a/{id}': { get: operation } }, { components }) });
    expect(codes(findings)).toContain('owasp:api1:2023-no-numeric-ids');
    expect(codes(findings)).not.toContain('path-params');
  });

  it('call a component unused where nothing refers to it, and only there', async () => {
    const schemas = { Used: { type: 'string' }, Part: { type: 'object', properties: { a: {} } }, Unused: { type: 'string' } };
    const refer = (to: string) => ({ content: { 'application/json': { schema: { $ref: `#/components/schemas/${to}` } } } });
    const responses = { 200: { description: 'd', ...refer('Used') }, 400: { description: 'd', ...refer('Part/properties/a') } };
    const { findings } = await scanned({ 'a.json': openapi({ '/a': { get: { responses } } }, { components: { schemas } }) });
    expect(findings.filter(({ code }) => code === 'oas3-unused-component').map(({ message }) => message)).toEqual([
      expect.stringContaining('(components.schemas.Unused)'),
    ]);
  });

  it('are left out by an ignore file and by x-lint-ignore, and only there', async () => {
    const item = (more: object = {}) => ({ get: { ...ok, ...more } });
    const files = {
      'a.json': openapi({ '/a': item(), '/b': item({ 'x-lint-ignore': true }), '/c': item({ 'x-lint-ignore': ['owasp:*'] }) }),
      '.reqflo-ignore': '# of a team\noperation-description GET /a\noperation-tags # everywhere\n',
    };
    const { findings } = await scanned(files);
    const of = (path: string) => codes(findings.filter((each) => each.path === path));
    expect(of('/a')).not.toContain('operation-description');
    expect(of('/a')).toContain('operation-operationId');
    expect(of('/b')).toEqual([]);
    expect(of('/c').length).toBeGreaterThan(0);
    expect(of('/c').filter((code) => code.startsWith('owasp:'))).toEqual([]);
    expect(codes(findings)).not.toContain('operation-tags');
    await expect(scanned({ ...files, '.reqflo-ignore': 'a b c d' })).rejects.toThrow('Line 1 of the ignore file');
  });

  it('are left out by x-lint-ignore behind a reference as they are by one beside it', async () => {
    const answer = { description: 'd', content: { 'application/json': { schema: { type: 'string' } } } };
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } };
    const to = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
    const paths = (kind: '' | 'marked') => ({
      [`/item${kind}`]: { $ref: `item${kind}.json` },
      [`/own${kind}`]: { $ref: '#/components/x-items/plain', ...(kind && { 'x-lint-ignore': true }) },
      [`/rules${kind}`]: to('x-items', `plain${kind}`),
      [`/id${kind}/{id}`]: {
        get: { parameters: [to('parameters', `Id${kind}`)], responses: { 200: to('responses', `R${kind}`) } },
      },
    });
    const components = {
      'x-items': { plain: { get: ok }, plainmarked: { $ref: '#/components/x-items/rules' } },
      parameters: { Id: id, Idmarked: { ...id, 'x-lint-ignore': true } },
      responses: { R: answer, Rmarked: { ...answer, 'x-lint-ignore': ['owasp:api4:*'] } },
    };
    Object.assign(components['x-items'], { rules: { get: { ...ok, 'x-lint-ignore': ['operation-*'] } } });
    const { findings } = await scanned({
      'a.json': openapi({ ...paths(''), ...paths('marked') }, { components }),
      'item.json': { get: ok },
      'itemmarked.json': { 'x-lint-ignore': true, get: ok },
    });
    const of = (path: string, told: RegExp) =>
      findings.filter((each) => each.path === path && told.test(`${each.code} ${each.message}`)).length > 0;
    const told = (kind: string) => [
      of(`/item${kind}`, /./),
      of(`/own${kind}`, /./),
      of(`/rules${kind}`, /^operation-/),
      of(`/id${kind}/{id}`, /parameters\.0/),
      of(`/id${kind}/{id}`, /^owasp:api4:.*responses\.200\b/),
    ];
    expect([told(''), told('marked')]).toEqual([Array(5).fill(true), Array(5).fill(false)]);
    expect(of('/rulesmarked', /^owasp:/)).toBe(true);
  });

  it('that break the callers of a base are left out by x-lint-ignore behind a reference', async () => {
    const base = join(folderOf({ 'b.json': openapi({ '/a': { get: { ...ok, responses: { 200: {}, 201: {} } } } }) }), 'b.json');
    const present = (more: object) => ({
      'a.json': openapi({ '/a': { $ref: 'i.json' } }),
      'i.json': { get: { ...ok, ...more } },
    });
    const told = async (more: object) => codes((await scanned(present(more), { base })).findings);
    expect(await told({})).toContain('breaking.response-removed');
    expect(await told({ 'x-lint-ignore': 'breaking.*' })).not.toContain('breaking.response-removed');
  });

  it.each<[how: string, more: object, ignored: string]>([
    ['* in an ignore file', {}, '*'],
    ['x-lint-ignore on the whole', { 'x-lint-ignore': true }, ''],
  ])('of every kind are left out by %s', async (_how, more, ignored) => {
    const paths = { '/a/{id}': { get: ok }, '/a/{key}': { get: { ...ok, parameters: [{ $ref: '#/nowhere' }] }, query: ok } };
    const files = { 'a.json': openapi(paths, more), '.reqflo-ignore': ignored };
    expect((await scanned(files)).findings).toEqual([]);
  });

  it.each<[pattern: string, isLeftOut: boolean]>([
    ['operation-tags', true],
    ['operation-*', true],
    ['*-tags', true],
    ['o*-t*s', true],
    ['**tags**', true],
    ['operation-tag', false],
    ['peration-tags', false],
    ['operation-*-tags', false],
    ['operation-tags*tags', false],
    ['operation.tags', false],
  ])('are left out by the pattern %s, or not', async (pattern, isLeftOut) => {
    expect(ignoring({}, parseIgnoreFile(pattern))('operation-tags', [])).toBe(isLeftOut);
    expect(ignoring({ 'x-lint-ignore': ['else', pattern] }, [])('operation-tags', ['paths'])).toBe(isLeftOut);
  });

  it('and endpoints are sent without NUL and halves of characters, which no server stores', async () => {
    const text = 'a\0b\ud800c';
    const operation = { ...ok, operationId: text, summary: text, tags: [text], parameters: [{ $ref: `#/${text}` }] };
    const description = openapi({ [`/${text}`]: { get: operation } }, { openapi: `3.0.0${text}`, info: { title: text } });
    const { endpoints, findings, spec } = await scanned({ 'a.json': description });
    const clean = 'a\ufffdb\ufffdc';
    expect(endpoints).toEqual([{ method: 'GET', path: `/${clean}`, operationId: clean, summary: clean, tags: [clean] }]);
    expect(spec).toMatchObject({ title: clean, version: `3.0.0${clean}` });
    expect(findings).toContainEqual(expect.objectContaining({ path: `/${clean}` }));
    expect(JSON.stringify([endpoints, findings, spec])).not.toMatch(/\\u0000|\\ud800/);
  });

  it.each([499, 500, 501, 20_000])('of %i are 500 at most, the gravest first, and the last says what is missing', (count) => {
    const made = Array.from({ length: count }, (_, i) => ({
      code: `rule-${i % 7}`,
      severity: i === count - 1 ? ('critical' as const) : ('low' as const),
      message: `m${i}`,
      method: null,
      path: null,
    }));
    const findings = bounded(made);
    expect(findings).toHaveLength(Math.min(count, 500));
    expect(findings[0]?.severity).toBe('critical');
    expect(findings.at(-1)).toMatchObject(
      count <= 500
        ? { severity: 'low' }
        : { code: 'scan.findings_truncated', severity: 'info', message: expect.stringContaining(`${count - 499} more`) },
    );
  });
});

describe('a base', () => {
  const operation = (parameters: object[], schema: object, more: object = {}) => ({
    parameters,
    responses: { 200: { description: 'd', content: { 'application/json': { schema } } } },
    ...more,
  });
  const former = openapi({
    '/a/{id}': {
      get: operation([{ name: 'q', in: 'query', schema: { type: 'string' } }], {
        type: 'object',
        properties: { x: { type: 'string' }, y: {} },
      }),
    },
    '/gone': { get: ok },
  });
  const present = openapi({
    '/a/{key}': {
      get: operation(
        [
          { name: 'q', in: 'query', required: true, schema: { type: 'integer' } },
          { name: 'r', in: 'query', required: true, schema: {} },
        ],
        { type: 'object', properties: { x: { type: 'integer' } } },
      ),
    },
  });
  const breaking = [
    'operation-removed',
    'parameter-required',
    'parameter-required',
    'property-removed',
    'type-changed',
    'type-changed',
  ];
  const told = (findings: readonly Finding[]) =>
    codes(findings)
      .filter((code) => code.startsWith('breaking.'))
      .map((code) => code.slice(9))
      .sort();

  const commit = (folder: string) => {
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], { cwd: folder, stdio: 'pipe' });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'First');
  };

  it('that is a file shows what breaks callers', async () => {
    const base = join(folderOf({ 'former.json': former }), 'former.json');
    expect(told((await scanned({ 'a.json': present }, { base })).findings)).toEqual(breaking);
    expect(told((await scanned({ 'a.json': former }, { base })).findings)).toEqual([]);
  });

  it('that is a commit is read as the commit has it', async () => {
    const folder = folderOf({ 'api/a.json': former });
    commit(folder);
    const spec = join(folder, 'api/a.json');
    writeFileSync(spec, JSON.stringify(present));
    const asked = { spec, ignoreFile: null, allowsRemote: false };
    expect(told((await analyse({ ...asked, base: 'main' }, () => {})).scan.findings)).toEqual(breaking);
    await expect(analyse({ ...asked, base: '--output=x' }, () => {})).rejects.toThrow('neither a file nor a commit');
  });

  it('that is a commit is read where the description is a link', async () => {
    const folder = folderOf({ 'api/v1/a.json': openapi({ '/a': { $ref: 'i.json' } }), 'api/v1/i.json': { get: ok } });
    symlinkSync(join('v1', 'a.json'), join(folder, 'api/current.json'));
    commit(folder);
    writeFileSync(join(folder, 'api/v1/i.json'), JSON.stringify({ post: ok }));
    const asked = { spec: join(folder, 'api/current.json'), base: 'main', ignoreFile: null, allowsRemote: false };
    expect(told((await analyse(asked, () => {})).scan.findings)).toEqual(['operation-removed']);
  });

  it('is compared through the parts of a schema', async () => {
    const base = (properties: object) =>
      openapi(
        { '/a': { get: operation([], { allOf: [{ $ref: '#/components/schemas/Part' }] }) } },
        { components: { schemas: { Part: { type: 'object', properties } } } },
      );
    const file = join(folderOf({ 'b.json': base({ x: {}, y: {} }) }), 'b.json');
    expect(told((await scanned({ 'a.json': base({ x: {} }) }, { base: file })).findings)).toEqual(['property-removed']);
  });

  it('is compared through the alternatives of a schema, by name or by place', async () => {
    const schemas = (card: string) => ({
      Card: { type: 'object', properties: { number: { type: card } } },
      Cash: { type: 'object' },
      Coin: { type: 'object' },
    });
    const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    const description = (alternatives: object[], card: string) => {
      const content = { 'application/json': { schema: { oneOf: alternatives } } };
      const paid = { 200: { description: 'd', content: { 'application/json': { schema: { anyOf: alternatives } } } } };
      return openapi(
        { '/a': { post: { requestBody: { content }, responses: paid } } },
        { components: { schemas: schemas(card) } },
      );
    };
    const file = (content: object) => join(folderOf({ 'b.json': content }), 'b.json');
    const base = file(description([ref('Card'), ref('Cash'), { type: 'string' }], 'string'));
    const against = async (present: object) => told((await scanned({ 'a.json': present }, { base })).findings);
    expect(await against(description([{ type: 'string' }, ref('Cash'), ref('Card')], 'string'))).toEqual([]);
    expect(await against(description([ref('Card'), { type: 'string' }], 'string'))).toEqual(['alternative-removed']);
    expect(await against(description([ref('Card'), ref('Cash'), ref('Coin'), { type: 'string' }], 'string'))).toEqual([
      'alternative-added',
    ]);
    expect(await against(description([ref('Card'), ref('Cash'), { type: 'integer' }], 'integer'))).toEqual(
      Array(4).fill('type-changed'),
    );
  });

  it('whose schemas contain themselves is compared to an end', async () => {
    const tree = { Tree: { type: 'object', properties: { left: { $ref: '#/components/schemas/Tree' } } } };
    const description = openapi(
      { '/a': { get: operation([], { $ref: '#/components/schemas/Tree' }) } },
      { components: { schemas: tree } },
    );
    const base = join(folderOf({ 'b.json': description }), 'b.json');
    expect(told((await scanned({ 'a.json': description }, { base })).findings)).toEqual([]);
  });
});
