import * as z from 'zod';
import type { Job } from '../../queue.ts';
import { mailNotice } from './mail-notice.ts';
import { sendNotice } from './send-notice.ts';

const Nothing = z.object({});
const BATCH = 5_000;
/** Of announcements that expired before, all that is left has been read; should it have been down for longer, some room is lost. */
const LOOKED_BACK_MS = 7 * 24 * 3_600_000;
/** Who has been away for longer than this gets a `reset` and reads everything anew. */
const LIVE_EVENTS_KEPT_MS = 24 * 3_600_000;

/**
 * Drops the copies of announcements that nobody has read in time. The feeds leave them out from the very moment; this
 * only gives the room back, and the entry of the team's feed stays.
 */
const dropUnreadAnnouncements: Job<z.infer<typeof Nothing>> = {
  name: 'notifications.drop_unread_announcements',
  data: Nothing,
  cron: '11 * * * *',
  async run({ access, clock }) {
    const now = clock();
    const since = new Date(now.getTime() - LOOKED_BACK_MS);
    await inBatches(
      () => access.db.prisma.$executeRaw`
        delete from notification_receipt where (notification_id, requester_id) in (
          select c.notification_id, c.requester_id
          from notification n join notification_receipt c on c.notification_id = n.id
          where n.expires_at <= ${now}::timestamptz and n.expires_at > ${since}::timestamptz and c.read_at is null limit ${BATCH})`,
    );
  },
};

/** Drops the live events that no reconnecting watcher is given any more. */
const purgeLiveEvents: Job<z.infer<typeof Nothing>> = {
  name: 'notifications.purge_live_events',
  data: Nothing,
  cron: '*/10 * * * *',
  async run({ access, clock }) {
    const before = new Date(clock().getTime() - LIVE_EVENTS_KEPT_MS);
    await inBatches(
      () => access.db.prisma.$executeRaw`
        delete from live_event where (project_id, seq) in (
          select project_id, seq from live_event where created_at < ${before}::timestamptz order by created_at limit ${BATCH})`,
    );
  },
};

/** A batch at a time: one statement over everything would keep the writers waiting. */
async function inBatches(drop: () => Promise<number>): Promise<void> {
  while ((await drop()) > 0);
}

export const notificationJobs: readonly Job<object>[] = [mailNotice, sendNotice, dropUnreadAnnouncements, purgeLiveEvents];
