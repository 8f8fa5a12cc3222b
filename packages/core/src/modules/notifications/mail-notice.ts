import { Prisma, type Transaction } from '@reqbase/db';
import * as z from 'zod';
import type { Job } from '../../queue.ts';
import { sendNotice } from './send-notice.ts';
import { readNotice } from './told-notice.ts';

const MailNotice = z.object({
  notificationId: z.uuid(),
  /** The last recipient that the job before has seen to: where to go on, so that a run costs the same of any number. */
  after: z.uuid().optional(),
});

const BATCH = 100;

/**
 * Sends a notice to those of its recipients who have an address and have not read it yet, once to each address, and not to
 * one that anybody of the project who has it wants no e-mail at. Each run sees to a batch and adds the next, until one
 * that has looked through all finds nobody. Who has been mailed is marked in the transaction that adds the e-mail, so that a run that is
 * repeated mails nobody twice. What it says is read when it is sent.
 */
export const mailNotice: Job<z.infer<typeof MailNotice>> = {
  name: 'notifications.mail',
  data: MailNotice,
  async run(services, { notificationId, after }) {
    const { prisma } = services.access.db;
    const now = services.clock();
    if ((await readNotice(prisma, notificationId, now)) === null) return;
    await prisma.$transaction(async (tx) => {
      const { recipients, last, isMissing } = await takeBatch(tx, notificationId, after ?? null, now);
      for (const { id, email } of recipients)
        await services.queue.add(tx, sendNotice, { notificationId, requesterId: id, to: email });
      if (last !== null) await services.queue.add(tx, mailNotice, { notificationId, after: last });
      // From the beginning: copies move when requesters are merged, and may by now be where no run has looked.
      else if (after !== undefined || isMissing) await services.queue.add(tx, mailNotice, { notificationId });
    });
  },
};

type Recipient = { readonly id: string; readonly email: string };

/**
 * Marks the next of those who are to be mailed, and returns whom to mail: of several with one address, the first.
 * `last` is where the next run goes on; null when there is none to come after this one.
 */
async function takeBatch(
  tx: Transaction,
  notificationId: string,
  after: string | null,
  now: Date,
): Promise<{ recipients: Recipient[]; last: string | null; isMissing: boolean }> {
  // Runs that overlap take turns, and each reads what the one before has marked.
  await tx.$queryRaw`select id from notification where id = ${notificationId}::uuid for no key update`;
  // A copy that is locked is waited for. One that has moved to another requester meanwhile is not marked: it is found there.
  const batch = await tx.$queryRaw<(Recipient & { isTaken: boolean })[]>`
    with batch as materialized (
      select c.requester_id, r.email
      from notification_receipt c
      join requester r on r.id = c.requester_id
      where c.notification_id = ${notificationId}::uuid and c.emailed_at is null and c.read_at is null and r.email is not null
        and ${after === null ? Prisma.sql`true` : Prisma.sql`c.requester_id > ${after}::uuid`}
        and not exists (
          select from requester o where o.project_id = r.project_id and o.email = r.email and o.email_opt_out)
        and not exists (
          select from requester o
          join notification_receipt m on m.notification_id = c.notification_id and m.requester_id = o.id
          where o.project_id = r.project_id and o.email = r.email and m.emailed_at is not null)
      order by c.requester_id
      limit ${BATCH}
    ), taken as (
      update notification_receipt c set emailed_at = ${now}::timestamptz
      from batch
      where c.notification_id = ${notificationId}::uuid and c.requester_id = batch.requester_id
        and c.emailed_at is null and c.read_at is null
      returning c.requester_id
    )
    select requester_id as id, email, requester_id in (select requester_id from taken) as "isTaken" from batch order by requester_id`;
  const byAddress = new Map<string, Recipient>();
  for (const { id, email, isTaken } of batch) if (isTaken && !byAddress.has(email)) byAddress.set(email, { id, email });
  return {
    recipients: [...byAddress.values()],
    last: batch.length === BATCH ? (batch.at(-1)?.id ?? null) : null,
    isMissing: batch.some(({ isTaken }) => !isTaken),
  };
}
