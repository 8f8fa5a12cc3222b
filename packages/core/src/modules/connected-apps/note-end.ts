import { appendEntries, type CallOrigin, newEntry } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';

/** A grant as it stands before something is redeemed by it. */
export type HeldGrant = {
  readonly id: string;
  readonly clientId: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly orgId: string; readonly slug: string };
};

/** Enters in the log that a grant has ended since a code or a refresh token was used again. Last in its transaction. */
export async function noteReuse(tx: Transaction, origin: CallOrigin, { id, clientId, user, project }: HeldGrant): Promise<void> {
  const key = {
    ...{ id, name: clientId, prefix: '', oauthClientId: clientId, secretMatches: true, orgId: project.orgId },
    ...{ projectId: project.id, scopes: [], expiresAt: null, revokedAt: null, allowedIps: [], serviceAccountId: null },
  };
  const event = { action: 'connected_app.ended', resourceType: 'connected_app', resourceId: id, diff: { reason: 'used again' } };
  await appendEntries(tx, [newEntry(origin, { key, user, project }, project.orgId, event, { outcome: 'allowed' })]);
}
