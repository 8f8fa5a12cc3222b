import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { type CursorBinding, decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import { searched, searchQuery } from '../../full-text.ts';
import { isPublicSql, isVisibleToRequesterSql } from '../backlog/visibility.ts';
import type { Visitor } from '../requesters/last-seen.ts';
import { ownerOf, readerOf, type Visit } from './visit.ts';
import type { ListMine, ListRequests, RequestRef, VisitorRequest, VisitorRequestPage } from './visitor-schema.ts';

/**
 * A feature `f` as the requester $1 sees it. What only its own requester may know is null for others; $2 says whether
 * they see conversations at all.
 */
const COLUMNS = `
  f.id, f.number, f.title, f.description, f.category, f.status, f.completion_kind as "completionKind",
  f.close_reason as "closeReason", f.vote_count as "voteCount", f.created_at as "createdAt", f.updated_at as "updatedAt",
  coalesce(f.requester_id = $1::uuid, false) as "isMine",
  case when f.requester_id = $1::uuid then f.rating end as rating,
  case when f.requester_id = $1::uuid then f.error_report end as "errorReport",
  f.has_screenshot and coalesce(f.requester_id = $1::uuid, false) as "hasScreenshot",
  exists (select from vote v where v.feature_id = f.id and v.requester_id = $1::uuid) as "hasVoted",
  case when $2::boolean and f.requester_id = $1::uuid then (
    select c.id from conversation c
    where c.feature_id = f.id and c.requester_id = $1::uuid and c.deleted_at is null
    order by c.created_at desc, c.id desc limit 1
  ) end as "conversationId"`;

type Row = Omit<VisitorRequest, 'createdAt' | 'updatedAt'> & { readonly createdAt: Date; readonly updatedAt: Date };

function toRequest(row: Row): VisitorRequest {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

const SEARCHED = searched(`f.title || ' ' || coalesce(f.description, '')`);

const SORT_COLUMNS = {
  votes: { column: 'f.vote_count', type: 'int4', read: (row: Row) => row.voteCount },
  createdAt: { column: 'f.created_at', type: 'timestamptz', read: (row: Row) => row.createdAt.toISOString() },
} as const;

function valuesFor({ widget: { config } }: Visit, reader: Pick<Visitor, 'id'> | null): unknown[] {
  return [reader?.id ?? null, config.chatEnabled];
}

/** What others asked for too; in one prepared statement. @throws {DomainError} INVALID_CURSOR, UNAUTHORIZED, INVALID_IDENTITY */
export async function listRequests(visit: Visit, input: ListRequests): Promise<VisitorRequestPage> {
  const reader = await readerOf(visit);
  if (input.similar !== undefined)
    return { items: await similarTo(visit, reader, input.similar), hasMore: false, nextCursor: null };
  const { q, sort, limit, cursor } = input;
  const { project } = visit.widget.tenant;
  const { column, type, read } = SORT_COLUMNS[sort];
  const binding = { list: 'visitor-requests', project: project.id, q, sort };
  const values = valuesFor(visit, reader);
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = [`f.project_id = ${bind(project.id)}::uuid`, 'f.deleted_at is null', isPublicSql()];
  if (q) where.push(`${SEARCHED} @@ to_tsquery('simple', ${bind(searchQuery(q))})`);
  return page(visit, { where, values, bind, column, type, read, binding, limit, cursor });
}

/** Everything that the visitor has sent, latest first. @throws {DomainError} INVALID_CURSOR, UNAUTHORIZED, INVALID_IDENTITY */
export async function listMine(visit: Visit, { limit, cursor }: ListMine): Promise<VisitorRequestPage> {
  const reader = await ownerOf(visit);
  if (reader === null) return { items: [], hasMore: false, nextCursor: null };
  const { project } = visit.widget.tenant;
  const values = valuesFor(visit, reader);
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = [`f.requester_id = $1::uuid`, `f.project_id = ${bind(project.id)}::uuid`, 'f.deleted_at is null'];
  const binding = { list: 'visitor-mine', project: project.id, requester: reader.id };
  return page(visit, { where, values, bind, ...SORT_COLUMNS.createdAt, binding, limit, cursor });
}

type PageOptions = {
  readonly where: string[];
  readonly values: unknown[];
  readonly bind: (value: unknown) => string;
  readonly column: string;
  readonly type: string;
  readonly read: (row: Row) => string | number;
  readonly binding: CursorBinding;
  readonly limit: number;
  readonly cursor: string | undefined;
};

async function page(
  { access, secrets }: Visit,
  { where, values, bind, column, type, read, binding, limit, cursor }: PageOptions,
): Promise<VisitorRequestPage> {
  if (cursor !== undefined) {
    const after = decodeCursor(secrets.cursor, binding, cursor);
    where.push(`(${column}, f.id) < (${bind(after.value)}::${type}, ${bind(after.id)}::uuid)`);
  }
  const rows = await access.db.sql.query<Row>(
    `select ${COLUMNS} from feature f where ${where.join(' and ')} order by ${column} desc, f.id desc limit ${limit + 1}`,
    values,
  );
  return pageFrom(rows, limit, {
    toItem: toRequest,
    toCursor: (last) => encodeCursor(secrets.cursor, binding, { value: read(last), id: last.id }),
  });
}

const SUGGESTED = 5;
const CANDIDATES = 200;
const WORDS = 6;

/** The longest words of a text, which say most about it. */
function tellingWords(text: string): string[] {
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []);
  return [...words].sort((a, b) => b.length - a.length).slice(0, WORDS);
}

/** Open public requests that share words with a text: those that share most first, then the most wanted. */
async function similarTo(visit: Visit, reader: Visitor | null, text: string): Promise<VisitorRequest[]> {
  const words = tellingWords(text);
  if (words.length === 0) return [];
  const values = [
    ...valuesFor(visit, reader),
    visit.widget.tenant.project.id,
    words.map((word) => `'${word}':*`).join(' | '),
    words.map((word) => `'${word}':*`),
  ];
  const rows = await visit.access.db.sql.query<Row>(
    `select ${COLUMNS} from (
       select x.*, (
         select count(*) from unnest($5::text[]) word where ${searched('x.title')} @@ to_tsquery('simple', word)
       ) as shared
       from (
         select * from feature f
         where f.project_id = $3::uuid and f.deleted_at is null and ${isPublicSql()} and f.status <> 'COMPLETED'
           and ${SEARCHED} @@ to_tsquery('simple', $4)
         limit ${CANDIDATES}
       ) x
     ) f
     order by f.shared desc, f.vote_count desc, f.id desc limit ${SUGGESTED}`,
    values,
  );
  return rows.map(toRequest);
}

/** One request. @throws {DomainError} FEATURE_NOT_FOUND, also for a private one of another; UNAUTHORIZED, INVALID_IDENTITY */
export async function getRequest(visit: Visit, { id }: RequestRef): Promise<VisitorRequest> {
  const [row] = await visit.access.db.sql.query<Row>(ONE, [
    ...valuesFor(visit, await readerOf(visit)),
    id,
    visit.widget.tenant.project.id,
  ]);
  if (row === undefined) throw new DomainError('FEATURE_NOT_FOUND');
  return toRequest(row);
}

const ONE = `select ${COLUMNS} from feature f where f.id = $3::uuid and f.project_id = $4::uuid and f.deleted_at is null and ${isVisibleToRequesterSql('$1::uuid')}`;

/** The same inside the transaction of what its requester did. */
export async function readRequest(tx: Transaction, visit: Visit, reader: Visitor, id: string): Promise<VisitorRequest> {
  const values = [...valuesFor(visit, reader), id, visit.widget.tenant.project.id];
  const [row] = await tx.$queryRawUnsafe<Row[]>(ONE, ...values);
  if (row === undefined) throw new DomainError('FEATURE_NOT_FOUND');
  return toRequest(row);
}
