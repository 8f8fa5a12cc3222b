import { DomainError, type Facts, formatKey, generateKey, grantability, higherRole } from '@reqbase/auth';
import type { Prisma, Transaction } from '@reqbase/db';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import { type Audit, write } from '../../write.ts';
import { emitOfKey } from '../webhooks/emit.ts';
import { type Limits, lockParent } from './key-tree.ts';
import { refuseUnknownPlaces, withServices } from './known-places.ts';
import type { CreatedApiKey, CreateKey, RequestedScope, StoredScope } from './schema.ts';
import { beyondOwnKey, granteeOf, isBeyondOwnAddresses, KEY_FIELDS, type KeyHome, secretColumns, toApiKey } from './service.ts';

export const WARNING = 'Store this key now. It is not shown again.';

export const BEYOND_OWN_ADDRESSES = 'Must lie within the addresses of the key that asks.';

const NO_OWNER = { path: 'ownerPrincipalId', message: 'Must be a service account of the organization that is not disabled.' };

type Offender = { scope: string; reason: string };

/**
 * Makes a key and returns it, this once. It can have what its maker's role and the organization's plan allow, and a key
 * made with a key no more than that one has, with which it dies.
 *
 * @throws {DomainError} PLAN_REQUIRED on a plan without keys; SCOPE_NOT_GRANTABLE with the offenders;
 *   BAD_REQUEST for an expiry that is past, addresses beyond those of the key that asks, a service account that the
 *   organization does not have or has disabled, or a constraint to what it does not have; FORBIDDEN for a key in another person's name
 */
export async function createKey(
  ctx: ProjectContext | OrganizationContext,
  home: KeyHome,
  input: CreateKey,
): Promise<CreatedApiKey> {
  return write(ctx, await prepareKey(ctx, home, input));
}

/** For a key that somebody else than its owner has asked for. */
type AskedBy = {
  readonly deviceAuthorizationId: string;
  /** Null for a device that has asked in the contract's own dialect. */
  readonly oauthClientId: string | null;
};

/**
 * The same for a transaction of the caller's: gets ready what it takes from outside of it.
 *
 * @throws {DomainError} as `createKey` does; in the transaction, what has to do with owner and scopes
 */
export async function prepareKey(
  ctx: ProjectContext | OrganizationContext,
  home: KeyHome,
  input: CreateKey,
  askedBy?: AskedBy,
): Promise<(tx: Transaction, audit: Audit) => Promise<CreatedApiKey>> {
  const scopes = input.scopes.map(storedScope);
  const asking = ctx.grant.facts.key;
  const key = generateKey(await keyPrefix(ctx));
  return async (tx, audit) => {
    const now = ctx.clock();
    const parent = asking === null ? null : await lockParent(tx, asking.id, now);
    const expiresAt = expiryOf(parent, input, now);
    if (isBeyondOwnAddresses(parent, input.allowedIps))
      throw new DomainError('BAD_REQUEST', { issues: [{ path: 'allowedIps', message: BEYOND_OWN_ADDRESSES }] });
    const owner = await ownerFor(tx, ctx, home, input, () => new DomainError('BAD_REQUEST', { issues: [NO_OWNER] }));
    refuseOffenders(offendersIn(ctx, home, await withServices(tx, home.orgId, scopes), owner.serviceAccountRole));
    await refuseUnknownPlaces(tx, home.orgId, scopes);
    const row = await tx.apiKey.create({
      data: {
        id: ctx.newId(),
        orgId: home.orgId,
        projectId: home.projectId,
        name: input.name,
        ...secretColumns(ctx, key),
        scopes: scopes as Prisma.InputJsonValue,
        ownerUserId: owner.userId,
        serviceAccountId: owner.serviceAccountId,
        createdById: ctx.grant.facts.user?.id ?? null,
        source: askedBy === undefined ? 'direct' : 'device_flow',
        oauthClientId: askedBy?.oauthClientId ?? null,
        expiresAt,
        allowedIps: input.allowedIps,
        parentKeyId: parent?.id ?? null,
        madeWithKeyId: parent?.id ?? null,
        createdAt: now,
        updatedAt: now,
      },
      select: KEY_FIELDS,
    });
    await audit({
      action: 'api_key.created',
      resourceType: 'api_key',
      resourceId: row.id,
      diff: {
        name: row.name,
        prefix: row.prefix,
        scopes: scopes.map(({ permission }) => permission),
        expiresAt: expiresAt?.toISOString() ?? null,
        ...(input.allowedIps.length > 0 && { allowedIps: input.allowedIps }),
        ...(askedBy !== undefined && { deviceAuthorizationId: askedBy.deviceAuthorizationId }),
        ...(askedBy?.oauthClientId != null && { oauthClientId: askedBy.oauthClientId }),
      },
    });
    const made = toApiKey(ctx, row);
    await emitOfKey(tx, ctx, home, { event: 'api_key.created', read: async () => ({ data: made }) });
    return { ...made, rawKey: formatKey(key), warning: WARNING };
  };
}

