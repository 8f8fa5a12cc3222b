import { PLANS } from '@reqbase/auth';
import {
  countersOf,
  emptyCounters,
  seedKey,
  seedProject,
  seedTenant,
  setUsed,
  type TestKey,
  type TestTenant,
} from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, send, type TestInstallation } from '../testing.ts';
import { CURRENT, EARLIER, mcp } from './testing.ts';

// The transport, case by case of the list in MCP, Transports and Versioning, and RFC 6750 and 9728 for what HTTP tells.

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let path: string;
let ask: ReturnType<typeof mcp>;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'scale' });
  key = await seedKey(installation, tenant);
  path = `/p/${tenant.project.slug}/mcp`;
  ask = mcp(installation, path, key);
});
afterAll(() => installation.close());

const LIST = { method: 'tools/list' };
const DISCOVER = { method: 'server/discover' };
const initialize = (protocolVersion: string) => ({
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});
const metadataOf = (of: string) => `resource_metadata="http://localhost/.well-known/oauth-protected-resource${of}"`;
const WORKING_SET = 'scope="backlog:read status:write notes:write comments:write conversations:read widget:read"';

describe('the current revision', () => {
  it('is discovered, and every result says that it is complete', async () => {
    const { status, headers, body } = await ask(DISCOVER);
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('application/json')]);
    expect(body.result).toMatchObject({ resultType: 'complete', supportedVersions: [CURRENT], capabilities: { tools: {} } });
  });

  it('lists tools with how long the list may be kept, and by whom', async () => {
    const { body } = await ask(LIST);
    expect(body.result).toMatchObject({ resultType: 'complete', ttlMs: 60_000, cacheScope: 'private' });
    expect(body.result.tools.length).toBeGreaterThan(3);
  });

  it.each([
    ['method', { 'mcp-method': 'tools/call' }],
    ['version', { 'mcp-protocol-version': '2025-11-25' }],
  ])('is refused with -32020 when the header of the %s says something else than the body', async (_what, headers) => {
    const { status, body } = await ask(LIST, { headers });
    expect([status, body.error.code]).toEqual([400, -32_020]);
  });

  it('is refused with -32020 when the header names another tool than the body, or none', async () => {
    const call = { method: 'tools/call', params: { name: 'list_features', arguments: {} } };
    for (const name of ['delete_feature', ''])
      expect((await ask(call, { headers: { 'mcp-name': name } })).body.error.code).toBe(-32_020);
  });

  it('is refused with -32022 and the revisions there are, when it is one that there is not', async () => {
    const { status, body } = await ask(LIST, { version: '2030-01-01' });
    expect([status, body.error]).toEqual([
      400,
      expect.objectContaining({ code: -32_022, data: expect.objectContaining({ supported: [CURRENT] }) }),
    ]);
  });

  it.each(['resources/list', 'prompts/list', 'initialize', 'subscriptions/listen', 'nothing/such'])(
    'has no %s: 404 with -32601',
    async (method) => {
      const { status, body } = await ask({ method });
      expect([status, body.error.code, body.id]).toEqual([404, -32_601, 1]);
    },
  );

  it('refuses a tool that there is not with -32602, whatever it is called', async () => {
    for (const name of ['nothing', '__proto__', 'constructor', 'list_services']) {
      const { body } = await ask({ method: 'tools/call', params: { name, arguments: {} } });
      expect(body.error).toMatchObject({ code: -32_602 });
    }
  });

  it('refuses a cursor with -32602: the list is one page', async () => {
    expect((await ask({ method: 'tools/list', params: { cursor: 'x' } })).body.error.code).toBe(-32_602);
  });
});

describe.each(EARLIER)('the revision %s', (version) => {
  it('is agreed on and lists the same tools, without a session', async () => {
    const hello = await ask(initialize(version), { version });
    expect(hello.body.result).toMatchObject({ protocolVersion: version, serverInfo: { name: 'reqbase' } });
    expect(hello.headers['mcp-session-id']).toBeUndefined();
    expect(
      (
        await ask(
          { method: 'notifications/initialized' },
          { version, payload: { jsonrpc: '2.0', method: 'notifications/initialized' } },
        )
      ).status,
    ).toBe(202);
    expect((await ask({ method: 'ping' }, { version })).body.result).toEqual({});
    const names = async (of?: string) =>
      (await ask(LIST, of === undefined ? {} : { version: of })).body.result.tools.map((tool: { name: string }) => tool.name);
    expect(await names(version)).toEqual(await names());
  });
});

