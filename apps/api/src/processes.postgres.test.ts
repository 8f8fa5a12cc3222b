import {
  openTestAccess,
  seedKey,
  seedTenant,
  TEST_SECRET,
  type TestAccess,
  type TestKey,
  type TestTenant,
} from '@reqbase/auth/testing';
import { createClient } from '@reqbase/core/client';
import { endpointOf, findingOf, scanOf } from '@reqbase/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Outcome,
  openGate,
  pause,
  runToEnd,
  type ServerProcess,
  startLoad,
  startServer,
  until,
} from './testing-processes.ts';

// Three real processes on one PostgreSQL. The clock is the real one.

let access: TestAccess & { db: { url?: string } };
let servers: ServerProcess[] = [];
let tenant: TestTenant;
let key: TestKey;

const variables = () => ({ DATABASE_URL: access.db.url ?? '', SECRET: TEST_SECRET, LOG_LEVEL: 'warn' });

beforeAll(async () => {
  access = await openTestAccess('postgres');
  servers = await Promise.all([1, 2, 3].map(() => startServer(variables())));
}, 60_000);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  await access.db.close();
});
beforeEach(async () => {
  tenant = await seedTenant(access, { plan: 'scale' });
  key = await seedKey(access, tenant, { scopes: ['backlog:write'] });
});

const origins = () => servers.map(({ origin }) => origin);
const bearer = (of: TestKey = key) => ({ authorization: `Bearer ${of.raw}` });
const url = (origin: string, path: string) => `${origin}/p/${tenant.project.slug}/api/v1${path}`;
const read = (origin: string) => fetch(url(origin, '/features?limit=1'), { headers: bearer() });
const create = (origin: string, title: string, headers: Record<string, string> = {}) =>
  fetch(url(origin, '/features'), {
    method: 'POST',
    headers: { ...bearer(), 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ title }),
  });
const today = () => new Date(`${new Date().toISOString().slice(0, 10)}T00:00:00Z`);
const setDay = (calls: number) =>
  access.db.prisma.usageDay.upsert({
    where: { projectId_day: { projectId: tenant.project.id, day: today() } },
    create: { projectId: tenant.project.id, day: today(), calls },
    update: { calls },
  });
const callsToday = async () =>
  (await access.db.prisma.usageDay.findMany({ where: { projectId: tenant.project.id } })).reduce(
    (sum, { calls }) => sum + calls,
    0,
  );

describe('under steady load on three processes, no call that began after the commit gets through', () => {
  it.each<[name: string, code: string, status: number, change: () => Promise<unknown>]>([
    ['the key has been revoked over RPC', 'API_KEY_REVOKED', 401, () => revokeOverRpc()],
    [
      'the key has been revoked in the database',
      'API_KEY_REVOKED',
      401,
      () => access.db.prisma.apiKey.update({ where: { id: key.id }, data: { revokedAt: new Date() } }),
    ],
    [
      'the member has been removed',
      'FORBIDDEN',
      403,
      () => access.db.prisma.organizationMember.deleteMany({ where: { userId: tenant.user.id } }),
    ],
    [
      'the role has been lowered',
      'FORBIDDEN',
      403,
      () => access.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } }),
    ],
    [
      'the plan has been lowered',
      'PLAN_REQUIRED',
      403,
      () => access.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } }),
    ],
    [
      'a scope has been taken away',
      'INSUFFICIENT_SCOPE',
      403,
      () => access.db.prisma.apiKey.update({ where: { id: key.id }, data: { scopes: [{ permission: 'backlog:read' }] } }),
    ],
    [
      'the project has been deleted',
      'UNAUTHORIZED',
      401,
      () => access.db.prisma.project.update({ where: { id: tenant.project.id }, data: { deletedAt: new Date() } }),
    ],
  ])('once %s', async (_name, code, status, change) => {
    const load = startLoad(origins(), (origin, n) => create(origin, `feature ${n}`), 2);
    const hasEach = (wanted: (outcome: Outcome) => boolean) => () =>
      origins().every((origin) => load.outcomes.filter((outcome) => outcome.origin === origin && wanted(outcome)).length >= 5);
    await until(
      hasEach((outcome) => outcome.status === 201),
      20_000,
    );
    await change();
    const committedAt = performance.now();
    await until(
      hasEach(({ startedAt }) => startedAt > committedAt),
      20_000,
    );
    await load.stop();

    const [before, after] = [
      load.outcomes.filter(({ startedAt }) => startedAt <= committedAt),
      load.outcomes.filter(({ startedAt }) => startedAt > committedAt),
    ];
    expect(after.filter((outcome) => outcome.status !== status || outcome.code !== code)).toEqual([]);
    // What was under way when it happened went either way, and no other.
    expect(before.filter((outcome) => outcome.status !== 201 && outcome.code !== code)).toEqual([]);
    expect(await access.db.prisma.feature.count({ where: { projectId: tenant.project.id } })).toBe(admitted(before));
    expect(await callsToday()).toBe(admitted(before));
  });

  const admitted = (outcomes: Outcome[]) => outcomes.filter(({ status }) => status === 201).length;

  async function revokeOverRpc(): Promise<void> {
    const admin = await seedKey(access, tenant, { scopes: ['admin'], projectId: null });
    const [, second] = servers;
    await createClient({ url: second?.origin ?? '', apiKey: admin.raw }).apiKeys.revoke.mutate({
      projectId: tenant.project.id,
      id: key.id,
    });
    // Its own call is one of the day's.
    await access.db.sql.query('update usage_day set calls = calls - 1 where project_id = $1', [tenant.project.id]);
  }
});

