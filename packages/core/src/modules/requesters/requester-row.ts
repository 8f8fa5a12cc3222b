import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { ProjectContext } from '../../trpc.ts';
import { isVisibleSql, seesPrivate } from '../backlog/visibility.ts';
import type { Requester } from './schema.ts';

/** What is read of a requester, its counts included. */
export type RequesterRow = Omit<
  Requester,
  'traits' | 'identifiedAt' | 'firstSeenAt' | 'lastSeenAt' | 'createdAt' | 'updatedAt'
> & {
  readonly traits: Record<string, unknown>;
  readonly identifiedAt: Date | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Puts a value among a statement's parameters; returns its place. */
export type Bind = (value: unknown) => string;

const COLUMNS = `
  r.id, r.project_id as "projectId", r.kind, r.external_id as "externalId", r.email, r.email_verified as "emailVerified", r.name,
  r.phone, r.company, r.job_title as "jobTitle", r.traits, r.monthly_revenue as "monthlyRevenue",
  r.identity_method as "identityMethod", r.identified_at as "identifiedAt", r.email_opt_out as "emailOptOut",
  r.first_seen_at as "firstSeenAt", r.last_seen_at as "lastSeenAt", r.created_at as "createdAt", r.updated_at as "updatedAt"`;

/** The columns of a `requester r` as this caller may see them: nothing private is counted for who may not read conversations. */
export function requesterColumns({ grant }: ProjectContext): string {
  const visible = `f.deleted_at is null and ${isVisibleSql(grant)}`;
  const conversations = seesPrivate(grant)
    ? '(select count(*)::int4 from conversation c where c.requester_id = r.id and c.deleted_at is null)'
    : 'null::int4';
  return `${COLUMNS},
  (select count(*)::int4 from feature f where f.requester_id = r.id and ${visible}) as "featureCount",
  (select count(*)::int4 from vote v join feature f on f.id = v.feature_id where v.requester_id = r.id and ${visible}) as "voteCount",
  ${conversations} as "conversationCount"`;
}

export function toRequester(row: RequesterRow): Requester {
  return {
    ...row,
    identifiedAt: row.identifiedAt?.toISOString() ?? null,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** Reads a requester with its counts, also inside a transaction. @throws {DomainError} REQUESTER_NOT_FOUND */
export async function readRequester(tx: Transaction, ctx: ProjectContext, id: string): Promise<Requester> {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const text = `select ${requesterColumns(ctx)} from requester r
    where r.id = ${bind(id)}::uuid and r.project_id = ${bind(ctx.tenant.project.id)}::uuid`;
  const [row] = await tx.$queryRawUnsafe<RequesterRow[]>(text, ...values);
  if (row === undefined) throw new DomainError('REQUESTER_NOT_FOUND');
  return toRequester(row);
}
