import type { Database } from '@reqbase/db';
import * as z from 'zod';
import { purgeIdempotencyRecords } from '../../idempotency.ts';
import type { Job } from '../../queue.ts';
import { transact } from '../../transact.ts';

const Nothing = z.object({});
const DAY_MS = 24 * 3_600_000;

/** How long what was deleted can be brought back from the database (reference/domain-model, Feature). */
export const KEPT_DELETED_MS = 30 * DAY_MS;

/** Rows with all that hangs on them, so few at a time that nobody waits for long. */
const BATCH = 100;

/** Removes what was deleted 30 days ago. */
const purgeDeleted: Job<z.infer<typeof Nothing>> = {
  name: 'retention.purge_deleted',
  data: Nothing,
  cron: '23 * * * *',
  async run({ access: { db }, clock }) {
    const before = new Date(clock().getTime() - KEPT_DELETED_MS);
    await inBatches(() => purgeFeatures(db, before, clock));
    await inBatches(() => purgeConversations(db, before));
    await inBatches(() => purgeComments(db, before));
    await inBatches(() => purgeTombstones(db, before));
    await inBatches(() => purgeOfProjects(db, before));
    await db.prisma.project.deleteMany({ where: { deletedAt: { lt: before } } });
  },
};

/** With its votes, comments, screenshot, subscriptions and notices; conversations about it and its duplicates stay, without it. */
function purgeFeatures(db: Database, before: Date, clock: () => Date): Promise<number> {
  return transact(db, async (tx) => {
    const gone = await tx.$queryRaw<{ id: string }[]>`
      select id from feature where deleted_at < ${before}::timestamptz order by deleted_at limit ${BATCH}`;
    const ids = gone.map(({ id }) => id);
    // The conversations first, as all do: the delete would lock them after their features.
    await tx.$executeRaw`
      update conversation set feature_id = null where id in (
        select id from conversation where feature_id = any(${ids}::uuid[]) order by id for no key update)`;
    await tx.$executeRaw`
      select from feature where id = any(${ids}::uuid[]) or duplicate_of_id = any(${ids}::uuid[]) order by id for update`;
    // Not left to the foreign key: a duplicate without its original is another to whoever reads it, and so is its tag.
    await tx.$executeRaw`
      update feature set duplicate_of_id = null, version = version + 1, updated_at = ${clock()}
      where duplicate_of_id = any(${ids}::uuid[])`;
    return tx.$executeRaw`delete from feature where id = any(${ids}::uuid[])`;
  });
}

/**
 * What is in deleted projects, a batch at a time, so that the project itself is then a small row to remove. In the order in
 * which rows refer to each other.
 */
async function purgeOfProjects({ prisma }: Database, before: Date): Promise<number> {
  for (const table of ['conversation', 'feature', 'requester', 'notification', 'live_event']) {
    const count = await prisma.$executeRawUnsafe(
      `delete from ${table} where ctid in (
         select t.ctid from ${table} t join project p on p.id = t.project_id where p.deleted_at < $1::timestamptz limit ${BATCH})`,
      before,
    );
    if (count > 0) return count;
  }
  return 0;
}

/** With its messages, events and notices. */
function purgeConversations({ prisma }: Database, before: Date): Promise<number> {
  return prisma.$executeRaw`
    delete from conversation where id in (
      select id from conversation where deleted_at < ${before}::timestamptz order by deleted_at limit ${BATCH} for update skip locked
    )`;
}

/** Of those with answers the tombstone stays for as long as they do: the answers would go with it. */
function purgeComments(db: Database, before: Date): Promise<number> {
  return transact(db, async (tx) => {
    const gone = await tx.$queryRaw<{ parentId: string | null }[]>`
      delete from comment where id in (
        select c.id from comment c
        where c.deleted_at < ${before}::timestamptz and c.body <> '' and not exists (select 1 from comment r where r.parent_id = c.id)
        order by c.deleted_at limit ${BATCH} for update skip locked
      ) returning parent_id as "parentId"`;
    const parents = gone.flatMap(({ parentId }) => parentId ?? []);
    // Found by their last answer: the index of what is to be purged has no tombstones, so that they cost nothing.
    await tx.$executeRaw`
      delete from comment c
      where c.id = any(${parents}::uuid[]) and c.deleted_at < ${before}::timestamptz and c.body = ''
        and not exists (select 1 from comment r where r.parent_id = c.id)`;
    return gone.length;
  });
}

function purgeTombstones({ prisma }: Database, before: Date): Promise<number> {
  return prisma.$executeRaw`
    update comment set body = '' where id in (
      select id from comment where deleted_at < ${before}::timestamptz and body <> '' order by deleted_at limit ${BATCH} for update skip locked
    )`;
}

/** Forgets the answers that were kept for retries. */
const purgeAnswers: Job<z.infer<typeof Nothing>> = {
  name: 'retention.purge_idempotency_records',
  data: Nothing,
  cron: '37 * * * *',
  async run({ access, clock }) {
    await purgeIdempotencyRecords(access.db, clock());
  },
};

/**
 * Gives back the room of what comes and goes all the time. A server does so by itself; the embedded database does not,
 * and the tables of the queue would grow without end.
 */
const vacuum: Job<z.infer<typeof Nothing>> = {
  name: 'retention.vacuum',
  data: Nothing,
  cron: '53 * * * *',
  async run({ access: { db } }) {
    if (db.engine === 'embedded') await db.execute(`vacuum (analyze) ${CHURNING.join(', ')}`);
  },
};
const CHURNING = ['pgboss.job_common', 'pgboss.queue', 'pgboss.version', 'live_event', 'idempotency_record', 'audit_head'];

async function inBatches(purge: () => Promise<number>): Promise<void> {
  while ((await purge()) > 0);
}

export const retentionJobs: readonly Job<object>[] = [purgeDeleted, purgeAnswers, vacuum];
