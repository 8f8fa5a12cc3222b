import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Secrets } from '@reqbase/auth';
import type { Services } from '../../services.ts';

/** A conversation and whose it is: who knows its address writes in it as them. */
export type Thread = { readonly conversationId: string; readonly requesterId: string };

/** A thread that an address was found to be of. */
export type FoundThread = Thread & { readonly projectId: string };

/** 96 bits of HMAC-SHA-256: who guesses has to ask here for each (RFC 2104 §5 wants 80 at least). */
const MAC_BYTES = 12;
/** `reply-`, the conversation's id and the MAC: 62 characters of the 64 that a local part may have (RFC 5321 §4.5.3.1.1). */
const LOCAL_PART = /^reply-([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})[0-9a-f]{24}$/;

/** The address at which a requester answers in a conversation of theirs; null where none are taken. */
export function replyAddress({ secrets, replyDomain }: Pick<Services, 'secrets' | 'replyDomain'>, thread: Thread): string | null {
  return replyDomain === null ? null : `${replyLocalPart(secrets, thread)}@${replyDomain}`;
}

/** What stands before the `@`: hexadecimal, since mail servers on the way may change the case. */
export function replyLocalPart({ replies: [key] }: Pick<Secrets, 'replies'>, thread: Thread): string {
  return localPart(key, thread);
}

/** The conversation that a local part names, in any case; null when it is none. Whether it is genuine shows with its requester. */
export function conversationIn(given: string): string | null {
  const [, ...groups] = LOCAL_PART.exec(given.toLowerCase()) ?? [];
  return groups.length === 0 ? null : groups.join('-');
}

/** Whether a local part is the one of this conversation of this requester, made under the present SECRET or an older one. */
export function isReplyLocalPart({ replies }: Pick<Secrets, 'replies'>, given: string, thread: Thread): boolean {
  const text = Buffer.from(given.toLowerCase());
  return replies.some((key) => {
    const expected = Buffer.from(localPart(key, thread));
    return text.length === expected.length && timingSafeEqual(text, expected);
  });
}

/**
 * The conversation that an address belongs to; null for one that was not made here, and for one whose conversation or
 * requester is gone, or whose conversation is another requester's by now.
 */
export async function findThread(
  { access, secrets, replyDomain }: Pick<Services, 'access' | 'secrets' | 'replyDomain'>,
  address: string,
): Promise<FoundThread | null> {
  const at = address.lastIndexOf('@');
  const given = address.slice(0, Math.max(at, 0));
  const conversationId = conversationIn(given);
  if (conversationId === null || domainToASCII(address.slice(at + 1)) !== replyDomain) return null;
  const [found] = await access.db.sql.query<{ requesterId: string; projectId: string }>(
    `select c.requester_id as "requesterId", c.project_id as "projectId"
     from conversation c join project p on p.id = c.project_id
     where c.id = $1::uuid and c.requester_id is not null and c.deleted_at is null and p.deleted_at is null`,
    [conversationId],
  );
  if (found === undefined) return null;
  const thread = { conversationId, ...found };
  return isReplyLocalPart(secrets, given, thread) ? thread : null;
}

const LOCAL_PARTS = /reply-[0-9a-f]{56}(?=@|=40)/gi;

/** A text in which no such address can be used any more: whoever reads it could write as the requester. */
export function withoutReplyAddresses(text: string): string {
  return text.replace(LOCAL_PARTS, 'reply-…');
}

function localPart(key: KeyObject, { conversationId, requesterId }: Thread): string {
  const mac = createHmac('sha256', key).update(`${conversationId}.${requesterId}`).digest().subarray(0, MAC_BYTES);
  return `reply-${conversationId.replaceAll('-', '')}${mac.toString('hex')}`;
}
