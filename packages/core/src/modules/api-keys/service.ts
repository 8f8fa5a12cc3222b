import {
  allGrantability,
  areWithin,
  displayPrefix,
  type Facts,
  type GrantedScope,
  type Grantee,
  hashSecret,
  isWithinOwn,
  type LastUse,
  type ParsedKey,
  PLANS,
  SCOPES,
  type Scope,
} from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import type { ApiKey, GrantableScopes, StoredScope } from './schema.ts';

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
  parentKeyId: true,
  oauthClientId: true,
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
    scopes: scopesOf(row),
    allowedIps: row.allowedIps,
    rateLimitTier: PLANS[tenant.organization.plan].tier,
    status: statusOf(row, clock()),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUse?.minute.toISOString() ?? null,
    lastUsedIp: lastUse?.ip ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    revokedById: row.revokedById,
    revokedReason: row.revokedReason,
    parentKeyId: row.parentKeyId,
    replaces: row.replaces,
    replacedBy: row.replacedBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  };
}

/** As they are stored, each with an id of its own: they never change, so neither does their order. */
function scopesOf({ id, scopes }: Pick<KeyRow, 'id' | 'scopes'>): ApiKey['scopes'] {
  return (scopes as StoredScope[]).map((scope, index) => ({ id: `${id}:${index}`, ...scope }));
}

export function statusOf({ revokedAt, expiresAt }: Pick<KeyRow, 'revokedAt' | 'expiresAt'>, now: Date): ApiKey['status'] {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

/** Every scope there is, and for each that a key of this caller's could not have, why not. */
export function grantableScopes(ctx: ProjectContext | OrganizationContext, home: KeyHome): GrantableScopes {
  return {
    items: allGrantability(granteeOf(ctx, home)).map(({ scope, ...answer }) => {
      const reason = answer.reason ?? beyondOwnKey(ctx.grant.facts.key, { permission: scope });
      return { scope, title: titleOf(scope), grantable: reason === null, reason };
    }),
  };
}

/** A key passes on only what it holds itself, and bound to whatever it holds it for: the reason why not, or null. */
export function beyondOwnKey(key: Facts['key'], scope: GrantedScope): string | null {
  return key === null || isWithinOwn(key, scope) ? null : 'The key that asks does not have it.';
}

/** A key with an allow-list passes on no address that is not in it. */
export function isBeyondOwnAddresses(
  key: { readonly allowedIps: readonly string[] } | null,
  allowedIps: readonly string[],
): boolean {
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
