import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';

/**
 * Takes a person off all conversations of the project: for who leaves, or may no longer reply. Publishes, so that it is
 * to be called last.
 */
export async function unassignAll(tx: Transaction, act: Act, userId: string): Promise<void> {
  const { tenant, author, clock, newId } = act;
  const now = clock();
  const freed = await tx.$queryRaw<{ id: string; updatedAt: Date }[]>`
    update conversation set assignee_id = null, version = version + 1, updated_at = greatest(updated_at, ${now}::timestamptz)
    where project_id = ${tenant.project.id}::uuid and assignee_id = ${userId}::uuid
    returning id, updated_at as "updatedAt"`;
  if (freed.length === 0) return;
  // By SQL: of ten thousand rows, a list of values would have more parameters than PostgreSQL takes.
  await tx.$executeRaw`
    insert into conversation_event (id, conversation_id, kind, actor_id, actor_name, data, created_at)
    select id, conversation_id, 'assigned', ${author.id}::uuid, ${author.name}, ${JSON.stringify({ from: userId, to: null })}::jsonb, at
    from unnest(
      ${freed.map(() => newId())}::uuid[], ${freed.map(({ id }) => id)}::uuid[], ${freed.map(({ updatedAt }) => updatedAt.toISOString())}::timestamptz[]
    ) as event (id, conversation_id, at)`;
  await publish(tx, act, { kind: 'conversation', isPrivate: true });
}
