import { DomainError, type Issue } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type MessageRow, toMessage } from './rows.ts';
import { type ListMessages, type MessageList, WHOLE_THREAD } from './schema.ts';

const COLUMNS = `
  m.id, m.conversation_id as "conversationId", m.author_kind as "authorKind", m.author_id as "authorId",
  m.author_name as "authorName", m.body, m.content_type as "contentType", m.is_internal as "isInternal", m.via,
  m.delivered_at as "deliveredAt", m.read_at as "readAt", m.created_at as "createdAt", m.seq`;

/** `id` is null for a conversation without messages; the anchors are null for ids that are no message of it. */
type Row = Omit<MessageRow, 'id'> & { id: string | null; seq: number; afterSeq: number | null; beforeSeq: number | null };
type FoundRow = Row & { id: string };

/**
 * The messages of a conversation, oldest first: the newest 100 as a list, or, for who asks for a page, that page; in one
 * prepared statement. Without `after`, `before` reads backwards, since what stands next to that message is wanted.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND, INVALID_CURSOR; BAD_REQUEST for an anchor that is no message of the conversation
 */
export async function listMessages(ctx: ProjectContext, input: ListMessages): Promise<MessageList> {
  const { id, limit: asked, cursor, after, before, createdAfter, createdBefore, updatedSince } = input;
  const isPage = [asked, cursor, after, before].some((parameter) => parameter !== undefined);
  const limit = asked ?? WHOLE_THREAD;
  const isBackwards = !isPage || (before !== undefined && after === undefined);
  const binding = { list: 'messages', conversation: id, after, before, createdAfter, createdBefore, updatedSince };

  const values: unknown[] = [id, ctx.tenant.project.id, after ?? null, before ?? null];
  const where = ['conversation_id = c.id'];
  if (after !== undefined) where.push('seq > anchor."afterSeq"');
  if (before !== undefined) where.push('seq < anchor."beforeSeq"');
  const during = (condition: string, instant: string | undefined) => {
    if (instant !== undefined) where.push(`${condition} $${values.push(new Date(instant))}::timestamptz`);
  };
  during('created_at >', createdAfter);
  during('created_at <', createdBefore);
  during('coalesce(changed_at, created_at) >=', updatedSince);
  if (cursor !== undefined) {
    values.push(decodeCursor(ctx.secrets.cursor, binding, cursor).value);
    where.push(`seq ${isBackwards ? '<' : '>'} $${values.length}::int4`);
  }
  const order = isBackwards ? 'desc' : 'asc';
  const rows = await ctx.access.db.sql.query<Row>(
    `select ${COLUMNS}, anchor.* from conversation c
     cross join lateral (select
       (select seq from message where id = $3::uuid and conversation_id = c.id) as "afterSeq",
       (select seq from message where id = $4::uuid and conversation_id = c.id) as "beforeSeq") anchor
     left join lateral (
       select * from message where ${where.join(' and ')} order by seq ${order} limit ${limit + 1}
     ) m on true
     where c.id = $1 and c.project_id = $2 and c.deleted_at is null
     order by m.seq ${order}`,
    values,
  );
  const [first] = rows;
  if (first === undefined) throw new DomainError('CONVERSATION_NOT_FOUND');
  requireAnchors(input, first);
  const page = pageFrom(rows.filter(isFound), limit, {
    toItem: ({ seq: _seq, afterSeq: _after, beforeSeq: _before, ...row }) => toMessage(row),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.seq, id: last.id }),
  });
  const items = isBackwards ? page.items.toReversed() : page.items;
  return isPage ? { ...page, items } : items;
}

function isFound(row: Row): row is FoundRow {
  return row.id !== null;
}

function requireAnchors({ after, before }: ListMessages, { afterSeq, beforeSeq }: Row): void {
  const issues: Issue[] = [];
  const missing = (path: string) => issues.push({ path, message: 'Is no message of this conversation.' });
  if (after !== undefined && afterSeq === null) missing('after');
  if (before !== undefined && beforeSeq === null) missing('before');
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
}
