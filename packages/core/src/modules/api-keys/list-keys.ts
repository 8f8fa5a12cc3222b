import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { OrganizationContext, ProjectContext } from '../../trpc.ts';
import type { ApiKey, ListKeys } from './schema.ts';
import { type KeyHome, type KeyRow, toApiKey } from './service.ts';

type Row = Omit<KeyRow, 'ownerUser' | 'serviceAccount' | 'createdBy' | 'replaces' | 'replacedBy'> & {
  readonly ownerUserId: string | null;
  readonly ownerUserName: string | null;
  readonly serviceAccountId: string | null;
  readonly serviceAccountName: string | null;
  readonly createdByName: string | null;
  readonly replacesId: string | null;
  readonly replacesPrefix: string | null;
  readonly replacedById: string | null;
  readonly replacedByPrefix: string | null;
};

/** Newest first, revoked and expired ones included, in one prepared statement beside the meter's. @throws {DomainError} INVALID_CURSOR */
export async function listKeys(
  ctx: ProjectContext | OrganizationContext,
  { orgId, projectId }: KeyHome,
  { limit, cursor, createdAfter, createdBefore, updatedSince, parentKeyId }: ListKeys,
): Promise<Page<ApiKey>> {
  const binding = { list: 'api keys', orgId, projectId, createdAfter, createdBefore, updatedSince, parentKeyId };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.sql.query<Row>(
    `select k.id, k.org_id as "orgId", k.project_id as "projectId", k.name, k.prefix, k.source, k.scopes,
       k.allowed_ips as "allowedIps", k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
       k.revoked_by_id as "revokedById", k.revoked_reason::text as "revokedReason", k.created_at as "createdAt",
       k.updated_at as "updatedAt", k.version, k.parent_key_id as "parentKeyId",
       former.id as "replacesId", former.prefix as "replacesPrefix", next.id as "replacedById", next.prefix as "replacedByPrefix",
       u.id as "ownerUserId", u.name as "ownerUserName", sa.id as "serviceAccountId", sa.name as "serviceAccountName",
       c.name as "createdByName"
     from api_key k
     left join "user" u on u.id = k.owner_user_id
     left join service_account sa on sa.id = k.service_account_id
     left join "user" c on c.id = k.created_by_id
     left join api_key former on former.id = k.replaces_id
     left join api_key next on next.replaces_id = k.id
     where k.org_id = $1
       and (k.project_id is not distinct from $2::uuid or ($2::uuid is null and $6::uuid is not null))
       and ($6::uuid is null or k.parent_key_id = $6)
       and ($3::timestamptz is null or k.created_at > $3) and ($4::timestamptz is null or k.created_at < $4)
       and ($5::timestamptz is null or k.updated_at >= $5)
       ${after === null ? '' : 'and (k.created_at, k.id) < ($7::timestamptz, $8::uuid)'}
     order by k.created_at desc, k.id desc limit ${limit + 1}`,
    [
      orgId,
      projectId,
      ...[createdAfter, createdBefore, updatedSince].map((at) => (at === undefined ? null : new Date(at))),
      parentKeyId ?? null,
      ...(after === null ? [] : [after.value, after.id]),
    ],
  );
  const lastUsed = await ctx.access.meter.lastUsed(rows.map(({ id }) => id));
  return pageFrom(rows, limit, {
    toItem: (row) => toApiKey(ctx, nested(row), lastUsed.get(row.id)),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

function nested(row: Row): KeyRow {
  const { ownerUserId, ownerUserName, serviceAccountId, serviceAccountName, createdByName, ...others } = row;
  const { replacesId, replacesPrefix, replacedById, replacedByPrefix, ...key } = others;
  const linked = (id: string | null, prefix: string | null) => (id === null ? null : { id, prefix: prefix ?? '' });
  const named = (id: string | null, name: string | null) => (id === null ? null : { id, name: name ?? '' });
  return {
    ...key,
    ownerUser: named(ownerUserId, ownerUserName),
    serviceAccount: named(serviceAccountId, serviceAccountName),
    replaces: linked(replacesId, replacesPrefix),
    replacedBy: linked(replacedById, replacedByPrefix),
    createdBy: createdByName === null ? null : { name: createdByName },
  };
}
