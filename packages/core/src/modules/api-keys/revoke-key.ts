import { DomainError } from '@reqbase/auth';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { revokeTree } from './revoke-tree.ts';
import type { ApiKey, KeyRef } from './schema.ts';
import { KEY_FIELDS, type KeyHome, toApiKey } from './service.ts';

/**
 * Revokes a key for good, and all that was made with it: the next call of each is refused. Revoking it again changes nothing.
 *
 * @throws {DomainError} API_KEY_NOT_FOUND
 */
export async function revokeKey(
  ctx: ProjectContext | OrganizationContext,
  { orgId, projectId }: KeyHome,
  { id }: KeyRef,
): Promise<ApiKey> {
  // Read before: the embedded database has one connection, and the transaction holds it.
  const lastUsed = await ctx.access.meter.lastUsed([id]);
  return write(ctx, async (tx, audit) => {
    await revokeTree(tx, ctx, audit, { where: { id, orgId, projectId }, by: ctx.grant.facts.user?.id ?? null, reason: 'manual' });
    const row = await tx.apiKey.findFirst({ where: { id, orgId, projectId }, select: KEY_FIELDS });
    if (row === null) throw new DomainError('API_KEY_NOT_FOUND');
    return toApiKey(ctx, row, lastUsed.get(id));
  });
}
