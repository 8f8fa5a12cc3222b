import { DomainError, formatKey, generateKey } from '@reqbase/auth';
import type { Prisma, Transaction } from '@reqbase/db';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { emitOfKey } from '../webhooks/emit.ts';
import { BEYOND_OWN_ADDRESSES, keyPrefix, offendersIn, ownerFor, refuseOffenders, WARNING } from './create-key.ts';
import { handOver, lockParent, parentOfSuccessor } from './key-tree.ts';
import { withServices } from './known-places.ts';
import { lockKey } from './lock-key.ts';
import type { RotatedApiKey, RotateKey, StoredScope } from './schema.ts';
import { isBeyondOwnAddresses, KEY_FIELDS, type KeyHome, type KeyRow, secretColumns, statusOf, toApiKey } from './service.ts';

const HOUR_MS = 3_600_000;

/**
 * Makes a key that takes another one's place and returns it, this once: with the same name, scopes, owner and addresses, and a life as
 * long as the former's was to be. The former works until the overlap is over. It is as if the key were made anew: within
 * the live role and the plan, in nobody else's name, and no more than the key that asks. What was made with the former goes on
 * beneath the new one, and still dies when the former is revoked, as does the new one where it was made with the former.
 *
 * @throws {DomainError} API_KEY_NOT_FOUND; CONFLICT for a key that is revoked, expired or rotated already; PLAN_REQUIRED;
 *   SCOPE_NOT_GRANTABLE with the offenders; SERVICE_ACCOUNT_NOT_FOUND; FORBIDDEN for a key of another person, of addresses
 *   beyond those of the key that asks, or beneath another key than that
 */
export async function rotateKey(
  ctx: ProjectContext | OrganizationContext,
  home: KeyHome,
  { id, overlapHours }: RotateKey,
): Promise<RotatedApiKey> {
  const key = generateKey(await keyPrefix(ctx));
  return write(ctx, async (tx, audit) => {
    const now = ctx.clock();
    const former = await lockKey(tx, home, id);
    refuseUnlessAlive(former, now);
    const ownerId = await requireGrantable(tx, ctx, home, former);
    const asking = ctx.grant.facts.key;
    const maker = asking === null ? null : await lockParent(tx, asking.id, now);
    const parentKeyId = await parentOfSuccessor(tx, former, maker?.id ?? null);
    const above = parentKeyId === null ? null : await lockParent(tx, parentKeyId, now);
    const formerExpiresAt = earliest(new Date(now.getTime() + overlapHours * HOUR_MS), former.expiresAt);
    await tx.apiKey.update({
      where: { id },
      data: { expiresAt: formerExpiresAt, updatedAt: now, version: { increment: 1 } },
      select: { id: true },
    });
    const row = await tx.apiKey.create({
      data: {
        id: ctx.newId(),
        orgId: home.orgId,
        projectId: home.projectId,
        name: former.name,
        ...secretColumns(ctx, key),
        scopes: former.scopes as Prisma.InputJsonValue,
        ...ownerId,
        createdById: ctx.grant.facts.user?.id ?? null,
        expiresAt: expiryOfSuccessor(former, now, soonest(maker?.expiresAt ?? null, above?.expiresAt ?? null)),
        allowedIps: former.allowedIps,
        replacesId: id,
        oauthClientId: former.oauthClientId,
        parentKeyId,
        madeWithKeyId: maker?.id ?? null,
        createdAt: now,
        updatedAt: now,
      },
      select: KEY_FIELDS,
    });
    await handOver(tx, id, row, now);
    await audit({
      action: 'api_key.rotated',
      resourceType: 'api_key',
      resourceId: id,
      diff: {
        name: former.name,
        prefix: former.prefix,
        successorId: row.id,
        successorPrefix: row.prefix,
        overlapHours,
        expiresAt: formerExpiresAt.toISOString(),
      },
    });
    const made = toApiKey(ctx, row);
    await emitOfKey(tx, ctx, home, { event: 'api_key.rotated', read: async () => ({ data: made }) });
    return {
      ...made,
      rawKey: formatKey(key),
      warning: WARNING,
      formerExpiresAt: formerExpiresAt.toISOString(),
    };
  });
}

function refuseUnlessAlive(row: KeyRow, now: Date): void {
  const status = statusOf(row, now);
  const message =
    row.replacedBy !== null
      ? 'The key has been rotated already.'
      : { active: null, revoked: 'The key has been revoked.', expired: 'The key has expired.' }[status];
  if (message !== null) throw new DomainError('CONFLICT', { issues: [{ path: 'id', message }] });
}

/** Holds the successor to what a new key of the same kind is held to. */
async function requireGrantable(
  tx: Transaction,
  ctx: ProjectContext | OrganizationContext,
  home: KeyHome,
  former: KeyRow,
): Promise<{ readonly ownerUserId: string | null; readonly serviceAccountId: string | null }> {
  const { key } = ctx.grant.facts;
  const owner: Parameters<typeof ownerFor>[3] = {
    ownerPrincipalType: former.ownerUser === null ? 'service_account' : 'user',
    ownerPrincipalId: former.ownerUser?.id ?? former.serviceAccount?.id,
  };
  const isGone = () => new DomainError('SERVICE_ACCOUNT_NOT_FOUND');
  const { userId, serviceAccountId, serviceAccountRole } = await ownerFor(tx, ctx, home, owner, isGone);
  const scopes = await withServices(tx, home.orgId, former.scopes as StoredScope[]);
  refuseOffenders(offendersIn(ctx, home, scopes, serviceAccountRole, former.id));
  // Its own are never beyond itself, as they are by now.
  if (key?.id !== former.id && isBeyondOwnAddresses(key, former.allowedIps))
    throw new DomainError('FORBIDDEN', { issues: [{ path: 'allowedIps', message: BEYOND_OWN_ADDRESSES }] });
  return { ownerUserId: userId, serviceAccountId };
}

/** As long a life as the former's, and no longer than those of the key that asks and of the one above. */
function expiryOfSuccessor({ createdAt, expiresAt }: KeyRow, now: Date, longest: Date | null): Date | null {
  if (expiresAt === null) return longest;
  return earliest(new Date(now.getTime() + expiresAt.getTime() - createdAt.getTime()), longest);
}

function soonest(one: Date | null, other: Date | null): Date | null {
  return one === null ? other : earliest(one, other);
}

function earliest(at: Date, other: Date | null): Date {
  return other !== null && other < at ? other : at;
}
