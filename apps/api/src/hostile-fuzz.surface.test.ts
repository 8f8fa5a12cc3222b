import { connect } from 'node:net';
import { ERRORS, type ErrorCode } from '@reqbase/auth';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { type BoundProcedure, boundProcedures, DOCUMENTED_SURFACES, listProcedures } from '@reqbase/core';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  firstOfStream,
  openInstallation,
  projectApi,
  refusalIn,
  restoreProjects,
  send,
  type TestInstallation,
} from './testing.ts';

// Whatever is sent, the answer is one of ours: no failure, one envelope, a code of the catalogue, nothing of the inside.

const INTERNAL_TEXT = /prisma|postgres|pglite|node_modules|\.ts:\d|\bat \w+ \(|select .* from|invalid byte|stack|ECONN/i;

let installation: TestInstallation;
let tenant: TestTenant;
let keys: TestKey[];
let featureId: string;
let scanned: { id: string; serviceId: string };

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'enterprise' });
  keys = [await seedKey(installation, tenant, { scopes: ['admin'], projectId: null }), await seedKey(installation, tenant)];
  const [key] = keys;
  const created = await projectApi(installation, tenant, key ?? null).post('/features', { title: 'One to aim at' });
  featureId = created.body.data.id;
  scanned = (
    await send(installation, {
      method: 'POST',
      url: '/api/scans/ingest',
      headers: { authorization: `Bearer ${key?.raw}` },
      payload: {
        service: { name: 'A service' },
        spec: { hash: 'a'.repeat(64), format: 'openapi' },
        endpoints: [],
        findings: [],
      },
    })
  ).body;
});
// Who may delete the project has done so, among whatever else was tried.
afterEach(() => restoreProjects(installation));
afterAll(() => installation.close());

function expectOurs({ status, headers, body, text }: Answer): void {
  expect(status).toBeLessThan(500);
  expect(headers['x-request-id']).toMatch(/^[\w-]{8,64}$/);
  if (status < 400 || text === '') return;
  const { code } = refusalIn({ status, headers, text, body: [body].flat()[0] });
  expect(Object.keys(ERRORS)).toContain(code);
  expect(ERRORS[code as ErrorCode][0]).toBe(status);
  // Its id is random, and may well spell one of these words.
  expect(text.replaceAll(String(headers['x-request-id']), '')).not.toMatch(INTERNAL_TEXT);
}

/** Text as hostile as it gets: any code unit, signs with a meaning, and long runs. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '%',
    '%00',
    '../..',
    '__proto__',
    'constructor',
    "'; drop table feature; --",
    'null',
    'NaN',
    '1e999',
    '-0',
    '٣',
    '𝒳',
    'a'.repeat(5_000),
  ),
);
const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.array(anyText, { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 4 }),
);

/** Members that the procedure knows, with any value or a plausible one; and others. */
function anyInput({ input }: { input: { shape: object } }): fc.Arbitrary<Record<string, unknown>> {
  const plausible = fc.constantFrom<unknown>(
    featureId,
    scanned.id,
    scanned.serviceId,
    tenant.project.slug,
    tenant.organization.slug,
    'COMPLETED',
    'ignored',
    'GET',
    'FEATURE',
    'ERROR',
    'votes',
    'asc',
    5,
    true,
    'a title',
    '2026-01-01T00:00:00Z',
    ['backlog:read'],
    ['FEATURE'],
  );
  return fc.dictionary(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('projectId', ...Object.keys(input.shape)) },
      { weight: 1, arbitrary: anyText },
    ),
    fc.oneof(plausible, anyValue),
    { maxKeys: 8 },
  );
}

/** Percent-encoded, or not well: code units that have no encoding go out as broken ones. */
const inUrl = (text: string) => (text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80');
const anySegment = (...good: string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: anyText.map(inUrl) },
    { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%2F', '.', '..') },
  );
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const anyHeaders = fc.record(
  {
    authorization: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(0, 1).map((index) => `Bearer ${keys[index]?.raw}`) },
      { weight: 1, arbitrary: headerText },
    ),
    'content-type': fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      {
        weight: 1,
        arbitrary: fc.oneof(headerText, fc.constantFrom('text/plain', 'multipart/form-data', 'application/json; charset=x')),
      },
    ),
    'if-match': fc.oneof(fc.constantFrom('"1"', '*', 'W/"1"', '"99999999999"'), headerText),
    'if-none-match': fc.oneof(fc.constantFrom('"1"', '*', 'W/"1", "2"'), headerText),
    'idempotency-key': headerText,
    'x-request-id': headerText,
    'x-api-key': headerText,
    cookie: headerText,
  },
  { requiredKeys: ['authorization', 'content-type'] },
);

