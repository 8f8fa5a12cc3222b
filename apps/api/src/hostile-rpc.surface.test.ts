import { ERRORS, type ErrorCode } from '@reqbase/auth';
import { countersOf, emptyCounters, seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, refusalIn, send, signIn, type TestInstallation } from './testing.ts';

// The same mistakes on typed RPC and on the session endpoints.

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let cookie: string;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'enterprise' });
  key = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
  cookie = await signIn(installation, tenant.user);
});
afterAll(() => installation.close());
beforeEach(() => emptyCounters(installation));

const bearer = () => ({ authorization: `Bearer ${key.raw}` });
const json = () => ({ ...bearer(), 'content-type': 'application/json' });
const post = (payload: string, headers: Record<string, string> = json(), path = 'backlog.create'): InjectOptions => ({
  method: 'POST',
  url: `/trpc/${path}`,
  headers,
  payload,
});
const get = (path: string, headers: Record<string, string> = bearer()): InjectOptions => ({
  method: 'GET',
  url: `/trpc/${path}`,
  headers,
});
const inProject = (rest: object) => JSON.stringify({ projectId: tenant.project.slug, ...rest });
const inQuery = (input: unknown) => `?input=${encodeURIComponent(JSON.stringify(input))}`;

/** A refusal as tRPC's clients read it: the catalogue's code and words, and the id of the request twice. */
function expectRefusal(answer: Answer, code: ErrorCode): void {
  const { error } = [answer.body].flat()[0] ?? {};
  expect(refusalIn({ ...answer, body: { error } })).toMatchObject({
    status: ERRORS[code][0],
    code,
    requestId: answer.headers['x-request-id'],
  });
  expect(error.message).toBe(ERRORS[code][1]);
  expect(error.data.stack).toBeUndefined();
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
}

type Row = readonly [name: string, request: () => InjectOptions, code: ErrorCode];

