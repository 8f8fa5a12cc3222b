import * as z from 'zod';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import type { Job } from '../../queue.ts';
import type { Services } from '../../services.ts';
import { systemAct } from '../../system-act.ts';
import { emitConversation } from './emit-conversation.ts';
import { recordEvents } from './events.ts';

/** Wakes one conversation, added for the end of its snooze. Snoozed anew, it sleeps on. */
export const wakeConversation: Job<{ conversationId: string }> = {
  name: 'conversations.wake',
  data: z.object({ conversationId: z.uuid() }),
  run: (services, { conversationId }) => wakeDue(services, conversationId),
};

/** Wakes whatever is due, in all projects: what a lost or a late job has left asleep. */
export const wakeDueConversations: Job<object> = {
  name: 'conversations.wake-due',
  data: z.object({}),
  cron: '* * * * *',
  run: (services) => wakeDue(services),
};

const BATCH = 100;

async function wakeDue(services: Services, only: string | null = null): Promise<void> {
  const due = await services.access.db.sql.query<{ projectId: string }>(
    `select distinct project_id as "projectId" from conversation
     where status = 'snoozed' and snoozed_until <= $1 and deleted_at is null and ($2::uuid is null or id = $2::uuid)`,
    [services.clock(), only],
  );
  for (const { projectId } of due) {
    const act = await systemAct(services, projectId);
    if (act !== null) await wakeProject(act, only);
  }
}

/** A transaction for each batch of one project, whose live events are numbered under a lock. */
async function wakeProject(act: Act, only: string | null): Promise<void> {
  for (;;) {
    const now = act.clock();
    const woken = await act.access.db.prisma.$transaction(async (tx) => {
      // What somebody is just writing in is left: the message wakes it, or the next round does.
      const rows = await tx.$queryRaw<{ id: string; at: Date }[]>`
        with due as (
          select id from conversation
          where project_id = ${act.tenant.project.id}::uuid and status = 'snoozed' and snoozed_until <= ${now}
            and deleted_at is null and (${only}::uuid is null or id = ${only}::uuid)
          order by snoozed_until limit ${BATCH} for no key update skip locked
        )
        update conversation c
        set status = 'open', snoozed_until = null, updated_at = greatest(c.updated_at, ${now}), version = c.version + 1
        from due where c.id = due.id
        returning c.id, c.updated_at as at`;
      for (const { id, at } of rows)
        await recordEvents(tx, act, id, at, [{ kind: 'woken', data: { from: 'snoozed', to: 'open' } }]);
      const told = { event: 'conversation.updated' as const, projectId: act.tenant.project.id };
      for (const { id } of rows) await emitConversation(tx, act, { ...told, conversationId: id });
      for (const { id } of rows) await publish(tx, act, { kind: 'conversation', conversationId: id, isPrivate: true });
      return rows.length;
    });
    if (woken < BATCH) return;
  }
}
