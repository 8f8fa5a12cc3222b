import { PLANS, utcDay } from '@reqbase/auth';
import * as z from 'zod';
import type { Job } from '../../queue.ts';
import type { Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { KEY_FIELDS, toApiKey } from '../api-keys/service.ts';
import { addAttempt } from './deliver.ts';
import { emitOfKey, isFirstTime } from './emit.ts';
import { deliveryJobs, fanOutEvent } from './fan-out.ts';
import { tellQuota } from './quota-watch.ts';
import { patternsFor } from './schema.ts';

const Nothing = z.object({});
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 500;

/** What is later than this has lost its job. */
const OVERDUE_MS = 15 * 60_000;
const EXPIRING_MS = 7 * DAY_MS;
/** What nobody waits for any more is kept for as long as a job may still be reading it. */
const KEPT_EVENTS_MS = HOUR_MS;
/** An event that could not be fanned out in this time has nobody to go to. */
const LONGEST_MS = 7 * DAY_MS;
/** Longer than anything that is told once can come about again. */
const KEPT_ONCE_MS = 40 * DAY_MS;

/** Adds the jobs of events and deliveries anew that have lost theirs: what died with its last attempt, or was deleted. */
const resume: Job<z.infer<typeof Nothing>> = {
  name: 'webhooks.resume',
  data: Nothing,
  cron: '*/10 * * * *',
  async run({ access: { db }, clock, queue }) {
    const now = clock();
    const before = new Date(now.getTime() - OVERDUE_MS);
    const events = await db.prisma.webhookEvent.findMany({
      where: { fannedOutAt: null, createdAt: { lt: before } },
      select: { id: true },
      take: BATCH,
    });
    for (const { id } of events)
      await transact(db, (tx) => queue.add(tx, fanOutEvent, { eventId: id }, { startAfter: now, key: id }));
    const deliveries = await db.prisma.webhookDelivery.findMany({
      where: { status: 'pending', nextAttemptAt: { lt: before } },
      select: { id: true, webhookId: true, attempt: true },
      orderBy: { nextAttemptAt: 'asc' },
      take: BATCH,
    });
    for (const { attempt, ...delivery } of deliveries)
      await transact(db, (tx) => addAttempt(tx, queue, { ...delivery, attempt: attempt + 1 }, now));
  },
};

/** Tells of keys that expire within seven days, each once; of one whose end is moved, once more. */
const tellExpiring: Job<z.infer<typeof Nothing>> = {
  name: 'webhooks.tell_expiring',
  data: Nothing,
  cron: '17 * * * *',
  async run(services) {
    const { access, clock } = services;
    const now = clock();
    const until = new Date(now.getTime() + EXPIRING_MS);
    for (let after = ''; ; ) {
      const rows = await access.db.prisma.apiKey.findMany({
        // Whose place another key takes may end: that was told by the rotation.
        where: {
          revokedAt: null,
          replacedBy: null,
          expiresAt: { gt: now, lte: until },
          ...(after !== '' && { id: { gt: after } }),
        },
        select: { ...KEY_FIELDS, organization: { select: { id: true, slug: true, plan: true } } },
        orderBy: { id: 'asc' },
        take: BATCH,
      });
      for (const row of rows)
        await transact(access.db, async (tx) => {
          if (!(await isFirstTime(tx, services, `api_key.expiring ${row.id} ${row.expiresAt?.toISOString()}`))) return;
          const organization = { ...row.organization, plan: row.organization.plan ?? access.source.defaultPlan };
          const data = toApiKey({ clock, tenant: { organization } }, row);
          await emitOfKey(tx, services, row, { event: 'api_key.expiring', read: async () => ({ data }) });
        });
      const last = rows.at(-1);
      if (last === undefined || rows.length < BATCH) return;
      after = last.id;
    }
  },
};

/** Tells what the call that used it up could not, because it was killed. Of yesterday too: it may have been the day's last. */
const tellQuotas: Job<z.infer<typeof Nothing>> = {
  name: 'webhooks.tell_quotas',
  data: Nothing,
  cron: '*/10 * * * *',
  async run(services) {
    const { access, clock } = services;
    const now = clock();
    const projects = await projectsToTell(services);
    for (const { id, plan } of projects)
      for (const at of [new Date(now.getTime() - DAY_MS), now]) {
        const limit = PLANS[plan ?? access.source.defaultPlan].callsPerDay;
        if (limit === null) continue;
        const calls = await access.meter.callsOn(id, utcDay(at));
        await tellQuota({ ...services, db: access.db }, { projectId: id, at, calls, limit });
      }
  },
};

async function projectsToTell({ access: { db } }: Services) {
  const projects = await db.prisma.project.findMany({
    where: {
      deletedAt: null,
      webhooks: { some: { status: 'active', events: { hasSome: patternsFor('quota.reached_80').concat('quota.reached_100') } } },
    },
    select: { id: true, organization: { select: { plan: true } } },
  });
  return projects.map(({ id, organization: { plan } }) => ({ id, plan }));
}

/** Drops the events that nobody waits for, and what was told once long ago. */
const purge: Job<z.infer<typeof Nothing>> = {
  name: 'webhooks.purge',
  data: Nothing,
  cron: '47 * * * *',
  async run({ access: { db }, clock }) {
    const now = clock().getTime();
    const [settled, longest, once] = [KEPT_EVENTS_MS, LONGEST_MS, KEPT_ONCE_MS].map((kept) => new Date(now - kept));
    await inBatches(
      () => db.prisma.$executeRaw`
        delete from webhook_event where id in (
          select e.id from webhook_event e
          where e.created_at < ${settled}::timestamptz
            and (e.created_at < ${longest}::timestamptz or e.fanned_out_at is not null)
            and not exists (select from webhook_delivery d where d.event_id = e.id and d.status = 'pending')
          order by e.created_at limit ${BATCH})`,
    );
    await inBatches(
      () => db.prisma.$executeRaw`
        delete from webhook_once where name in (
          select name from webhook_once where created_at < ${once}::timestamptz order by created_at limit ${BATCH})`,
    );
  },
};

async function inBatches(drop: () => Promise<number>): Promise<void> {
  while ((await drop()) > 0);
}

export const webhookJobs: readonly Job<object>[] = [...deliveryJobs, resume, tellExpiring, tellQuotas, purge];
