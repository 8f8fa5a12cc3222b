import { randomUUID } from 'node:crypto';
import type { TestTenant } from '@reqbase/auth/testing';
import type { Prisma } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { systemAct } from '../../system-act.ts';
import type { TestCore } from '../../testing.ts';
import { addRequesterMessage, type OpenedMessage, openConversation } from './append.ts';

export type TestRequester = { readonly id: string; readonly name: string; readonly email: string };
type Of = Pick<TestTenant, 'project'>;

/** Adds a requester past the service. */
export async function seedRequester({ db }: Pick<TestCore, 'db'>, { project }: Of): Promise<TestRequester> {
  const id = randomUUID();
  const requester = { id, name: `Grace ${id.slice(0, 4)}`, email: `${id}@example.test` };
  await db.prisma.requester.create({ data: { ...requester, projectId: project.id, kind: 'identified', externalId: id } });
  return requester;
}

/** A conversation's columns: open and without a message, unless said otherwise. */
export function conversationRow(
  { clock }: Pick<TestCore, 'clock'>,
  { project }: Of,
  columns: Partial<Prisma.ConversationCreateManyInput> = {},
) {
  const now = clock.now();
  return {
    id: randomUUID(),
    projectId: project.id,
    channel: 'widget' as const,
    tags: [],
    lastMessageAt: now,
    createdAt: now,
    updatedAt: now,
    ...columns,
  };
}

/** Adds a conversation past the service; returns its id. */
export async function seedConversation(
  core: Pick<TestCore, 'db' | 'clock'>,
  of: Of,
  columns?: Partial<Prisma.ConversationCreateManyInput>,
): Promise<string> {
  const row = conversationRow(core, of, columns);
  await core.db.prisma.conversation.create({ data: row });
  return row.id;
}

/** What a requester does with the widget. */
export async function actAs(
  { core }: Pick<TestCore, 'core'>,
  { project }: Of,
  { id, name }: Omit<TestRequester, 'email'>,
): Promise<Act> {
  const act = await systemAct(core, project.id);
  if (act === null) throw new Error('no such project');
  return { ...act, author: { kind: 'REQUESTER', id, name }, via: 'widget' };
}

/** A conversation that a requester has opened. */
export async function startConversation(
  core: TestCore,
  of: Of,
  requester: TestRequester,
  opening: Partial<Parameters<typeof openConversation>[2]> = {},
): Promise<OpenedMessage> {
  const act = await actAs(core, of, requester);
  const given = { requesterId: requester.id, featureId: null, subject: null, channel: 'widget' as const, body: 'It is broken.' };
  return core.db.prisma.$transaction((tx) => openConversation(tx, act, { ...given, ...opening }));
}

/** A further message of the requester. */
export async function writeAs(core: TestCore, of: Of, requester: TestRequester, conversationId: string, body = 'Still broken.') {
  const act = await actAs(core, of, requester);
  return core.db.prisma.$transaction((tx) => addRequesterMessage(tx, act, { conversationId, body }));
}

/** Where a conversation's own figures differ from its messages, or these are out of order: nowhere, ever. */
export function driftOf({ db }: Pick<TestCore, 'db'>): Promise<object[]> {
  return db.sql.query(`
    select c.id, c.message_seq, c.unread_count, c.requester_unread_count, m.*
    from conversation c
    cross join lateral (
      select count(*)::int4 as messages, coalesce(max(seq), 0)::int4 as last_seq, coalesce(min(seq), 1)::int4 as first_seq,
        count(*) filter (where author_kind = 'REQUESTER' and read_at is null)::int4 as unread,
        count(*) filter (where author_kind <> 'REQUESTER' and not is_internal and read_at is null)::int4 as requester_unread,
        max(created_at) filter (where not is_internal) as last_at,
        count(*) filter (where created_at < previous_at)::int4 as backwards
      from (select *, lag(created_at) over (order by seq) as previous_at from message where conversation_id = c.id) ordered
    ) m
    where (c.message_seq, c.message_seq, c.unread_count, c.requester_unread_count, 1, 0)
        <> (m.messages, m.last_seq, m.unread, m.requester_unread, m.first_seq, m.backwards)
      or c.last_message_at < m.last_at
      or (c.snoozed_until is not null) <> (c.status = 'snoozed')`);
}
