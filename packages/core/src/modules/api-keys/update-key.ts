import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { BEYOND_OWN_ADDRESSES } from './create-key.ts';
import { addressesBeneath, lockParent } from './key-tree.ts';
import { withServices } from './known-places.ts';
import { lockKey } from './lock-key.ts';
import type { ApiKey, StoredScope, UpdateKey } from './schema.ts';
import { beyondOwnKey, isBeyondOwnAddresses, KEY_FIELDS, type KeyHome, type KeyRow, statusOf, toApiKey } from './service.ts';

/**
 * Changes the name of a key, or the addresses that may use it: from its next call on.
 *
 * @throws {DomainError} API_KEY_NOT_FOUND; NO_UPDATES; PRECONDITION_FAILED when `ifVersion` is not the present version;
 *   CONFLICT for a key that has ended; BAD_REQUEST for addresses beyond those of the key that asks or of the one that it was
 *   made with, or for fewer than those of the keys that were made with it; FORBIDDEN for a key
 *   that may more than the one that asks
 */
export async function updateKey(
  ctx: ProjectContext | OrganizationContext,
  home: KeyHome,
  { id, ifVersion, name, allowedIps }: UpdateKey,
): Promise<ApiKey> {
  if (name === undefined && allowedIps === undefined) throw new DomainError('NO_UPDATES');
  // Read before: the embedded database has one connection, and the transaction holds it.
  const lastUsed = await ctx.access.meter.lastUsed([id]);
  return write(ctx, async (tx, audit) => {
    const before = await lockKey(tx, home, id);
    const now = ctx.clock();
    await refuseBeyondOwn(tx, ctx, before, allowedIps);
    if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
    if (statusOf(before, now) !== 'active')
      throw new DomainError('CONFLICT', { issues: [{ path: 'id', message: 'The key has ended.' }] });
    const changes = {
      ...(name !== undefined && name !== before.name && { name }),
      ...(allowedIps !== undefined && !isDeepStrictEqual(allowedIps, before.allowedIps) && { allowedIps }),
    };
    if ('allowedIps' in changes) await refuseOutOfLine(tx, before, allowedIps ?? [], now);
    if (Object.keys(changes).length === 0) return toApiKey(ctx, before, lastUsed.get(id));
    const row = await tx.apiKey.update({
      where: { id },
      data: { ...changes, updatedAt: now, version: { increment: 1 } },
      select: KEY_FIELDS,
    });
    await audit({
      action: 'api_key.updated',
      resourceType: 'api_key',
      resourceId: id,
      diff: {
        prefix: row.prefix,
        ...('name' in changes && { name: { from: before.name, to: row.name } }),
        ...('allowedIps' in changes && { allowedIps: { from: before.allowedIps, to: row.allowedIps } }),
      },
    });
    return toApiKey(ctx, row, lastUsed.get(id));
  });
}

/** A key opens no other one, nor itself, to more addresses than it has; and leaves alone what may more than it. */
async function refuseBeyondOwn(
  tx: Transaction,
  ctx: ProjectContext | OrganizationContext,
  { id, orgId, scopes: stored }: KeyRow,
  allowedIps: readonly string[] | undefined,
): Promise<void> {
  const { key } = ctx.grant.facts;
  const scopes = await withServices(tx, orgId, stored as StoredScope[]);
  if (key?.id !== id && scopes.some((scope) => beyondOwnKey(key, scope) !== null)) throw new DomainError('FORBIDDEN');
  if (allowedIps !== undefined && isBeyondOwnAddresses(key, allowedIps))
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'allowedIps', message: BEYOND_OWN_ADDRESSES }] });
}

/** Between the key that it was made with and those that were made with it. */
async function refuseOutOfLine(
  tx: Transaction,
  { id, parentKeyId }: KeyRow,
  allowedIps: readonly string[],
  now: Date,
): Promise<void> {
  const refuse = (message: string) => new DomainError('BAD_REQUEST', { issues: [{ path: 'allowedIps', message }] });
  if (parentKeyId !== null && isBeyondOwnAddresses(await lockParent(tx, parentKeyId, now), allowedIps))
    throw refuse('Must lie within the addresses of the key that it was made with.');
  if ((await addressesBeneath(tx, id, now)).some((beneath) => isBeyondOwnAddresses({ allowedIps }, beneath)))
    throw refuse('Keys that were made with it may be used from other addresses: change or revoke those first.');
}
