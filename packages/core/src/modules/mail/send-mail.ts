import * as z from 'zod';
import type { Job } from '../../queue.ts';
import { storable } from '../../schema-kit.ts';

/** Text for a header: a line break in it would begin another header. */
const HeaderText = z
  .string()
  .max(998)
  .regex(/^\P{Cc}*$/u, 'must be one line')
  .check(storable);
const Address = z.email().max(254);

export const Mail = z.object({
  /** One address: who else is told is nobody's to know. */
  to: Address,
  subject: HeaderText.min(1),
  text: z.string().max(100_000).check(storable),
  html: z.string().max(200_000).check(storable).optional(),
  replyTo: Address.optional(),
  /** Beside the usual ones, e.g. `List-Unsubscribe`. */
  headers: z
    .record(z.string().regex(/^(List-[A-Za-z-]{1,40}|In-Reply-To|References|X-[A-Za-z0-9-]{1,40})$/), HeaderText)
    .optional(),
  /** What the e-mail follows from, e.g. `<notification>:<requester>`: the same in every attempt, and in no other e-mail. */
  dedupeId: z.string().min(1).max(200),
});
export type Mail = z.infer<typeof Mail>;

/** Sends one e-mail: `act.queue.add(tx, sendMail, { to, subject, text, dedupeId })`. */
export const sendMail: Job<Mail> = {
  name: 'mail.send',
  data: Mail,
  // Links in e-mails open what they lead to.
  isSealed: true,
  // About a day: a server that refuses for the time being, or is not there, is asked again (RFC 5321 §4.5.4.1).
  retryLimit: 30,
  concurrency: 4,
  run: ({ mailer, clock }, mail) => mailer.send(mail, clock()),
};
