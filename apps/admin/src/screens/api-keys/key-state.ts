import type { apiKeySchemas } from '@reqbase/core/contract';
import type { Tone } from '../../ui/status-dot.tsx';

type ApiKey = apiKeySchemas.ApiKey;

/** As long before its end a key is shown as ending, and its owner is told by e-mail. */
const SOON_MS = 7 * 86_400_000;

export type KeyState = { readonly tone: Tone; readonly label: string };

/** A key's state in a word. */
export function stateOf({ status, revokedReason, replacedBy, expiresAt }: ApiKey, now: Date): KeyState {
  if (status === 'revoked') return { tone: 'bad', label: revokedReason === 'leaked' ? 'Leaked' : 'Revoked' };
  if (status === 'expired') return { tone: 'neutral', label: replacedBy === null ? 'Expired' : 'Rotated' };
  if (replacedBy !== null) return { tone: 'waiting', label: 'Rotating' };
  const isEnding = expiresAt !== null && Date.parse(expiresAt) - now.getTime() <= SOON_MS;
  return isEnding ? { tone: 'waiting', label: 'Ends soon' } : { tone: 'good', label: 'Active' };
}

/** Why the person cannot rotate the key, or null: what the server would refuse. */
export function whyNotRotate(apiKey: ApiKey, { meId, hasPlan }: { meId: string | null; hasPlan: boolean }): string | null {
  if (apiKey.status !== 'active') return 'It has ended';
  if (apiKey.replacedBy !== null) return 'It has been rotated';
  if (!hasPlan) return 'Needs the plan Pro';
  const isOfAnother = apiKey.ownerPrincipalType === 'user' && apiKey.ownerPrincipalId !== meId;
  return isOfAnother ? `Only ${apiKey.ownerDisplayName} can` : null;
}
