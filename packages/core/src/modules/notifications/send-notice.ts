import * as z from 'zod';
import type { Job } from '../../queue.ts';
import { replyAddress } from '../conversations/reply-address.ts';
import { Mail } from '../mail/send-mail.ts';
import { noticeMail } from './notice-mail.ts';
import { threadOf } from './notice-thread.ts';
import { readNotice } from './told-notice.ts';

const SendNotice = z.object({ notificationId: z.uuid(), requesterId: z.uuid(), to: z.string() });

/**
 * Sends one recipient the e-mail of a notice, in the words that it has by then: what was edited or deleted while the
 * e-mail waited, be it for a day because the server took none, is not sent. Nor is what its address has opted out of since.
 */
export const sendNotice: Job<z.infer<typeof SendNotice>> = {
  name: 'notifications.send',
  data: SendNotice,
  // As `sendMail`.
  retryLimit: 30,
  concurrency: 4,
  async run(services, { notificationId, requesterId, to }) {
    const { prisma } = services.access.db;
    const now = services.clock();
    const notice = await readNotice(prisma, notificationId, now);
    if (notice === null) return;
    if ((await prisma.requester.count({ where: { projectId: notice.project.id, email: to, emailOptOut: true } })) > 0) return;
    const thread = await threadOf(prisma, notice, requesterId);
    const replyTo = thread === null ? null : replyAddress(services, thread);
    // An address that cannot be one is as good as none: nothing is tried again for it.
    const mail = Mail.safeParse(noticeMail(services, notice, { id: requesterId, email: to, replyTo }));
    if (mail.success) await services.mailer.send(mail.data, now);
  },
};
