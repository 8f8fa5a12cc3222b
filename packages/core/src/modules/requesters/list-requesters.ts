import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import { searched, searchQuery } from '../../full-text.ts';
import type { Page } from '../../schema-kit.ts';
import { searchedRows } from '../../search-rows.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type Bind, type RequesterRow, requesterColumns, toRequester } from './requester-row.ts';
import type { ListRequesters, Requester, RequesterSort } from './schema.ts';

const SORT_COLUMNS: Record<
  RequesterSort,
  { column: string; type: 'timestamptz' | 'int4'; read: (row: RequesterRow) => string | number }
> = {
  lastSeenAt: { column: 'last_seen_at', type: 'timestamptz', read: (row) => row.lastSeenAt.toISOString() },
  createdAt: { column: 'created_at', type: 'timestamptz', read: (row) => row.createdAt.toISOString() },
  updatedAt: { column: 'updated_at', type: 'timestamptz', read: (row) => row.updatedAt.toISOString() },
  revenue: { column: 'monthly_revenue', type: 'int4', read: (row) => row.monthlyRevenue },
};

/** The expression of the index `requester_search`. */
const SEARCHED = searched(
  "coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(company, '') || ' ' || coalesce(external_id, '')",
);

/**
 * A page of the requesters by keyset, in one prepared statement; identified ones unless asked otherwise (contract Reqio).
 * The counts are taken for the page's rows alone.
 *
 * @throws {DomainError} INVALID_CURSOR for a cursor of other filters, another sort or another project
 */
export async function listRequesters(ctx: ProjectContext, input: ListRequesters): Promise<Page<Requester>> {
  const { project } = ctx.tenant;
  const { cursor, limit, projectId: _named, ...filters } = input;
  const binding = { list: 'requesters', project: project.id, ...filters };
  const { column, type, read } = SORT_COLUMNS[input.sort];

  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const where = [`project_id = ${bind(project.id)}::uuid`, ...conditionsOf(input, bind)];
  if (cursor !== undefined) {
    const after = decodeCursor(ctx.secrets.cursor, binding, cursor);
    where.push(`(${column}, id) ${input.order === 'asc' ? '>' : '<'} (${bind(after.value)}::${type}, ${bind(after.id)}::uuid)`);
  }
  const inOrder = `order by ${column} ${input.order}, id ${input.order}`;
  const page = input.q
    ? searchedRows({ table: 'requester', where, matches: matchesOf(input.q, bind), column, order: input.order, limit: limit + 1 })
    : `(select * from requester where ${where.join(' and ')} ${inOrder} limit ${limit + 1})`;
  const rows = await ctx.access.db.sql.query<RequesterRow>(`select ${requesterColumns(ctx)} from ${page} r ${inOrder}`, values);
  return pageFrom(rows, limit, {
    toItem: toRequester,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: read(last), id: last.id }),
  });
}

function conditionsOf(input: ListRequesters, bind: Bind): string[] {
  const conditions: string[] = [];
  if (input.kind !== 'all') conditions.push(`kind = ${bind(input.kind)}::requester_kind`);
  if (input.email !== undefined) conditions.push(`email = ${bind(input.email.toLowerCase())}`);
  if (input.externalId !== undefined) conditions.push(`external_id = ${bind(input.externalId)}`);
  if (input.plan !== undefined) conditions.push(`traits->>'plan' = ${bind(input.plan)}`);
  if (input.lastSeenAfter !== undefined) conditions.push(`last_seen_at > ${bind(new Date(input.lastSeenAfter))}::timestamptz`);
  if (input.createdAfter !== undefined) conditions.push(`created_at > ${bind(new Date(input.createdAfter))}::timestamptz`);
  if (input.createdBefore !== undefined) conditions.push(`created_at < ${bind(new Date(input.createdBefore))}::timestamptz`);
  if (input.updatedSince !== undefined) conditions.push(`updated_at >= ${bind(new Date(input.updatedSince))}::timestamptz`);
  return conditions;
}

function matchesOf(q: string, bind: Bind): string {
  return `${SEARCHED} @@ to_tsquery('simple', ${bind(searchQuery(q))})`;
}
