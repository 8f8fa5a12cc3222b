import { DomainError } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import { searched, searchQuery } from '../../full-text.ts';
import type { Page } from '../../schema-kit.ts';
import { searchedRows } from '../../search-rows.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type ConversationRow, toConversation } from './rows.ts';
import { type Conversation, type ConversationSort, type ListConversations, UNRESOLVED } from './schema.ts';

const SORTS: Record<ConversationSort, { column: string; read: (row: ConversationRow) => Date | null }> = {
  lastMessageAt: { column: 'last_message_at', read: (row) => row.lastMessageAt },
  createdAt: { column: 'created_at', read: (row) => row.createdAt },
  updatedAt: { column: 'updated_at', read: (row) => row.updatedAt },
  waitingSince: { column: 'waiting_since', read: (row) => row.waitingSince },
};

const COLUMNS = `
  c.id, c.project_id as "projectId", c.feature_id as "featureId", c.requester_id as "requesterId", r.name as "requesterName",
  r.email as "requesterEmail", c.subject, c.status, c.priority, c.channel, c.assignee_id as "assigneeId", c.tags,
  c.ai_resolved as "aiResolved", c.is_spam as "isSpam", c.unread_count as "unreadCount",
  c.last_message_preview as "lastMessagePreview", c.last_message_at as "lastMessageAt", c.waiting_since as "waitingSince",
  c.snoozed_until as "snoozedUntil", c.resolved_at as "resolvedAt", c.previous_conversation_id as "previousConversationId",
  c.version, c.created_at as "createdAt", c.updated_at as "updatedAt"`;

/**
 * A page of the inbox by keyset, in one prepared statement that an index answers, whatever there is.
 *
 * @throws {DomainError} INVALID_CURSOR for a cursor of other filters, another sort or another project; BAD_REQUEST for
 *   `assigneeId=me` by a caller who is no person
 */
export async function listConversations(ctx: ProjectContext, input: ListConversations): Promise<Page<Conversation>> {
  const { project } = ctx.tenant;
  const { cursor, limit, projectId: _named, assigneeId, ...filters } = input;
  const assignee = assigneeId === 'me' ? personOf(ctx) : assigneeId?.toLowerCase();
  const binding = { list: 'conversations', project: project.id, ...filters, assignee };
  const { column, read } = SORTS[input.sort];

  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = [
    'deleted_at is null',
    `project_id = ${bind(project.id)}`,
    `is_spam = ${bind(input.isSpam)}`,
    ...conditionsOf(input, assignee, bind),
  ];
  if (input.sort === 'waitingSince') where.push('waiting_since is not null');
  if (cursor !== undefined) {
    const after = decodeCursor(ctx.secrets.cursor, binding, cursor);
    where.push(
      `(${column}, id) ${input.order === 'asc' ? '>' : '<'} (${bind(after.value)}::timestamptz, ${bind(after.id)}::uuid)`,
    );
  }
  // The page first, then its requesters. The limit stands in the text: for a parameter, the server's plan would reckon
  // with a tenth of the table.
  const inOrder = `order by ${column} ${input.order}, id ${input.order}`;
  const page = input.q
    ? searchedRows({
        table: 'conversation',
        where,
        matches: matchesOf(input.q, bind),
        column,
        order: input.order,
        limit: limit + 1,
      })
    : `(select * from conversation where ${where.join(' and ')} ${inOrder} limit ${limit + 1})`;
  const rows = await ctx.access.db.sql.query<ConversationRow>(
    `select ${COLUMNS} from ${page} c left join requester r on r.id = c.requester_id
     order by c.${column} ${input.order}, c.id ${input.order}`,
    values,
  );
  return pageFrom(rows, limit, {
    toItem: (row) => toConversation(row, ctx.grant),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: read(last)?.toISOString() ?? '', id: last.id }),
  });
}

function personOf({ grant }: ProjectContext): string {
  const { user } = grant.facts;
  if (user !== null) return user.id;
  throw new DomainError('BAD_REQUEST', { issues: [{ path: 'assigneeId', message: 'Only a person is `me`.' }] });
}

type Bind = (value: unknown) => string;

function conditionsOf(input: ListConversations, assignee: string | undefined, bind: Bind): string[] {
  const conditions: string[] = [];
  if (input.status !== undefined) conditions.push(ofStatus(input.status, bind));
  if (input.priority !== undefined) conditions.push(oneOf('priority', 'conversation_priority', input.priority, bind));
  if (input.channel !== undefined) conditions.push(oneOf('channel', 'channel', input.channel, bind));
  if (assignee !== undefined)
    conditions.push(assignee === 'none' ? 'assignee_id is null' : `assignee_id = ${bind(assignee)}::uuid`);
  if (input.requesterId !== undefined) conditions.push(`requester_id = ${bind(input.requesterId)}::uuid`);
  if (input.featureId !== undefined) conditions.push(`feature_id = ${bind(input.featureId)}::uuid`);
  if (input.tag !== undefined) conditions.push(`tags @> ${bind(input.tag)}::text[]`);
  if (input.createdAfter !== undefined) conditions.push(`created_at > ${bind(new Date(input.createdAfter))}::timestamptz`);
  if (input.createdBefore !== undefined) conditions.push(`created_at < ${bind(new Date(input.createdBefore))}::timestamptz`);
  if (input.updatedSince !== undefined) conditions.push(`updated_at >= ${bind(new Date(input.updatedSince))}::timestamptz`);
  return conditions;
}

/** The unresolved have an index of their own, which the statement has to name as the index does. */
function ofStatus(wanted: NonNullable<ListConversations['status']>, bind: Bind): string {
  const statuses = [...new Set(wanted.flatMap((status) => (status === 'unresolved' ? UNRESOLVED : [status])))];
  const isUnresolved = statuses.length === UNRESOLVED.length && UNRESOLVED.every((status) => statuses.includes(status));
  return isUnresolved ? "status < 'resolved'" : oneOf('status', 'conversation_status', statuses, bind);
}

/** One value by equality, so that the index on it also gives the order. */
function oneOf(column: string, type: string, wanted: readonly string[], bind: Bind): string {
  const [only] = wanted;
  return wanted.length === 1 ? `${column} = ${bind(only)}::${type}` : `${column} = any(${bind([...wanted])}::text[]::${type}[])`;
}

/** The expression of the index `conversation_search`. */
function matchesOf(q: string, bind: Bind): string {
  return `${SEARCHED} @@ to_tsquery('simple', ${bind(searchQuery(q))})`;
}

const SEARCHED = searched("coalesce(subject, '') || ' ' || coalesce(last_message_preview, '')");
