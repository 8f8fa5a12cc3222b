import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { OrganizationContext } from '../../trpc.ts';
import type { ServiceAccount } from './schema.ts';

export type AccountRow = Omit<ServiceAccount, 'disabledAt' | 'createdAt' | 'updatedAt'> & {
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

const isActive = (key: string, now: string) =>
  `${key}.revoked_at is null and (${key}.expires_at is null or ${key}.expires_at > ${now}::timestamptz)`;

/** Accounts as rows, their keys and what others have of those counted as they are at `now`. Up to its conditions. */
export const selectAccounts = (now: string) => `
  select sa.id, sa.name, sa.role, sa.disabled_at as "disabledAt", c.name as "createdBy", sa.version,
    sa.created_at as "createdAt", sa.updated_at as "updatedAt", k.total as "keyCount", k.active as "activeKeyCount",
    d.active as "activeDependentKeyCount"
  from service_account sa
  left join "user" c on c.id = sa.created_by_id
  cross join lateral (
    select count(*)::int4 as total, (count(*) filter (where ${isActive('own', now)}))::int4 as active
    from api_key own where own.service_account_id = sa.id
  ) k
  cross join lateral (
    with recursive below as (
      select c.id, c.service_account_id, c.revoked_at, c.expires_at from api_key own
      join api_key c on c.parent_key_id = own.id or c.made_with_key_id = own.id where own.service_account_id = sa.id
      union
      select c.id, c.service_account_id, c.revoked_at, c.expires_at from below b
      join api_key c on c.parent_key_id = b.id or c.made_with_key_id = b.id
    )
    select count(*)::int4 as active from below where service_account_id is distinct from sa.id and ${isActive('below', now)}
  ) d`;

export function toServiceAccount(row: AccountRow): ServiceAccount {
  return {
    ...row,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

const ONE = `${selectAccounts('$3')} where sa.org_id = $1::uuid and sa.id = $2::uuid`;

type Read = (text: string, values: unknown[]) => Promise<AccountRow[]>;

async function readOne(read: Read, { tenant, clock }: OrganizationContext, id: string): Promise<ServiceAccount> {
  const [row] = await read(ONE, [tenant.organization.id, id, clock()]);
  if (row === undefined) throw new DomainError('SERVICE_ACCOUNT_NOT_FOUND');
  return toServiceAccount(row);
}

/** An account of the organization. @throws {DomainError} SERVICE_ACCOUNT_NOT_FOUND */
export function readAccount(ctx: OrganizationContext, id: string): Promise<ServiceAccount> {
  return readOne((text, values) => ctx.access.db.sql.query(text, values), ctx, id);
}

/** The same within a transaction. @throws {DomainError} SERVICE_ACCOUNT_NOT_FOUND */
export function readAccountIn(tx: Transaction, ctx: OrganizationContext, id: string): Promise<ServiceAccount> {
  return readOne((text, values) => tx.$queryRawUnsafe(text, ...values), ctx, id);
}

/** Reads an account that nobody else changes until the transaction ends. @throws {DomainError} SERVICE_ACCOUNT_NOT_FOUND */
export async function lockAccount(tx: Transaction, ctx: OrganizationContext, id: string): Promise<ServiceAccount> {
  const { id: orgId } = ctx.tenant.organization;
  await tx.$queryRaw`select id from service_account where id = ${id}::uuid and org_id = ${orgId}::uuid for no key update`;
  return readAccountIn(tx, ctx, id);
}
