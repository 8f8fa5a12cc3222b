import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { OrganizationContext } from '../../trpc.ts';
import type { AuditEntry, AuditOutcome, ListAudit } from './schema.ts';

type Row = Omit<AuditEntry, 'at' | 'actor' | 'apiKey' | 'outcome' | 'diff'> & {
  readonly at: Date;
  readonly actorType: AuditEntry['actor']['type'];
  readonly actorId: string | null;
  readonly actorName: string | null;
  readonly apiKeyId: string | null;
  readonly apiKeyName: string | null;
  readonly apiKeyPrefix: string | null;
  readonly outcome: AuditOutcome;
  readonly diff: unknown;
};

type Bind = (value: unknown) => string;

/**
 * A page of the log, newest first, in one prepared statement: each filter has an index that gives the order too.
 *
 * @throws {DomainError} INVALID_CURSOR for a cursor of other filters or another organization
 */
export async function listAudit(ctx: OrganizationContext, input: ListAudit): Promise<Page<AuditEntry>> {
  const orgId = ctx.tenant.organization.id;
  const { cursor, limit, organizationId: _named, ...filters } = input;
  const binding = { list: 'audit', orgId, ...filters };
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const where = [`org_id = ${bind(orgId)}::uuid`, ...conditionsOf(input, bind)];
  if (cursor !== undefined) {
    const after = decodeCursor(ctx.secrets.cursor, binding, cursor);
    where.push(`(at, seq) < (${bind(after.value)}::timestamptz, ${bind(Number(after.id))}::int4)`);
  }
  const rows = await ctx.access.db.sql.query<Row>(
    `select e.id, e.seq, e.at, e.project_id as "projectId", e.actor_type as "actorType", e.actor_id as "actorId",
       coalesce(u.name, sa.name) as "actorName", e.api_key_id as "apiKeyId", e.api_key_name as "apiKeyName",
       e.api_key_prefix as "apiKeyPrefix", e.oauth_client_id as "oauthClientId", e.action, e.resource_type as "resourceType", e.resource_id as "resourceId",
       e.outcome, e.code, e.request_id as "requestId", e.ip, e.user_agent as "userAgent", e.diff, e.prev_hash as "prevHash", e.hash
     from ${pageOf(where, [...new Set(input.action)], limit + 1, bind)} e
     left join "user" u on u.id = e.actor_id
     left join service_account sa on sa.id = e.actor_id
     order by e.at desc, e.seq desc`,
    values,
  );
  return pageFrom(rows, limit, {
    toItem: toEntry,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.at.toISOString(), id: String(last.seq) }),
  });
}

function conditionsOf(input: ListAudit, bind: Bind): string[] {
  const conditions: string[] = [];
  if (input.principalId !== undefined) conditions.push(`actor_id = ${bind(input.principalId)}::uuid`);
  if (input.keyId !== undefined) conditions.push(`api_key_id = ${bind(input.keyId)}::uuid`);
  if (input.resourceType !== undefined) conditions.push(`resource_type = ${bind(input.resourceType)}`);
  if (input.resourceId !== undefined) conditions.push(`resource_id = ${bind(input.resourceId)}`);
  if (input.outcome !== undefined) conditions.push(`outcome = ${bind(input.outcome)}::audit_outcome`);
  if (input.projectId !== undefined) conditions.push(`project_id = ${bind(input.projectId)}::uuid`);
  if (input.requestId !== undefined) conditions.push(`request_id = ${bind(input.requestId)}`);
  if (input.createdAfter !== undefined) conditions.push(`at > ${bind(new Date(input.createdAfter))}::timestamptz`);
  if (input.createdBefore !== undefined) conditions.push(`at < ${bind(new Date(input.createdBefore))}::timestamptz`);
  return conditions;
}

/** The rows of a page; of several actions, the first of each, since an index gives the order of one. */
function pageOf(where: readonly string[], actions: readonly string[], limit: number, bind: Bind): string {
  const [only] = actions;
  const ordered = (conditions: readonly string[]) =>
    `(select * from audit_entry where ${conditions.join(' and ')} order by at desc, seq desc limit ${limit})`;
  if (only === undefined) return ordered(where);
  if (actions.length === 1) return ordered([...where, `action = ${bind(only)}`]);
  const wanted = bind(actions);
  return `(
    select f.* from unnest(${wanted}::text[]) as wanted (action)
    cross join lateral ${ordered([...where, 'action = wanted.action'])} f order by at desc, seq desc limit ${limit})`;
}

function toEntry(row: Row): AuditEntry {
  const { actorType, actorId, actorName, apiKeyId, apiKeyName, apiKeyPrefix, at, diff, ...entry } = row;
  return {
    ...entry,
    at: at.toISOString(),
    actor: { type: actorType, id: actorId, name: actorName },
    apiKey: apiKeyId === null ? null : { id: apiKeyId, name: apiKeyName ?? '', prefix: apiKeyPrefix ?? '' },
    diff: diff === null ? null : (diff as Record<string, unknown>),
  };
}
