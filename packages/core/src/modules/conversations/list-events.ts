import { DomainError } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type EventRow, toEvent } from './rows.ts';
import type { ConversationEvent, ListEvents } from './schema.ts';

/** `id` is null for a conversation to which nothing happened. */
type Row = Omit<EventRow, 'id'> & { id: string | null };

/** What happened to a conversation beside its messages, the newest last. @throws {DomainError} CONVERSATION_NOT_FOUND, INVALID_CURSOR */
export async function listEvents(ctx: ProjectContext, { id, limit, cursor }: ListEvents): Promise<Page<ConversationEvent>> {
  const binding = { list: 'conversation events', conversation: id };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.sql.query<Row>(
    `select e.id, e.conversation_id as "conversationId", e.kind, e.actor_id as "actorId", e.actor_name as "actorName", e.data,
       e.created_at as "createdAt"
     from conversation c
     left join lateral (
       select * from conversation_event
       where conversation_id = c.id ${after === null ? '' : 'and (created_at, id) > ($3::timestamptz, $4::uuid)'}
       order by created_at, id limit ${limit + 1}
     ) e on true
     where c.id = $1 and c.project_id = $2 and c.deleted_at is null
     order by e.created_at, e.id`,
    [id, ctx.tenant.project.id, ...(after === null ? [] : [after.value, after.id])],
  );
  if (rows.length === 0) throw new DomainError('CONVERSATION_NOT_FOUND');
  const isFound = (row: Row): row is EventRow => row.id !== null;
  return pageFrom(rows.filter(isFound), limit, {
    toItem: toEvent,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}
