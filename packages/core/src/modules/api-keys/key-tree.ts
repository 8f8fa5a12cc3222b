import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';

/** What a key that is made with another one may not go beyond. */
export type Limits = { readonly id: string; readonly allowedIps: readonly string[]; readonly expiresAt: Date | null };

/**
 * Reads a key with which another one is to be made, or beneath which it is to stand, as it is by now. Until the transaction ends it is neither changed nor
 * revoked, so that nobody revokes it without what is made with it.
 *
 * @throws {DomainError} API_KEY_REVOKED and API_KEY_EXPIRED
 */
export async function lockParent(tx: Transaction, id: string, now: Date): Promise<Limits> {
  const [row] = await tx.$queryRaw<(Limits & { readonly revokedAt: Date | null })[]>`
    select id, allowed_ips as "allowedIps", expires_at as "expiresAt", revoked_at as "revokedAt"
    from api_key where id = ${id}::uuid for share`;
  if (row === undefined || row.revokedAt !== null) throw new DomainError('API_KEY_REVOKED');
  if (row.expiresAt !== null && row.expiresAt <= now) throw new DomainError('API_KEY_EXPIRED');
  return row;
}

/** The keys above a key: the one with which it was made, and so on. */
async function ancestorsOf(tx: Transaction, id: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    with recursive above as (
      select parent_key_id as id from api_key where id = ${id}::uuid
      union select k.parent_key_id from api_key k join above a on k.id = a.id
    ) select id from above where id is not null`;
  return rows.map(({ id: above }) => above);
}

type Rotated = { readonly id: string; readonly parentKeyId: string | null };

/**
 * Beneath which key the successor of a key stands: in its place. What a key rotates that is neither itself nor beneath it
 * becomes its own, so that whoever has it can leave behind nothing that outlives it.
 *
 * @throws {DomainError} FORBIDDEN for one that is beneath another key, or above the key that asks
 */
export async function parentOfSuccessor(tx: Transaction, former: Rotated, asking: string | null): Promise<string | null> {
  if (asking === null || asking === former.id || (await ancestorsOf(tx, former.id)).includes(asking)) return former.parentKeyId;
  const isAbove = (await ancestorsOf(tx, asking)).includes(former.id);
  if (former.parentKeyId !== null || isAbove) throw new DomainError('FORBIDDEN');
  return asking;
}

/** Puts what is beneath a key beneath its successor, and lets none of it outlive that one. */
export async function handOver(tx: Transaction, formerId: string, { id, expiresAt }: Limits, now: Date): Promise<void> {
  await tx.$executeRaw`
    update api_key set parent_key_id = ${id}::uuid, updated_at = ${now}::timestamptz, version = version + 1
    where parent_key_id = ${formerId}::uuid`;
  if (expiresAt === null) return;
  await tx.$executeRaw`
    with recursive below as (
      select id from api_key where parent_key_id = ${id}::uuid
      union select k.id from api_key k join below b on k.parent_key_id = b.id
    )
    update api_key set expires_at = ${expiresAt}::timestamptz, updated_at = ${now}::timestamptz, version = version + 1
    where id in (select id from below) and (expires_at is null or expires_at > ${expiresAt}::timestamptz)`;
}

/** The addresses of the living keys that were made with this one; none: any. */
export async function addressesBeneath(tx: Transaction, id: string, now: Date): Promise<readonly (readonly string[])[]> {
  const children = await tx.apiKey.findMany({
    where: { parentKeyId: id, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
    select: { allowedIps: true },
  });
  return children.map(({ allowedIps }) => allowedIps);
}
