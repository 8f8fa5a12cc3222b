import { connect } from 'node:net';
import type { Services } from '@reqbase/core';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type { TestInstallation } from '../testing.ts';
import { type MailListenerOptions, openMailListener } from './listener.ts';
import type { MailOutcome } from './outcomes.ts';
import { readMail } from './read-mail.ts';

export const REPLY_DOMAIN = 'replies.example';
export const GRACE = 'grace@mail.example';

/** What a mail server is told: a code and a text. */
export type SmtpReply = { readonly code: number; readonly text: string };

/** The listener of an installation, on a port of its own, with what it has noted. It reads in this process, unless said otherwise. */
export async function openTestListener(
  { core, metrics }: Pick<TestInstallation, 'core' | 'metrics'>,
  {
    services = core,
    read = readMail,
    longestSessionMs = 60_000,
  }: { readonly services?: Services } & Pick<MailListenerOptions, 'read' | 'longestSessionMs'> = {},
) {
  const outcomes: MailOutcome[] = [];
  const lines: unknown[] = [];
  const log = (...line: unknown[]) => void lines.push(...line);
  const listener = await openMailListener(services, {
    host: '127.0.0.1',
    port: 0,
    mailFrom: 'Acme <hello@acme.example>',
    log: { info: log, error: log },
    onOutcome(outcome) {
      outcomes.push(outcome);
      metrics.onMail(outcome);
    },
    read,
    longestSessionMs,
  });
  return { ...listener, outcomes, lines };
}

/** Sends an e-mail as a mail server does, from Grace unless said otherwise; whatever it is answered. */
export async function sendTo({ port }: { readonly port: number }, mail: SendMailOptions): Promise<SmtpReply> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  try {
    const { response } = await transport.sendMail({ from: GRACE, ...mail });
    return toReply(response);
  } catch (error) {
    if (error instanceof Error && 'response' in error) return toReply(String(error.response));
    throw error;
  } finally {
    transport.close();
  }
}

/** Sends an e-mail of these bytes to an address. */
export function sendRaw(
  listener: { readonly port: number },
  to: string,
  raw: string | Buffer,
  from: string = GRACE,
): Promise<SmtpReply> {
  return sendTo(listener, { envelope: { from, to }, raw });
}

function toReply(response: string): SmtpReply {
  return { code: Number(response.slice(0, 3)), text: response.slice(4) };
}

/** A connection that speaks a command at a time. */
export async function openSmtpSession({ port }: { readonly port: number }) {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let hasEnded = false;
  let wake = () => {};
  socket.on('data', (data: Buffer) => {
    received += data.toString();
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    hasEnded = true;
    wake();
  });
  /** The next whole reply; empty when the connection has ended. */
  async function reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(received)?.[0];
      if (whole !== undefined) {
        received = received.slice(whole.length);
        return whole.trimEnd();
      }
      if (hasEnded) return '';
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const greeting = await reply();
  return {
    greeting,
    reply,
    write: (text: string) => void socket.write(text),
    say(command: string): Promise<string> {
      socket.write(`${command}\r\n`);
      return reply();
    },
    end: () => socket.destroy(),
  };
}
