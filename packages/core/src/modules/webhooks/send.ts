import { type OutboundAnswer, OutboundError } from '../../outbound/outbound.ts';
import type { Services } from '../../services.ts';
import { isPassing } from './retries.ts';
import { type KeptSecrets, signingSecrets } from './secrets.ts';
import { signatureHeaders } from './signature.ts';

export type Target = KeptSecrets & { readonly url: string };

export type Sending = {
  readonly eventId: string;
  readonly event: string;
  readonly body: string;
  readonly deliveryId: string;
  /** Counted from 1. */
  readonly attempt: number;
};

/** What came of one attempt. */
export type Sent = {
  readonly outcome: 'succeeded' | 'failed' | 'may be repeated';
  readonly statusCode: number | null;
  readonly durationMs: number | null;
  /** In a word, where there was no answer. */
  readonly error: string | null;
};

/** Sends an event to a webhook once. Never rejects. */
export async function send(
  { outbound, secrets, clock }: Pick<Services, 'outbound' | 'secrets' | 'clock'>,
  target: Target,
  { eventId, event, body, deliveryId, attempt }: Sending,
): Promise<Sent> {
  const at = clock();
  const signing = signingSecrets(secrets, target, at);
  // Unsigned it would be worth nothing to the receiver; the secret has to be rotated.
  if (signing === null) return { outcome: 'failed', statusCode: null, durationMs: null, error: 'secret' };
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Reqbase-Webhooks/1',
    'x-rogeriq-event': event,
    'x-rogeriq-event-id': eventId,
    'x-reqbase-event-id': eventId,
    'x-reqbase-delivery-id': deliveryId,
    'x-reqbase-attempt': String(attempt),
    ...signatureHeaders({ eventId, body, at, secrets: signing }),
  };
  const startedAt = performance.now();
  const spent = () => Math.round(performance.now() - startedAt);
  try {
    const answer = await outbound.send({ method: 'POST', url: target.url, headers, body });
    return { outcome: outcomeOf(answer), statusCode: answer.status, durationMs: spent(), error: null };
  } catch (error) {
    const fault = error instanceof OutboundError ? error.fault : 'network';
    const outcome = fault === 'blocked' ? 'failed' : 'may be repeated';
    return { outcome, statusCode: null, durationMs: spent(), error: fault };
  }
}

/** A redirect is an answer like any other that is no success: it is not followed. */
function outcomeOf({ status }: OutboundAnswer): Sent['outcome'] {
  if (status >= 200 && status < 300) return 'succeeded';
  return isPassing(status) ? 'may be repeated' : 'failed';
}
