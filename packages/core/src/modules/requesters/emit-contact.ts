import type { Transaction } from '@reqbase/db';
import { type Emitter, emit } from '../webhooks/emit.ts';

/** Tells the project's webhooks of somebody who is known, as they are now. */
export async function emitContact(
  tx: Transaction,
  emitter: Emitter,
  {
    event,
    projectId,
    id,
  }: { readonly event: 'contact.created' | 'contact.updated'; readonly projectId: string; readonly id: string },
): Promise<void> {
  await emit(tx, emitter, projectId, {
    event,
    async read() {
      const row = await tx.requester.findUniqueOrThrow({ where: { id, projectId }, select: CONTACT_FIELDS });
      const data = {
        ...row,
        identifiedAt: row.identifiedAt?.toISOString() ?? null,
        firstSeenAt: row.firstSeenAt.toISOString(),
        lastSeenAt: row.lastSeenAt.toISOString(),
        createdAt: row.createdAt.toISOString(),
        updatedAt: row.updatedAt.toISOString(),
      };
      return { data, requesterId: id };
    },
  });
}

const CONTACT_FIELDS = {
  id: true,
  projectId: true,
  kind: true,
  externalId: true,
  email: true,
  emailVerified: true,
  name: true,
  phone: true,
  company: true,
  jobTitle: true,
  traits: true,
  monthlyRevenue: true,
  identityMethod: true,
  identifiedAt: true,
  emailOptOut: true,
  firstSeenAt: true,
  lastSeenAt: true,
  createdAt: true,
  updatedAt: true,
} as const;