function anyRequest(surface: 'project' | 'platform', procedure: BoundProcedure): fc.Arbitrary<InjectOptions> {
  const { method, path } = procedure.binding;
  const template = DOCUMENTED_SURFACES[surface].prefix + path;
  return fc
    .record({
      project: anySegment(tenant.project.slug, tenant.project.id),
      id: anySegment(featureId, scanned.id, scanned.serviceId, tenant.project.id),
      query: fc.array(fc.tuple(fc.oneof(fc.constantFrom(...Object.keys(procedure.input.shape)), anyText), anyText), {
        maxLength: 5,
      }),
      body: fc.oneof(
        { weight: 4, arbitrary: anyInput(procedure).map((input) => JSON.stringify(input)) },
        {
          weight: 1,
          arbitrary: fc.oneof(
            anyText,
            anyValue.map((value) => JSON.stringify(value)),
          ),
        },
      ),
      headers: anyHeaders,
    })
    .map(({ project, id, query, body, headers }) => ({
      method,
      url: `${template.replace('{projectId}', () => project).replace(/\{\w+\}/g, () => id)}?${query.map(([name, value]) => `${inUrl(name)}=${inUrl(value)}`).join('&')}`,
      headers,
      ...(method !== 'GET' && { payload: body }),
    }));
}

describe('whatever is sent', () => {
  const overRest = (['project', 'platform'] as const).flatMap((surface) =>
    boundProcedures(surface).map((procedure) => [procedure.path, surface, procedure] as const),
  );

  it.each(overRest)('to %s over REST (%s), the answer is one of ours', async (_path, surface, procedure) => {
    await fc.assert(
      fc.asyncProperty(anyRequest(surface, procedure), async (request) => expectOurs(await send(installation, request))),
      { numRuns: 80 },
    );
  });

  it.each(listProcedures().map((procedure) => [procedure.path, procedure] as const))(
    'to %s over RPC, the answer is one of ours',
    async (path, procedure) => {
      const property = fc.asyncProperty(anyInput(procedure), fc.boolean(), async (input, isWhole) => {
        const target = { projectId: tenant.project.slug, organizationId: tenant.organization.slug };
        const text = JSON.stringify({ ...(isWhole && target), ...input });
        const headers = { authorization: `Bearer ${keys[0]?.raw}`, 'content-type': 'application/json' };
        const url = `/trpc/${path}`;
        const read: InjectOptions = { method: 'GET', url: `${url}?input=${inUrl(text)}`, headers };
        const answers = {
          query: () => send(installation, read),
          mutation: () => send(installation, { method: 'POST', url, headers, payload: text }),
          subscription: () => firstOfStream(installation, read),
        };
        expectOurs(await answers[procedure.type]());
      });
      await fc.assert(property, { numRuns: 30 });
    },
  );
});

describe('what is no HTTP', () => {
  let port: number;
  beforeAll(async () => {
    port = Number(new URL(await installation.app.listen({ port: 0, host: '127.0.0.1' })).port);
  });

  /** Sends bytes as they are and reads until the server hangs up. */
  function exchange(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.setTimeout(5_000, () => socket.destroy(new Error('no end')));
      socket.on('data', (data) => {
        answer += data.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  }

  const line = (path: string, ...headers: string[]) =>
    [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');
  const project = () => `/p/${tenant.project.slug}/api/v1/project`;

  it.each([
    ['garbage', () => 'garbage\r\n\r\n'],
    ['two lengths that disagree', () => line(project(), 'Content-Length: 1', 'Content-Length: 2')],
    ['a length beside chunks', () => line(project(), 'Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['a header with NUL', () => line(project(), 'X-Request-Id: abcdefgh\0ijkl')],
    ['a header of two lines', () => line(project(), 'X-Request-Id: abcdefgh\r\n folded')],
    ['headers over the limit', () => line(project(), `X-Long: ${'a'.repeat(20_000)}`)],
    ['a path over the limit', () => line(`/p/${'a'.repeat(20_000)}/api/v1/project`)],
  ])('%s is a bad request in the envelope, and the connection ends', async (_name, text) => {
    const answer = await exchange(text());
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/X-Request-Id: req_[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\r\n/i);
    expect(JSON.parse(body).error).toMatchObject({ code: 'BAD_REQUEST', message: ERRORS.BAD_REQUEST[1] });
  });

  it('a request without Host is a bad one in the envelope; of HTTP/1.0, one as any other', async () => {
    const bearer = `Authorization: Bearer ${keys[0]?.raw}`;
    const without = (version: string) => line(project(), bearer).replace('Host: localhost\r\n', '').replace('1.1', version);
    const answer = await exchange(without('1.1'));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/^X-RateLimit-Remaining: \d+\r$/im);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error).toMatchObject({ code: 'BAD_REQUEST' });
    expect(await exchange(without('1.0'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('an expectation that nobody knows is none', async () => {
    const answer = await exchange(line(project(), `Authorization: Bearer ${keys[0]?.raw}`, 'Expect: x'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('a second Authorization header is not looked at, wherever it stands', async () => {
    const [good, bad] = [`Authorization: Bearer ${keys[0]?.raw}`, 'Authorization: Bearer riq_live_no'];
    expect(await exchange(line(project(), good, bad))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchange(line(project(), bad, good))).toMatch(/^HTTP\/1\.1 401 /);
  });
});
