import { randomUUID } from 'node:crypto';
import { ERRORS, type ErrorCode } from '@reqbase/auth';
import { countersOf, seedKey } from '@reqbase/auth/testing';
import { type BoundProcedure, boundProcedures } from '@reqbase/core';
import { scanOf } from '@reqbase/core/testing';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';
import { type Platform, seedPlatform } from './testing-platform.ts';

// What a client can send by mistake or in bad faith to every operation of the platform surface: each is refused in its
// envelope, with a code of the catalogue, and never as a failure of ours.

let installation: TestInstallation;
let platform: Platform;

beforeAll(async () => {
  installation = await openInstallation();
  platform = await seedPlatform(installation);
});
afterAll(() => installation.close());
beforeEach(() => installation.db.script('delete from key_rate'));

const OPERATIONS = boundProcedures('platform').map((procedure) => [procedure.path, procedure] as const);
const of = (wanted: (procedure: BoundProcedure) => boolean) => OPERATIONS.filter(([, procedure]) => wanted(procedure));
const WITH_BODY = of(({ binding: { method } }) => method !== 'GET' && method !== 'DELETE');

const bearer = () => ({ authorization: `Bearer ${platform.key.raw}` });
const json = () => ({ ...bearer(), 'content-type': 'application/json' });

/** The sample call of an operation, with another body as it is written, other headers, or another path. */
function callOf(
  procedure: BoundProcedure,
  change: { raw?: string; headers?: Record<string, string>; query?: string; path?: (path: string) => string } = {},
): InjectOptions {
  const { method = 'GET', path, body } = platform.sampleOf(procedure);
  const payload = change.raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    method,
    url: `/api${change.path?.(path) ?? path}${change.query ?? ''}`,
    headers: change.headers ?? (payload === undefined ? bearer() : json()),
    ...(payload !== undefined && { payload }),
  };
}

/** A refusal in the envelope of the surface: the catalogue's words, and the id of the request twice. */
function expectRefusal({ status, headers, body }: Answer, code: ErrorCode, what?: string): void {
  expect({ status, code: body?.error?.code }, what).toEqual({ status: ERRORS[code][0], code });
  expect(body.error, what).toMatchObject({ message: ERRORS[code][1], requestId: headers['x-request-id'] });
  expect(headers['content-type'], what).toMatch(/^application\/json/);
}

const calls = async () =>
  (await countersOf(installation)).find(({ counter }) => counter === `minute of ${platform.key.id}`)?.calls ?? 0;
