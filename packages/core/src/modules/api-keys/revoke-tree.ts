import type { Prisma, Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';
import type { OrganizationContext } from '../../trpc.ts';
import type { Audit } from '../../write.ts';
import { emitOfKey } from '../webhooks/emit.ts';
import { tellRevokedKeys } from './jobs.ts';
import { KEY_FIELDS, toApiKey } from './service.ts';

type Revocation = {
  readonly where: Prisma.ApiKeyWhereInput & { readonly id: string };
  /** The person, if it is one. */
  readonly by: string | null;
  readonly reason: 'manual' | 'leaked';
};
/** What has ended with a key. */
export type Ended = {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly orgId: string;
  readonly projectId: string | null;
  /** Null: a service account's. */
  readonly ownerUserId: string | null;
  readonly expiresAt: Date | null;
};

/** How many keys one job tells webhooks of. */
const BATCH = 100;

/** Revokes a key that is not, all that is beneath it and all that was made with it, however far; each has its audit entry. Null for one that is revoked or is not there, else what ended with it. */
export async function revokeTree(
  tx: Transaction,
  ctx: Pick<Services, 'clock' | 'newId' | 'queue'> & { readonly tenant: Pick<OrganizationContext['tenant'], 'organization'> },
  audit: Audit,
  { where, by, reason }: Revocation,
): Promise<readonly Ended[] | null> {
  const now = ctx.clock();
  const { count } = await tx.apiKey.updateMany({
    where: { ...where, revokedAt: null },
    data: { revokedAt: now, revokedById: by, revokedReason: reason, updatedAt: now, version: { increment: 1 } },
  });
  if (count === 0) return null;
  const dependents = await revokeDependents(tx, where.id, now, by);
  const root = await tx.apiKey.findUniqueOrThrow({ where: { id: where.id }, select: KEY_FIELDS });
  await emitOfKey(tx, ctx, root, { event: 'api_key.revoked', read: async () => ({ data: toApiKey(ctx, root) }) });
  const { id, name, prefix, projectId } = root;
  const entry = { action: 'api_key.revoked', resourceType: 'api_key' } as const;
  await audit({ ...entry, resourceId: id, projectId, diff: { name, prefix, ...(reason === 'leaked' && { reason }) } });
  for (const key of dependents)
    await audit({
      ...entry,
      resourceId: key.id,
      projectId: key.projectId,
      diff: { name: key.name, prefix: key.prefix, reason: 'with_parent', revokedWith: { id, prefix } },
    });
  for (let from = 0; from < dependents.length; from += BATCH)
    await ctx.queue.add(tx, tellRevokedKeys, { ids: dependents.slice(from, from + BATCH).map((key) => key.id) });
  return dependents;
}

/**
 * What was made with a key stands beneath its successor when it has been rotated: it dies with either. Whoever has made keys with a
 * stolen key, its successor among them, keeps none of them. Whoever makes a key holds the row of the one that it is made with: what was made before that is revoked is there to be seen as soon as it is
 * revoked. So each round finds what had been under way during the one before, until there is nothing left.
 */
async function revokeDependents(tx: Transaction, id: string, now: Date, by: string | null): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (;;) {
    const found = await tx.$queryRaw<Ended[]>`
      with recursive dependents as (
        select id from api_key where parent_key_id = ${id}::uuid or made_with_key_id = ${id}::uuid
        union select k.id from api_key k join dependents d on k.parent_key_id = d.id or k.made_with_key_id = d.id
      )
      update api_key set revoked_at = ${now}::timestamptz, revoked_by_id = ${by}::uuid, revoked_reason = 'with_parent',
        updated_at = ${now}::timestamptz, version = version + 1
      where id in (select id from dependents) and revoked_at is null
      returning id, name, prefix, org_id as "orgId", project_id as "projectId", owner_user_id as "ownerUserId",
        expires_at as "expiresAt"`;
    if (found.length === 0) return ended;
    ended.push(...found);
  }
}
