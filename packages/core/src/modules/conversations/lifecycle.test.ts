import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { wakeDueConversations } from './jobs.ts';
import { markReadByRequester } from './mark-read.ts';
import { ConversationStatus, TRANSITIONS } from './schema.ts';
import { actAs, driftOf, seedRequester, startConversation, writeAs } from './testing.ts';

// Any sequence of what requester, team and time can do to a conversation, against the domain model's rules in another form.

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});
afterAll(() => core.db.close());

const HOUR = 3_600_000;
const act = fc.oneof(
  fc.constantFrom('ask', 'ask', 'reply', 'note', 'read', 'read by requester', 'hour', 'hour').map((kind) => ({ kind })),
  fc.record({ kind: fc.constant('status'), status: fc.constantFrom(...ConversationStatus.options) }),
);
type Step = { kind: string; status?: ConversationStatus };
type Model = { status: ConversationStatus; unread: number; requesterUnread: number; waits: boolean; until: number };

/** What the step does to the model; null when it is refused. A closed one, asked again, goes on as another. */
function expectedAfter(model: Model, { kind, status }: Step, now: number): Model | null {
  switch (kind) {
    case 'ask':
      return model.status === 'closed'
        ? { status: 'open', unread: 1, requesterUnread: 0, waits: true, until: 0 }
        : { ...model, status: 'open', unread: model.unread + 1, waits: true };
    case 'reply':
      if (model.status === 'closed') return null;
      return {
        ...model,
        status: model.status === 'snoozed' ? 'open' : model.status,
        requesterUnread: model.requesterUnread + 1,
        waits: false,
      };
    case 'note':
      return model.status === 'closed' ? null : model;
    case 'read':
      return { ...model, unread: 0 };
    case 'read by requester':
      return { ...model, requesterUnread: 0 };
    case 'hour':
      return model.status === 'snoozed' && model.until <= now ? { ...model, status: 'open' } : model;
    default: {
      const to = status ?? 'open';
      if (!TRANSITIONS[model.status].includes(to)) return null;
      const isChanged = to !== model.status;
      const staysWaiting = model.waits && !(isChanged && ['pending', 'resolved', 'closed'].includes(to));
      return { ...model, status: to, waits: staysWaiting, until: to === 'snoozed' ? now + 2 * HOUR : model.until };
    }
  }
}

it('a conversation is always what its history makes of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (steps: Step[]) => {
      const grace = await seedRequester(core, tenant);
      let { conversationId: id } = await startConversation(core, tenant, grace);
      let model: Model = { status: 'open', unread: 1, requesterUnread: 0, waits: true, until: 0 };
      for (const step of steps) {
        const of = { projectId: tenant.project.id, id };
        if (step.kind === 'hour') core.clock.advance(HOUR);
        const now = core.clock.now().getTime();
        const perform = async (): Promise<unknown> => {
          if (step.kind === 'ask') {
            id = (await writeAs(core, tenant, grace, id)).conversationId;
            return id;
          }
          if (step.kind === 'reply' || step.kind === 'note')
            return me.conversations.reply({ ...of, body: 'Hello', isInternal: step.kind === 'note' });
          if (step.kind === 'read') return me.conversations.markRead(of);
          if (step.kind === 'hour') return wakeDueConversations.run(core.core, {});
          if (step.kind === 'read by requester') {
            const as = await actAs(core, tenant, grace);
            return core.db.prisma.$transaction((tx) => markReadByRequester(tx, as, { conversationId: id }));
          }
          const status = step.status ?? 'open';
          const snoozedUntil = new Date(now + 2 * HOUR).toISOString();
          return me.conversations.update({ ...of, status, ...(status === 'snoozed' && { snoozedUntil }) });
        };
        const after = expectedAfter(model, step, now);
        const outcome = await outcomeOf(perform());
        expect(outcome === 'admitted', `${JSON.stringify(step)} of ${model.status}: ${outcome}`).toBe(after !== null);
        model = after ?? model;
        const row = await core.db.prisma.conversation.findUniqueOrThrow({ where: { id } });
        expect({
          status: row.status,
          unread: row.unreadCount,
          requesterUnread: row.requesterUnreadCount,
          waits: row.waitingSince !== null,
        }).toEqual({ status: model.status, unread: model.unread, requesterUnread: model.requesterUnread, waits: model.waits });
        const isDone = row.status === 'resolved' || row.status === 'closed';
        expect([row.snoozedUntil !== null, row.resolvedAt !== null]).toEqual([row.status === 'snoozed', isDone]);
      }
      expect(await driftOf(core)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
