import { randomBytes, randomUUID } from 'node:crypto';
import type { ErrorCode } from '@reqbase/auth';
import { seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import type { BoundProcedure } from '@reqbase/core';
import { callAsUser } from '@reqbase/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from './testing.ts';
import { describeDocument, documentOf } from './testing-documents.ts';

type Json = Record<string, any>;

// The document against the server: every operation, every code that the document says it can answer with, over a socket.

const documented = documentOf('project');
const { document, operations: OPERATIONS, documentedCodes, expectValid, expectDocumented } = documented;

describeDocument('project', documented);

it('gives examples that are valid themselves', () => {
  const schemas = Object.entries(document.components.schemas);
  expect(schemas.filter(([, { examples }]) => examples !== undefined).length).toBeGreaterThan(3);
  for (const [name, { examples }] of schemas)
    for (const example of examples ?? []) expectValid(`#/components/schemas/${name}`, example);
});

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let origin: string;
let ids: { feature: string; question: string; conversation: string; comment: string; member: string; owner: string };

beforeAll(async () => {
  installation = await openInstallation();
  origin = await installation.app.listen({ port: 0, host: '127.0.0.1' });
  tenant = await seedTenant(installation, { plan: 'pro' });
  key = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
  const make = async (category: string) =>
    (
      (await (
        await call(samples['backlog.create']?.() ?? {}, {
          body: { title: 'A feature', category, requester: { email: 'ada@example.test', name: 'Ada' } },
        })
      ).json()) as Json
    )['data'].id;
  const [feature, question] = [await make('FEATURE'), await make('OTHER')];
  const { id: requesterId } = await installation.db.prisma.requester.findFirstOrThrow({
    where: { projectId: tenant.project.id },
  });
  const opening = { projectId: tenant.project.id, requesterId, body: 'Hello' };
  const me = callAsUser(installation, tenant.user);
  ids = {
    feature,
    question,
    conversation: (await me.conversations.create(opening)).id,
    comment: (await me.backlog.createComment({ projectId: tenant.project.id, id: feature, body: 'A comment' })).id,
    member: await seedMember('viewer'),
    owner: await seedMember('owner'),
  };
  const screenshot = { featureId: feature, mimeType: 'image/png', bytes: new Uint8Array(9), createdAt: installation.clock.now() };
  await installation.db.prisma.featureScreenshot.create({ data: screenshot });
});

async function seedMember(role: 'viewer' | 'owner'): Promise<string> {
  const id = randomUUID();
  await installation.db.prisma.user.create({ data: { id, name: 'Bob', email: `${id}@example.test` } });
  await installation.db.prisma.projectMember.create({ data: { projectId: tenant.project.id, userId: id, role } });
  return id;
}
afterAll(() => installation.close());

type Call = {
  method?: string;
  path?: string;
  query?: string;
  body?: unknown;
  raw?: string;
  headers?: Record<string, string>;
  key?: TestKey | null;
  tenant?: TestTenant;
};

/** A call that succeeds, for each operation: one that gets bound must be given one here. */
const samples: Record<string, () => Call> = {
  'projects.get': () => ({ path: '/project' }),
  'projects.update': () => ({ method: 'PATCH', path: '/project', body: { timezone: 'Europe/Berlin' } }),
  'widget.get': () => ({ path: '/project/widget' }),
  'widget.update': () => ({ method: 'PATCH', path: '/project/widget', body: { color: '#0F766E' } }),
  'requesters.list': () => ({ path: '/requesters' }),
  'backlog.list': () => ({ path: '/features' }),
  'backlog.get': () => ({ path: `/features/${ids.feature}` }),
  'backlog.create': () => ({
    method: 'POST',
    path: '/features',
    body: { title: 'Another feature', tags: ['a'], category: 'ERROR', errorReport: { doing: 'a', expected: 'b', happened: 'c' } },
  }),
  'backlog.changeStatus': () => ({
    method: 'PATCH',
    path: `/features/${ids.feature}`,
    body: { status: 'COMPLETED', completionKind: 'SHIPPED' },
  }),
  'backlog.remove': () => ({ method: 'DELETE', path: `/features/${ids.question}` }),
  'backlog.listComments': () => ({ path: `/features/${ids.feature}/comments` }),
  'backlog.createComment': () => ({
    method: 'POST',
    path: `/features/${ids.feature}/comments`,
    body: { body: 'Another comment' },
  }),
  'backlog.removeComment': () => ({ method: 'DELETE', path: `/features/${ids.feature}/comments/${ids.comment}` }),
  'backlog.getScreenshot': () => ({ path: `/features/${ids.feature}/screenshot` }),
  'backlog.getNote': () => ({ path: `/features/${ids.feature}/developer-note` }),
  'backlog.writeNote': () => ({ method: 'PUT', path: `/features/${ids.feature}/developer-note`, body: { text: 'A note' } }),
  'backlog.getAgentSection': () => ({ path: `/features/${ids.feature}/developer-note/agent-section` }),
  'backlog.writeAgentSection': () => ({
    method: 'PUT',
    path: `/features/${ids.feature}/developer-note/agent-section`,
    body: { text: 'Found it' },
  }),
  'backlog.claimForAgent': () => ({ method: 'POST', path: '/agent-claims', body: { featureId: ids.feature } }),
  'backlog.reportAgentEvent': () => ({
    method: 'POST',
    path: '/agent-events',
    body: { kind: 'agent.pr_opened', featureId: ids.feature, prUrl: 'https://git.example.test/pr/1' },
  }),
  'notifications.list': () => ({ path: '/notifications' }),
  'announcements.list': () => ({ path: '/announcements' }),
  'announcements.send': () => ({ method: 'POST', path: '/announcements', body: { title: 'Dark mode', body: 'It is here.' } }),
  'members.list': () => ({ path: '/members' }),
  'members.get': () => ({ path: `/members/${ids.member}` }),
  'members.invite': () => ({ method: 'POST', path: '/members', body: { email: `${randomUUID()}@example.test`, role: 'viewer' } }),
  'members.changeRole': () => ({ method: 'PATCH', path: `/members/${ids.member}`, body: { role: 'viewer' } }),
  'members.remove': () => ({ method: 'DELETE', path: `/members/${ids.member}` }),
  'conversations.list': () => ({ path: '/conversations' }),
  'conversations.get': () => ({ path: `/conversations/${ids.conversation}` }),
  'conversations.listMessages': () => ({ path: `/conversations/${ids.conversation}/messages` }),
  'conversations.reply': () => ({
    method: 'POST',
    path: `/conversations/${ids.conversation}/messages`,
    body: { body: 'A reply' },
  }),
};

function sampleOf({ path }: BoundProcedure): Call {
  const sample = samples[path];
  if (sample === undefined) throw new Error(`${path} is bound and has no sample call here`);
  return sample();
}

function call(sample: Call, change: Call = {}): Promise<Response> {
  const {
    method = 'GET',
    path = '',
    query = '',
    body,
    raw,
    headers,
    key: presented,
    tenant: of = tenant,
  } = { ...sample, ...change };
  const caller = presented === undefined ? key : presented;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return fetch(`${origin}/p/${of.project.slug}/api/v1${path}${query}`, {
    method,
    headers: {
      ...(caller !== null && { authorization: `Bearer ${caller.raw}` }),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { body: payload }),
  });
}

type Provoke = (procedure: BoundProcedure) => Promise<Response>;
const withKey = (options: Parameters<typeof seedKey>[2], of = tenant) =>
  seedKey(installation, of, { scopes: ['admin'], projectId: null, ...options });

/** The same call about what is not there. */
function aboutAnother(procedure: BoundProcedure): Promise<Response> {
  const sample = sampleOf(procedure);
  return call(sample, { path: sample.path?.replace(/[0-9a-f-]{36}/, randomUUID()) ?? '' });
}

/** How to get each code out of an operation that documents it. */
const PROVOKE: Partial<Record<ErrorCode, Provoke>> = {
  BAD_REQUEST: (procedure) => {
    const sample = sampleOf(procedure);
    if (sample.body !== undefined) return call(sample, { body: { status: 1, title: 1, body: 1, role: 1, name: 1, color: 1 } });
    return 'limit' in procedure.input.shape
      ? call(sample, { query: '?limit=0' })
      : call(sample, {
          path: sample.path?.includes(ids.feature) || sample.path?.includes(ids.question) ? '/features/1' : '/%zz',
        });
  },
  NO_UPDATES: (procedure) => call(sampleOf(procedure), { body: { unknown: 1 } }),
  CONFLICT: async (procedure) => {
    if (procedure.path === 'conversations.reply') {
      const turn = (status: 'open' | 'closed') =>
        installation.db.prisma.conversation.update({ where: { id: ids.conversation }, data: { status } });
      await turn('closed');
      const answer = await call(sampleOf(procedure));
      await turn('open');
      return answer;
    }
    if (procedure.path === 'members.invite') {
      const open = Array.from({ length: 100 }, () => ({
        id: randomUUID(),
        projectId: tenant.project.id,
        email: `${randomUUID()}@example.test`,
        role: 'viewer' as const,
        tokenHash: new Uint8Array(randomBytes(32)),
        expiresAt: new Date('9999-01-01'),
      }));
      await installation.db.prisma.invitation.createMany({ data: open });
      const answer = await call(sampleOf(procedure));
      await installation.db.prisma.invitation.deleteMany({ where: { id: { in: open.map(({ id }) => id) } } });
      return answer;
    }
    const link = (duplicateOfId: string | null) =>
      installation.db.prisma.feature.update({ where: { id: ids.question }, data: { duplicateOfId } });
    await link(ids.feature);
    const answer = await call(sampleOf(procedure), {
      body: { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: ids.question },
    });
    await link(null);
    return answer;
  },
  BAD_JSON: (procedure) => call(sampleOf(procedure), { raw: '{' }),
  PAYLOAD_TOO_LARGE: (procedure) => call(sampleOf(procedure), { raw: ' '.repeat(1_048_577) }),
  UNSUPPORTED_MEDIA_TYPE: (procedure) => call(sampleOf(procedure), { headers: { 'content-type': 'text/plain' } }),
  AMBIGUOUS_CREDENTIALS: (procedure) => call(sampleOf(procedure), { headers: { 'x-api-key': 'another' } }),
  URI_TOO_LONG: (procedure) =>
    call(sampleOf(procedure), { tenant: { ...tenant, project: { ...tenant.project, slug: 'a'.repeat(501) } } }),
  UNAUTHORIZED: (procedure) => call(sampleOf(procedure), { key: null }),
  INVALID_TOKEN: (procedure) => call(sampleOf(procedure), { key: null, headers: { authorization: `Bearer ${'a'.repeat(43)}` } }),
  API_KEY_EXPIRED: async (procedure) =>
    call(sampleOf(procedure), { key: await withKey({ expiresAt: installation.clock.now() }) }),
  API_KEY_REVOKED: async (procedure) =>
    call(sampleOf(procedure), { key: await withKey({ revokedAt: installation.clock.now() }) }),
  IP_NOT_ALLOWED: async (procedure) => call(sampleOf(procedure), { key: await withKey({ allowedIps: ['203.0.113.0/24'] }) }),
  INSUFFICIENT_SCOPE: async (procedure) => call(sampleOf(procedure), { key: await withKey({ scopes: ['webhooks:read'] }) }),
  PLAN_REQUIRED: async (procedure) => {
    const free = await seedTenant(installation, { plan: 'free' });
    return call(sampleOf(procedure), { key: await withKey({}, free), tenant: free });
  },
  FORBIDDEN: async (procedure) =>
    call(sampleOf(procedure), {
      key: await withKey({ serviceAccount: { role: 'owner', disabledAt: installation.clock.now() } }),
    }),
  RATE_LIMITED: async (procedure) => {
    const busy = await withKey({});
    await setUsed(installation, { keyId: busy.id, minute: 3_000 });
    return call(sampleOf(procedure), { key: busy });
  },
  API_QUOTA_EXCEEDED: async (procedure) => {
    const busy = await seedTenant(installation, { plan: 'pro' });
    await setUsed(installation, { projectId: busy.project.id, day: 10_000 });
    return call(sampleOf(procedure), { key: await withKey({}, busy), tenant: busy });
  },
  FEATURE_NOT_FOUND: (procedure) =>
    procedure.path === 'backlog.reportAgentEvent'
      ? call(sampleOf(procedure), { body: { kind: 'agent.pr_opened', featureId: randomUUID() } })
      : aboutAnother(procedure),
  SCREENSHOT_NOT_FOUND: (procedure) => call(sampleOf(procedure), { path: `/features/${ids.question}/screenshot` }),
  MEMBER_NOT_FOUND: aboutAnother,
  LAST_OWNER: (procedure) => call(sampleOf(procedure), { path: `/members/${ids.owner}` }),
  ROLE_THROUGH_ORGANIZATION: (procedure) => call(sampleOf(procedure), { path: `/members/${tenant.user.id}` }),
  ALREADY_MEMBER: (procedure) => call(sampleOf(procedure), { body: { email: `${tenant.user.id}@example.test`, role: 'viewer' } }),
  ALREADY_INVITED: async (procedure) => {
    const sample = sampleOf(procedure);
    await call(sample);
    return call(sample);
  },
  ANNOUNCEMENT_LIMIT: async (procedure) => {
    const loud = await seedTenant(installation, { plan: 'pro' });
    const sender = { key: await withKey({}, loud), tenant: loud };
    for (let n = 0; n < 3; n++) await call(sampleOf(procedure), sender);
    return call(sampleOf(procedure), sender);
  },
  CONVERSATION_NOT_FOUND: aboutAnother,
  COMMENT_NOT_FOUND: (procedure) =>
    procedure.path === 'backlog.removeComment'
      ? call(sampleOf(procedure), { path: `/features/${ids.feature}/comments/${randomUUID()}` })
      : call(sampleOf(procedure), { body: { body: 'An answer', parentId: randomUUID() } }),
  INVALID_CURSOR: (procedure) => call(sampleOf(procedure), { query: '?cursor=bm8.bm8' }),
  INVALID_STATUS_TRANSITION: (procedure) =>
    call(sampleOf(procedure), { path: `/features/${ids.question}`, body: { status: 'IN_PROGRESS' } }),
  PRECONDITION_FAILED: (procedure) => call(sampleOf(procedure), { headers: { 'if-match': '"999"' } }),
  IDEMPOTENCY_CONFLICT: async (procedure) => {
    const headers = { 'idempotency-key': randomUUID() };
    await call(sampleOf(procedure), { headers });
    return call(sampleOf(procedure), { headers, body: {} });
  },
};

/** An outage, which another test makes; and a fault of ours, at the end of this one. */
const ELSEWHERE = ['UNAVAILABLE', 'INTERNAL_ERROR'];

describe.each(
  OPERATIONS.filter(([path]) => path !== 'backlog.remove').concat(OPERATIONS.filter(([path]) => path === 'backlog.remove')),
)('%s answers as documented', (_path, procedure) => {
  it.each(documentedCodes(procedure).filter(([, code]) => !ELSEWHERE.includes(code)))('with %i %s', async (status, code) => {
    const provoke = PROVOKE[code as ErrorCode];
    if (provoke === undefined) throw new Error(`${code} is documented and nothing here provokes it`);
    const answer = await provoke(procedure);
    expect([answer.status, await expectDocumented(procedure, answer)]).toEqual([status, code]);
  });

  it('with success, again with what the first answer was, and with 304 where it has a tag', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const sample = sampleOf(procedure);
    const answer = await call(sample, { headers });
    expect(answer.status).toBe(procedure.binding.status ?? 200);
    const tag = answer.headers.get('etag');
    expect(await expectDocumented(procedure, answer)).toBeNull();
    if (procedure.binding.method === 'POST') {
      const replay = await call(sample, { headers });
      expect(replay.headers.get('idempotent-replayed')).toBe('true');
      await expectDocumented(procedure, replay);
    }
    if (procedure.binding.method === 'GET' && tag !== null) {
      const unchanged = await call(sampleOf(procedure), { headers: { 'if-none-match': tag } });
      expect(unchanged.status).toBe(304);
      await expectDocumented(procedure, unchanged);
    }
  });
});

describe('a fault of ours', () => {
  it.each(OPERATIONS)('in %s is answered as documented, and says nothing of itself', async (_path, procedure) => {
    await installation.db.script('alter table if exists project rename to project_away');
    const answer = await call(sampleOf(procedure));
    expect([answer.status, await expectDocumented(procedure, answer)]).toEqual([500, 'INTERNAL_ERROR']);
  });
});
