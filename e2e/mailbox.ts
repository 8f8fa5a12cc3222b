import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 50;

/** The text of the next e-mail to an address, as soon as it has gone out: the first call gives the first one, and so on. */
export type Mailbox = (to: string) => Promise<string>;

/** Reads what a server without SMTP_URL writes into its log, at the level `info`, instead of sending it. */
export function readMailbox(log: Readable): Mailbox {
  const mails: { to: string; text: string }[] = [];
  createInterface({ input: log }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const { msg, to, text } = JSON.parse(line) as { msg?: string; to?: string; text?: string };
    if (msg?.startsWith('e-mail, not sent') && to !== undefined && text !== undefined) mails.push({ to, text });
  });
  return async (to) => {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const place = mails.findIndex((mail) => mail.to === to);
      const [found] = place === -1 ? [] : mails.splice(place, 1);
      if (found !== undefined) return found.text;
      if (Date.now() > end) throw new Error(`no e-mail to ${to} within ${PATIENCE_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
}
