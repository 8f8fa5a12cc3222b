import { DomainError, higherRole } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { withServices } from '../api-keys/known-places.ts';
import type { StoredScope } from '../api-keys/schema.ts';
import { beyondOwnKey } from '../api-keys/service.ts';
import { requireAtMost } from '../members/invite.ts';
import { lockAccount, readAccountIn } from './account-row.ts';
import type { ServiceAccount, ServiceAccountRef, UpdateServiceAccount } from './schema.ts';
import { refuseTakenName } from './service.ts';

/**
 * Gives a service account another name or role. Another role counts from the next call of its keys on.
 *
 * @throws {DomainError} SERVICE_ACCOUNT_NOT_FOUND; NO_UPDATES; FORBIDDEN for a role above the caller's, before or after, or
 *   for a key that lets others do more than itself; PRECONDITION_FAILED when `ifVersion` is not the present version;
 *   CONFLICT when another one has that name
 */
export async function updateServiceAccount(ctx: OrganizationContext, input: UpdateServiceAccount): Promise<ServiceAccount> {
  const { id, ifVersion, name, role } = input;
  if (name === undefined && role === undefined) throw new DomainError('NO_UPDATES');
  const changed = write(ctx, async (tx, audit) => {
    const before = await lockAccount(tx, ctx, id);
    const own = ctx.grant.facts.organizationRole;
    requireAtMost(own, before.role);
    if (role !== undefined) {
      requireAtMost(own, role);
      if (higherRole(role, before.role) !== before.role) await refuseBeyondOwnKey(tx, ctx, id);
    }
    if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
    const changes = {
      ...(name !== undefined && name !== before.name && { name }),
      ...(role !== undefined && role !== before.role && { role }),
    };
    if (Object.keys(changes).length === 0) return before;
    await tx.serviceAccount.update({
      where: { id },
      data: { ...changes, updatedAt: ctx.clock(), version: { increment: 1 } },
    });
    await audit({
      action: 'service_account.updated',
      resourceType: 'service_account',
      resourceId: id,
      diff: {
        ...('name' in changes && { name: { from: before.name, to: changes.name } }),
        ...('role' in changes && { role: { from: before.role, to: changes.role } }),
      },
    });
    return readAccountIn(tx, ctx, id);
  });
  return changed.catch(refuseTakenName);
}

/**
 * Has every key of the account, and what was made with one, refused from its next call on. Whoever may make keys may do that, whatever the account's
 * role, as they may revoke its keys. Doing it again changes nothing.
 *
 * @throws {DomainError} SERVICE_ACCOUNT_NOT_FOUND
 */
export async function disableServiceAccount(ctx: OrganizationContext, { id }: ServiceAccountRef): Promise<ServiceAccount> {
  return write(ctx, async (tx, audit) => {
    const before = await lockAccount(tx, ctx, id);
    if (before.disabledAt !== null) return before;
    await setDisabledAt(tx, ctx, id, ctx.clock());
    const { name, activeKeyCount, activeDependentKeyCount } = before;
    await audit({
      action: 'service_account.disabled',
      resourceType: 'service_account',
      resourceId: id,
      diff: { name, activeKeyCount, activeDependentKeyCount },
    });
    return readAccountIn(tx, ctx, id);
  });
}

/**
 * Lets the account's keys in again, and what was made with them: those that were revoked or have expired stay so.
 *
 * @throws {DomainError} SERVICE_ACCOUNT_NOT_FOUND; FORBIDDEN for a role above the caller's, or for a key that lets others do
 *   more than itself
 */
export async function enableServiceAccount(ctx: OrganizationContext, { id }: ServiceAccountRef): Promise<ServiceAccount> {
  return write(ctx, async (tx, audit) => {
    const before = await lockAccount(tx, ctx, id);
    requireAtMost(ctx.grant.facts.organizationRole, before.role);
    await refuseBeyondOwnKey(tx, ctx, id);
    if (before.disabledAt === null) return before;
    await setDisabledAt(tx, ctx, id, null);
    const { name, activeKeyCount, activeDependentKeyCount } = before;
    await audit({
      action: 'service_account.enabled',
      resourceType: 'service_account',
      resourceId: id,
      diff: { name, activeKeyCount, activeDependentKeyCount },
    });
    return readAccountIn(tx, ctx, id);
  });
}

async function setDisabledAt(tx: Transaction, ctx: OrganizationContext, id: string, disabledAt: Date | null): Promise<void> {
  await tx.serviceAccount.update({ where: { id }, data: { disabledAt, updatedAt: ctx.clock(), version: { increment: 1 } } });
}

/** A key gives no other one what it has not: it would by the role of their owner. @throws {DomainError} FORBIDDEN */
async function refuseBeyondOwnKey(tx: Transaction, ctx: OrganizationContext, serviceAccountId: string): Promise<void> {
  const { key } = ctx.grant.facts;
  if (key === null) return;
  const others = await tx.apiKey.findMany({
    where: { serviceAccountId, id: { not: key.id }, revokedAt: null },
    select: { scopes: true },
  });
  const stored = others.flatMap((other) => other.scopes as StoredScope[]);
  const scopes = await withServices(tx, ctx.tenant.organization.id, stored);
  if (scopes.some((scope) => beyondOwnKey(key, scope) !== null)) throw new DomainError('FORBIDDEN');
}
