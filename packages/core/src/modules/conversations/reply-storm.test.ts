import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import { markReadByRequester } from './mark-read.ts';
import { actAs, driftOf, seedRequester, startConversation, type TestRequester, writeAs } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let team: readonly [Caller, Caller];
let grace: TestRequester;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
  team = [callAsUser(core, tenant.user), await callAsKey(core, tenant, { scopes: ['conversations:write'] })];
  grace = await seedRequester(core, tenant);
});

const ofProject = () => ({ projectId: tenant.project.id });
const rowOf = (id: string) => core.db.prisma.conversation.findUniqueOrThrow({ where: { id } });
const messagesOf = (conversationId: string) =>
  core.db.prisma.message.findMany({ where: { conversationId }, orderBy: { seq: 'asc' } });

/** What a writer does, and who is told of it. */
type Deed = 'ask' | 'reply' | 'note';

function write(deed: Deed, id: string, n: number): Promise<unknown> {
  const body = `${deed} ${n}`;
  if (deed === 'ask') return writeAs(core, tenant, grace, id, body);
  const caller = team[n % 2] ?? team[0];
  return caller.conversations.reply({ ...ofProject(), id, body, isInternal: deed === 'note' });
}

async function readAs(reader: 'team' | 'requester', id: string, upToMessageId?: string): Promise<void> {
  if (reader === 'team') {
    await team[0].conversations.markRead({ ...ofProject(), id, ...(upToMessageId !== undefined && { upToMessageId }) });
    return;
  }
  const act = await actAs(core, tenant, grace);
  await core.db.prisma.$transaction((tx) => markReadByRequester(tx, act, { conversationId: id, upToMessageId }));
}

describe('fifty writers at once', () => {
  it('lose, double and reorder no message, and each side has exactly the other’s unread', async () => {
    const { conversationId: id } = await startConversation(core, tenant, grace, { body: 'ask 0' });
    const deeds = Array.from({ length: 50 }, (_, n): Deed => (n % 5 === 4 ? 'note' : n % 2 === 0 ? 'ask' : 'reply'));
    let done = 0;
    // The clock jumps about meanwhile: what is dated by it still comes in order.
    await Promise.all(
      deeds.map(async (deed, n) => {
        core.clock.advance(n % 3 === 0 ? -700 : 500);
        await write(deed, id, n + 1);
        done++;
      }),
    );
    expect(done).toBe(50);
    const messages = await messagesOf(id);
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, n) => n + 1));
    expect(messages.map(({ body }) => body).toSorted()).toEqual(
      ['ask 0', ...deeds.map((deed, n) => `${deed} ${n + 1}`)].toSorted(),
    );
    const times = messages.map(({ createdAt }) => createdAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const count = (deed: Deed) => deeds.filter((other) => other === deed).length;
    expect(await rowOf(id)).toMatchObject({
      messageSeq: 51,
      version: 51,
      unreadCount: count('ask') + 1,
      requesterUnreadCount: count('reply'),
    });
    expect(await driftOf(core)).toEqual([]);

    const last = messages.filter(({ isInternal }) => !isInternal).at(-1);
    expect(await rowOf(id)).toMatchObject({ lastMessagePreview: last?.body, lastMessageAt: last?.createdAt });
    const notices = await core.db.prisma.notification.groupBy({
      by: ['type'],
      where: { conversationId: id },
      _count: { _all: true },
    });
    expect(Object.fromEntries(notices.map(({ type, _count }) => [type, _count._all]))).toEqual({
      'message.received': count('ask') + 1,
      'message.replied': count('reply'),
    });
    const live = await core.db.prisma.liveEvent.findMany({ where: { projectId: tenant.project.id }, orderBy: { seq: 'asc' } });
    expect(live.map(({ seq }) => seq)).toEqual(live.map((_, n) => n + 1));
    expect(live.filter(({ kind }) => kind === 'conversation')).toHaveLength(51);
  });

  it('read in order by who pages through the thread meanwhile: no message twice, none left out', async () => {
    const { conversationId: id } = await startConversation(core, tenant, grace);
    const seen: string[] = [];
    const reader = async () => {
      for (let cursor: string | undefined, isLast = false, idle = 0; idle < 3; ) {
        const page = await team[0].conversations.listMessages({
          ...ofProject(),
          id,
          limit: 3,
          ...(cursor !== undefined && { cursor }),
        });
        if (Array.isArray(page)) throw new Error('not a page');
        // The last page may grow: it is read again from where it began.
        isLast = page.nextCursor === null;
        const fresh = page.items.map((message) => message.id).filter((messageId) => !seen.includes(messageId));
        seen.push(...fresh);
        cursor = page.nextCursor ?? cursor;
        idle = isLast && fresh.length === 0 ? idle + 1 : 0;
      }
    };
    await Promise.all([Promise.all(Array.from({ length: 20 }, (_, n) => write(n % 2 === 0 ? 'ask' : 'reply', id, n))), reader()]);
    await reader();
    expect(seen).toEqual((await messagesOf(id)).map((message) => message.id));
  });

  it('and readers among them leave unread exactly what nobody has marked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('ask', 'ask', 'reply', 'note', 'team', 'requester', 'team up to', 'requester up to'), {
          minLength: 10,
          maxLength: 30,
        }),
        async (acts) => {
          const { conversationId: id, messageId } = await startConversation(core, tenant, grace);
          await Promise.all(
            acts.map((act, n) => {
              if (act === 'ask' || act === 'reply' || act === 'note') return write(act, id, n);
              return readAs(act.startsWith('team') ? 'team' : 'requester', id, act.endsWith('up to') ? messageId : undefined);
            }),
          );
          expect(await driftOf(core)).toEqual([]);
          await Promise.all([readAs('team', id), readAs('requester', id)]);
          expect(await rowOf(id)).toMatchObject({ unreadCount: 0, requesterUnreadCount: 0 });
          expect(await driftOf(core)).toEqual([]);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('beside who changes its status and its completed feature', async () => {
    const featureId = await seedFeature(core, tenant);
    const { conversationId: id } = await startConversation(core, tenant, grace, { featureId });
    const snoozedUntil = new Date(core.clock.now().getTime() + 3_600_000).toISOString();
    await Promise.all(
      Array.from({ length: 24 }, (_, n): Promise<unknown> => {
        const kind = n % 6;
        if (kind === 0) return team[0].conversations.update({ ...ofProject(), id, status: 'snoozed', snoozedUntil });
        if (kind === 1) return team[1].conversations.update({ ...ofProject(), id, priority: n % 4 === 1 ? 'high' : 'low' });
        if (kind === 2) return team[0].backlog.changeStatus({ ...ofProject(), id: featureId, status: 'COMPLETED' });
        return write(kind === 3 ? 'reply' : 'ask', id, n);
      }),
    );
    expect(await driftOf(core)).toEqual([]);
    expect(await rowOf(id)).toMatchObject({ messageSeq: 13, unreadCount: 9, requesterUnreadCount: 4 });
    const events = await core.db.prisma.conversationEvent.findMany({ where: { conversationId: id }, orderBy: { id: 'asc' } });
    const snoozes = events.filter(({ kind }) => kind === 'snoozed').length;
    const wakes = events.filter(({ kind }) => kind === 'status_changed').length;
    expect(snoozes - wakes).toBe((await rowOf(id)).status === 'snoozed' ? 1 : 0);
  });
});