describe('an earlier client', () => {
  it('that sends no revision is one of 2025-03-26', async () => {
    const { 'mcp-protocol-version': _version, ...headers } = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${key.raw}`,
    } as Record<string, string>;
    const answer = await send(installation, {
      method: 'POST',
      url: path,
      headers,
      payload: { jsonrpc: '2.0', id: 'a', method: 'tools/list' },
    });
    expect([answer.status, answer.body.id, answer.body.result.tools.length > 3]).toEqual([200, 'a', true]);
  });

  it.each([
    ['parameters that are none', { params: 'abc' }],
    ['no parameters', { params: null }],
    ['a list of parameters', { params: [] }],
    ['a member that there is not', { params: { name: 'list_features', arguments: {} }, extra: 1 }],
  ])('is told the same of a call with %s, whether it names its revision or not', async (_what, given) => {
    const payload = { jsonrpc: '2.0', id: 9, method: 'tools/call', ...given };
    const named = await ask(LIST, { version: '2025-06-18', payload });
    const unnamed = await ask(LIST, { version: '2025-06-18', payload, headers: { 'mcp-protocol-version': '' } });
    expect([named.status, named.body]).toEqual([unnamed.status, unnamed.body]);
  });

  it('may send a batch of 2025-03-26, each message of which meets the gates by itself', async () => {
    const call = (id: number, name: string) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } });
    const { status, body } = await ask(LIST, {
      version: '2025-03-26',
      payload: [call(1, 'list_features'), call(2, 'list_members')],
    });
    expect(status).toBe(200);
    expect(body.map(({ id, result }: any) => [id, result.isError ?? false])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it('has each message of a batch answered as if it had come alone, whatever the others say, and counted', async () => {
    const list = (id: number | string) => ({ jsonrpc: '2.0', id, method: 'tools/list' });
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const batch = async (payload: unknown[]) => {
      await emptyCounters(installation);
      const { status, body } = await ask(LIST, { version: '2025-03-26', payload });
      const [{ calls } = { calls: 0 }] = (await countersOf(installation)).filter(({ counter }) => counter.startsWith('minute'));
      return {
        status,
        calls,
        ids: Array.isArray(body) ? body.map(({ id, error }: any) => (error ? [id, error.code] : id)) : null,
      };
    };
    expect(await batch([list(1), cancel])).toEqual({ status: 200, calls: 2, ids: [1] });
    expect(await batch([list(1), list(1), list('b')])).toEqual({ status: 200, calls: 3, ids: [1, 1, 'b'] });
    expect(await batch([list(7)])).toEqual({ status: 200, calls: 1, ids: [7] });
    expect(await batch([cancel, cancel])).toMatchObject({ status: 202, calls: 2 });
    expect(await batch([5, list(2)])).toMatchObject({ status: 200, calls: 2, ids: [[null, -32_600], 2] });
    expect(await batch([[list(1), cancel], list(2)])).toMatchObject({ status: 200, calls: 2, ids: [[null, -32_600], 2] });
    expect(await batch([])).toMatchObject({ status: 400, calls: 1 });
    expect(await batch(Array.from({ length: 101 }, (_, id) => list(id)))).toMatchObject({ status: 400, calls: 1 });
  });

  it('waits in a batch for no answer to a notification or to an answer of its own, even where they are refused', async () => {
    const last = await seedKey(installation, tenant);
    await setUsed(installation, { keyId: last.id, minute: PLANS.scale.callsPerMinute - 1 });
    const payload = [
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'no' } },
      { jsonrpc: '2.0', id: 2, method: 'ping' },
    ];
    const { body } = await mcp(installation, path, last)(LIST, { version: '2025-03-26', payload });
    expect(body.map(({ id, error }: any) => [id, error?.data.code])).toEqual([
      [1, undefined],
      [2, 'RATE_LIMITED'],
    ]);
  });

  it.each([
    ['an answer that calls', { jsonrpc: '2.0', id: 1, method: 'ping', result: {} }],
    ['a call that is an error', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {}, error: null }],
    ['a method that is none', { jsonrpc: '2.0', method: 5 }],
    ['no version', { method: 'x' }],
    ['another version', { jsonrpc: '1.0', method: 'x' }],
    ['a result that is none', { jsonrpc: '2.0', id: 1, result: 5 }],
  ])('is told in a batch that %s is no message', async (_what, message) => {
    const { status, body } = await ask(LIST, { version: '2025-03-26', payload: [message] });
    expect([status, body]).toEqual([200, [expect.objectContaining({ error: expect.objectContaining({ code: -32_600 }) })]]);
  });

  it('is refused as a whole where it waits for nothing', async () => {
    const payload = [{ jsonrpc: '2.0', method: 'notifications/initialized' }];
    const last = await seedKey(installation, tenant);
    await setUsed(installation, { keyId: last.id, minute: PLANS.scale.callsPerMinute });
    const stranger = await seedKey(installation, await seedTenant(installation));
    for (const [who, status] of [
      [last, 429],
      [stranger, 401],
      [key, 202],
    ] as const)
      expect((await mcp(installation, path, who)(LIST, { version: '2025-03-26', payload })).status).toBe(status);
  });

  it('is told in a batch which message cannot be answered as it asks', async () => {
    const payload = [{ jsonrpc: '2.0', id: 5, method: 'ping' }];
    const { body } = await ask(LIST, { version: '2025-03-26', payload, headers: { accept: 'application/json' } });
    expect(body).toEqual([
      { jsonrpc: '2.0', id: 5, error: { code: -32_000, message: expect.stringContaining('Not Acceptable') } },
    ]);
  });

  it('gets no more by a batch than fits into an answer: the rest is not done, and each is told so', async () => {
    const wordy = await seedTenant(installation, { plan: 'scale' });
    const reader = await seedKey(installation, wordy, { scopes: ['backlog:write'] });
    const created = await projectApi(installation, wordy, reader).post('/features', { title: 'Wordy' });
    const { id: featureId } = created.body.data;
    await installation.db.prisma.feature.update({ where: { id: featureId }, data: { description: 'x'.repeat(2_000_000) } });
    const call = (id: number) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'get_feature', arguments: { featureId } },
    });
    await emptyCounters(installation);
    const { status, body, text } = await mcp(
      installation,
      `/p/${wordy.project.slug}/mcp`,
      reader,
    )(LIST, {
      version: '2025-03-26',
      payload: Array.from({ length: 6 }, (_, id) => call(id)),
    });
    expect(status).toBe(200);
    const isDone = body.map(({ error }: any) => error === undefined);
    expect(isDone).toEqual([true, true, true, false, false, false]);
    expect(text.length).toBeLessThan(13_000_000);
    expect(body.at(-1)).toMatchObject({ id: 5, error: { data: { code: 'PAYLOAD_TOO_LARGE', issues: [expect.anything()] } } });
    const [minute] = (await countersOf(installation)).filter(({ counter }) => counter.startsWith('minute'));
    expect(minute?.calls).toBe(3);
  });

  it('that has used up its minute within a batch keeps what it has got until then', async () => {
    const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'list_features', arguments: {} } });
    const busy = await seedKey(installation, tenant);
    await setUsed(installation, { keyId: busy.id, minute: PLANS.scale.callsPerMinute - 1 });
    const { status, body } = await mcp(
      installation,
      path,
      busy,
    )(LIST, {
      version: '2025-03-26',
      payload: [call(1), { jsonrpc: '2.0', id: 2, method: 'ping' }],
    });
    expect([status, body[0].result.isError ?? false, body[1].error.data.code]).toEqual([200, false, 'RATE_LIMITED']);
  });

  it('whose key is revoked while a batch is answered gets no further', async () => {
    await emptyCounters(installation);
    const doomed = await seedKey(installation, tenant);
    const list = { jsonrpc: '2.0', method: 'tools/call', params: { name: 'list_features', arguments: {} } };
    const answer = mcp(
      installation,
      path,
      doomed,
    )(LIST, { version: '2025-03-26', payload: Array.from({ length: 100 }, (_, id) => ({ ...list, id })) });
    await expect.poll(async () => (await countersOf(installation)).length, { interval: 5 }).toBeGreaterThan(0);
    await installation.db.prisma.apiKey.update({ where: { id: doomed.id }, data: { revokedAt: installation.clock.now() } });
    const { body } = await answer;
    expect(JSON.parse(body.at(-1).result.content[0].text).code).toBe('API_KEY_REVOKED');
  });

  it.each(['2025-06-18', '2025-11-25'])('of %s has no batches', async (version) => {
    const { status, body } = await ask(LIST, { version, payload: [{ jsonrpc: '2.0', id: 1, method: 'ping' }] });
    expect([status, body.error.data.code]).toEqual([400, 'BAD_REQUEST']);
  });

  it('is refused with 400 for a revision that there is not', async () => {
    expect((await ask(LIST, { version: '2020-01-01' })).status).toBe(400);
  });
});

describe('HTTP', () => {
  it.each(['GET', 'HEAD', 'DELETE', 'PUT', 'PATCH'] as const)('has no %s here: 405, with what there is', async (method) => {
    const { status, headers } = await send(installation, { method, url: path, headers: { authorization: `Bearer ${key.raw}` } });
    expect([status, headers['allow']]).toEqual([405, 'POST, OPTIONS']);
  });

  it('is refused with 403 from a page of another origin, and from a name that is not ours', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { host: 'evil.example' }] as const) {
      const { status, body } = await ask(LIST, { headers: { ...headers } });
      expect([status, body.error.data.code]).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    }
    for (const headers of [{ origin: 'http://localhost' }, { host: '127.0.0.1:3100' }, { host: '[::1]:3100' }] as const)
      expect((await ask(LIST, { headers: { ...headers } })).status).toBe(200);
  });

  it('gives no page of another origin leave to read', async () => {
    const { headers } = await send(installation, { method: 'OPTIONS', url: path, headers: { origin: 'https://evil.example' } });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('is told of a body that is no JSON with -32700, and of one that is too large or of another type', async () => {
    const post = (payload: string, type = 'application/json') =>
      send(installation, {
        method: 'POST',
        url: path,
        headers: { authorization: `Bearer ${key.raw}`, 'content-type': type, accept: 'application/json, text/event-stream' },
        payload,
      });
    expect(await post('{')).toMatchObject({ status: 400, body: { id: null, error: { code: -32_700 } } });
    expect(await post('{"__proto__":{}}')).toMatchObject({ status: 400, body: { error: { code: -32_700 } } });
    expect(await post(`"${'x'.repeat(1_048_576)}"`)).toMatchObject({
      status: 413,
      body: { error: { data: { code: 'PAYLOAD_TOO_LARGE' } } },
    });
    expect(await post('a=b', 'text/plain')).toMatchObject({ status: 415 });
    expect((await post('')).status).toBe(400);
    for (const text of ['null', '1', '"x"', '[]', '{}', '{"jsonrpc":"1.0","id":1,"method":"tools/list"}'])
      expect((await post(text)).status, text).toBeGreaterThanOrEqual(400);
  });

  it('takes no credential from the address', async () => {
    const answer = await mcp(installation, `${path}?access_token=${key.raw}`, null)(LIST);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(key.raw);
  });
});

describe('who may not come in', () => {
  it('without a credential is told where to get one and what to ask for, and of no error', async () => {
    const { status, headers, body } = await mcp(installation, path, null)(DISCOVER);
    expect([status, body.error.data.code]).toEqual([401, 'UNAUTHORIZED']);
    expect(headers['www-authenticate']).toBe(`Bearer realm="reqbase", ${metadataOf(path)}, ${WORKING_SET}`);
  });

  it('with a wrong one is told so', async () => {
    const { status, headers } = await mcp(installation, path, { raw: 'riq_live_nothing' })(LIST);
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      `Bearer realm="reqbase", error="invalid_token", ${metadataOf(path)}, ${WORKING_SET}`,
    ]);
  });

  it('with a key of another organization or project is told no more than that, whatever is asked', async () => {
    const other = { ...tenant, project: await seedProject(installation, tenant.organization) };
    const strangers = [await seedKey(installation, await seedTenant(installation)), await seedKey(installation, other)];
    const messages = [
      LIST,
      DISCOVER,
      { method: 'nothing/such' },
      { method: 'tools/call', params: { name: 'list_features', arguments: {} } },
    ];
    for (const stranger of strangers) {
      for (const message of messages) {
        const { status, body } = await mcp(installation, path, stranger)(message);
        expect([status, body.error.data.code]).toEqual([401, 'UNAUTHORIZED']);
      }
    }
    const { status } = await mcp(installation, '/p/nothing-there/mcp', key)(LIST);
    expect(status).toBe(401);
  });

  it('for want of a scope is told every scope that the tool needs', async () => {
    const call = { method: 'tools/call', params: { name: 'delete_feature', arguments: {} } };
    for (const version of [CURRENT, '2025-11-25']) {
      const { status, headers, body } = await ask(call, { version });
      expect([status, body.id, body.error.data.code]).toEqual([403, 1, 'INSUFFICIENT_SCOPE']);
      expect(headers['www-authenticate']).toBe(
        `Bearer realm="reqbase", error="insufficient_scope", ${metadataOf(path)}, scope="features:delete"`,
      );
    }
    const orgKey = await seedKey(installation, tenant, { projectId: null, scopes: ['scans:read'] });
    const compare = { method: 'tools/call', params: { name: 'compare_scans', arguments: {} } };
    const refused = await mcp(installation, `/o/${tenant.organization.slug}/mcp`, orgKey)(compare);
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer realm="reqbase", error="insufficient_scope", scope="scans:read endpoints:read"',
    );
  });

  it('costs no query with a key that cannot be one', async () => {
    installation.statements.length = 0;
    await mcp(installation, path, { raw: 'riq_live_nothing' })(LIST);
    expect(installation.statements).toEqual([]);
  });
});