describe('RPC refuses', () => {
  it.each<Row>([
    ['broken JSON', () => post('{"projectId":'), 'BAD_JSON'],
    ['an empty body', () => post(''), 'BAD_JSON'],
    ['broken JSON without a credential', () => post('{', { 'content-type': 'application/json' }), 'UNAUTHORIZED'],
    ['broken JSON in a query', () => get('backlog.list?input=%7B'), 'BAD_REQUEST'],
    ['a bad percent-encoding in a query', () => get('backlog.list?input=%E0%A4%A'), 'BAD_REQUEST'],
    ['broken JSON in a query without a credential', () => get('backlog.list?input=%7B', {}), 'UNAUTHORIZED'],
    ['text/plain', () => post('{}', { ...bearer(), 'content-type': 'text/plain' }), 'UNSUPPORTED_MEDIA_TYPE'],
    ['XML', () => post('<a/>', { ...bearer(), 'content-type': 'application/xml' }), 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a multipart form',
      () => post('--a--', { ...bearer(), 'content-type': 'multipart/form-data; boundary=a' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a file', () => post('a', { ...bearer(), 'content-type': 'application/octet-stream' }), 'UNSUPPORTED_MEDIA_TYPE'],
    ['no type', () => post('{}', bearer()), 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'another charset',
      () => post('{}', { ...bearer(), 'content-type': 'application/json; charset=utf-16' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a body over the limit', () => post(inProject({ title: 'a', description: 'b'.repeat(1_048_576) })), 'PAYLOAD_TOO_LARGE'],
    ['an array for an object', () => post(`[${inProject({ title: 'a' })}]`), 'API_KEY_ORG_MISMATCH'],
    ['null', () => post('null'), 'API_KEY_ORG_MISMATCH'],
    ['a project that is none', () => post('{"projectId":{"length":1},"title":"a"}'), 'API_KEY_ORG_MISMATCH'],
    ['a project with NUL', () => post('{"projectId":"\\u0000","title":"a"}'), 'API_KEY_ORG_MISMATCH'],
    ['an array for a text', () => post(inProject({ title: ['a'] })), 'BAD_REQUEST'],
    ['NUL in a text', () => post(inProject({ title: 'a\0' })), 'BAD_REQUEST'],
    [
      'half of a surrogate pair',
      () => post('{"projectId":"x","title":"\\ud800"}'.replace('x', tenant.project.slug)),
      'BAD_REQUEST',
    ],
    [
      'NUL in the constraints of a key',
      () =>
        post(
          inProject({ name: 'a', scopes: [{ permission: 'backlog:read', resourceConstraints: { a: '\0' } }] }),
          json(),
          'apiKeys.create',
        ),
      'BAD_REQUEST',
    ],
    [
      'NUL in the name of a key',
      () => post(inProject({ name: '\0', scopes: ['backlog:read'] }), json(), 'apiKeys.create'),
      'BAD_REQUEST',
    ],
    ['NUL in a note', () => post(inProject({ id: tenant.project.id, text: '\0' }), json(), 'backlog.writeNote'), 'BAD_REQUEST'],
    ['NUL in the organization of a list', () => get(`projects.list${inQuery({ organizationId: '\0' })}`), 'BAD_REQUEST'],
    [
      '10,000 levels of arrays',
      () => post(`{"projectId":"${tenant.project.slug}","title":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
      'BAD_REQUEST',
    ],
    [
      '10,000 levels in the constraints of a key',
      () =>
        post(
          `{"projectId":"${tenant.project.slug}","name":"a","scopes":[{"permission":"backlog:read","resourceConstraints":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}]}`,
          json(),
          'apiKeys.create',
        ),
      'BAD_REQUEST',
    ],
    ['a procedure that there is not', () => get('backlog.nothing'), 'RESOURCE_NOT_FOUND'],
    ['`__proto__` for a procedure', () => get('__proto__'), 'RESOURCE_NOT_FOUND'],
    ['`constructor.name` for a procedure', () => get('constructor.name'), 'RESOURCE_NOT_FOUND'],
    ['no procedure', () => get(''), 'RESOURCE_NOT_FOUND'],
    ['a path below a procedure', () => get('backlog.list/1'), 'RESOURCE_NOT_FOUND'],
    ['a bad percent-encoding of a procedure', () => get('%E0%A4%A'), 'BAD_REQUEST'],
    ['a procedure of 501 characters', () => get('a'.repeat(501)), 'URI_TOO_LONG'],
    ['a batch whose input is none', () => get('backlog.list,members.me?batch=1&input=5'), 'BAD_REQUEST'],
    ['two different keys', () => get('members.me', { ...bearer(), 'x-api-key': 'another' }), 'AMBIGUOUS_CREDENTIALS'],
    [
      "another site's page, which acts by a person's cookie",
      () => post('{}', { cookie, 'content-type': 'application/json', origin: 'https://elsewhere.example' }),
      'FORBIDDEN',
    ],
  ])('%s', async (_name, request, code) => {
    expectRefusal(await send(installation, request()), code);
  });

  it.each([
    ['a batch of 21', () => get(`${Array(21).fill('members.me').join()}?batch=1&input=${encodeURIComponent('{}')}`)],
    ['parameters of a connection that are none', () => get('members.me?connectionParams=%7B')],
  ])('%s as JSON with a code of the catalogue', async (_name, request) => {
    const answer = await send(installation, request());
    expect(answer.status).toBe(400);
    expect(['BAD_REQUEST', 'BAD_JSON']).toContain(answer.body.error.data.appCode);
  });

  it.each([
    ['a mutation by GET', () => get('backlog.create?input={}'), 'POST, OPTIONS'],
    ['a batch of them by GET', () => get('backlog.create,backlog.remove?batch=1&input={}'), 'POST, OPTIONS'],
    ['a mutation by HEAD', () => ({ ...get('backlog.create'), method: 'HEAD' }), 'POST, OPTIONS'],
    ['a mutation by PUT', () => ({ ...get('backlog.create'), method: 'PUT' }), 'POST, OPTIONS'],
    ['a query by POST', () => post('{}', json(), 'backlog.list'), 'GET, HEAD, OPTIONS'],
    ['a query by POST without a credential', () => post('{}', {}, 'backlog.list'), 'GET, HEAD, OPTIONS'],
    ['a query by DELETE', () => ({ ...get('backlog.list'), method: 'DELETE' }), 'GET, HEAD, OPTIONS'],
    ['a subscription by POST', () => post('{}', json(), 'live.watch'), 'GET, HEAD, OPTIONS'],
    ['what there is not by PUT', () => ({ ...get('backlog.nothing'), method: 'PUT' }), 'GET, HEAD, POST, OPTIONS'],
  ] satisfies [string, () => InjectOptions, string][])('%s, and says how it is called', async (_name, request, allow) => {
    const answer = await send(installation, request());
    if (request().method !== 'HEAD') expectRefusal(answer, 'METHOD_NOT_ALLOWED');
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
    expect(await countersOf(installation)).toEqual([]);
  });

  it('what cannot be read uncounted, and what is wrong counted', async () => {
    await send(installation, post('{'));
    await send(installation, post('{}', { ...bearer(), 'content-type': 'text/plain' }));
    expect(await countersOf(installation)).toEqual([]);
    await send(installation, post(inProject({ title: 1 })));
    expect((await countersOf(installation)).map(({ calls }) => calls)).toEqual([1, 1, 1]);
  });

  it.each([
    ['backlog.list', 'GET, HEAD, OPTIONS'],
    ['backlog.create', 'POST, OPTIONS'],
    ['backlog.list,backlog.create', 'GET, HEAD, POST, OPTIONS'],
  ])('OPTIONS of %s with what is allowed, and nothing of CORS', async (path, allow) => {
    const answer = await send(installation, {
      method: 'OPTIONS',
      url: `/trpc/${path}`,
      headers: { origin: 'https://elsewhere.example' },
    });
    expect([answer.status, answer.headers['allow']]).toEqual([204, allow]);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('RPC takes', () => {
  it('`__proto__` in a body for nothing', async () => {
    const answer = await send(
      installation,
      post(`{"projectId":"${tenant.project.slug}","title":"a","__proto__":{"title":"b","isAdmin":true}}`),
    );
    expect([answer.status, answer.body.result.data.title, Reflect.get({}, 'isAdmin')]).toEqual([200, 'a', undefined]);
  });

  it.each([
    ['X-API-Key', () => ({ 'x-api-key': key.raw })],
    ['both headers, when they agree', () => ({ ...bearer(), 'x-api-key': key.raw })],
    ['a key before a cookie', () => ({ ...bearer(), cookie })],
  ])('%s', async (_name, headers) => {
    const answer = await send(installation, get(`members.me${inQuery({})}`, headers()));
    expect(answer.body.result.data.kind).toBe('api_key');
  });
});

describe('the session endpoints refuse', () => {
  const signInWith = (payload: string, type = 'application/json') =>
    send(installation, { method: 'POST', url: '/api/auth/sign-in/email', headers: { 'content-type': type }, payload });

  it.each([
    ['broken JSON', '{', 400],
    ['an array', '[]', 400],
    ['NUL in the e-mail', JSON.stringify({ email: 'a\0@example.test', password: 'a password' }), 400],
    ['NUL in the password', JSON.stringify({ email: 'a@example.test', password: 'a\0password' }), 401],
    ['a body over the limit', JSON.stringify({ email: 'a@example.test', password: 'b'.repeat(1_048_576) }), 413],
  ])('%s', async (_name, payload, status) => {
    const answer = await signInWith(payload);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/prisma|stack|node_modules/i);
  });

  it('what is no JSON', async () => {
    expect((await signInWith('email=a', 'text/plain')).status).toBe(415);
  });

  it('whatever else the session library would do: signing up, other names, other addresses, deletion', async () => {
    for (const path of [
      'sign-up/email',
      'update-user',
      'change-email',
      'delete-user',
      'request-password-reset',
      'list-sessions',
      'error',
      'ok',
    ]) {
      for (const method of ['GET', 'POST'] as const) {
        const answer = await send(installation, {
          method,
          url: `/api/auth/${path}`,
          headers: { cookie },
          ...(method === 'POST' && { payload: { name: 'a' } }),
        });
        expect([path, answer.status, answer.body?.error?.code]).toEqual([path, 404, 'RESOURCE_NOT_FOUND']);
      }
    }
  });

  it('a cookie of any bytes', async () => {
    for (const value of ['%00', '%E0%A4%A', 'a.b.c', '"', 'a'.repeat(8_000)]) {
      const answer = await send(installation, get('members.me', { cookie: `reqbase.session_token=${value}` }));
      expectRefusal(answer, 'UNAUTHORIZED');
    }
  });
});
