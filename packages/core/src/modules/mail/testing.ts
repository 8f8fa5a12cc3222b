import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export type ReceivedMail = {
  readonly from: string;
  readonly to: readonly string[];
  /** By lower-case name, unfolded; of a header that is there twice, both. */
  readonly headers: Readonly<Record<string, string[]>>;
  /** As it came, in its transfer encoding. */
  readonly body: string;
};

/** At which command the server refuses, and with what code. */
export type Refusal = { readonly at: 'CONNECT' | 'AUTH' | 'MAIL FROM' | 'RCPT TO' | 'DATA'; readonly code: number };

/** A real SMTP server that keeps what it takes in, and refuses what it is told to. */
export async function openSmtpServer() {
  const received: ReceivedMail[] = [];
  const refusals: Refusal[] = [];
  const refuse = (at: Refusal['at']): Error | null => {
    const [next] = refusals;
    if (next?.at !== at) return null;
    refusals.shift();
    return Object.assign(new Error(`refused at ${at}`), { responseCode: next.code });
  };
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onConnect: (_session, done) => done(refuse('CONNECT')),
    onAuth: ({ username }, _session, done) => done(refuse('AUTH'), { user: username }),
    onMailFrom: (_address, _session, done) => done(refuse('MAIL FROM')),
    onRcptTo: (_address, _session, done) => done(refuse('RCPT TO')),
    onData(stream, { envelope }, done) {
      text(stream).then((message) => {
        const refusal = refuse('DATA');
        if (refusal === null) {
          const { mailFrom, rcptTo } = envelope;
          received.push({
            ...parsed(message),
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
          });
        }
        done(refusal);
      }, done);
    },
  });
  server.on('error', () => {});
  const { port } = await new Promise<{ port: number }>((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () => resolve(listening.address() as { port: number }));
  });
  return {
    url: `smtp://user:password@127.0.0.1:${port}`,
    received,
    refuseNext: (...next: Refusal[]) => void refusals.push(...next),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function parsed(message: string): Pick<ReceivedMail, 'headers' | 'body'> {
  const end = message.indexOf('\r\n\r\n');
  const headers: Record<string, string[]> = {};
  for (const line of message
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()];
  }
  return { headers, body: message.slice(end + 4) };
}
