import { Prisma, type Transaction } from '@reqbase/db';
import * as z from 'zod';
import type { Job } from '../../queue.ts';
import type { Services } from '../../services.ts';
import { Mail, sendMail } from '../mail/send-mail.ts';
import { noticeMail, type ToldNotice } from './notice-mail.ts';

const MailNotice = z.object({
  notificationId: z.uuid(),
  /** The last recipient that the job before has seen to. */
  after: z.uuid().optional(),
});

const BATCH = 100;

/**
 * Sends a notice to those of its recipients who have an address, want e-mail and have not read it yet. Each run sees to
 * a batch and adds the next. Who has been mailed is marked in the transaction that adds the e-mail, so that a run that is
 * repeated mails nobody twice.
 */
export const mailNotice: Job<z.infer<typeof MailNotice>> = {
  name: 'notifications.mail',
  data: MailNotice,
  async run(services, { notificationId, after }) {
    const { prisma } = services.access.db;
    const notice = await prisma.notification.findFirst({
      where: { id: notificationId, project: { deletedAt: null } },
      select: {
        id: true,
        type: true,
        title: true,
        body: true,
        data: true,
        expiresAt: true,
        project: { select: { id: true, name: true, domain: true, allowedOrigins: true } },
      },
    });
    const now = services.clock();
    if (notice === null || (notice.expiresAt !== null && notice.expiresAt <= now)) return;
    await prisma.$transaction(async (tx) => {
      const recipients = await takeBatch(tx, notificationId, after, now);
      for (const recipient of recipients) await addMail(tx, services, notice, recipient);
      const last = recipients.at(-1);
      if (last !== undefined && recipients.length === BATCH)
        await services.queue.add(tx, mailNotice, { notificationId, after: last.id });
    });
  },
};

type Recipient = { readonly id: string; readonly email: string };

async function takeBatch(tx: Transaction, notificationId: string, after: string | undefined, now: Date): Promise<Recipient[]> {
  const taken = await tx.$queryRaw<Recipient[]>`
    with batch as (
      select c.requester_id, r.email
      from notification_receipt c
      join requester r on r.id = c.requester_id
      where c.notification_id = ${notificationId}::uuid and c.emailed_at is null and c.read_at is null
        and r.email is not null and not r.email_opt_out
        and ${after === undefined ? Prisma.sql`true` : Prisma.sql`c.requester_id > ${after}::uuid`}
      order by c.requester_id
      limit ${BATCH}
      for update of c skip locked
    )
    update notification_receipt c set emailed_at = ${now}::timestamptz
    from batch
    where c.notification_id = ${notificationId}::uuid and c.requester_id = batch.requester_id
    returning c.requester_id as id, batch.email`;
  return taken.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function addMail(tx: Transaction, services: Services, notice: ToldNotice, recipient: Recipient): Promise<void> {
  // An address that cannot be one is as good as none: it must not keep the others from theirs.
  const mail = Mail.safeParse(noticeMail(services, notice, recipient));
  if (mail.success) await services.queue.add(tx, sendMail, mail.data);
}
