import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { OrganizationContext } from '../../trpc.ts';

export type Bind = (value: unknown) => string;

/** The parameters of a statement: each is bound, and stands in the text by its number. */
export function parameters(): { readonly values: readonly unknown[]; readonly bind: Bind } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

type Listed<Row, Item> = {
  /** What cursors are bound to, beside organization and filters. */
  readonly list: string;
  /** Up to its conditions. */
  readonly select: (bind: Bind) => string;
  /** Where a row costs much: the statement that reads all of it for a page, given what `select` has of that one, by the alias. */
  readonly whole?: (page: string, bind: Bind) => string;
  readonly where: (bind: Bind) => readonly string[];
  /** The table's alias in the statement. */
  readonly alias: string;
  readonly updatedColumn?: string;
  readonly toItem: (row: Row) => Item;
  /** Newest first unless given. */
  readonly sort?: Sort<Row>;
};

/** A column of the alias, the type of what a cursor says of it, and which way; rows of one value are told apart by their ids. */
export type Sort<Row> = {
  readonly column: string;
  readonly type: string;
  readonly order: 'asc' | 'desc';
  readonly read: (row: Row) => string;
};

const NEWEST_FIRST: Sort<{ readonly createdAt: Date }> = {
  column: 'created_at',
  type: 'timestamptz',
  order: 'desc',
  read: ({ createdAt }) => createdAt.toISOString(),
};

type Paging = {
  readonly organizationId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
  readonly updatedSince?: string | undefined;
};

/**
 * A page of a list of the catalogue by keyset, in one prepared statement.
 *
 * @throws {DomainError} INVALID_CURSOR for a cursor of other filters, another list or another organization
 */
export async function pageOfRows<Row extends { readonly id: string; readonly createdAt: Date }, Item>(
  ctx: OrganizationContext,
  { organizationId: _named, limit, cursor, ...filters }: Paging,
  { list, select, whole, where, alias, updatedColumn = 'updated_at', toItem, sort = NEWEST_FIRST }: Listed<Row, Item>,
): Promise<Page<Item>> {
  const binding = { list, org: ctx.tenant.organization.id, ...filters };
  const { values, bind } = parameters();
  const { createdAfter, createdBefore, updatedSince } = filters;
  const rowsOf = select(bind);
  const conditions = [
    ...where(bind),
    ...(createdAfter === undefined ? [] : [`${alias}.created_at > ${bind(new Date(createdAfter))}::timestamptz`]),
    ...(createdBefore === undefined ? [] : [`${alias}.created_at < ${bind(new Date(createdBefore))}::timestamptz`]),
    ...(updatedSince === undefined ? [] : [`${alias}.${updatedColumn} >= ${bind(new Date(updatedSince))}::timestamptz`]),
  ];
  const { column, type, order, read } = sort;
  if (cursor !== undefined) {
    const after = decodeCursor(ctx.secrets.cursor, binding, cursor);
    const follows = order === 'asc' ? '>' : '<';
    conditions.push(`(${alias}.${column}, ${alias}.id) ${follows} (${bind(after.value)}::${type}, ${bind(after.id)}::uuid)`);
  }
  const sorted = `order by ${alias}.${column} ${order}, ${alias}.id ${order}`;
  const page = `${rowsOf} where ${conditions.join(' and ')} ${sorted} limit ${bind(limit + 1)}`;
  const statement = whole === undefined ? page : `${whole(`(${page})`, bind)} ${sorted}`;
  const rows = await ctx.access.db.sql.query<Row>(statement, values);
  return pageFrom(rows, limit, {
    toItem,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: read(last), id: last.id }),
  });
}

/** The condition that a text is a part of one of the columns, whatever its case; of none is what begins in one and ends in the next. */
export function isPartOf(columns: readonly string[], q: string, bind: Bind): string {
  const pattern = bind(containing(q));
  return `(${columns.map((column) => `${column} ilike ${pattern}`).join(' or ')})`;
}

/** A text anywhere in a column, whatever signs of a pattern are in it. */
export function containing(q: string): string {
  return `%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
