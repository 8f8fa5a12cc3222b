import { DomainError } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import type { ListVoters, Voter } from './schema.ts';
import { featureInSql } from './service.ts';

type VoterRow = Omit<Voter, 'votedAt'> & { readonly createdAt: Date };
/** Without an id for a feature that has no votes on this page. */
type Row = VoterRow | { requesterId: null };

/** Who voted, latest first, in one prepared statement. @throws {DomainError} FEATURE_NOT_FOUND, INVALID_CURSOR */
export async function listVoters(ctx: ProjectContext, { id, limit, cursor }: ListVoters): Promise<Page<Voter>> {
  const binding = { list: 'voters', feature: id };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const { isFeature, values } = featureInSql(ctx, id);
  if (after !== null) values.push(after.value, after.id);
  const rows = await ctx.access.db.sql.query<Row>(
    `select v.requester_id as "requesterId", r.name, r.email, r.external_id as "externalId", v.created_at as "createdAt"
     from feature f
     left join lateral (
       select requester_id, created_at from vote
       where feature_id = f.id ${after === null ? '' : 'and (created_at, requester_id) < ($3::timestamptz, $4::uuid)'}
       order by created_at desc, requester_id desc limit ${limit + 1}
     ) v on true
     left join requester r on r.id = v.requester_id
     where ${isFeature}
     order by v.created_at desc, v.requester_id desc`,
    values,
  );
  if (rows.length === 0) throw new DomainError('FEATURE_NOT_FOUND');
  return pageFrom(rows.filter(isVoter), limit, {
    toItem: ({ createdAt, ...voter }) => ({ ...voter, votedAt: createdAt.toISOString() }),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.requesterId }),
  });
}

function isVoter(row: Row): row is VoterRow {
  return row.requesterId !== null;
}
