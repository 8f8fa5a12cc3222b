import { randomUUID } from 'node:crypto';
import { ERRORS, type ErrorCode } from '@reqbase/auth';
import { countersOf, emptyCounters, seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { boundProcedures } from '@reqbase/core';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';

// What a client can send by mistake or in bad faith to the project surface: each is refused in its envelope, with a code of
// the catalogue, and never as a failure of ours.

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let base: string;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'enterprise' });
  key = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
  base = `/p/${tenant.project.slug}/api/v1`;
});
afterAll(() => installation.close());
beforeEach(() => emptyCounters(installation));

const bearer = () => ({ authorization: `Bearer ${key.raw}` });
const json = () => ({ ...bearer(), 'content-type': 'application/json' });
const post = (payload: string, headers: Record<string, string> = json()): InjectOptions => ({
  method: 'POST',
  url: `${base}/features`,
  headers,
  payload,
});
const get = (path: string, headers: Record<string, string> = bearer()): InjectOptions => ({
  method: 'GET',
  url: `${base}${path}`,
  headers,
});

/** A refusal in the envelope of the surface: the catalogue's words, and the id of the request twice. */
function expectRefusal({ status, headers, body }: Answer, code: ErrorCode): void {
  expect({ status, code: body?.error?.code }).toEqual({ status: ERRORS[code][0], code });
  expect(body.error).toMatchObject({ message: ERRORS[code][1], requestId: headers['x-request-id'] });
  expect(headers['content-type']).toMatch(/^application\/json/);
}