describe('the last five calls of a day', () => {
  it('go to exactly five of sixty that three processes race for', async () => {
    const limit = 100_000;
    await setDay(limit - 5);
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => read(origins()[n % 3] ?? '')));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(5).fill(200), ...Array(55).fill(429)]);
    expect(await callsToday()).toBe(limit);
    const remaining = answers
      .filter(({ status }) => status === 200)
      .map(({ headers }) => Number(headers.get('x-quota-remaining')));
    expect(remaining.sort()).toEqual([0, 1, 2, 3, 4]);
    for (const { body } of answers) await body?.cancel();
  });
});

describe('one Idempotency-Key, sent to three processes at once', () => {
  it('acts once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => create(origins()[n % 3] ?? '', 'once', { 'idempotency-key': 'order-1' })),
    );
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
      data?: { id: string };
      error?: { code: string };
    }[];
    expect(new Set(bodies.flatMap(({ data }) => (data === undefined ? [] : [data.id]))).size).toBe(1);
    expect(
      bodies.flatMap(({ error }) => (error === undefined ? [] : [error.code])).filter((code) => code !== 'IDEMPOTENCY_CONFLICT'),
    ).toEqual([]);
    expect(await access.db.prisma.feature.count({ where: { projectId: tenant.project.id } })).toBe(1);
  });
});