const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}${close.repeat(depth)}`;

describe.each(WITH_BODY)('a body of %s', (_path, procedure) => {
  it('that cannot be read is refused, and costs a call like any other', async () => {
    const asType = (type: string) => ({ ...bearer(), 'content-type': type });
    const over = ' '.repeat((procedure.binding.bodyLimit ?? 1_048_576) + 1);
    const rows: [ErrorCode, Parameters<typeof callOf>[1]][] = [
      ['BAD_JSON', { raw: '{"name":' }],
      ['BAD_JSON', { raw: '{"name":"a"} {"name":"b"}' }],
      ['BAD_JSON', { raw: '{"name":"a","__proto__":{"isAdmin":true}}' }],
      ['BAD_JSON', { raw: '{"service":{"name":"a","__proto__":{}}}' }],
      ['BAD_JSON', { raw: '{"\\u005f_proto__":{}}' }],
      ['BAD_JSON', { raw: '{"constructor":{"prototype":{}}}' }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: asType('text/plain') }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: asType('application/xml') }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: asType('application/x-www-form-urlencoded') }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: asType('multipart/form-data; boundary=a') }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: asType('application/merge-patch+json') }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: asType('json;;') }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: asType('application/json; charset=utf-16') }],
      ['UNSUPPORTED_MEDIA_TYPE', { headers: bearer() }],
      ['PAYLOAD_TOO_LARGE', { raw: over }],
      ['PAYLOAD_TOO_LARGE', { raw: over.replaceAll(' ', '{') }],
    ];
    for (const [code, change] of rows)
      expectRefusal(await send(installation, callOf(procedure, change)), code, JSON.stringify(change).slice(0, 90));
    expect(await calls()).toBe(rows.length);
  });

  it('of a wrong shape is refused, whichever member it is in', async () => {
    const { body = {} } = platform.sampleOf(procedure);
    for (const raw of ['[{"name":"a"}]', '"name"', '1', 'true'])
      expectRefusal(await send(installation, callOf(procedure, { raw })), 'BAD_REQUEST', raw);
    // Of what is not a list of words, each member in turn is what it cannot be.
    for (const place of placesIn(body)) {
      for (const value of HOSTILE) {
        const answer = await send(installation, callOf(procedure, { raw: withAt(body, place, value) }));
        expectRefusal(answer, 'BAD_REQUEST', `${place.join('.')} is ${value.slice(0, 30)}`);
      }
      await installation.db.script('delete from key_rate');
    }
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });

  it('is told to nobody who may not make the call, and is not read without a credential', async () => {
    const stranger = await seedKey(installation, platform.tenant, { scopes: ['webhooks:read'], projectId: null });
    const large = 'b'.repeat((procedure.binding.bodyLimit ?? 1_048_576) + 1);
    for (const raw of ['{"name":', '[1]', large]) {
      const asStranger = { ...json(), authorization: `Bearer ${stranger.raw}` };
      expectRefusal(await send(installation, callOf(procedure, { raw, headers: asStranger })), 'INSUFFICIENT_SCOPE');
      for (const headers of [{}, { 'content-type': 'application/json' }, { 'content-type': 'text/plain' }])
        expectRefusal(await send(installation, callOf(procedure, { raw, headers })), 'UNAUTHORIZED');
    }
    expect(await countersOf(installation)).toEqual([]);
  });
});

/** JSON that fits no member of a body. */
const HOSTILE = [
  '1e999',
  '12345678901234567890',
  '"a\\u0000b"',
  '"a\\ud800b"',
  '"\\udc00"',
  '{"toString":"a"}',
  nested(10_000, '[', ']'),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
];

/** The ways to every text in a value. */
function placesIn(value: unknown, way: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'string') return [way];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => placesIn(part, [...way, name]));
}

/** A value as JSON, with other JSON at a place of it. */
function withAt(value: unknown, [name, ...rest]: readonly string[], json: string): string {
  if (name === undefined) return json;
  const parts = Object.entries(value as object).map(([key, part]) => {
    const text = key === name ? withAt(part, rest, json) : JSON.stringify(part);
    return Array.isArray(value) ? text : `${JSON.stringify(key)}:${text}`;
  });
  return Array.isArray(value) ? `[${parts.join()}]` : `{${parts.join()}}`;
}

describe('a scan', () => {
  const ingest = (change: object) =>
    send(installation, { method: 'POST', url: '/api/scans/ingest', headers: json(), payload: scanOf(change) });
  const [endpoint] = scanOf().endpoints;
  const many = <Item>(count: number, item: (index: number) => Item) => Array.from({ length: count }, (_, index) => item(index));

  it.each([
    ['one endpoint too many', () => ({ endpoints: many(2_001, (n) => ({ ...endpoint, path: `/${n}` })) })],
    [
      'one finding too many',
      () => ({ findings: many(501, (n) => ({ code: 'c', severity: 'low', message: `${n}`, method: null, path: null })) }),
    ],
    ['hundred thousand endpoints', () => ({ endpoints: many(100_000, () => ({})) })],
    ['an endpoint that is there twice', () => ({ endpoints: [endpoint, endpoint] })],
    ['a thousand tags', () => ({ endpoints: [{ ...endpoint, tags: many(1_000, String) }] })],
    ['names of prototypes for fields', () => ({ constructor: 'a', toString: 'b' })],
    ['names of prototypes for fields of an endpoint', () => ({ endpoints: [{ ...endpoint, hasOwnProperty: 1 }] })],
  ])('with %s is refused before anything is stored', async (_name, change) => {
    const name = randomUUID();
    expectRefusal(await ingest({ service: { name }, ...change() }), 'BAD_REQUEST');
    expect(await installation.db.prisma.service.count({ where: { name } })).toBe(0);
  });

  it('may have paths and names as odd as they come, and gives them back', async () => {
    const names = ['__proto__', 'constructor', '/%00/..//{}{', '/\u202e', "'; drop table endpoint; --", '/𝒳'];
    const odd = names.map((path) => ({ method: 'GET', path, operationId: path, tags: [path], summary: path }));
    const { status, body } = await ingest({ service: { name: `__proto__ ${randomUUID()}` }, endpoints: odd });
    expect(status).toBe(201);
    const listed = await send(installation, {
      method: 'GET',
      url: `/api/services/${body.serviceId}/endpoints`,
      headers: bearer(),
    });
    expect(listed.body.endpoints.map(({ path }: { path: string }) => path).sort()).toEqual([...names].sort());
  });
});

describe('a query', () => {
  const lists = of(({ input }) => 'cursor' in input.shape);
  const reads = of(({ binding }) => binding.method === 'GET');

  it.each(lists)('of %s is refused for what no page can be, and says where', async (_path, procedure) => {
    const rows: [ErrorCode, string][] = [
      ['BAD_REQUEST', 'limit=0'],
      ['BAD_REQUEST', 'limit=101'],
      ['BAD_REQUEST', 'limit=1.5'],
      ['BAD_REQUEST', `limit=${'9'.repeat(1_000)}`],
      ['BAD_REQUEST', 'limit=1&limit=2'],
      ['INVALID_CURSOR', 'cursor='],
      ['BAD_REQUEST', 'cursor=%00'],
      ['BAD_REQUEST', 'cursor=a&cursor=b'],
      ['BAD_REQUEST', `cursor=${'a'.repeat(5_000)}`],
      ['INVALID_CURSOR', 'cursor=bm8.bm8'],
      ['INVALID_CURSOR', `cursor=${Buffer.from('{"__proto__":1}').toString('base64url')}`],
      ['BAD_REQUEST', 'createdAfter=0000-01-01T00:00:00Z'],
      ['BAD_REQUEST', 'createdAfter=yesterday'],
      ['BAD_REQUEST', 'updatedSince=2026-02-30T00:00:00Z'],
      ...('q' in procedure.input.shape
        ? ([
            ['BAD_REQUEST', 'q=%00'],
            ['BAD_REQUEST', `q=${'a'.repeat(201)}`],
          ] as const)
        : []),
    ].map(([code, text]) => [code as ErrorCode, String(text)]);
    for (const [code, query] of rows)
      expectRefusal(await send(installation, callOf(procedure, { query: `?${query}` })), code, query.slice(0, 60));
  });

  it.each(reads)(
    'of %s with names that there are not is harmless; with what is no percent-encoding, or an organization, it is refused',
    async (_path, procedure) => {
      const harmless = ['__proto__=1&constructor=2&prototype=3&toString=4', 'nothing=1', '=&&=', 'a[b]=1&a.b=2'];
      for (const query of harmless)
        expect((await send(installation, callOf(procedure, { query: `?${query}` }))).status, query).toBe(200);
      for (const query of ['nothing=%E0%A4%A', '%E0%A4%A=1', '%ED%A0%80', '%'])
        expectRefusal(await send(installation, callOf(procedure, { query: `?${query}` })), 'BAD_REQUEST', query);
      if (procedure.binding.mayNameOrganization === true) return;
      for (const query of ['organizationId=', `organizationId=${platform.tenant.organization.id}`])
        expectRefusal(await send(installation, callOf(procedure, { query: `?${query}` })), 'BAD_REQUEST', query);
    },
  );
});

describe('an id in a path', () => {
  const withId = of(({ binding }) => binding.path.includes('{'));
  const rows: [ErrorCode, string][] = [
    ['BAD_REQUEST', '%00'],
    ['BAD_REQUEST', 'a%2Fb'],
    ['BAD_REQUEST', '..%2F..%2Fservices'],
    ['BAD_REQUEST', '__proto__'],
    ['BAD_REQUEST', 'constructor'],
    ['BAD_REQUEST', 'a'.repeat(500)],
    ['URI_TOO_LONG', 'a'.repeat(501)],
    ['BAD_REQUEST', '%E0%A4%A'],
    ['BAD_REQUEST', '%ED%A0%80'],
    ['BAD_REQUEST', '0197a3c4-0000-7000-8000-00000000000'],
  ];

  it.each(withId)('of %s that is none is refused', async (_path, procedure) => {
    for (const [code, id] of rows) {
      const path = (known: string) => known.replace(/[0-9a-f-]{36}/, id);
      expectRefusal(await send(installation, callOf(procedure, { path })), code, id.slice(0, 40));
    }
  });
});

describe('a method', () => {
  const byPath = Map.groupBy(boundProcedures('platform'), ({ binding }) => binding.path);
  const allowIn = ({ headers }: Answer) => String(headers['allow']).split(', ').sort();

  it.each([...byPath])('that %s does not have is not allowed, and who asks is told what is', async (path, procedures) => {
    const has = procedures.map(({ binding }) => binding.method as string);
    const allow = [...(has.includes('GET') ? ['GET', 'HEAD'] : []), ...has.filter((each) => each !== 'GET'), 'OPTIONS'].sort();
    const url = `/api${path.replace(/\{\w+\}/g, () => randomUUID())}`;
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE', 'SEARCH'];
    for (const method of others.filter((each) => !has.includes(each))) {
      for (const headers of [bearer(), {}]) {
        const answer = await send(installation, { method: method as 'PUT', url, headers });
        expectRefusal(answer, 'METHOD_NOT_ALLOWED', method);
        expect(allowIn(answer)).toEqual(allow);
      }
    }
    const preflight = { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' };
    const options = await send(installation, { method: 'OPTIONS', url, headers: preflight });
    expect([options.status, options.text, allowIn(options)]).toEqual([204, '', allow]);
    expect(Object.keys(options.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(await calls()).toBe(0);
  });

  it.each(of(({ binding }) => binding.method === 'GET'))(
    'HEAD of %s is GET without the body, and counts',
    async (_path, procedure) => {
      const [whole, head] = [
        await send(installation, callOf(procedure)),
        await send(installation, { ...callOf(procedure), method: 'HEAD' }),
      ];
      expect([head.status, head.text, Object.keys(head.headers).sort()]).toEqual([200, '', Object.keys(whole.headers).sort()]);
      expect(await calls()).toBe(2);
      expect((await send(installation, { ...callOf(procedure, { headers: {} }), method: 'HEAD' })).status).toBe(401);
    },
  );
});

describe('what is on no path', () => {
  it.each(['/api/nothing', '/api/services/1/2/3', '/api//services', '/api/Services', '/api/v2/services'])(
    '%s is not there',
    async (url) => {
      expectRefusal(await send(installation, { method: 'GET', url, headers: bearer() }), 'RESOURCE_NOT_FOUND');
    },
  );

  it('a slash at the end changes nothing', async () => {
    expect((await send(installation, { method: 'GET', url: '/api/services/', headers: bearer() })).status).toBe(200);
  });
});

describe('a credential', () => {
  const attempt = (headers: Record<string, string>) => send(installation, { method: 'GET', url: '/api/services', headers });

  it.each([
    ['no token', () => 'Bearer'],
    ['two spaces', () => `Bearer  ${platform.key.raw}`],
    ['a word after', () => `Bearer ${platform.key.raw} more`],
    ['two tokens', () => `Bearer ${platform.key.raw}, Bearer ${platform.key.raw}`],
    ['another scheme', () => `Token ${platform.key.raw}`],
    ['the key alone', () => platform.key.raw],
    ['10,000 characters', () => `Bearer ${'a'.repeat(10_000)}`],
  ])('with %s is none, and is told so', async (_name, authorization) => {
    const answer = await attempt({ authorization: authorization() });
    expectRefusal(answer, 'UNAUTHORIZED');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="reqbase", error="invalid_token"');
  });

  it('is asked for, without an error, where there is none: neither X-API-Key nor a cookie is one here', async () => {
    for (const headers of [{}, { 'x-api-key': platform.key.raw }, { cookie: 'reqbase.session_token=abc.def' }]) {
      const answer = await attempt(headers);
      expectRefusal(answer, 'UNAUTHORIZED');
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="reqbase"');
    }
  });

  it('beside another X-API-Key is ambiguous', async () => {
    expectRefusal(await attempt({ ...bearer(), 'x-api-key': 'another' }), 'AMBIGUOUS_CREDENTIALS');
  });
});
