import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import { addRequesterMessage, type OpenedMessage, openConversation } from '../conversations/append.ts';
import { markReadByRequester } from '../conversations/mark-read.ts';
import type { ConversationStatus } from '../conversations/schema.ts';
import { lockName } from '../requesters/service.ts';
import { asVisitor, ownerOf, requireOffered, type Visit } from './visit.ts';
import type {
  ListMessages,
  ListMine,
  RequestRef,
  StartConversation,
  UnreadCount,
  VisitorConversation,
  VisitorConversationPage,
  VisitorMessage,
  VisitorMessagePage,
  WriteMessage,
  Written,
} from './visitor-schema.ts';

type ConversationRow = Omit<VisitorConversation, 'state' | 'lastMessageAt' | 'createdAt'> & {
  readonly status: ConversationStatus;
  readonly lastMessageAt: Date;
  readonly createdAt: Date;
};

/** What is set aside by the team goes on for the visitor. */
const STATES = { open: 'open', pending: 'open', snoozed: 'open', resolved: 'resolved', closed: 'closed' } as const;

/** The visitor's own conversations, the latest first; in one prepared statement. @throws {DomainError} NOT_OFFERED, INVALID_CURSOR, UNAUTHORIZED, INVALID_IDENTITY */
export async function listVisitorConversations(visit: Visit, { limit, cursor }: ListMine): Promise<VisitorConversationPage> {
  requireOffered(visit, 'chatEnabled');
  const reader = await ownerOf(visit);
  if (reader === null) return { items: [], hasMore: false, nextCursor: null };
  const { access, secrets, widget } = visit;
  const binding = { list: 'visitor-conversations', project: widget.tenant.project.id, requester: reader.id };
  const values: unknown[] = [reader.id, widget.tenant.project.id];
  let where = 'requester_id = $1::uuid and project_id = $2::uuid and deleted_at is null';
  if (cursor !== undefined) {
    const after = decodeCursor(secrets.cursor, binding, cursor);
    where += ' and (last_message_at, id) < ($3::timestamptz, $4::uuid)';
    values.push(after.value, after.id);
  }
  const rows = await access.db.sql.query<ConversationRow>(
    `select id, feature_id as "featureId", subject, status, last_message_preview as "lastMessage",
       last_message_at as "lastMessageAt", requester_unread_count as "unreadCount", created_at as "createdAt"
     from conversation where ${where} order by last_message_at desc, id desc limit ${limit + 1}`,
    values,
  );
  return pageFrom(rows, limit, {
    toItem: ({ status, lastMessageAt, createdAt, ...row }) => ({
      ...row,
      state: STATES[status],
      lastMessageAt: lastMessageAt.toISOString(),
      createdAt: createdAt.toISOString(),
    }),
    toCursor: (last) => encodeCursor(secrets.cursor, binding, { value: last.lastMessageAt.toISOString(), id: last.id }),
  });
}

type MessageRow = Omit<VisitorMessage, 'author' | 'createdAt'> & {
  readonly authorKind: 'TEAM' | 'REQUESTER' | 'AI' | 'SYSTEM';
  readonly createdAt: Date;
};
/** Without an id for a conversation that has none on this page. */
type Found = MessageRow | { id: null };

const AUTHORS = { TEAM: 'team', AI: 'team', REQUESTER: 'you', SYSTEM: 'system' } as const;
const MESSAGE_COLUMNS = `m.id, m.seq, m.author_kind as "authorKind", m.author_name as "authorName", m.body, m.created_at as "createdAt"`;

function toMessage({ authorKind, createdAt, ...row }: MessageRow): VisitorMessage {
  return { ...row, author: AUTHORS[authorKind], createdAt: createdAt.toISOString() };
}

/**
 * The newest messages of a conversation, or those after `after`, oldest first; the cursor leads to earlier (or later)
 * ones. Notes of the team are not there. One prepared statement.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND, also for one of another; NOT_OFFERED, INVALID_CURSOR, UNAUTHORIZED, INVALID_IDENTITY
 */
