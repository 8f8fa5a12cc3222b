import { DomainError, secondsToNextDay, utcDay } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { actOf } from '../../act.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { listNotifications } from './list-notifications.ts';
import { notify } from './notify.ts';
import type { Announcement, ListAnnouncements, Notification, SendAnnouncement } from './schema.ts';

/** An announcement that nobody has read by then leaves the feeds. Source: wire-facts, Announcements. */
const UNREAD_MS = 24 * 3_600_000;
const PER_DAY = 3;

/**
 * Tells everyone who has ever used the widget.
 *
 * @throws {DomainError} ANNOUNCEMENT_LIMIT for the fourth of a UTC day, with the seconds until the next
 */
export async function sendAnnouncement(ctx: ProjectContext, { title, body }: SendAnnouncement): Promise<Announcement> {
  return write(ctx, async (tx, audit) => {
    const now = ctx.clock();
    if (!(await countsToday(tx, ctx.tenant.project.id, now)))
      throw new DomainError('ANNOUNCEMENT_LIMIT', { retryAfter: secondsToNextDay(now) });
    const expiresAt = new Date(now.getTime() + UNREAD_MS);
    // At one instant, however long it takes: it expires by when it was sent.
    const act = { ...actOf(ctx), clock: () => now };
    const id = await notify(tx, act, {
      type: 'announcement.sent',
      title,
      body,
      audience: 'requesters',
      isPrivate: false,
      recipients: 'everyone',
      expiresAt,
    });
    await audit({ action: 'announcement.sent', resourceType: 'announcement', resourceId: id, diff: { title } });
    const { recipientCount, channels } = await tx.notification.findUniqueOrThrow({
      where: { id },
      select: { recipientCount: true, channels: true },
    });
    return {
      id,
      title,
      body,
      recipientCount,
      channels: channels as Announcement['channels'],
      createdAt: now.toISOString(),
      expiresAt: expiresAt.toISOString(),
    };
  });
}

/** Takes one of the day's three. The row lock makes those who send at once take turns; what is undone is given back. */
async function countsToday(tx: Transaction, projectId: string, now: Date): Promise<boolean> {
  const counted = await tx.$executeRaw`
    insert into announcement_day as d (project_id, day, sent) values (${projectId}::uuid, ${utcDay(now)}::date, 1)
    on conflict (project_id, day) do update set sent = d.sent + 1 where d.sent < ${PER_DAY}`;
  return counted === 1;
}

/** The announcements of the project, newest first. @throws {DomainError} INVALID_CURSOR */
export async function listAnnouncements(ctx: ProjectContext, input: ListAnnouncements): Promise<Page<Announcement>> {
  const page = await listNotifications(ctx, { ...input, type: ['announcement.sent'] });
  return { ...page, items: page.items.map(toAnnouncement) };
}

function toAnnouncement({ id, title, body, recipientCount, channels, createdAt, expiresAt }: Notification): Announcement {
  return { id, title, body: body ?? '', recipientCount, channels, createdAt, expiresAt: expiresAt ?? createdAt };
}
