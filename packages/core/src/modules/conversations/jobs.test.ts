import { seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestCore, type TestCore } from '../../testing.ts';
import { wakeConversation, wakeDueConversations } from './jobs.ts';
import { driftOf, seedConversation, seedRequester, startConversation, writeAs } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
});

const at = (minutes: number) => new Date(Date.parse('2026-03-14T10:20:30.250Z') + minutes * 60_000);
const asleep = (minutes: number, of: Pick<TestTenant, 'project'> = tenant, columns: object = {}) =>
  seedConversation(core, of, { status: 'snoozed', snoozedUntil: at(minutes), ...columns });
const rowOf = (id: string) => core.db.prisma.conversation.findUniqueOrThrow({ where: { id } });
const statusesOf = async (ids: readonly string[]) => (await Promise.all(ids.map(rowOf))).map(({ status }) => status);
const eventsOf = (conversationId: string) => core.db.prisma.conversationEvent.findMany({ where: { conversationId } });
const liveOf = ({ project }: Pick<TestTenant, 'project'>) =>
  core.db.prisma.liveEvent.findMany({ where: { projectId: project.id }, orderBy: { seq: 'asc' } });

describe('the minute’s round', () => {
  it('wakes what is due in every project, and nothing else', async () => {
    const other = { project: await seedProject(core, tenant.organization) };
    const due = [await asleep(-5), await asleep(0), await asleep(-1, other)];
    const not = [await asleep(1), await asleep(-5, tenant, { deletedAt: at(-1) })];
    await wakeDueConversations.run(core.core, {});
    expect(await statusesOf(due)).toEqual(['open', 'open', 'open']);
    expect(await statusesOf(not)).toEqual(['snoozed', 'snoozed']);
    const [first = ''] = due;
    expect(await rowOf(first)).toMatchObject({ snoozedUntil: null, version: 2, updatedAt: core.clock.now() });
    expect(await eventsOf(first)).toMatchObject([
      { kind: 'woken', actorId: null, data: { from: 'snoozed', to: 'open' }, createdAt: core.clock.now() },
    ]);
    expect((await liveOf(tenant)).map((event) => [event.kind, event.isPrivate])).toEqual([
      ['conversation', true],
      ['conversation', true],
    ]);
    expect(await liveOf(other)).toHaveLength(1);
    expect(await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id } })).toBe(0);
  });

  it('wakes each once, however many rounds there are at once', async () => {
    const ids = await Promise.all(Array.from({ length: 130 }, () => asleep(-1)));
    await Promise.all(Array.from({ length: 4 }, () => wakeDueConversations.run(core.core, {})));
    // What one round held the others have left: it is all awake after one more.
    await wakeDueConversations.run(core.core, {});
    expect(new Set(await statusesOf(ids))).toEqual(new Set(['open']));
    const events = await core.db.prisma.conversationEvent.groupBy({
      by: ['conversationId'],
      where: { conversationId: { in: ids } },
      _count: { _all: true },
    });
    expect(events.map(({ _count }) => _count._all)).toEqual(ids.map(() => 1));
    expect(await liveOf(tenant)).toHaveLength(130);
  });

  it('leaves alone what a message has woken in the meantime', async () => {
    const grace = await seedRequester(core, tenant);
    const { conversationId: id } = await startConversation(core, tenant, grace);
    await core.db.prisma.conversation.update({ where: { id }, data: { status: 'snoozed', snoozedUntil: at(-1) } });
    await Promise.all([writeAs(core, tenant, grace, id), wakeDueConversations.run(core.core, {})]);
    await wakeDueConversations.run(core.core, {});
    expect(await rowOf(id)).toMatchObject({ status: 'open', unreadCount: 2 });
    expect(await eventsOf(id)).toHaveLength(1);
    expect(await driftOf(core)).toEqual([]);
  });
});

describe('the job of one conversation', () => {
  it('wakes it and no other, and a second time does nothing', async () => {
    const [id, other] = [await asleep(-1), await asleep(-1)];
    await wakeConversation.run(core.core, { conversationId: id });
    await wakeConversation.run(core.core, { conversationId: id });
    expect(await statusesOf([id, other])).toEqual(['open', 'snoozed']);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('lets one that was snoozed anew sleep on', async () => {
    const id = await asleep(30);
    await wakeConversation.run(core.core, { conversationId: id });
    expect(await statusesOf([id])).toEqual(['snoozed']);
    core.clock.set(at(30));
    await wakeConversation.run(core.core, { conversationId: id });
    expect(await statusesOf([id])).toEqual(['open']);
  });
});
