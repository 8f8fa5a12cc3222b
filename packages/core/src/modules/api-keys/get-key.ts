import { DomainError } from '@reqbase/auth';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import type { ApiKey, KeyRef } from './schema.ts';
import { KEY_FIELDS, type KeyHome, toApiKey } from './service.ts';

/** @throws {DomainError} API_KEY_NOT_FOUND */
export async function getKey(
  ctx: ProjectContext | OrganizationContext,
  { orgId, projectId }: KeyHome,
  { id }: KeyRef,
): Promise<ApiKey> {
  const row = await ctx.access.db.prisma.apiKey.findFirst({ where: { id, orgId, projectId }, select: KEY_FIELDS });
  if (row === null) throw new DomainError('API_KEY_NOT_FOUND');
  return toApiKey(ctx, row, (await ctx.access.meter.lastUsed([id])).get(id));
}
