import { createHmac, randomBytes } from 'node:crypto';

/** The secret is the whole text, its prefix included. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`;
}

export type Signed = {
  readonly eventId: string;
  readonly body: string;
  /** Of this attempt. */
  readonly at: Date;
  /** The present one first, then a former one that is still in use. */
  readonly secrets: readonly [string, ...string[]];
};

/**
 * The headers that prove where a delivery comes from. `x-rogeriq-signature` is the contract's (wire-facts, RogerIQ,
 * Webhooks): over the raw body, by the present secret. `x-reqbase-signature` also signs when it was sent and which event it
 * is, so that a recorded one cannot be sent again later or under another id, and has a `v1` for each secret.
 */
export function signatureHeaders({ eventId, body, at, secrets }: Signed): Record<string, string> {
  const [present, former] = secrets;
  const seconds = Math.floor(at.getTime() / 1_000);
  const dated = secrets.map((secret) => `v1=${hmac(secret, `${seconds}.${eventId}.${body}`)}`);
  return {
    'x-rogeriq-signature': `sha256=${hmac(present, body)}`,
    ...(former !== undefined && { 'x-rogeriq-signature-former': `sha256=${hmac(former, body)}` }),
    'x-reqbase-signature': [`t=${seconds}`, ...dated].join(','),
  };
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
