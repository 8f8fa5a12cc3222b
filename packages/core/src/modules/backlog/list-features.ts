import { isoText } from '@reqbase/db/iso-text';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import { searched, searchQuery } from '../../full-text.ts';
import type { Page } from '../../schema-kit.ts';
import { searchedRows } from '../../search-rows.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type ListedRow, toListed } from './feature-row.ts';
import type { FeatureSort, FeatureSummary, ListFeatures } from './schema.ts';
import { isPublicSql, seesPrivate } from './visibility.ts';

const SORT_COLUMNS: Record<
  FeatureSort,
  { column: string; type: 'timestamptz' | 'int4'; read: (row: ListedRow) => string | number }
> = {
  createdAt: { column: 'created_at', type: 'timestamptz', read: (row) => isoText(row.createdAt) },
  updatedAt: { column: 'updated_at', type: 'timestamptz', read: (row) => isoText(row.updatedAt) },
  votes: { column: 'vote_count', type: 'int4', read: (row) => row.voteCount },
  revenue: { column: 'revenue_weight', type: 'int4', read: (row) => row.revenueWeight },
  comments: { column: 'comment_count', type: 'int4', read: (row) => row.commentCount },
};

const COLUMNS = `
  id, number, title, description, category, subtype, status, completion_kind as "completionKind", close_reason as "closeReason",
  rating, vote_count as "voteCount", comment_count as "commentCount",
  revenue_weight as "revenueWeight", tags, requester_id as "requesterId", page_url as "pageUrl",
  has_screenshot as "hasScreenshot", source, version, status_changed_at::text as "statusChangedAt",
  created_at::text as "createdAt", updated_at::text as "updatedAt"`;

/**
 * A page of the backlog by keyset, in one prepared statement: a row comparison that its index answers, whatever the
 * size of the backlog, which Prisma's paging does not compile to.
 *
 * @throws {DomainError} INVALID_CURSOR for a cursor of other filters, another sort or another project
 */
export async function listFeatures(ctx: ProjectContext, input: ListFeatures): Promise<Page<FeatureSummary>> {
  const { project } = ctx.tenant;
  const { cursor, limit, projectId: _named, ...filters } = input;
  const binding = { list: 'features', project: project.id, ...filters };
  const { column, type, read } = SORT_COLUMNS[input.sort];

  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const duplicateOfId = seesPrivate(ctx.grant) ? 'duplicate_of_id' : PUBLIC_ORIGINAL;
  const where = ['deleted_at is null', `project_id = ${bind(project.id)}`, ...conditionsOf(ctx, input, bind)];
  if (cursor !== undefined) {
    const after = decodeCursor(ctx.secrets.cursor, binding, cursor);
    where.push(`(${column}, id) ${input.order === 'asc' ? '>' : '<'} (${bind(after.value)}::${type}, ${bind(after.id)}::uuid)`);
  }
  // The limit stands in the text: for a parameter, the server's plan would reckon with a tenth of the table.
  const page = input.q
    ? searchedRows({ table: 'feature', where, matches: matchesOf(input.q, bind), column, order: input.order, limit: limit + 1 })
    : null;
  const rows = await ctx.access.db.sql.query<ListedRow>(
    `select ${COLUMNS}, ${duplicateOfId} as "duplicateOfId"
     from ${page === null ? `feature where ${where.join(' and ')}` : `${page} feature`}
     order by ${column} ${input.order}, id ${input.order} limit ${limit + 1}`,
    values,
  );
  return pageFrom(rows, limit, {
    toItem: toListed,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: read(last), id: last.id }),
  });
}

type Bind = (value: unknown) => string;

/** The original of a duplicate, for who may not see every one: to them its id would say that it is there. */
const PUBLIC_ORIGINAL = `(select o.id from feature o where o.id = feature.duplicate_of_id and ${isPublicSql('o.category')})`;

function matchesOf(q: string, bind: Bind): string {
  return `${SEARCHED} @@ to_tsquery('simple', ${bind(searchQuery(q))})`;
}

function conditionsOf(ctx: ProjectContext, input: ListFeatures, bind: Bind): string[] {
  const conditions: string[] = [];
  if (!seesPrivate(ctx.grant)) conditions.push(isPublicSql('category'));
  if (input.category !== undefined) conditions.push(oneOf('category', 'feature_category', input.category, bind));
  if (input.status !== undefined) conditions.push(oneOf('status', 'feature_status', input.status, bind));
  if (input.source !== undefined) conditions.push(oneOf('source', 'feature_source', input.source, bind));
  if (input.tag !== undefined) conditions.push(`tags @> ${bind(input.tag)}::text[]`);
  if (input.requesterId !== undefined) conditions.push(`requester_id = ${bind(input.requesterId)}::uuid`);
  if (input.hasComments !== undefined) conditions.push(input.hasComments ? 'comment_count > 0' : 'comment_count = 0');
  if (input.minVotes !== undefined) conditions.push(`vote_count >= ${bind(input.minVotes)}::int4`);
  if (input.createdAfter !== undefined) conditions.push(`created_at > ${bind(new Date(input.createdAfter))}::timestamptz`);
  if (input.createdBefore !== undefined) conditions.push(`created_at < ${bind(new Date(input.createdBefore))}::timestamptz`);
  if (input.updatedSince !== undefined) conditions.push(`updated_at >= ${bind(new Date(input.updatedSince))}::timestamptz`);
  return conditions;
}

/** One value by equality, so that the index on it also gives the order. */
function oneOf(column: string, type: string, wanted: readonly string[], bind: Bind): string {
  const [only] = wanted;
  return wanted.length === 1 ? `${column} = ${bind(only)}::${type}` : `${column} = any(${bind([...wanted])}::text[]::${type}[])`;
}

/** The expression of the index `feature_search`. */
const SEARCHED = searched("title || ' ' || coalesce(description, '')");
