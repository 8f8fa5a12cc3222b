import { type AuditEvent, appendEntries, type CallOrigin, newEntry } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';

/** A grant as it stands before something is done with what it has issued. */
export type HeldGrant = {
  readonly id: string;
  readonly client: { readonly clientId: string; readonly name: string | null };
  readonly user: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly orgId: string; readonly slug: string };
};

/** Enters in the log that a grant has ended since a code or a refresh token was used again. Last in its transaction. */
export function noteReuse(tx: Transaction, origin: CallOrigin, held: HeldGrant): Promise<void> {
  return noteEnd(tx, origin, held, { action: 'connected_app.ended', diff: { reason: 'used again' } });
}

/** Enters in the log that an app has given up its own grant (RFC 7009). Last in its transaction. */
export function noteRevoked(tx: Transaction, origin: CallOrigin, held: HeldGrant): Promise<void> {
  const { client, user } = held;
  const diff = { clientId: client.clientId, clientName: client.name, person: user.name };
  return noteEnd(tx, origin, held, { action: 'connected_app.revoked', diff });
}

async function noteEnd(
  tx: Transaction,
  origin: CallOrigin,
  { id, client: { clientId }, user, project }: HeldGrant,
  told: Pick<AuditEvent, 'action' | 'diff'>,
): Promise<void> {
  const key = {
    ...{ id, name: clientId, prefix: '', oauthClientId: clientId, secretMatches: true, orgId: project.orgId },
    ...{ projectId: project.id, scopes: [], expiresAt: null, revokedAt: null, allowedIps: [], serviceAccountId: null },
  };
  const event = { ...told, resourceType: 'connected_app', resourceId: id };
  await appendEntries(tx, [newEntry(origin, { key, user, project }, project.orgId, event, { outcome: 'allowed' })]);
}
