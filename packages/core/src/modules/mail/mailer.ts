import { hash } from 'node:crypto';
import type { NodemailerError, SendMailOptions } from 'nodemailer';
import { HopelessJobError } from '../../queue.ts';
import type { Mail } from './send-mail.ts';

/** The way out for e-mail. */
export type Mailer = {
  /** @throws {HopelessJobError} when the recipient or the message is refused for good */
  send(mail: Mail, at: Date): Promise<void>;
};

/** An e-mail as it would go out. */
export type ComposedMail = Omit<Mail, 'dedupeId'> & { readonly from: string; readonly messageId: string };

/** For processes that run no jobs. */
export const noMailer: Mailer = {
  send: () => Promise.reject(new Error('this process sends no e-mail')),
};

/** Hands each e-mail to `deliver` instead of to a server: to the log, or to a test. */
export function handingMailer(from: string, deliver: (mail: ComposedMail) => void): Mailer {
  return {
    async send({ dedupeId, ...mail }) {
      deliver({ ...mail, from, messageId: messageIdOf(from, dedupeId) });
    },
  };
}

const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };
/** How many e-mails a process remembers to have handed over. */
const REMEMBERED = 1_000;

/** Sends through the server of an `smtp:` or `smtps:` URL, each e-mail over a connection of its own. */
export function smtpMailer(url: string, from: string): Mailer {
  // Lest a job whose completion could not be written sends again. Another process cannot know: see the Message-ID.
  const handedOver = new Set<string>();
  return {
    async send(mail, at) {
      const message = messageOf(mail, from, at);
      if (handedOver.has(message.messageId)) return;
      // Loaded where there is something to send.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({ url, ...TIMEOUTS, disableFileAccess: true, disableUrlAccess: true });
      try {
        await transport.sendMail(message);
      } catch (error) {
        throw isHopeless(error) ? new HopelessJobError('refused for good', { cause: error }) : error;
      } finally {
        transport.close();
      }
      handedOver.add(message.messageId);
      const [oldest] = handedOver;
      if (handedOver.size > REMEMBERED && oldest !== undefined) handedOver.delete(oldest);
    },
  };
}

function messageOf({ to, subject, text, html, replyTo, headers, dedupeId }: Mail, from: string, at: Date) {
  return {
    // As an object the address is taken as it is; a text would be read as a list of addresses.
    to: { name: '', address: to },
    from,
    subject,
    text,
    messageId: messageIdOf(from, dedupeId),
    date: at,
    // Lest holiday notices answer it (RFC 3834 §5).
    headers: { 'Auto-Submitted': 'auto-generated', ...headers },
    ...(html !== undefined && { html }),
    ...(replyTo !== undefined && { replyTo: { name: '', address: replyTo } }),
  } satisfies SendMailOptions;
}

/** The same for the same e-mail, however often it is sent: mailboxes show it once (RFC 5322 §3.6.4). */
function messageIdOf(from: string, dedupeId: string): string {
  const domain = /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost';
  return `<${hash('sha256', dedupeId, 'hex').slice(0, 32)}@${domain}>`;
}

/**
 * Refused with 5xx once the server let us in and took the sender (or by the library, which calls itself `API`): another
 * attempt would end the same (RFC 5321 §4.2.1).
 * A refused sign-in or sender is the operator's to mend, and the e-mails wait for it.
 */
function isHopeless(error: unknown): boolean {
  const { permanent, command } = error instanceof Error ? (error as NodemailerError) : {};
  return command === 'API' || (permanent === true && (command === 'RCPT TO' || command === 'DATA'));
}