const calls = async () => (await countersOf(installation)).find(({ counter }) => counter === `minute of ${key.id}`)?.calls ?? 0;
const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}${close.repeat(depth)}`;

type Row = readonly [name: string, request: () => InjectOptions, code: ErrorCode];

describe('a body that cannot be read is refused, and costs a call like any other', () => {
  it.each<Row>([
    ['broken JSON', () => post('{"title":'), 'BAD_JSON'],
    ['two JSON values', () => post('{"title":"a"} {"title":"b"}'), 'BAD_JSON'],
    ['`__proto__` as a member', () => post('{"title":"a","__proto__":{"isAdmin":true}}'), 'BAD_JSON'],
    ['`__proto__` further in', () => post('{"title":"a","requester":{"email":"a@example.test","__proto__":{}}}'), 'BAD_JSON'],
    ['`__proto__` in escapes', () => post('{"title":"a","\\u005f_proto__":{}}'), 'BAD_JSON'],
    ['`constructor.prototype`', () => post('{"title":"a","constructor":{"prototype":{}}}'), 'BAD_JSON'],
    ['text/plain', () => post('{"title":"a"}', { ...bearer(), 'content-type': 'text/plain' }), 'UNSUPPORTED_MEDIA_TYPE'],
    ['XML', () => post('<title/>', { ...bearer(), 'content-type': 'application/xml' }), 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a form',
      () => post('title=a', { ...bearer(), 'content-type': 'application/x-www-form-urlencoded' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a multipart form',
      () => post('--a--', { ...bearer(), 'content-type': 'multipart/form-data; boundary=a' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'another JSON type',
      () => post('{"title":"a"}', { ...bearer(), 'content-type': 'application/merge-patch+json' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a type that is none', () => post('{"title":"a"}', { ...bearer(), 'content-type': 'json;;' }), 'UNSUPPORTED_MEDIA_TYPE'],
    ['no type', () => post('{"title":"a"}', bearer()), 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'another charset',
      () => post('{"title":"a"}', { ...bearer(), 'content-type': 'application/json; charset=utf-16' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'another charset, in quotes',
      () => post('{"title":"a"}', { ...bearer(), 'content-type': 'application/json;CHARSET="iso-8859-1"' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['over the limit', () => post(JSON.stringify({ title: 'a', description: 'b'.repeat(1_048_576) })), 'PAYLOAD_TOO_LARGE'],
    ['over the limit and broken', () => post('{'.repeat(1_048_577)), 'PAYLOAD_TOO_LARGE'],
  ])('%s', async (_name, request, code) => {
    expectRefusal(await send(installation, request()), code);
    expect(await calls()).toBe(1);
  });

  it('is told to nobody who may not make the call, and costs them nothing', async () => {
    const reader = await seedKey(installation, tenant, { scopes: ['backlog:read'] });
    for (const body of ['{"title":', '[1]', 'b'.repeat(1_048_577)]) {
      expectRefusal(
        await send(installation, post(body, { ...json(), authorization: `Bearer ${reader.raw}` })),
        'INSUFFICIENT_SCOPE',
      );
    }
    expect(await calls()).toBe(0);
  });

  it.each(['application/json', 'application/json;charset=UTF-8', 'Application/JSON; charset="utf-8"'])(
    'except as %s, which is read',
    async (type) => {
      const { status, body } = await send(installation, post('{"title":"Crème"}', { ...bearer(), 'content-type': type }));
      expect([status, body.data.title]).toEqual([201, 'Crème']);
    },
  );

  it('has no meaning on DELETE, and is not looked at', async () => {
    const request = { ...post('{'), method: 'DELETE' as const, url: `${base}/features/${randomUUID()}` };
    expectRefusal(await send(installation, request), 'FEATURE_NOT_FOUND');
  });

  it('is not read at all without a credential', async () => {
    for (const headers of [{}, { 'content-type': 'application/json' }, { 'content-type': 'text/plain' }]) {
      expectRefusal(await send(installation, post('{"title":', headers)), 'UNAUTHORIZED');
      expectRefusal(await send(installation, post('b'.repeat(1_048_577), headers)), 'UNAUTHORIZED');
    }
  });
});

describe('a body of a wrong shape is refused, and has cost a call', () => {
  it.each<Row>([
    ['an empty body', () => post(''), 'BAD_REQUEST'],
    ['an array', () => post('[{"title":"a"}]'), 'BAD_REQUEST'],
    ['a string', () => post('"title"'), 'BAD_REQUEST'],
    ['a number', () => post('1'), 'BAD_REQUEST'],
    ['true', () => post('true'), 'BAD_REQUEST'],
    ['null', () => post('null'), 'BAD_REQUEST'],
    ['an array for a text', () => post('{"title":["a"]}'), 'BAD_REQUEST'],
    ['an object for a text', () => post('{"title":{"toString":"a"}}'), 'BAD_REQUEST'],
    ['a number for a text', () => post('{"title":1}'), 'BAD_REQUEST'],
    ['a text for a list', () => post('{"title":"a","tags":"b"}'), 'BAD_REQUEST'],
    ['a text for a number', () => post('{"title":"a","category":"FEEDBACK","rating":"5"}'), 'BAD_REQUEST'],
    ['a number beyond all bounds', () => post('{"title":"a","category":"FEEDBACK","rating":1e999}'), 'BAD_REQUEST'],
    [
      'an integer of twenty digits',
      () => post('{"title":"a","category":"FEEDBACK","rating":12345678901234567890}'),
      'BAD_REQUEST',
    ],
    [
      '10,000 levels of objects',
      () => post(`{"title":"a","errorReport":${nested(10_000, '{"a":', '}').replace(':}', ':1}')}}`),
      'BAD_REQUEST',
    ],
    ['10,000 levels of arrays', () => post(`{"title":"a","tags":${nested(10_000, '[', ']')}}`), 'BAD_REQUEST'],
    ['as many levels as the limit holds', () => post(`{"title":"a","tags":${nested(500_000, '[', ']')}}`), 'BAD_REQUEST'],
    ['NUL in a title', () => post(JSON.stringify({ title: 'a\0b' })), 'BAD_REQUEST'],
    ['NUL in a tag', () => post(JSON.stringify({ title: 'a', tags: ['\0'] })), 'BAD_REQUEST'],
    [
      'NUL in an error report',
      () => post(JSON.stringify({ title: 'a', category: 'ERROR', errorReport: { doing: '\0', expected: '', happened: '' } })),
      'BAD_REQUEST',
    ],
    ['NUL in a requester', () => post(JSON.stringify({ title: 'a', requester: { externalId: '\0' } })), 'BAD_REQUEST'],
    ['NUL in a web address', () => post(JSON.stringify({ title: 'a', pageUrl: 'https://example.test/\0' })), 'BAD_REQUEST'],
    ['half of a surrogate pair', () => post('{"title":"a\\ud800b"}'), 'BAD_REQUEST'],
    ['the other half of it', () => post('{"title":"a","description":"\\udc00"}'), 'BAD_REQUEST'],
    [
      'an Idempotency-Key of two words',
      () => post('{"title":"a"}', { ...json(), 'idempotency-key': 'two words' }),
      'BAD_REQUEST',
    ],
    ['an empty Idempotency-Key', () => post('{"title":"a"}', { ...json(), 'idempotency-key': '' }), 'BAD_REQUEST'],
    ['an endless Idempotency-Key', () => post('{"title":"a"}', { ...json(), 'idempotency-key': 'a'.repeat(129) }), 'BAD_REQUEST'],
    [
      '10,000 levels under an Idempotency-Key',
      () => post(`{"title":"a","tags":${nested(10_000, '[', ']')}}`, { ...json(), 'idempotency-key': 'deep' }),
      'BAD_REQUEST',
    ],
  ])('%s', async (_name, request, code) => {
    expectRefusal(await send(installation, request()), code);
    expect(await calls()).toBe(1);
  });

  it('is refused for its scope first', async () => {
    const reader = await seedKey(installation, tenant, { scopes: ['backlog:read'] });
    const headers = { ...json(), authorization: `Bearer ${reader.raw}` };
    expectRefusal(await send(installation, post('[1]', headers)), 'INSUFFICIENT_SCOPE');
    expectRefusal(
      await send(installation, post('{"title":"a"}', { ...headers, 'idempotency-key': 'two words' })),
      'INSUFFICIENT_SCOPE',
    );
    expect(await countersOf(installation)).toEqual([]);
  });

  it('changes no prototype', async () => {
    await send(installation, post('{"title":"a","constructor":{"isAdmin":true},"toString":"b","hasOwnProperty":1}'));
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });
});

describe('a query or path is refused', () => {
  it.each<Row>([
    ['a scalar given twice', () => get('/features?limit=1&limit=2'), 'BAD_REQUEST'],
    ['a cursor given twice', () => get('/features?cursor=a&cursor=b'), 'BAD_REQUEST'],
    ['a sort given twice', () => get('/features?sort=votes&sort=votes'), 'BAD_REQUEST'],
    ['NUL in a search', () => get('/features?q=%00'), 'BAD_REQUEST'],
    ['NUL in a tag', () => get('/features?tag=a%00'), 'BAD_REQUEST'],
    ['NUL in a cursor', () => get('/features?cursor=%00'), 'BAD_REQUEST'],
    ['a search that is too long', () => get(`/features?q=${'a'.repeat(201)}`), 'BAD_REQUEST'],
    ['a number that no column holds', () => get('/features?minVotes=2147483648'), 'BAD_REQUEST'],
    ['a number of a thousand digits', () => get(`/features?minVotes=${'9'.repeat(1_000)}`), 'BAD_REQUEST'],
    ['a year that no column holds', () => get('/features?createdAfter=0000-01-01T00:00:00Z'), 'BAD_REQUEST'],
    ['a thousand values of a filter', () => get(`/features?status=${Array(1_000).fill('COMPLETED').join()}`), 'BAD_REQUEST'],
    ['a cursor that is none', () => get('/features?cursor=bm8.bm8'), 'INVALID_CURSOR'],
    ['NUL for an id', () => get('/features/%00'), 'BAD_REQUEST'],
    ['a slash in an id', () => get('/features/a%2Fb'), 'BAD_REQUEST'],
    ['a way out in an id', () => get('/features/..%2F..%2Fproject'), 'BAD_REQUEST'],
    ['an id of 500 characters', () => get(`/features/${'a'.repeat(500)}`), 'BAD_REQUEST'],
    ['an id of 501 characters', () => get(`/features/${'a'.repeat(501)}`), 'URI_TOO_LONG'],
    ['a bad percent-encoding of an id', () => get('/features/%E0%A4%A'), 'BAD_REQUEST'],
    ['half of a surrogate pair for an id', () => get('/features/%ED%A0%80'), 'BAD_REQUEST'],
    ['a bad percent-encoding of a project', () => ({ ...get(''), url: '/p/%zz/api/v1/project' }), 'BAD_REQUEST'],
    ['NUL for a project', () => ({ ...get(''), url: '/p/%00/api/v1/project' }), 'UNAUTHORIZED'],
    ['a project of 101 characters', () => ({ ...get(''), url: `/p/${'a'.repeat(101)}/api/v1/project` }), 'UNAUTHORIZED'],
    ['a project of 501 characters', () => ({ ...get(''), url: `/p/${'a'.repeat(501)}/api/v1/project` }), 'URI_TOO_LONG'],
    ['an unknown path', () => get('/nothing'), 'RESOURCE_NOT_FOUND'],
    ['an unknown path below a known one', () => get(`/features/${randomUUID()}/comments/1/2`), 'RESOURCE_NOT_FOUND'],
    ['another version', () => ({ ...get(''), url: `/p/${tenant.project.slug}/api/v2/project` }), 'RESOURCE_NOT_FOUND'],
    ['two slashes', () => get('//project'), 'RESOURCE_NOT_FOUND'],
    ['another case', () => get('/Project'), 'RESOURCE_NOT_FOUND'],
    [
      'a tag that is none',
      () => ({
        ...get(`/features/${randomUUID()}`, { ...json(), 'if-match': '1' }),
        method: 'PATCH',
        payload: '{"status":"COMPLETED"}',
      }),
      'BAD_REQUEST',
    ],
  ])('%s', async (_name, request, code) => {
    expectRefusal(await send(installation, request()), code);
  });

  it.each([
    ['in a search', () => get('/features?q=%E0%A4%A')],
    ['in a search, as half of a surrogate pair', () => get('/features?q=%ED%A0%80')],
    ['in the name of a parameter that there is not', () => get('/features?%zz=1')],
    ['at the end of a query', () => get('/features?q=a&nothing=100%')],
    ['beside a body', () => ({ ...post('{"title":"a"}'), url: `${base}/features?q=%E0%A4%A` })],
  ] satisfies [string, () => InjectOptions][])(
    'a bad percent-encoding %s, which costs a call like any other bad input, and is told to nobody who may not make the call',
    async (_name, request) => {
      const by = (authorization: string) => send(installation, { ...request(), headers: { ...json(), authorization } });
      const stranger = await seedKey(installation, tenant, { scopes: ['webhooks:read'] });
      expectRefusal(await by(`Bearer ${stranger.raw}`), 'INSUFFICIENT_SCOPE');
      expectRefusal(await by('Bearer riq_live_no'), 'UNAUTHORIZED');
      expect(await countersOf(installation)).toEqual([]);
      expectRefusal(await by(bearer().authorization), 'BAD_REQUEST');
      expect(await calls()).toBe(1);
    },
  );

  it.each([
    ['`__proto__` and `constructor` as parameters', '/features?__proto__=1&constructor=2&prototype=3'],
    ['a parameter that there is not', '/features?nothing=1'],
    ['a search of signs only', `/features?q=${encodeURIComponent("'; -- & | ! :* <-> ()")}`],
    ['the first and the last instant', '/features?createdAfter=0001-01-01T00:00:00Z&createdBefore=9999-12-31T23:59:59Z'],
    ['a slash at the end', '/project/'],
  ])('except %s, which is harmless', async (_name, path) => {
    expect((await send(installation, get(path))).status).toBe(200);
  });
});

describe('a method', () => {
  const byPath = Map.groupBy(boundProcedures('project'), ({ binding }) => binding.path);
  const urlOf = (path: string) => base + path.replace('{id}', randomUUID());

  for (const [path, procedures] of byPath) {
    const has = procedures.map(({ binding }) => binding.method as string);
    const allow = [
      ...(has.includes('GET') ? ['GET', 'HEAD'] : []),
      ...has.filter((method) => method !== 'GET'),
      'OPTIONS',
    ].sort();
    const allowIn = ({ headers }: Answer) => String(headers['allow']).split(', ').sort();

    it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'].filter((method) => !has.includes(method)))(
      `%s is not allowed on ${path}, and who asks is told what is`,
      async (method) => {
        for (const headers of [bearer(), {}]) {
          const answer = await send(installation, { method: method as 'PUT', url: urlOf(path), headers });
          expectRefusal(answer, 'METHOD_NOT_ALLOWED');
          expect(allowIn(answer)).toEqual(allow);
        }
        expect(await calls()).toBe(0);
      },
    );

    it(`OPTIONS of ${path} says what there is, and nothing of CORS`, async () => {
      const answer = await send(installation, {
        method: 'OPTIONS',
        url: urlOf(path),
        headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
      });
      expect([answer.status, answer.text, allowIn(answer)]).toEqual([204, '', allow]);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    });
  }

  it.each(['PROPFIND', 'PURGE', 'SEARCH', 'LOCK'])('%s, which no path has, is told what there is as well', async (method) => {
    for (const path of ['/features', `/features/${randomUUID()}`, '/project/']) {
      const answer = await send(installation, { method: method as 'PUT', url: base + path, headers: bearer() });
      expectRefusal(answer, 'METHOD_NOT_ALLOWED');
      expect(String(answer.headers['allow'])).toMatch(/^GET, HEAD, .*OPTIONS$/);
    }
    expectRefusal(await send(installation, { method: method as 'PUT', url: `${base}/nothing` }), 'RESOURCE_NOT_FOUND');
  });

  it('HEAD is GET without the body, and counts like it', async () => {
    for (const [path, status] of [
      ['/project', 200],
      ['/features', 200],
      [`/features/${randomUUID()}`, 404],
    ] as const) {
      const [whole, head] = [await send(installation, get(path)), await send(installation, { ...get(path), method: 'HEAD' })];
      expect([head.status, head.text]).toEqual([status, '']);
      const stable = ({
        headers: { date: _d, 'x-request-id': _i, 'x-ratelimit-remaining': _r, 'content-length': length, ...rest },
      }: Answer) => [Number(length) > 0, Object.keys(rest).sort()];
      expect(stable(head)).toEqual(stable(whole));
    }
    expect(await calls()).toBe(6);
    expect((await send(installation, { method: 'HEAD', url: `${base}/project` })).status).toBe(401);
  });
});

describe('an Authorization header', () => {
  const NEEDED = 'scope="backlog:read"';
  const attempt = (authorization: string) => send(installation, get('/project', { authorization }));
  const metadata = () =>
    `resource_metadata="${installation.core.publicUrl}/.well-known/oauth-protected-resource/p/${tenant.project.slug}/api/v1"`;

  it.each([
    ['a lower-case scheme', () => `bearer ${key.raw}`],
    ['an upper-case scheme', () => `BEARER ${key.raw}`],
  ])('with %s is understood (RFC 9110 §11.1)', async (_name, authorization) => {
    expect((await attempt(authorization())).status).toBe(200);
  });

  it.each([
    ['no token', () => 'Bearer'],
    ['an empty token', () => 'Bearer '],
    ['two spaces', () => `Bearer  ${key.raw}`],
    ['a tab', () => `Bearer\t${key.raw}`],
    ['a space before', () => ` Bearer ${key.raw}`],
    ['a space after', () => `Bearer ${key.raw} `],
    ['a word after', () => `Bearer ${key.raw} more`],
    ['two tokens', () => `Bearer ${key.raw}, Bearer ${key.raw}`],
    ['quotes', () => `Bearer "${key.raw}"`],
    ['the key alone', () => key.raw],
    ['another scheme', () => `Token ${key.raw}`],
    ['Basic', () => `Basic ${Buffer.from(`key:${key.raw}`).toString('base64')}`],
    ['the key in upper case', () => `Bearer ${key.raw.toUpperCase()}`],
    ['10,000 characters', () => `Bearer ${'a'.repeat(10_000)}`],
  ])('with %s is no credential, and is told so', async (_name, authorization) => {
    const answer = await attempt(authorization());
    expectRefusal(answer, 'UNAUTHORIZED');
    expect(answer.headers['www-authenticate']).toBe(`Bearer realm="reqbase", error="invalid_token", ${NEEDED}, ${metadata()}`);
  });

  it('is asked for, without an error, where there is none (RFC 6750 §3.1)', async () => {
    for (const headers of [{}, { 'x-api-key': key.raw }, { cookie: 'reqbase.session_token=abc.def' }]) {
      const answer = await send(installation, get('/project', headers));
      expectRefusal(answer, 'UNAUTHORIZED');
      expect(answer.headers['www-authenticate']).toBe(`Bearer realm="reqbase", ${NEEDED}, ${metadata()}`);
    }
  });

  it('beside another X-API-Key is ambiguous, and beside the same one fine', async () => {
    const { authorization } = bearer();
    expectRefusal(await send(installation, get('/project', { authorization, 'x-api-key': 'another' })), 'AMBIGUOUS_CREDENTIALS');
    const same = authorization.replace('Bearer ', '');
    expect((await send(installation, get('/project', { authorization, 'x-api-key': same }))).status).toBe(200);
  });
});

describe('X-Request-Id', () => {
  it.each(['abcdefgh', 'A-Za-z0-9_-', 'a'.repeat(64)])('%s is repeated', async (id) => {
    expect((await send(installation, get('/nothing', { 'x-request-id': id }))).headers['x-request-id']).toBe(id);
  });

  it.each([
    'short',
    'a'.repeat(65),
    'with space',
    '<script>alert(1)</script>',
    'häßlich-häßlich',
    '../../etc/passwd',
    'two-ids-1, two-ids-2',
    '',
  ])('%s is replaced', async (id) => {
    for (const path of ['/nothing', '/project', '/features/%E0%A4%A']) {
      const answer = await send(installation, get(path, { ...bearer(), 'x-request-id': id }));
      expect(answer.headers['x-request-id']).toMatch(/^req_[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    }
  });
});
