import { randomUUID } from 'node:crypto';
import { seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { seedFeature } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let agent: Caller;
let id: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core, { plan: 'pro' });
  agent = await callAsKey(core, tenant, { scopes: ['agent:claim'] });
  id = await seedFeature(core, tenant);
});

const claim = (featureId = id, more: { dryRun?: boolean; projectId?: string } = {}, caller = agent) =>
  caller.backlog.claimForAgent({ projectId: tenant.project.id, featureId, ...more });
const resetsAt = '2026-04-01T00:00:00.000Z';
const quota = (used: number, limit: number | null = 100) => ({ used, limit, resetsAt });
const setUsed = (used: number) => {
  const month = { orgId: tenant.organization.id, month: new Date('2026-03-01') };
  return core.db.prisma.agentLoopMonth.upsert({ where: { orgId_month: month }, create: { ...month, used }, update: { used } });
};
const setPaused = (agentPaused: boolean) =>
  core.db.prisma.project.update({ where: { id: tenant.project.id }, data: { agentPaused } });

describe('a claim', () => {
  it('counts a feature once, however often and by whomever it is claimed', async () => {
    expect(await claim()).toEqual({ claimed: true, alreadyCounted: false, quota: quota(1) });
    expect(await claim()).toEqual({ claimed: true, alreadyCounted: true, quota: quota(1) });
    expect(await claim(id, {}, callAsUser(core, tenant.user))).toMatchObject({ claimed: true, alreadyCounted: true });
    expect(await claim(await seedFeature(core, tenant))).toMatchObject({ claimed: true, quota: { used: 2 } });
    core.clock.set('2026-04-01T00:00:00.000Z');
    expect(await claim()).toEqual({
      claimed: true,
      alreadyCounted: true,
      quota: { used: 0, limit: 100, resetsAt: '2026-05-01T00:00:00.000Z' },
    });
  });

  it('counts once also when many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => claim()));
    expect(answers.filter(({ alreadyCounted }) => !alreadyCounted)).toHaveLength(1);
    expect(answers.every(({ claimed }) => claimed)).toBe(true);
    expect((await claim()).quota).toEqual(quota(1));
  });

  it('leaves an audit entry when it counts, and else nothing', async () => {
    for (const more of [{ dryRun: true }, {}, {}]) await claim(id, more);
    await claim(randomUUID());
    expect(await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } })).toMatchObject([
      { action: 'feature.agent_claimed', resourceType: 'feature', resourceId: id, outcome: 'allowed' },
    ]);
  });

  it('is refused in words, not by a status, when the month is used up; a counted feature goes on', async () => {
    await claim();
    await setUsed(100);
    expect(await claim(await seedFeature(core, tenant))).toEqual({
      claimed: false,
      reason: 'loop_quota_exhausted',
      quota: quota(100),
    });
    expect(await claim()).toEqual({ claimed: true, alreadyCounted: true, quota: quota(100) });
    core.clock.set('2026-04-01T00:00:00.000Z');
    expect(await claim(await seedFeature(core, tenant))).toMatchObject({ claimed: true, quota: { used: 1 } });
  });

  it.each([
    ['free', 10],
    ['scale', 1_000],
    ['enterprise', null],
  ] as const)('on the plan %s has a limit of %s', async (plan, limit) => {
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan } });
    await setUsed((limit ?? 5_000) - 1);
    const me = callAsUser(core, tenant.user);
    const [last, beyond] = [await claim(id, {}, me), await claim(await seedFeature(core, tenant), {}, me)];
    expect(last).toMatchObject({ claimed: true, quota: quota(limit ?? 5_000, limit) });
    expect(beyond.claimed).toBe(limit === null);
  });

  it('takes from one pool for all projects of an organization, exactly, however many claim at once', async () => {
    await setUsed(95);
    const sibling = await seedProject(core, tenant.organization);
    const all = await callAsKey(core, tenant, { scopes: ['agent:claim'], projectId: null });
    const features = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const project = n % 2 === 0 ? tenant.project : sibling;
        return { projectId: project.id, featureId: await seedFeature(core, { project }) };
      }),
    );
    const answers = await Promise.all(features.map(({ projectId, featureId }) => claim(featureId, { projectId }, all)));
    expect(answers.filter(({ claimed }) => claimed)).toHaveLength(5);
    expect(new Set(answers.filter(({ claimed }) => !claimed).map(({ reason }) => reason))).toEqual(
      new Set(['loop_quota_exhausted']),
    );
    expect((await claim(id, { dryRun: true })).quota).toEqual(quota(100));
    expect(await core.db.prisma.agentClaim.count({ where: { projectId: { in: [tenant.project.id, sibling.id] } } })).toBe(5);
  });

  it('is refused while agents are paused in the project, also of a counted feature', async () => {
    await claim();
    await setPaused(true);
    for (const more of [{}, { dryRun: true }])
      expect(await claim(id, more)).toEqual({ claimed: false, reason: 'agent_paused', quota: quota(1) });
    await setPaused(false);
    expect((await claim()).claimed).toBe(true);
  });

  it('finds no feature of another project, of none, deleted, or private to who may not see it', async () => {
    const sibling = await seedFeature(core, { project: await seedProject(core, tenant.organization) });
    const gone = await seedFeature(core, tenant, { deletedAt: core.clock.now() });
    const hidden = await seedFeature(core, tenant, { category: 'ERROR' });
    const foreign = await seedFeature(core, await seedTenant(core));
    for (const featureId of [sibling, gone, hidden, foreign, randomUUID(), 'ftr_1', '../x', '', 'x'.repeat(5_000)]) {
      for (const dryRun of [true, false])
        expect(await claim(featureId, { dryRun })).toEqual({ claimed: false, reason: 'feature_not_found', quota: quota(0) });
    }
    const seeing = await callAsKey(core, tenant, { scopes: ['agent:claim', 'conversations:read'] });
    expect(await claim(hidden, {}, seeing)).toMatchObject({ claimed: true });
  });

  it('is none without a text to ask about: that is an invalid body', async () => {
    for (const body of [{}, { featureId: null }, { featureId: 5 }, { featureId: [id] }])
      expect(await outcomeOf(agent.backlog.claimForAgent({ projectId: tenant.project.id, ...body } as never))).toBe(
        'BAD_REQUEST',
      );
    expect((await claim(id, { dryRun: true })).quota).toEqual(quota(0));
  });

  it('that is a dry run says what would come of it, and counts nothing', async () => {
    expect(await claim(id, { dryRun: true })).toEqual({ claimed: false, reason: 'dry_run_ok', quota: quota(0) });
    await claim();
    expect(await claim(id, { dryRun: true })).toEqual({
      claimed: false,
      reason: 'dry_run_ok',
      alreadyCounted: true,
      quota: quota(1),
    });
    await setUsed(100);
    expect(await claim(id, { dryRun: true })).toMatchObject({ reason: 'dry_run_ok', alreadyCounted: true });
    expect(await claim(await seedFeature(core, tenant), { dryRun: true })).toMatchObject({ reason: 'loop_quota_exhausted' });
    expect(await core.db.prisma.agentClaim.count({ where: { projectId: tenant.project.id } })).toBe(1);
  });
});

