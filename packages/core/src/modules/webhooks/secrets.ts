import { isSealedByCurrent, type Secrets, seal, unseal } from '@reqbase/auth';

type Sealing = Pick<Secrets, 'webhooks'>;
type Bytes = Uint8Array<ArrayBuffer>;

/** What is kept of a webhook's secret: in another row it does not open. */
export function sealedSecret({ webhooks }: Sealing, webhookId: string, secret: string): Bytes {
  return seal(webhooks, contextOf(webhookId), secret);
}

export type KeptSecrets = {
  readonly id: string;
  readonly secretSealed: Bytes;
  readonly formerSecretSealed: Bytes | null;
  readonly formerSecretExpiresAt: Date | null;
};

/** The secrets that sign now, the present one first; null when no SECRET of this installation opens the present one. */
export function signingSecrets(
  { webhooks }: Sealing,
  { id, secretSealed, formerSecretSealed, formerSecretExpiresAt }: KeptSecrets,
  now: Date,
): readonly [string, ...string[]] | null {
  const present = unseal(webhooks, contextOf(id), secretSealed);
  if (present === null) return null;
  const isFormerAlive = formerSecretSealed !== null && formerSecretExpiresAt !== null && formerSecretExpiresAt > now;
  const former = isFormerAlive ? unseal(webhooks, contextOf(id), formerSecretSealed) : null;
  return former === null ? [present] : [present, former];
}

/** The present secret sealed anew, where an older SECRET has sealed it; else null. */
export function resealed(sealing: Sealing, { id, secretSealed }: KeptSecrets): Bytes | null {
  if (isSealedByCurrent(sealing.webhooks, secretSealed)) return null;
  const secret = unseal(sealing.webhooks, contextOf(id), secretSealed);
  return secret === null ? null : sealedSecret(sealing, id, secret);
}

function contextOf(webhookId: string): string {
  return `secret of webhook ${webhookId}`;
}
