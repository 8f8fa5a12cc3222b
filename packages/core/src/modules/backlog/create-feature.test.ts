import { PLANS, toPublic } from '@reqbase/auth';
import { seedKey, seedProject, seedTenant, setUsed, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { driftOf, seedFeature } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

type CreateInput = Parameters<Caller['backlog']['create']>[0];
const create = (columns: Partial<CreateInput> = {}, caller = me) =>
  caller.backlog.create({ projectId: tenant.project.id, title: 'Dark mode', ...columns });
const features = () => core.db.prisma.feature.findMany({ where: { projectId: tenant.project.id }, orderBy: { number: 'asc' } });
const requesters = () =>
  core.db.prisma.requester.findMany({ where: { projectId: tenant.project.id }, orderBy: { createdAt: 'asc' } });
const twenty = <T>(one: (n: number) => Promise<T>) => Promise.all(Array.from({ length: 20 }, (_, n) => one(n)));

describe('a new feature', () => {
  it('is answered whole, with what was not said at its default', async () => {
    const created = await create();
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      number: 1,
      title: 'Dark mode',
      description: null,
      category: 'FEATURE',
      subtype: null,
      status: 'NEEDS_ACTION',
      completionKind: null,
      closeReason: null,
      duplicateOfId: null,
      visibility: 'public',
      rating: null,
      errorReport: null,
      context: null,
      diagnostics: null,
      developerNote: null,
      developerNoteUpdatedAt: null,
      voteCount: 0,
      commentCount: 0,
      revenueWeight: 0,
      tags: [],
      requesterId: null,
      pageUrl: null,
      hasScreenshot: false,
      source: 'dashboard',
      version: 1,
      statusChangedAt: '2026-03-14T10:20:30.250Z',
      createdAt: '2026-03-14T10:20:30.250Z',
      updatedAt: '2026-03-14T10:20:30.250Z',
      possibleDuplicates: [],
    });
    const { possibleDuplicates: _none, ...feature } = created;
    expect(await me.backlog.get({ projectId: tenant.project.id, id: created.id })).toEqual(feature);
  });

  it('does not make its project a changed one', async () => {
    const updatedAt = async () => (await me.projects.get({ projectId: tenant.project.id })).updatedAt;
    const before = await updatedAt();
    core.clock.advance(60_000);
    await create();
    expect(await updatedAt()).toBe(before);
  });

  it('keeps everything that it was given, trimmed, its tags once each', async () => {
    const given = {
      title: '  Crash  ',
      description: ' as it is ',
      subtype: 'BUG',
      pageUrl: 'https://app.example.com/x?y#z',
      tags: [' ui ', 'ui', 'web'],
    };
    const errorReport = { doing: 'a', expected: 'b', happened: 'c' };
    expect(await create({ ...given, category: 'ERROR', errorReport })).toMatchObject({
      ...given,
      title: 'Crash',
      tags: ['ui', 'web'],
      errorReport,
      context: 'Trying to do: a\nExpected: b\nHappened: c',
      visibility: 'private',
    });
    expect(await create({ category: 'FEEDBACK', rating: 5 })).toMatchObject({ rating: 5, visibility: 'private' });
    expect(await create({ category: 'OTHER' })).toMatchObject({ visibility: 'public' });
  });

  it('names where it came from', async () => {
    const key = await seedKey(core, tenant, { scopes: ['backlog:write'] });
    const sources = await Promise.all([
      create(),
      create({}, callAs(core, key.credential)),
      create({}, callAs(core, key.credential, { surface: 'project' })),
      create({}, callAs(core, key.credential, { surface: 'mcp' })),
    ]);
    expect(sources.map(({ source }) => source)).toEqual(['dashboard', 'api', 'api', 'mcp']);
  });

  it('leaves one audit entry, which names the key', async () => {
    const key = await seedKey(core, tenant, { scopes: ['backlog:write'] });
    const { id } = await create({}, callAs(core, key.credential));
    expect(await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } })).toMatchObject([
      {
        action: 'feature.created',
        outcome: 'allowed',
        resourceType: 'feature',
        resourceId: id,
        projectId: tenant.project.id,
        actorType: 'api_key',
        apiKeyId: key.id,
        apiKeyName: key.name,
        apiKeyPrefix: key.prefix,
        diff: { title: 'Dark mode', category: 'FEATURE' },
      },
    ]);
  });
});

