import { DomainError } from '@reqbase/auth';
import { Prisma } from '@reqbase/db';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { requireAtMost } from '../members/invite.ts';
import { type AccountRow, readAccount, readAccountIn, selectAccounts, toServiceAccount } from './account-row.ts';
import type { CreateServiceAccount, ListServiceAccounts, ServiceAccount, ServiceAccountRef } from './schema.ts';

/** By name, in one prepared statement, keys and all. @throws {DomainError} INVALID_CURSOR */
export async function listServiceAccounts(ctx: OrganizationContext, input: ListServiceAccounts): Promise<Page<ServiceAccount>> {
  const { organizationId: _named, limit, cursor, ...filters } = input;
  const { id: orgId } = ctx.tenant.organization;
  const binding = { list: 'service accounts', orgId, ...filters };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  // Names are unique in an organization: they need no tie-breaker.
  const rows = await ctx.access.db.sql.query<AccountRow>(
    `${selectAccounts('$2')}
     where sa.org_id = $1::uuid and ($3::text is null or sa.name > $3)
       and ($4::text is null or strpos(lower(sa.name), lower($4)) > 0)
       and ($5::bool is null or (sa.disabled_at is not null) = $5)
       and ($6::timestamptz is null or sa.created_at > $6) and ($7::timestamptz is null or sa.created_at < $7)
       and ($8::timestamptz is null or sa.updated_at >= $8)
     order by sa.name limit ${limit + 1}`,
    [
      orgId,
      ctx.clock(),
      after?.value ?? null,
      input.q ?? null,
      input.disabled ?? null,
      ...[input.createdAfter, input.createdBefore, input.updatedSince].map((at) => (at === undefined ? null : new Date(at))),
    ],
  );
  return pageFrom(rows, limit, {
    toItem: toServiceAccount,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.name, id: last.id }),
  });
}

/** @throws {DomainError} SERVICE_ACCOUNT_NOT_FOUND */
export function getServiceAccount(ctx: OrganizationContext, { id }: ServiceAccountRef): Promise<ServiceAccount> {
  return readAccount(ctx, id);
}

/**
 * Makes an owner of keys that is nobody in person. Its role is its own from then on: whatever becomes of who made it.
 *
 * @throws {DomainError} FORBIDDEN for a role above the caller's; CONFLICT when there is one of that name
 */
export async function createServiceAccount(
  ctx: OrganizationContext,
  { name, role }: CreateServiceAccount,
): Promise<ServiceAccount> {
  requireAtMost(ctx.grant.facts.organizationRole, role);
  const id = ctx.newId();
  const now = ctx.clock();
  const made = write(ctx, async (tx, audit) => {
    await tx.serviceAccount.create({
      data: {
        ...{ id, name, role, orgId: ctx.tenant.organization.id },
        ...{ createdById: ctx.grant.facts.user?.id ?? null, createdAt: now, updatedAt: now },
      },
    });
    await audit({ action: 'service_account.created', resourceType: 'service_account', resourceId: id, diff: { name, role } });
    return readAccountIn(tx, ctx, id);
  });
  return made.catch(refuseTakenName);
}

/** The index decides: of two who give the same name at once, one is refused. @throws {DomainError} CONFLICT */
export function refuseTakenName(error: unknown): never {
  const isTaken = error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
  throw isTaken
    ? new DomainError('CONFLICT', {
        cause: error,
        issues: [{ path: 'name', message: 'There is a service account of this name.' }],
      })
    : error;
}