describe('an agent’s event', () => {
  type Event = Parameters<Caller['backlog']['reportAgentEvent']>[0];
  const report = (event: Partial<Event> = {}, caller = agent) =>
    caller.backlog.reportAgentEvent({ projectId: tenant.project.id, featureId: id, kind: 'agent.pr_opened', ...event });
  const notices = () => core.db.prisma.notification.findMany({ where: { projectId: tenant.project.id }, orderBy: { id: 'asc' } });

  it('becomes a notice to the team, by the agent', async () => {
    await core.db.prisma.feature.update({ where: { id }, data: { number: 42, title: 'Dark mode' } });
    expect(await report({ prUrl: 'https://git.example.test/pr/1' })).toEqual({ accepted: true });
    await report({
      kind: 'agent.needs_context',
      questions: ['Which blue?', 'Why?'],
      draftPrUrl: 'https://git.example.test/pr/2',
    });
    await report({ kind: 'agent.needs_context', questions: 'Which blue?' });
    const common = { audience: 'team', actorKind: 'AGENT', featureId: id, isPrivate: false };
    expect(await notices()).toMatchObject([
      {
        ...common,
        type: 'agent.pr_opened',
        title: 'Pull request for #42 Dark mode',
        body: 'https://git.example.test/pr/1',
        data: { prUrl: 'https://git.example.test/pr/1', draftPrUrl: null, questions: [] },
      },
      { ...common, type: 'agent.needs_context', body: 'Which blue?\nWhy?\nhttps://git.example.test/pr/2' },
      {
        ...common,
        type: 'agent.needs_context',
        title: 'Questions about #42 Dark mode',
        body: 'Which blue?',
        data: { questions: ['Which blue?'] },
      },
    ]);
    expect(
      await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id, action: { startsWith: 'agent.' } } }),
    ).toBe(3);
  });

  it('may lead to a forge of one’s own without a certificate', async () => {
    await report({ prUrl: 'http://git.intern:3000/pr/1' });
    expect(await notices()).toMatchObject([{ body: 'http://git.intern:3000/pr/1' }]);
  });

  it('longer than an entry is cut, and not within a character', async () => {
    await report({
      kind: 'agent.needs_context',
      questions: [...Array<string>(4).fill('a'.repeat(1_000)), `${'e'.repeat(995)}😀x`],
    });
    const [notice] = await notices();
    expect(notice?.body).toBe(`${`${'a'.repeat(1_000)}\n`.repeat(4)}${'e'.repeat(995)}`);
  });

  it('about a private feature is private, and for who can see that', async () => {
    const hidden = await seedFeature(core, tenant, { category: 'FEEDBACK' });
    expect(await outcomeOf(report({ featureId: hidden }))).toBe('FEATURE_NOT_FOUND');
    await report({ featureId: hidden }, callAsUser(core, tenant.user));
    expect(await notices()).toMatchObject([{ isPrivate: true }]);
  });

  it('about no feature of the project is refused, and tells nobody', async () => {
    const foreign = await seedFeature(core, await seedTenant(core));
    for (const featureId of [foreign, randomUUID()]) expect(await outcomeOf(report({ featureId }))).toBe('FEATURE_NOT_FOUND');
    expect(await notices()).toEqual([]);
  });

  it.each<[string, object]>([
    ['prUrl', { prUrl: 'javascript:alert(1)' }],
    ['prUrl', { prUrl: `https://git.example.test/${'x'.repeat(2_000)}` }],
    ['draftPrUrl', { draftPrUrl: 'ftp://git.example.test/1' }],
    ['questions', { questions: 'x'.repeat(5_001) }],
    ['questions', { questions: Array(21).fill('x') }],
    ['kind', { kind: 'agent.sleeps' }],
    ['featureId', { featureId: '1' }],
  ])('with a wrong %s is refused by the field', async (path, event) => {
    const refusal = await refusalOf(report(event));
    expect(refusal).toMatchObject({ code: 'BAD_REQUEST' });
    expect(refusal.issues.map((issue) => issue.path)).toContain(path);
    expect(await notices()).toEqual([]);
  });
});
