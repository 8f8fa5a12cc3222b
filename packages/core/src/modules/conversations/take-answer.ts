import { hash } from 'node:crypto';
import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';
import { systemAct } from '../../system-act.ts';
import { transact } from '../../transact.ts';
import { touch, UNNAMED } from '../requesters/last-seen.ts';
import { addRequesterMessage } from './append.ts';
import { type FoundThread, withoutReplyAddresses } from './reply-address.ts';
import { LONGEST_BODY } from './schema.ts';

/** What a requester has answered by e-mail. */
export type Answer = {
  readonly text: string;
  /** The same for the same e-mail, however often it arrives; its Message-ID. */
  readonly identity: string;
};

/** What became of it; only what is `stored` has added something. */
export type AnswerOutcome = 'stored' | 'repeated' | 'empty' | 'too_long';

/** Something to see: blanks, invisible characters and combining marks alone are nothing. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * Adds an answer by e-mail to a conversation, as its requester's message: by the same way as what they write with the widget.
 * Who knows the thread's address is taken for them, and goes by the name that is known here: what the e-mail says of its
 * sender counts for nothing. When it returns, it is committed.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND once it is gone, or its requester is
 */
export async function takeAnswer(
  services: Services,
  { projectId, conversationId, requesterId }: FoundThread,
  { text, identity }: Answer,
): Promise<AnswerOutcome> {
  const body = withoutReplyAddresses(text).replaceAll('\0', '').toWellFormed().trim();
  if (!VISIBLE.test(body)) return 'empty';
  if (body.length > LONGEST_BODY) return 'too_long';
  const act = await systemAct(services, projectId);
  if (act === null) throw new DomainError('CONVERSATION_NOT_FOUND');
  return transact(services.access.db, async (tx) => {
    const { name, lastSeenAt } = await holdRequester(tx, { projectId, requesterId });
    await touch(tx, services.clock(), { id: requesterId, lastSeenAt });
    const author = { kind: 'REQUESTER' as const, id: requesterId, name: name ?? UNNAMED };
    const message = { conversationId, body, clientMessageId: uuidOf(identity) };
    const { isRepeat } = await addRequesterMessage(tx, { ...act, author, via: 'email' }, message);
    return isRepeat ? 'repeated' : 'stored';
  });
}

/** First, as whoever writes with the widget does: who merges or erases them is waited for. */
async function holdRequester(
  tx: Transaction,
  { projectId, requesterId }: Pick<FoundThread, 'projectId' | 'requesterId'>,
): Promise<{ readonly name: string | null; readonly lastSeenAt: Date }> {
  const [row] = await tx.$queryRaw<{ name: string | null; lastSeenAt: Date }[]>`
    select name, last_seen_at as "lastSeenAt" from requester
    where id = ${requesterId}::uuid and project_id = ${projectId}::uuid for no key update`;
  if (row === undefined) throw new DomainError('CONVERSATION_NOT_FOUND');
  return row;
}

function uuidOf(identity: string): string {
  const hex = hash('sha256', identity, 'hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
