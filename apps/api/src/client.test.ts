import { randomUUID } from 'node:crypto';
import { toPublic } from '@reqbase/auth';
import { countersOf, seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { type AppRouter, contextFor, createCaller, keyCredential } from '@reqbase/core';
import { type Client, createClient } from '@reqbase/core/client';
import type { inferRouterInputs } from '@trpc/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, projectApi, type TestInstallation } from './testing.ts';

// One operation, three ways to it: REST over HTTP, the typed client over HTTP, and a caller in the same process.

type Inputs = inferRouterInputs<AppRouter>['backlog'];
type Way = {
  list(input: Inputs['list']): Promise<unknown>;
  get(input: Inputs['get']): Promise<unknown>;
  create(input: Inputs['create']): Promise<unknown>;
  changeStatus(input: Inputs['changeStatus']): Promise<unknown>;
  createComment(input: Inputs['createComment']): Promise<unknown>;
  remove(input: Inputs['remove']): Promise<unknown>;
};

let installation: TestInstallation;
let origin: string;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
  origin = await installation.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(installation, { plan: 'pro' });
});

const ALL = ['backlog:write', 'status:write', 'comments:write', 'features:delete', 'conversations:read'];

const WAYS: Record<string, (raw: string) => Way> = {
  REST: (raw) => {
    const api = projectApi(installation, tenant, { raw });
    const data = ({ status, body }: Answer) => {
      if (status < 400) return body?.data;
      throw Object.assign(new Error('refused'), { refusal: body.error });
    };
    const query = ({ projectId: _in, ...rest }: Inputs['list']) =>
      new URLSearchParams(Object.entries(rest).map(([name, value]) => [name, String(value)])).toString();
    return {
      list: async (input) => data(await api.get(`/features?${query(input)}`)),
      get: async ({ id }) => data(await api.get(`/features/${id}`)),
      create: async ({ projectId: _in, ...body }) => data(await api.post('/features', body)),
      changeStatus: async ({ projectId: _in, id, ...body }) => data(await api.patch(`/features/${id}`, body)),
      createComment: async ({ projectId: _in, id, ...body }) => data(await api.post(`/features/${id}/comments`, body)),
      remove: async ({ id }) => data(await api.delete(`/features/${id}`)),
    };
  },
  'the client': (raw) => {
    const { backlog }: Client = createClient({ url: origin, apiKey: raw });
    return {
      list: (input) => backlog.list.query(input),
      get: (input) => backlog.get.query(input),
      create: (input) => backlog.create.mutate(input),
      changeStatus: (input) => backlog.changeStatus.mutate(input),
      createComment: (input) => backlog.createComment.mutate(input),
      remove: (input) => backlog.remove.mutate(input),
    };
  },
  'the caller': (raw) => {
    // One context is one call.
    const backlog = () =>
      createCaller(
        contextFor(installation.core, { surface: 'rpc', credential: keyCredential(raw), requestId: `req_${randomUUID()}` }),
      ).backlog;
    return {
      list: (input) => backlog().list(input),
      get: (input) => backlog().get(input),
      create: (input) => backlog().create(input),
      changeStatus: (input) => backlog().changeStatus(input),
      createComment: (input) => backlog().createComment(input),
      remove: (input) => backlog().remove(input),
    };
  },
};

/** What a refusal says, however it came. */
function refusalOf(error: any): object {
  const refusal = error.refusal ?? error.data ?? toPublic(error);
  const { requiredScope, grantedScopes, requiredPlan, requiredRole, allowed } = { ...refusal, ...refusal.detail };
  const issues = (refusal.issues ?? []).map(({ path }: { path: string }) => path);
  return {
    code: refusal.appCode ?? refusal.code,
    issues,
    retryAfter: refusal.retryAfter,
    requiredScope,
    grantedScopes,
    requiredPlan,
    requiredRole,
    allowed,
  };
}

/** Without what is each tenant's own: ids and names. */
const impersonal = (value: unknown) =>
  JSON.parse(
    JSON.stringify(value ?? null)
      .replace(/"[0-9a-f]{8}-[0-9a-f-]{27}"/g, '"an id"')
      .replace(/"Ada \w+"/g, '"Ada"'),
  );

async function tell(call: Promise<unknown>): Promise<unknown> {
  return call.then(impersonal, (error: unknown) => ({ refused: refusalOf(error) }));
}

/** The same steps by each way, each with a tenant and key of its own; all have to tell the same. */
async function expectAgreement(
  options: { scopes?: string[]; expiresAt?: Date },
  steps: (way: Way, projectId: string, key: TestKey) => Promise<unknown[]>,
): Promise<unknown[]> {
  const outcomes: unknown[][] = [];
  const moved: unknown[] = [];
  for (const open of Object.values(WAYS)) {
    tenant = await seedTenant(installation, { plan: 'pro' });
    const key = await seedKey(installation, tenant, { scopes: ALL, ...options });
    outcomes.push(await steps(open(key.raw), tenant.project.slug, key));
    moved.push((await countersOf(installation)).filter(({ counter }) => counter.includes(key.id)).map(({ calls }) => calls));
  }
  const [rest, ...others] = outcomes;
  for (const [index, other] of others.entries()) expect(other, Object.keys(WAYS)[index + 1]).toEqual(rest);
  expect(moved).toEqual(moved.map(() => moved[0]));
  return rest ?? [];
}

