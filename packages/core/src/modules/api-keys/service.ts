import {
  allGrantability,
  areWithin,
  covers,
  DomainError,
  displayPrefix,
  type Facts,
  type Grantee,
  hashSecret,
  type LastUse,
  type ParsedKey,
  PLANS,
  SCOPES,
  type Scope,
  scopesCoveredBy,
} from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { emitOfKey } from '../webhooks/emit.ts';
import type { ApiKey, ApiKeyScope, GrantableScopes, KeyRef } from './schema.ts';

/** Keys are made for a project or for an organization; everything else about them is the same. */
export type KeyHome =
  | { readonly kind: 'project'; readonly orgId: string; readonly projectId: string }
  | { readonly kind: 'organization'; readonly orgId: string; readonly projectId: null };

export function homeOf(ctx: ProjectContext | OrganizationContext, kind: KeyHome['kind']): KeyHome {
  const { project, organization } = ctx.tenant;
  if (kind === 'organization') return { kind, orgId: organization.id, projectId: null };
  if (project === null) throw new Error('a project key without its project');
  return { kind, orgId: organization.id, projectId: project.id };
}

/** For whom a key made by this caller would act. */
export function granteeOf(ctx: ProjectContext | OrganizationContext, { kind }: KeyHome): Grantee {
  const role = kind === 'project' ? ctx.grant.role : ctx.grant.facts.organizationRole;
  return { kind, role, plan: ctx.tenant.organization.plan };
}

export const KEY_FIELDS = {
  id: true,
  orgId: true,
  projectId: true,
  name: true,
  prefix: true,
  scopes: true,
  allowedIps: true,
  source: true,
  expiresAt: true,
  revokedAt: true,
  revokedById: true,
  revokedReason: true,
  createdAt: true,
  updatedAt: true,
  version: true,
  replaces: { select: { id: true, prefix: true } },
  replacedBy: { select: { id: true, prefix: true } },
  ownerUser: { select: { id: true, name: true } },
  serviceAccount: { select: { id: true, name: true } },
  createdBy: { select: { name: true } },
} as const satisfies Prisma.ApiKeySelect;
export type KeyRow = Prisma.ApiKeyGetPayload<{ select: typeof KEY_FIELDS }>;

type Told = { readonly clock: () => Date; readonly tenant: Pick<OrganizationContext['tenant'], 'organization'> };

export function toApiKey({ clock, tenant }: Told, row: KeyRow, lastUse?: LastUse): ApiKey {
  const owner = row.ownerUser ?? row.serviceAccount;
  if (owner === null) throw new Error('a key without an owner');
  return {
    id: row.id,
    kind: row.projectId === null ? 'organization' : 'project',
    orgId: row.orgId,
    projectId: row.projectId,
    name: row.name,
    prefix: row.prefix,
    ownerPrincipalType: row.ownerUser === null ? 'service_account' : 'user',
    ownerPrincipalId: owner.id,
    ownerDisplayName: owner.name,
    createdBy: row.createdBy?.name ?? null,
    source: row.source,
    scopes: row.scopes as ApiKeyScope[],
    allowedIps: row.allowedIps,
    rateLimitTier: PLANS[tenant.organization.plan].tier,
    status: statusOf(row, clock()),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUse?.minute.toISOString() ?? null,
    lastUsedIp: lastUse?.ip ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    revokedById: row.revokedById,
    revokedReason: row.revokedReason,
    replaces: row.replaces,
    replacedBy: row.replacedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  };
}

export function statusOf({ revokedAt, expiresAt }: Pick<KeyRow, 'revokedAt' | 'expiresAt'>, now: Date): ApiKey['status'] {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

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

/**
 * Revokes a key for good: its next call is refused. Revoking it again changes nothing.
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
    const now = ctx.clock();
    const { count } = await tx.apiKey.updateMany({
      where: { id, orgId, projectId, revokedAt: null },
      data: {
        revokedAt: now,
        revokedById: ctx.grant.facts.user?.id ?? null,
        revokedReason: 'manual',
        updatedAt: now,
        version: { increment: 1 },
      },
    });
    const row = await tx.apiKey.findFirst({ where: { id, orgId, projectId }, select: KEY_FIELDS });
    if (row === null) throw new DomainError('API_KEY_NOT_FOUND');
    const key = toApiKey(ctx, row, lastUsed.get(id));
    if (count > 0) {
      await emitOfKey(tx, ctx, { orgId, projectId }, { event: 'api_key.revoked', read: async () => ({ data: key }) });
      await audit({
        action: 'api_key.revoked',
        resourceType: 'api_key',
        resourceId: id,
        diff: { name: row.name, prefix: row.prefix },
      });
    }
    return key;
  });
}

/** Every scope there is, and for each that a key of this caller's could not have, why not. */
export function grantableScopes(ctx: ProjectContext | OrganizationContext, home: KeyHome): GrantableScopes {
  return {
    items: allGrantability(granteeOf(ctx, home)).map(({ scope, ...answer }) => {
      const reason = answer.reason ?? beyondOwnKey(ctx.grant.facts.key, scope);
      return { scope, title: titleOf(scope), grantable: reason === null, reason };
    }),
  };
}

/** A key passes on only what it holds itself, without constraints: the reason why not, or null. */
export function beyondOwnKey(key: Facts['key'], permission: string): string | null {
  if (key === null) return null;
  const held = key.scopes.filter((scope) =>
    Object.entries(scope).every(([field, value]) => field === 'permission' || value == null),
  );
  const isHeld = [...scopesCoveredBy(permission)].every((scope) => held.some((own) => covers(own.permission, scope)));
  return isHeld ? null : 'The key that asks does not have it.';
}

/** A key with an allow-list passes on no address that is not in it. */
export function isBeyondOwnAddresses(key: Facts['key'], allowedIps: readonly string[]): boolean {
  if (key === null || key.allowedIps.length === 0) return false;
  return allowedIps.length === 0 || !areWithin(allowedIps, key.allowedIps);
}

/** What is stored of a new key's text. */
export function secretColumns({ secrets }: Pick<ProjectContext, 'secrets'>, key: ParsedKey) {
  const [pepper] = secrets.peppers;
  return {
    publicId: key.keyId,
    prefix: displayPrefix(key),
    secretHash: new Uint8Array(hashSecret(pepper, key.secret)),
    pepperId: pepper.id,
  };
}

const COARSE_TITLES: Readonly<Record<string, string>> = {
  read: 'Read everything',
  write: 'Read and write everything but what administers',
  admin: 'Everything',
};

function titleOf(word: string): string {
  if (word in SCOPES) return SCOPES[word as Scope].title;
  return COARSE_TITLES[word] ?? `Everything of class ${word.split(':')[1]} on ${word.split(':')[0]}`;
}