export async function listVisitorMessages(visit: Visit, { id, after, limit, cursor }: ListMessages): Promise<VisitorMessagePage> {
  requireOffered(visit, 'chatEnabled');
  const reader = await ownerOf(visit);
  if (reader === null) throw new DomainError('CONVERSATION_NOT_FOUND');
  const { access, secrets, widget } = visit;
  const isForwards = after !== undefined;
  const binding = { list: 'visitor-messages', conversation: id, isForwards };
  const from = cursor === undefined ? after : decodeCursor(secrets.cursor, binding, cursor).value;
  const values: unknown[] = [id, widget.tenant.project.id, reader.id];
  const [order, than] = isForwards ? ['asc', '>'] : ['desc', '<'];
  let where = 'conversation_id = c.id and not is_internal';
  if (from !== undefined) {
    where += ` and seq ${than} $4::int4`;
    values.push(from);
  }
  const rows = await access.db.sql.query<Found>(
    `select ${MESSAGE_COLUMNS} from conversation c
     left join lateral (select * from message where ${where} order by seq ${order} limit ${limit + 1}) m on true
     where c.id = $1::uuid and c.project_id = $2::uuid and c.requester_id = $3::uuid and c.deleted_at is null
     order by m.seq ${order}`,
    values,
  );
  if (rows.length === 0) throw new DomainError('CONVERSATION_NOT_FOUND');
  const page = pageFrom(rows.filter(isMessage), limit, {
    toItem: toMessage,
    toCursor: (last) => encodeCursor(secrets.cursor, binding, { value: last.seq, id: last.id }),
  });
  return isForwards ? page : { ...page, items: page.items.toReversed() };
}

function isMessage(row: Found): row is MessageRow {
  return row.id !== null;
}

/**
 * Adds a message to a conversation of theirs; to a closed one, opens the next.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND, also for one of another; NOT_OFFERED, UNAUTHORIZED, INVALID_IDENTITY
 */
export async function writeMessage(visit: Visit, { id, body }: WriteMessage): Promise<Written> {
  requireOffered(visit, 'chatEnabled');
  return asVisitor(visit, async (tx, act) => written(tx, await addRequesterMessage(tx, act, { conversationId: id, body })));
}

/**
 * Writes to the team about a request of their own: into the conversation that there is about it, or a new one.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, also for a request of another; NOT_OFFERED, UNAUTHORIZED, INVALID_IDENTITY
 */
export async function startConversation(visit: Visit, { featureId, body }: StartConversation): Promise<Written> {
  requireOffered(visit, 'chatEnabled');
  return asVisitor(visit, async (tx, act, { id: requesterId }) => {
    // Of two at once the second finds what the first has opened.
    await lockName(tx, `${featureId} conversation with its requester`);
    const ofProject = { projectId: act.tenant.project.id, deletedAt: null };
    const feature = await tx.feature.findFirst({ where: { id: featureId, requesterId, ...ofProject }, select: { title: true } });
    if (feature === null) throw new DomainError('FEATURE_NOT_FOUND');
    const known = await tx.conversation.findFirst({
      where: { featureId, requesterId, ...ofProject },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      select: { id: true },
    });
    const opened =
      known === null
        ? await openConversation(tx, act, { requesterId, featureId, subject: feature.title, channel: 'widget', body })
        : await addRequesterMessage(tx, act, { conversationId: known.id, body });
    return written(tx, opened);
  });
}

async function written(tx: Transaction, { conversationId, messageId }: OpenedMessage): Promise<Written> {
  const row = await tx.message.findUniqueOrThrow({
    where: { id: messageId },
    select: { id: true, seq: true, authorKind: true, authorName: true, body: true, createdAt: true },
  });
  return { conversationId, message: toMessage(row) };
}

/** Notes that the visitor has seen what the team wrote. @throws {DomainError} CONVERSATION_NOT_FOUND, also for one of another; NOT_OFFERED, UNAUTHORIZED, INVALID_IDENTITY */
export async function readConversation(visit: Visit, { id }: RequestRef): Promise<UnreadCount> {
  requireOffered(visit, 'chatEnabled');
  return asVisitor(visit, (tx, act) => markReadByRequester(tx, act, { conversationId: id }));
}
