import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import { type ReopenedFeature, reopenFeature, tellReopened } from '../backlog/reopen.ts';
import { notify } from '../notifications/notify.ts';
import { emitConversation, emitMessage } from './emit-conversation.ts';
import { recordEvents } from './events.ts';
import { excerpt } from './excerpt.ts';
import { instantFor, type LockedConversation, lockConversation } from './locked-conversation.ts';
import type { Channel, ConversationStatus } from './schema.ts';

const AUTHOR_KINDS = { TEAM: 'TEAM', REQUESTER: 'REQUESTER', SYSTEM: 'SYSTEM', AGENT: 'AI' } as const;
const PREVIEW_LENGTH = 160;
const NOTICE_LENGTH = 500;

export type OpenedMessage = { readonly conversationId: string; readonly messageId: string };

export type AddedMessage = OpenedMessage & {
  /** It was there before: nothing was added. */
  readonly isRepeat: boolean;
};

export type OpenConversation = {
  /** Whose conversation it is; a requester of the project. */
  readonly requesterId: string;
  /** What it is about; a feature of the project. */
  readonly featureId: string | null;
  readonly subject: string | null;
  readonly channel: Channel;
  readonly body: string;
  readonly contentType?: 'text' | 'markdown';
  readonly clientMessageId?: string | undefined;
  /** The caller has told of it already: a submission leaves its `feature.created`. */
  readonly isAnnounced?: boolean;
};

export type RequesterMessage = {
  readonly conversationId: string;
  readonly body: string;
  /** What may come twice has one: the second time it adds nothing, whatever it says. */
  readonly clientMessageId?: string | undefined;
};

/**
 * Opens a conversation with its first message, by the act's author: the requester or the team. A requester who writes
 * about a completed feature reopens it. The ids are taken as they are: that they belong to the project is the caller's
 * to see to.
 */
export async function openConversation(tx: Transaction, act: Act, opening: OpenConversation): Promise<OpenedMessage> {
  return open(tx, act, opening, null);
}

/**
 * Adds a message of the act's author, the requester, to a conversation of theirs: one that was put aside is open again. To
 * a closed one nothing is added any more: the message goes to the one that goes on from it, which is opened if there is none.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND, also for a conversation of another requester
 */
export async function addRequesterMessage(
  tx: Transaction,
  act: Act,
  { conversationId, body, clientMessageId }: RequesterMessage,
): Promise<AddedMessage> {
  const requesterId = requesterOf(act);
  let conversation = await lockConversation(tx, act, conversationId);
  if (conversation.requesterId !== requesterId) throw new DomainError('CONVERSATION_NOT_FOUND');
  for (;;) {
    const sentId = await findSent(tx, conversation, clientMessageId);
    if (sentId !== null) return { conversationId: conversation.id, messageId: sentId, isRepeat: true };
    if (conversation.status !== 'closed') break;
    // Under the lock of the closed one: of two messages at once the second finds what the first has opened.
    const next = await tx.conversation.findFirst({
      where: { previousConversationId: conversation.id, projectId: act.tenant.project.id, requesterId, deletedAt: null },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      select: { id: true },
    });
    if (next === null) {
      const { featureId, subject, channel } = conversation;
      const opened = await open(tx, act, { requesterId, featureId, subject, channel, body, clientMessageId }, conversation);
      return { ...opened, isRepeat: false };
    }
    conversation = await lockConversation(tx, act, next.id);
  }
  const messageId = await appendMessage(tx, act, conversation, { body, clientMessageId });
  return { conversationId: conversation.id, messageId, isRepeat: false };
}

/** The message of a locked conversation that came with the id. */
async function findSent(
  tx: Transaction,
  { id: conversationId }: LockedConversation,
  clientMessageId: string | undefined,
): Promise<string | null> {
  if (clientMessageId === undefined) return null;
  const sent = await tx.message.findFirst({ where: { conversationId, clientMessageId }, select: { id: true } });
  return sent?.id ?? null;
}

export type NewMessage = {
  readonly body: string;
  readonly contentType?: 'text' | 'markdown';
  /** A note for the team: it changes nothing that the requester sees, and nobody waits for it. */
  readonly isInternal?: boolean;
  readonly clientMessageId?: string | undefined;
};

/**
 * Appends a message of the act's author under the conversation's lock, which the caller holds; returns its id. `seq` has
 * no gap and no twin, `createdAt` never goes backwards. Publishes: nothing may be locked afterwards.
 */
