import type { AddressInfo } from 'node:net';
import { toPublic } from '@reqbase/auth';
import { chargeThread, findThread, type Services, takeAnswer } from '@reqbase/core';
import type { FastifyBaseLogger } from 'fastify';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { type MailReader, mailReader } from './mail-reader.ts';
import { type MailOutcome, REPLIES } from './outcomes.ts';

export type MailListenerOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whom our own e-mails come from: an address, or a name and an address. */
  readonly mailFrom: string;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>;
  readonly onOutcome: (outcome: MailOutcome) => void;
  readonly read?: MailReader;
  /** Ten minutes unless given. */
  readonly longestSessionMs?: number;
};

export type MailListener = {
  readonly port: number;
  /** Takes no more, and waits for what is arriving and being stored. */
  stop(): Promise<void>;
};

const LARGEST_MAIL_BYTES = 10 * 1_048_576;
/** Each may hold an e-mail in memory. Mail servers come back (RFC 5321 §4.5.4.1). */
const MOST_CLIENTS = 20;
/** By then a connection has to be through, however slowly it speaks. */
const LONGEST_SESSION_MS = 10 * 60_000;
/** How long what is arriving may go on once the process is to end. */
const DRAIN_MS = 10_000;
const SHUTTING_DOWN = '4.3.2 Not available at the moment. Try again later.';

/**
 * Takes e-mails in by SMTP, at the addresses for answers alone, one recipient for each: what is said to have arrived is
 * committed. Neither the envelope's sender nor any header says who wrote: who knows the address did.
 *
 * @throws when it cannot listen there
 */
export async function openMailListener(
  services: Services,
  { host, port, mailFrom, log, onOutcome, read = mailReader(), longestSessionMs = LONGEST_SESSION_MS }: MailListenerOptions,
): Promise<MailListener> {
  const addresses = [addressIn(mailFrom), `@${services.replyDomain}`];
  /** Sessions that an e-mail is arriving in, or being stored. */
  const busy = new Set<string>();
  const deadlines = new Map<string, NodeJS.Timeout>();
  let isStopping = false;

  async function receive(stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<MailOutcome> {
    const bytes = await bytesOf(stream);
    if (bytes === null) return 'too_large';
    const thread = await findThread(services, envelope.rcptTo[0]?.address ?? '');
    if (thread === null) return 'unknown_address';
    // Bounces and holiday notices come from nobody (RFC 5321 §4.5.5, RFC 3834 §3.3).
    if (envelope.mailFrom === false || envelope.mailFrom.address === '') return 'automatic';
    await chargeThread(services, thread.conversationId);
    const mail = await read({ bytes, addresses });
    if (typeof mail === 'string') return mail;
    return mail.isAutomatic ? 'automatic' : takeAnswer(services, thread, mail);
  }

  function outcomeOf(error: unknown, ip: string): MailOutcome {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNECTION') return 'interrupted';
    const { code } = toPublic(error);
    if (code === 'CONVERSATION_NOT_FOUND') return 'unknown_address';
    if (code === 'RATE_LIMITED') return 'limited';
    log.error({ err: error, ip }, 'an e-mail could not be taken in');
    return 'failed';
  }

  function endSessions(isToEnd: (id: string) => boolean): void {
    for (const connection of server.connections) if (isToEnd(connection.session.id)) connection.send(421, SHUTTING_DOWN);
  }

  const server = new SMTPServer({
    name: services.replyDomain ?? 'localhost',
    size: LARGEST_MAIL_BYTES,
    maxClients: MOST_CLIENTS,
    maxRecipients: 1,
    closeTimeout: DRAIN_MS,
    // Without certificates of its own; nobody signs in; and no jokes of old.
    disabledCommands: ['STARTTLS', 'AUTH', 'XCLIENT', 'XFORWARD', 'HELP', 'WIZ', 'SHELL', 'KILL'],
    disableReverseLookup: true,
    logger: false,
    onConnect({ id }, done) {
      deadlines.set(id, setTimeout(() => endSessions((each) => each === id), longestSessionMs).unref());
      done();
    },
    onClose({ id }) {
      clearTimeout(deadlines.get(id));
      deadlines.delete(id);
    },
    onRcptTo({ address }, { remoteAddress: ip }, done) {
      void findThread(services, address)
        .then((thread) => (thread === null ? 'unknown_address' : null))
        .catch((error: unknown) => outcomeOf(error, ip))
        .then((outcome) => {
          if (outcome === null) return done();
          onOutcome(outcome);
          done(refusal(outcome));
        });
    },
    onData(stream, session, done) {
      const { id, remoteAddress: ip } = session;
      busy.add(id);
      const startedAt = performance.now();
      void receive(stream, session)
        .catch((error: unknown) => outcomeOf(error, ip))
        .then((outcome) => {
          onOutcome(outcome);
          // No address, of which the one for answers is a credential, and nothing of what it says.
          log.info({ outcome, bytes: stream.byteLength, ms: Math.round(performance.now() - startedAt), ip }, 'e-mail received');
          const [code, text] = REPLIES[outcome];
          if (code === 250) done(null, text);
          else done(refusal(outcome));
          busy.delete(id);
          if (isStopping) setImmediate(endSessions, (each: string) => each === id);
        });
    },
  });
  // Of a connection that breaks: whoever sends tries again.
  server.on('error', () => {});

  const listening = await new Promise<number>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, host, () => resolve((server.server.address() as AddressInfo).port));
  });
  log.info({ port: listening, host }, 'taking answers by e-mail');
  return {
    port: listening,
    stop() {
      isStopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      endSessions((id) => !busy.has(id));
      return closed;
    },
  };
}

function refusal(outcome: MailOutcome): Error {
  const [responseCode, text] = REPLIES[outcome];
  return Object.assign(new Error(text), { responseCode });
}

/** All of it; null when that is more than fits, of which nothing is kept. */
async function bytesOf(stream: SMTPServerDataStream): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    if (stream.sizeExceeded) chunks.length = 0;
    else chunks.push(chunk as Buffer);
  }
  return stream.sizeExceeded ? null : Buffer.concat(chunks);
}

function addressIn(mailFrom: string): string {
  return (/<([^<>]+)>/.exec(mailFrom)?.[1] ?? mailFrom).trim().toLowerCase();
}
