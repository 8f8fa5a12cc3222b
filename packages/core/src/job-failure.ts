import { withoutReplyAddresses } from './modules/conversations/reply-address.ts';

const LONGEST = 4_000;
/** Shorter values say nothing, and would be found in every word. */
const SHORTEST_SECRET = 5;

/**
 * A failure for the log: what was thrown, where, and what caused it, without the values of the job's data. Those are
 * addresses, texts and links that sign people in, and messages of errors like to quote them; as mail servers do what an
 * e-mail is to be answered at.
 */
export function describeFailure(error: unknown, data: unknown): string {
  const secrets = textsIn(data).filter((text) => text.length >= SHORTEST_SECRET);
  // The longest first: one may be a part of another.
  const ordered = secrets.toSorted((a, b) => b.length - a.length);
  const text = ordered.reduce((told, secret) => told.replaceAll(secret, '[…]'), toldOf(error));
  return withoutReplyAddresses(text).slice(0, LONGEST);
}

function toldOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by: ${toldOf(error.cause)}`;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value, JSON.stringify(value).slice(1, -1)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