describe('scans of one service, sent to several processes at the same moment', () => {
  type Run = { id: string; serviceId: string; number: number; previousScanId: string | null; serviceCreated: boolean };
  let admin: TestKey;
  beforeEach(async () => {
    admin = await seedKey(access, tenant, { scopes: ['admin'], projectId: null });
  });

  async function platform<Answer>(n: number, method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${origins()[n % 3]}/api${path}`, {
      method,
      headers: { ...bearer(admin), 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Answer;
    expect([path, response.ok, answer]).toEqual([path, true, expect.anything()]);
    return answer;
  }
  /** Half of the endpoints of each are those of the one before; all have one finding in common and one of their own. */
  const scan = (n: number) => ({
    ...scanOf(),
    endpoints: Array.from({ length: 20 }, (_, index) => endpointOf({ path: `/things/${n * 10 + index}` })),
    findings: [findingOf(), findingOf({ message: `Of scan ${n}` })],
  });
  const ingest = (n: number) => platform<Run>(n, 'POST', '/scans/ingest', scan(n));

  it('are two runs, 1 and 2, of one service and of one catalogue: that of the last', async () => {
    const runs = (await Promise.all([ingest(0), ingest(1)])).toSorted((a, b) => a.number - b.number);
    expect(runs.map(({ number, serviceCreated, previousScanId }) => [number, serviceCreated, previousScanId])).toEqual([
      [1, true, null],
      [2, false, runs[0]?.id],
    ]);
    expect(runs[1]?.serviceId).toBe(runs[0]?.serviceId);
    await expectCatalogueOf(runs[1]);
  });

  it('are as many runs as scans, while findings are decided of, and no decision is lost', async () => {
    const first = await ingest(0);
    const { findings } = await platform<{ findings: { id: string; message: string }[] }>(0, 'GET', '/findings');
    const common = findings.find(({ message }) => message === findingOf().message)?.id ?? '';
    const decide = (n: number) => platform(n, 'PATCH', `/findings/${common}`, { state: 'ignored', reason: `Reason ${n}` });
    const [runs] = await Promise.all([
      Promise.all(Array.from({ length: 18 }, (_, n) => ingest(n + 1))),
      Promise.all(Array.from({ length: 6 }, (_, n) => decide(n))),
    ]);
    const inOrder = [first, ...runs].toSorted((a, b) => a.number - b.number);
    expect(inOrder.map(({ number }) => number)).toEqual(inOrder.map((_, index) => index + 1));
    expect(inOrder.map(({ previousScanId }) => previousScanId)).toEqual([null, ...inOrder.slice(0, -1).map(({ id }) => id)]);
    await expectCatalogueOf(inOrder.at(-1));
    expect(await platform(1, 'GET', `/findings/${common}`)).toMatchObject({
      state: 'ignored',
      reason: expect.stringMatching(/^Reason \d$/),
      version: 7,
    });
  });

  async function expectCatalogueOf(last: Run | undefined): Promise<void> {
    const at = `/services/${last?.serviceId}`;
    expect(await platform(0, 'GET', at)).toMatchObject({ latestScanId: last?.id, endpointCount: 20 });
    const { endpoints } = await platform<{ endpoints: { lastSeenScanId: string }[] }>(
      1,
      'GET',
      `${at}/endpoints?state=active&limit=100`,
    );
    expect(endpoints.map(({ lastSeenScanId }) => lastSeenScanId)).toEqual(Array(20).fill(last?.id));
    const found = await platform<{ findings: { scanRunId: string }[] }>(
      2,
      'GET',
      `/findings?state=open,ignored&serviceId=${last?.serviceId}`,
    );
    expect(found.findings.map(({ scanRunId }) => scanRunId)).toEqual([last?.id, last?.id]);
  }
});

describe('a process', () => {
  let server: ServerProcess;
  beforeEach(async () => {
    server = await startServer(variables());
  });
  afterEach(() => server.end('SIGKILL').catch(() => {}));

  it('killed under write load has lost nothing that it acknowledged, and counted no call less', async () => {
    const acknowledged: string[] = [];
    const load = startLoad(
      [server.origin],
      async (origin, n) => {
        const response = await create(origin, `feature ${n}`);
        const copy = response.clone();
        if (response.status === 201) acknowledged.push(((await copy.json()) as { data: { id: string } }).data.id);
        return response;
      },
      8,
    );
    await until(() => acknowledged.length >= 40, 30_000);
    await pause(200);
    const ended = await server.end('SIGKILL');
    await load.stop();
    expect(ended.signal).toBe('SIGKILL');

    const kept = await access.db.prisma.feature.findMany({
      where: { projectId: tenant.project.id },
      select: { id: true, number: true },
    });
    const ids = new Set(kept.map(({ id }) => id));
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expect(kept.map(({ number }) => number).sort((a, b) => a - b)).toEqual(kept.map((_, index) => index + 1));
    expect(await callsToday()).toBeGreaterThanOrEqual(kept.length);

    server = await startServer(variables());
    const [id = ''] = acknowledged;
    expect((await fetch(url(server.origin, `/features/${id}`), { headers: bearer() })).status).toBe(200);
  }, 60_000);

  const waiting = async () =>
    (await access.db.sql.query(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
      .length;

  it('told to end finishes the calls in flight, takes no others, and ends with 0', async () => {
    const takesNoMore = async () => (await fetch(`${server.origin}/healthz`).catch(() => null)) === null;
    let inFlight: Promise<Response>[] = [];
    // The first call of a day opens its counter, which refers to the project: it would wait before the others.
    await read(server.origin);
    await access.db.prisma.$transaction(
      async (tx) => {
        await tx.$queryRaw`select id from project where id = ${tenant.project.id}::uuid for update`;
        // The number of a feature is given out under this lock: these calls wait for it.
        inFlight = Array.from({ length: 4 }, (_, n) => create(server.origin, `feature ${n}`));
        await until(async () => (await waiting()) === 4, 20_000);
        void server.end('SIGTERM');
        await until(takesNoMore);
      },
      { timeout: 30_000 },
    );
    expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await access.db.prisma.feature.count({ where: { projectId: tenant.project.id } })).toBe(4);
  });

  it('with nothing to do ends at once, by SIGTERM and by SIGINT', async () => {
    await read(server.origin);
    const before = Date.now();
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const other = await startServer(variables());
    expect(await other.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(Date.now() - before).toBeLessThan(15_000);
  });

  it('is not ready while a migration is missing, and is alive all the same', async () => {
    const [row] = await access.db.sql.query<{ id: string }>(
      'select id from _prisma_migrations order by migration_name desc limit 1',
    );
    await access.db.sql.query('update _prisma_migrations set rolled_back_at = now() where id = $1', [row?.id]);
    const [ready, alive] = await Promise.all([fetch(`${server.origin}/readyz`), fetch(`${server.origin}/healthz`)]);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reason: 'migrations are pending' }]);
    expect(alive.status).toBe(200);
    await access.db.sql.query('update _prisma_migrations set rolled_back_at = null where id = $1', [row?.id]);
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
  });
});

describe('when the database goes away', () => {
  it('the server says so, refuses calls for now, and goes on when it is back', async () => {
    const gate = await openGate({ host: new URL(access.db.url ?? '').hostname, port: Number(new URL(access.db.url ?? '').port) });
    const through = Object.assign(new URL(access.db.url ?? ''), { port: String(gate.port) });
    const server = await startServer({ ...variables(), DATABASE_URL: through.href });
    const call = () => read(server.origin);
    try {
      expect((await call()).status).toBe(200);
      await gate.cut();
      const [ready, alive, refused] = await Promise.all([
        fetch(`${server.origin}/readyz`),
        fetch(`${server.origin}/healthz`),
        call(),
      ]);
      expect([ready.status, alive.status, refused.status]).toEqual([503, 200, 503]);
      expect(await ready.json()).toEqual({ status: 'not ready', reason: 'the database does not answer' });
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toEqual({
        error: {
          code: 'UNAVAILABLE',
          message: 'The service is not available right now.',
          requestId: expect.stringMatching(/^req_/),
          retryAfter: 1,
        },
      });
      const rpc = await fetch(`${server.origin}/trpc/members.me?input=${encodeURIComponent('{}')}`, { headers: bearer() });
      expect([rpc.status, ((await rpc.json()) as any).error.data.appCode]).toEqual([503, 'UNAVAILABLE']);

      await gate.open();
      await until(async () => (await fetch(`${server.origin}/readyz`)).status === 200);
      expect((await call()).status).toBe(200);
    } finally {
      await server.end('SIGKILL');
      await gate.cut();
    }
  });
});

describe('a start that cannot be ends with 1 and one line that a person can act on', () => {
  it.each<[string, () => Record<string, string>, RegExp]>([
    ['an address that is not ours', () => ({ HOST: '192.0.2.1' }), /^reqbase: HOST and PORT: .*EADDRNOTAVAIL.*\n$/],
    [
      'a port that is taken',
      () => ({ PORT: new URL(servers[0]?.origin ?? '').port }),
      /^reqbase: HOST and PORT: .*EADDRINUSE.*\n$/,
    ],
    [
      'a port for e-mails that is taken',
      () => ({ REPLY_DOMAIN: 'replies.example', INBOUND_SMTP_PORT: new URL(servers[0]?.origin ?? '').port }),
      /^reqbase: HOST and INBOUND_SMTP_PORT: .*EADDRINUSE.*\n$/,
    ],
    [
      'a Redis that does not answer',
      () => ({ REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }),
      /^reqbase: DATABASE_URL or REDIS_URL: .*ECONNREFUSED.*\n$/,
    ],
    [
      'a database that there is not',
      () => ({ DATABASE_URL: `${access.db.url}_not` }),
      /^reqbase: DATABASE_URL: database "\w+_not" does not exist\n$/,
    ],
  ])('%s', async (_name, env, line) => {
    const { code, output } = await runToEnd({ ...variables(), ...env() });
    expect(output).toMatch(line);
    expect(output).not.toContain('hunter2');
    expect(code).toBe(1);
  });
});