describe('numbers', () => {
  it('have no gap and no twin, however many come at once, refused ones among them', async () => {
    const key = await callAsKey(core, tenant, { scopes: ['backlog:write'] });
    const other = await seedProject(core, tenant.organization);
    const [created] = await Promise.all([
      twenty((n) => create({ title: `Feature ${n}` }, n % 2 === 0 ? me : key)),
      twenty((n) => outcomeOf(create({ rating: 1, title: `Refused ${n}` }))),
      me.backlog.create({ projectId: other.id, title: 'Elsewhere' }),
    ]);
    expect(created.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(await core.db.prisma.project.findUniqueOrThrow({ where: { id: other.id } })).toMatchObject({ featureNumber: 1 });
  });

  it('are never given twice, not even that of a deleted feature', async () => {
    const { id } = await create();
    await me.backlog.remove({ projectId: tenant.project.id, id });
    expect((await create()).number).toBe(2);
  });
});

describe('the requester', () => {
  it('is made when new, and found again by the id that the caller has for them', async () => {
    const first = await create({ requester: { externalId: 'u1', email: 'Ada@Example.com', name: 'Ada' } });
    const again = await create({ requester: { externalId: 'u1' } });
    expect(again.requesterId).toBe(first.requesterId);
    expect(await requesters()).toMatchObject([
      { id: first.requesterId, kind: 'identified', externalId: 'u1', email: 'ada@example.com', name: 'Ada' },
    ]);
  });

  it('has the name and address that came last with their id', async () => {
    await create({ requester: { externalId: 'u1', name: 'Ada' } });
    await create({ requester: { externalId: 'u1', name: 'Ada L.', email: 'ada@example.com' } });
    expect(await requesters()).toMatchObject([{ name: 'Ada L.', email: 'ada@example.com' }]);
  });

  it('is found by e-mail, in capitals or not, when no id is given', async () => {
    const { requesterId } = await create({ requester: { email: 'ada@example.com', name: 'Ada' } });
    expect((await create({ requester: { email: 'ADA@example.COM' } })).requesterId).toBe(requesterId);
    expect(await requesters()).toHaveLength(1);
  });

  it('of another project is somebody else', async () => {
    const other = await seedProject(core, tenant.organization);
    const here = await create({ requester: { externalId: 'u1' } });
    const there = await me.backlog.create({ projectId: other.id, title: 'Dark mode', requester: { externalId: 'u1' } });
    expect(there.requesterId).not.toBe(here.requesterId);
  });

  it.each([{ externalId: 'u1' }, { email: 'ada@example.com' }])('is made once by many calls at once: %o', async (requester) => {
    const created = await twenty((n) => create({ title: `Feature ${n}`, requester }));
    expect(new Set(created.map(({ requesterId }) => requesterId)).size).toBe(1);
    expect(await requesters()).toHaveLength(1);
    expect(created.every(({ voteCount }) => voteCount === 1)).toBe(true);
    expect(await driftOf(core)).toEqual([]);
  });

  it('has voted for what they asked for, if it takes votes', async () => {
    const requester = { externalId: 'u1' };
    const counts = [];
    for (const category of ['FEATURE', 'OTHER', 'ERROR', 'FEEDBACK'] as const)
      counts.push((await create({ category, requester })).voteCount);
    expect(counts).toEqual([1, 1, 0, 0]);
    expect(await core.db.prisma.vote.count({ where: { requester: { projectId: tenant.project.id } } })).toBe(2);
    expect(await driftOf(core)).toEqual([]);
  });

  it.each([{}, { name: 'Ada' }, { externalId: '' }, { email: 'ada' }])('needs an id or an address: %o', async (requester) => {
    expect(await outcomeOf(create({ requester }))).toBe('BAD_REQUEST');
  });
});

describe('possible duplicates', () => {
  const titles = async (title: string) => (await create({ title })).possibleDuplicates.map((duplicate) => duplicate.title);

  it('are the open ones of the same title in any case, most votes first, five at most', async () => {
    for (const voteCount of [1, 6, 2, 5, 3, 4])
      await seedFeature(core, tenant, { title: voteCount % 2 === 0 ? 'Dark mode' : 'DARK MODE', voteCount });
    await seedFeature(core, tenant, { title: 'Dark mode', status: 'COMPLETED', voteCount: 9 });
    await seedFeature(core, tenant, { title: 'Dark mode', deletedAt: core.clock.now(), voteCount: 9 });
    await seedFeature(core, tenant, { title: 'Dark modes', voteCount: 9 });
    await seedFeature(core, { project: await seedProject(core, tenant.organization) }, { title: 'Dark mode', voteCount: 9 });
    const { possibleDuplicates } = await create({ title: ' dark Mode ' });
    expect(possibleDuplicates.map(({ voteCount }) => voteCount)).toEqual([6, 5, 4, 3, 2]);
    expect(possibleDuplicates[0]).toMatchObject({
      title: 'Dark mode',
      status: 'NEEDS_ACTION',
      number: expect.any(Number),
      id: expect.any(String),
    });
  });

  it('are told and nothing else: nothing is merged', async () => {
    const id = await seedFeature(core, tenant, { title: 'Dark mode', voteCount: 0 });
    const created = await create({ requester: { externalId: 'u1' } });
    expect(created.possibleDuplicates.map((duplicate) => duplicate.id)).toEqual([id]);
    expect(created.voteCount).toBe(1);
    expect(await core.db.prisma.feature.findUniqueOrThrow({ where: { id } })).toMatchObject({
      voteCount: 0,
      version: 1,
      duplicateOfId: null,
    });
  });

  it.each(['100%', '%', 'a_b', '\\', 'C:\\temp\\', '_', '*'])(
    'of "%s" are those of this very title: it is no pattern',
    async (title) => {
      for (const other of ['100 apples', 'axb', 'a', 'C:/temp/']) await seedFeature(core, tenant, { title: other });
      expect(await titles(title)).toEqual([]);
      expect(await titles(title)).toEqual([title]);
    },
  );
});

describe('a refusal', () => {
  it.each<[string, Partial<CreateInput>, string]>([
    ['a rating on a request', { rating: 3 }, 'rating'],
    ['a rating on an error', { rating: 3, category: 'ERROR' }, 'rating'],
    [
      'an error report on feedback',
      { category: 'FEEDBACK', errorReport: { doing: '', expected: '', happened: '' } },
      'errorReport',
    ],
    [
      'an error report on a question',
      { category: 'OTHER', errorReport: { doing: '', expected: '', happened: '' } },
      'errorReport',
    ],
    ['a rating above 5', { category: 'FEEDBACK', rating: 6 }, 'rating'],
    ['half a star', { category: 'FEEDBACK', rating: 2.5 }, 'rating'],
    ['a blank title', { title: '   ' }, 'title'],
    ['a title too long', { title: 'x'.repeat(201) }, 'title'],
    ['a title that is no text', { title: 'a\0b' }, 'title'],
    ['a description too long', { description: 'x'.repeat(10_001) }, 'description'],
    ['too many tags', { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, 'tags'],
    ['a tag too long', { tags: ['x'.repeat(41)] }, 'tags.0'],
    ['an address that is a script', { pageUrl: 'javascript:alert(1)' }, 'pageUrl'],
    [
      'an error report with half a character',
      { category: 'ERROR', errorReport: { doing: '\ud800', expected: '', happened: '' } },
      'errorReport.doing',
    ],
  ])('of %s names the field, and leaves nothing', async (_what, columns, path) => {
    const { code, issues } = await refusalOf(create({ ...columns, requester: { externalId: 'u1' } }));
    expect([code, issues.map((issue) => issue.path)]).toEqual(['BAD_REQUEST', [path]]);
    expect([await features(), await requesters()]).toEqual([[], []]);
  });

  it('of misplaced fields names both at once', async () => {
    const { issues } = await refusalOf(create({ rating: 1, errorReport: { doing: '', expected: '', happened: '' } }));
    expect(issues.map(({ path }) => path)).toEqual(['rating', 'errorReport']);
  });

  it.each<[string, Parameters<typeof seedKey>[2]]>([
    ['INSUFFICIENT_SCOPE', { scopes: ['backlog:read', 'status:write'] }],
    ['FORBIDDEN', { scopes: ['backlog:write'], serviceAccount: { role: 'viewer' } }],
  ])('with %s leaves nothing', async (code, options) => {
    expect(await outcomeOf(create({ requester: { externalId: 'u1' } }, await callAsKey(core, tenant, options)))).toBe(code);
    expect([await features(), await requesters()]).toEqual([[], []]);
  });

  it('when the day is used up leaves nothing', async () => {
    await setUsed(core, { projectId: tenant.project.id, day: PLANS.pro.callsPerDay ?? 0 });
    const key = await callAsKey(core, tenant, { scopes: ['backlog:write'] });
    const error: unknown = await create({}, key).catch((thrown: unknown) => thrown);
    expect(toPublic(error)).toMatchObject({ code: 'API_QUOTA_EXCEEDED', status: 429 });
    expect(await features()).toEqual([]);
  });
});