describe('REST, the client and the caller give the same', () => {
  it('answers, and are counted alike', async () => {
    const [made, read, list, changed, comment, removed, gone] = await expectAgreement({}, async (way, projectId) => {
      const { id } = (await way.create({ projectId, title: 'Dark mode', tags: ['ui'] })) as { id: string };
      return [
        await tell(way.create({ projectId, title: 'Dark mode', category: 'FEEDBACK', rating: 4 })),
        await tell(way.get({ projectId, id })),
        await tell(
          way
            .list({ projectId, sort: 'votes', limit: 1 })
            .then((page: any) => ({ ...page, nextCursor: page.nextCursor !== null })),
        ),
        await tell(way.changeStatus({ projectId, id, status: 'COMPLETED', completionKind: 'SHIPPED' })),
        await tell(way.createComment({ projectId, id, body: 'Done.' })),
        await tell(way.remove({ projectId, id })),
        await tell(way.get({ projectId, id })),
      ];
    });
    expect([made, read, changed]).toMatchObject([
      { source: 'api', rating: 4 },
      { title: 'Dark mode', tags: ['ui'], number: 1 },
      { status: 'COMPLETED', version: 2 },
    ]);
    expect([list, comment, removed]).toMatchObject([
      { hasMore: true, nextCursor: true },
      { authorKind: 'TEAM', body: 'Done.' },
      null,
    ]);
    expect(gone).toMatchObject({ refused: { code: 'FEATURE_NOT_FOUND' } });
  });

  it('refusals of an input, with the same paths', async () => {
    const refusals = await expectAgreement({}, async (way, projectId) => {
      const { id } = (await way.create({ projectId, title: 'a', category: 'OTHER' })) as { id: string };
      return [
        await tell(way.create({ projectId, title: '', tags: [''] })),
        await tell(way.create({ projectId, title: 'a\0' })),
        await tell(way.create({ projectId, title: 'a', rating: 3 })),
        await tell(way.list({ projectId, cursor: 'bm8.bm8' })),
        await tell(way.changeStatus({ projectId, id, status: 'IN_PROGRESS' })),
        await tell(way.createComment({ projectId, id, body: 'a', parentId: randomUUID() })),
      ];
    });
    expect(refusals).toMatchObject([
      { refused: { code: 'BAD_REQUEST', issues: ['title', 'tags.0'] } },
      { refused: { code: 'BAD_REQUEST', issues: ['title'] } },
      { refused: { code: 'BAD_REQUEST', issues: ['rating'] } },
      { refused: { code: 'INVALID_CURSOR' } },
      { refused: { code: 'INVALID_STATUS_TRANSITION', allowed: ['NEEDS_ACTION', 'COMPLETED'] } },
      { refused: { code: 'COMMENT_NOT_FOUND' } },
    ]);
  });

  it.each([
    ['an expired key', 'API_KEY_EXPIRED', { expiresAt: new Date('2026-03-14T10:20:30.250Z') }, async () => {}],
    ['a missing scope', 'INSUFFICIENT_SCOPE', { scopes: ['notes:write'] }, async () => {}],
    [
      'a lost plan',
      'PLAN_REQUIRED',
      {},
      () => installation.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } }),
    ],
    [
      'a lost role',
      'FORBIDDEN',
      {},
      () => installation.db.prisma.organizationMember.deleteMany({ where: { orgId: tenant.organization.id } }),
    ],
    ['a used-up minute', 'RATE_LIMITED', {}, (key: TestKey) => setUsed(installation, { keyId: key.id, minute: 3_000 })],
  ] as const)('refusal of %s', async (_name, code, options, change) => {
    const [refusal] = await expectAgreement(options as object, async (way, projectId, key) => {
      await change(key);
      return [await tell(way.list({ projectId }))];
    });
    expect(refusal).toMatchObject({ refused: { code } });
  });
});

describe('the client', () => {
  it('calls several procedures in one request, each with its own answer or refusal, each counted', async () => {
    const key = await seedKey(installation, tenant, { scopes: ['backlog:read'] });
    const { backlog, projects } = createClient({ url: `${origin}/`, apiKey: key.raw });
    const projectId = tenant.project.id;
    const [list, project, refused] = await Promise.allSettled([
      backlog.list.query({ projectId }),
      projects.get.query({ projectId }),
      backlog.create.mutate({ projectId, title: 'a' }),
    ]);
    expect([list.status, project.status, refused.status]).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(refused).toMatchObject({
      reason: { data: { appCode: 'INSUFFICIENT_SCOPE', httpStatus: 403, requestId: expect.stringMatching(/^req_/) } },
    });
    expect((await countersOf(installation)).find(({ counter }) => counter === `minute of ${key.id}`)?.calls).toBe(2);
  });

  it('throws an error that carries the code also where the refusal comes before any procedure', async () => {
    const { backlog } = createClient({ url: origin, apiKey: 'riq_live_no' });
    await expect(
      backlog.create.mutate({ projectId: tenant.project.id, title: 'a', description: 'b'.repeat(1_048_576) }),
    ).rejects.toMatchObject({ data: { appCode: 'PAYLOAD_TOO_LARGE', httpStatus: 413 } });
    await expect(backlog.list.query({ projectId: tenant.project.id })).rejects.toMatchObject({
      data: { appCode: 'UNAUTHORIZED' },
      message: 'Authentication is required or invalid.',
    });
  });
});