/** Without the id of the key that it was read from: a constraint that nobody knows would open nothing. */
function storedScope(scope: RequestedScope): StoredScope {
  if (typeof scope === 'string') return { permission: scope };
  const { id: _ofAnotherKey, ...stored } = scope;
  return stored;
}

export async function keyPrefix(ctx: ProjectContext | OrganizationContext): Promise<string> {
  const { id } = ctx.tenant.organization;
  const { keyPrefix: prefix } = await ctx.access.db.prisma.organization.findUniqueOrThrow({
    where: { id },
    select: { keyPrefix: true },
  });
  return prefix;
}

function expiryOf(parent: Limits | null, { expiresAt }: CreateKey, now: Date): Date | null {
  const longest = parent?.expiresAt ?? null;
  const isBeyond = longest !== null && (expiresAt == null || new Date(expiresAt) > longest);
  if (isBeyond)
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'expiresAt', message: 'Must not outlive the key that asks.' }] });
  if (expiresAt == null) return null;
  const date = new Date(expiresAt);
  if (date <= now) throw new DomainError('BAD_REQUEST', { issues: [{ path: 'expiresAt', message: 'Must lie in the future.' }] });
  return date;
}

/** The caller, or a service account of the organization; nobody makes keys in another person's name. */
export async function ownerFor(
  tx: Transaction,
  ctx: ProjectContext | OrganizationContext,
  home: KeyHome,
  { ownerPrincipalType, ownerPrincipalId }: Pick<CreateKey, 'ownerPrincipalType' | 'ownerPrincipalId'>,
  unknownAccount: () => DomainError,
) {
  const { user, key } = ctx.grant.facts;
  if (ownerPrincipalType === 'user') {
    if (user === null || (ownerPrincipalId != null && ownerPrincipalId !== user.id)) throw new DomainError('FORBIDDEN');
    return { userId: user.id, serviceAccountId: null, serviceAccountRole: null };
  }
  const account = await tx.serviceAccount.findFirst({
    where: { id: ownerPrincipalId ?? key?.serviceAccountId ?? ctx.newId(), orgId: ctx.tenant.organization.id, disabledAt: null },
    select: { id: true, role: true },
  });
  if (account === null) throw unknownAccount();
  // Its keys may do later what the role allows then: nobody makes one for a role above their own.
  if (higherRole(granteeOf(ctx, home).role, account.role) !== granteeOf(ctx, home).role) {
    throw new DomainError('FORBIDDEN', { detail: { requiredRole: account.role } });
  }
  return { userId: null, serviceAccountId: account.id, serviceAccountRole: account.role };
}

export function offendersIn(
  ctx: ProjectContext | OrganizationContext,
  home: KeyHome,
  scopes: readonly StoredScope[],
  serviceAccountRole: Facts['organizationRole'],
  /** The key whose scopes they are: what it has itself is never beyond it. */
  ofKey?: string,
): Offender[] {
  const { key } = ctx.grant.facts;
  const asking = key !== null && key.id === ofKey ? null : key;
  const maker = granteeOf(ctx, home);
  const owner = serviceAccountRole === null ? maker : { ...maker, role: serviceAccountRole };
  return scopes.flatMap((scope) => {
    const { permission } = scope;
    const reason =
      grantability(permission, maker).reason ?? grantability(permission, owner).reason ?? beyondOwnKey(asking, scope);
    return reason === null ? [] : [{ scope: permission, reason }];
  });
}

export function refuseOffenders(offenders: Offender[]): void {
  if (offenders.length > 0) throw new DomainError('SCOPE_NOT_GRANTABLE', { detail: { offenders } });
}