export async function appendMessage(
  tx: Transaction,
  act: Act,
  conversation: LockedConversation,
  message: NewMessage,
  { isAnnounced = false, isNew = false }: { readonly isAnnounced?: boolean; readonly isNew?: boolean } = {},
): Promise<string> {
  const { body, contentType = 'text', isInternal = false, clientMessageId = null } = message;
  const { author, tenant } = act;
  const at = instantFor(act, conversation);
  const isByRequester = author.kind === 'REQUESTER';
  const changes = isInternal ? {} : isByRequester ? asked(conversation, at) : answered(conversation);
  const { messageSeq: seq } = await tx.conversation.update({
    where: { id: conversation.id, projectId: tenant.project.id },
    data: {
      ...changes,
      ...(!isInternal && { lastMessageAt: at, lastMessagePreview: excerpt(body, PREVIEW_LENGTH) }),
      messageSeq: { increment: 1 },
      version: { increment: 1 },
      updatedAt: at,
    },
    select: { messageSeq: true },
  });
  const id = act.newId();
  await tx.message.create({
    data: {
      id,
      conversationId: conversation.id,
      seq,
      authorKind: AUTHOR_KINDS[author.kind],
      authorId: author.id,
      authorName: author.name,
      body,
      contentType,
      isInternal,
      via: act.via === 'system' ? 'api' : act.via,
      clientMessageId,
      // What the requester writes is with the team at once.
      deliveredAt: isByRequester ? at : null,
      createdAt: at,
    },
  });
  const { status: to } = changes;
  if (to !== undefined)
    await recordEvents(tx, act, conversation.id, at, [{ kind: 'status_changed', data: { from: conversation.status, to } }]);
  const { featureId, isSpam } = conversation;
  const reopened = isByRequester && !isSpam && featureId !== null ? await reopenFeature(tx, act, featureId) : null;
  const told = { projectId: tenant.project.id, conversationId: conversation.id };
  if (isNew) await emitConversation(tx, act, { ...told, event: 'conversation.created' });
  else if (to !== undefined) await emitConversation(tx, act, { ...told, event: 'conversation.updated' });
  // Of spam nobody is told.
  if (!isSpam) await emitMessage(tx, act, { ...told, messageId: id });
  await tell(tx, act, conversation, { body, isSilent: isInternal || isAnnounced, reopened });
  return id;
}

type Changes = {
  readonly status?: ConversationStatus;
  readonly snoozedUntil?: null;
  readonly resolvedAt?: null;
  readonly waitingSince?: Date | null;
  readonly unreadCount?: { readonly increment: 1 };
  readonly requesterUnreadCount?: { readonly increment: 1 };
};

/** What a message of the requester changes. */
function asked({ status, waitingSince }: LockedConversation, at: Date): Changes {
  const isAside = status !== 'open';
  return {
    ...(isAside && { status: 'open', snoozedUntil: null, resolvedAt: null }),
    waitingSince: waitingSince ?? at,
    unreadCount: { increment: 1 },
  };
}

/** What a reply of the team changes. */
function answered({ status }: LockedConversation): Changes {
  return {
    ...(status === 'snoozed' && { status: 'open', snoozedUntil: null }),
    waitingSince: null,
    requesterUnreadCount: { increment: 1 },
  };
}

type Told = { readonly body: string; readonly isSilent: boolean; readonly reopened: ReopenedFeature | null };

/** Tells whoever waits for the message; of spam nobody but the inbox. */
async function tell(
  tx: Transaction,
  act: Act,
  conversation: LockedConversation,
  { body, isSilent, reopened }: Told,
): Promise<void> {
  const { id: conversationId, featureId, requesterId, subject, isSpam } = conversation;
  const isByRequester = act.author.kind === 'REQUESTER';
  const about = { conversationId, featureId, isPrivate: true, body: excerpt(body, NOTICE_LENGTH) };
  const named = (what: string) => (subject === null ? what : `${what}: ${subject}`);
  if (!isSilent && isByRequester && !isSpam)
    await notify(tx, act, { ...about, type: 'message.received', title: named(`${act.author.name} wrote`), audience: 'team' });
  if (!isSilent && !isByRequester)
    await notify(tx, act, {
      ...about,
      type: 'message.replied',
      title: named(`${act.author.name} replied`),
      audience: 'requesters',
      recipients: requesterId === null ? [] : [requesterId],
    });
  if (reopened !== null) await tellReopened(tx, act, reopened);
  await publish(tx, act, { kind: 'conversation', conversationId, isPrivate: true });
}

async function open(
  tx: Transaction,
  act: Act,
  { requesterId, featureId, subject, channel, body, contentType, clientMessageId, isAnnounced }: OpenConversation,
  previous: LockedConversation | null,
): Promise<OpenedMessage> {
  const id = act.newId();
  const at = act.clock();
  await tx.conversation.create({
    data: {
      id,
      projectId: act.tenant.project.id,
      requesterId,
      featureId,
      subject,
      channel,
      // Who was spam before is not a new caller.
      isSpam: previous?.isSpam ?? false,
      previousConversationId: previous?.id ?? null,
      // Its first message makes it 1.
      version: 0,
      lastMessageAt: at,
      createdAt: at,
      updatedAt: at,
    },
    select: { id: true },
  });
  const message = { body, clientMessageId, ...(contentType !== undefined && { contentType }) };
  const messageId = await appendMessage(tx, act, await lockConversation(tx, act, id), message, {
    isAnnounced: isAnnounced ?? false,
    isNew: true,
  });
  return { conversationId: id, messageId };
}

function requesterOf({ author }: Act): string {
  if (author.kind !== 'REQUESTER' || author.id === null) throw new Error('a requester’s message by someone else');
  return author.id;
}
