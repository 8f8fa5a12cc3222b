import { hash } from 'node:crypto';
import { type CallOrigin, DomainError } from '@reqbase/auth';
import type { Database, Transaction } from '@reqbase/db';

/** How long an answer is kept for its retries. */
const KEPT_MS = 24 * 3_600_000;
/** After this an attempt that left no answer is taken for dead, and a retry may act. */
const STALE_MS = 60_000;

export type IdempotentRequest = {
  /** Whose `Idempotency-Key` it is. */
  readonly principalId: string;
  /** `METHOD /path`. */
  readonly operation: string;
  readonly key: string;
  readonly body: unknown;
};

/** The right to act for an `Idempotency-Key`. */
export type IdempotencyClaim = {
  /** Keeps the answer, in the transaction of the act. @throws when a retry has taken the claim over: the act is undone */
  complete(tx: Transaction, answer: unknown): Promise<void>;
  /** Lets a retry act, after a refusal or a failure. */
  release(): Promise<void>;
};

export type IdempotencyOutcome =
  | { readonly kind: 'claimed'; readonly claim: IdempotencyClaim }
  | { readonly kind: 'replay'; readonly answer: unknown };

type Record = { attempt_id: string; body_hash: Uint8Array; answer: unknown; is_complete: boolean };

/**
 * Claims an `Idempotency-Key` or finds the answer that it has had (draft-ietf-httpapi-idempotency-key-header-07).
 *
 * @throws {DomainError} IDEMPOTENCY_CONFLICT when the key came with another body, or its first call is in flight
 */
export async function claimIdempotency(
  db: Database,
  { clock, newId }: Pick<CallOrigin, 'clock' | 'newId'>,
  { principalId, operation, key, body }: IdempotentRequest,
): Promise<IdempotencyOutcome> {
  const now = clock();
  const attemptId = newId();
  const bodyHash = hash('sha256', canonical(body), 'buffer');
  const claimed = await db.sql.query(
    `insert into idempotency_record as r (principal_id, operation, key, body_hash, attempt_id, created_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (principal_id, operation, key) do update
       set body_hash = excluded.body_hash, attempt_id = excluded.attempt_id, created_at = excluded.created_at, answer = null, completed_at = null
       where r.created_at < $7 or (r.completed_at is null and r.created_at < $8)
     returning r.attempt_id`,
    [
      principalId,
      operation,
      key,
      bodyHash,
      attemptId,
      now,
      new Date(now.getTime() - KEPT_MS),
      new Date(now.getTime() - STALE_MS),
    ],
  );
  if (claimed.length > 0) return { kind: 'claimed', claim: claimOf(db, attemptId, clock) };
  const [record] = await db.sql.query<Record>(
    `select attempt_id, body_hash, answer, completed_at is not null as is_complete
     from idempotency_record where principal_id = $1 and operation = $2 and key = $3`,
    [principalId, operation, key],
  );
  if (record === undefined || !record.is_complete || !bodyHash.equals(record.body_hash))
    throw new DomainError('IDEMPOTENCY_CONFLICT');
  return { kind: 'replay', answer: record.answer };
}

function claimOf(db: Database, attemptId: string, clock: () => Date): IdempotencyClaim {
  return {
    async complete(tx, answer) {
      const { count } = await tx.idempotencyRecord.updateMany({
        where: { attemptId, completedAt: null },
        data: { answer: answer as never, completedAt: clock() },
      });
      if (count !== 1) throw new DomainError('IDEMPOTENCY_CONFLICT');
    },
    async release() {
      await db.prisma.idempotencyRecord.deleteMany({ where: { attemptId, completedAt: null } });
    },
  };
}

const PURGED_AT_ONCE = 5_000;

/** Deletes the answers that are no longer kept; returns how many. */
export async function purgeIdempotencyRecords(db: Database, now: Date): Promise<number> {
  const before = new Date(now.getTime() - KEPT_MS);
  let purged = 0;
  for (;;) {
    const count = await db.prisma.$executeRaw`
      delete from idempotency_record where (principal_id, operation, key) in (
        select principal_id, operation, key from idempotency_record
        where created_at < ${before}::timestamptz order by created_at limit ${PURGED_AT_ONCE})`;
    if (count === 0) return purged;
    purged += count;
  }
}

const DEEPEST = 64;

/** The same text for the same JSON value, whatever the order of its members. @throws {DomainError} BAD_REQUEST for one nested too deeply */
function canonical(value: unknown, depth = 0): string {
  if (depth > DEEPEST) throw new DomainError('BAD_REQUEST', { issues: [{ path: '', message: 'Is nested too deeply.' }] });
  if (Array.isArray(value)) return `[${value.map((part) => canonical(part, depth + 1)).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part, depth + 1)}`).join()}}`;
}
