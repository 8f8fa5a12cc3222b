import { type ExecFileException, execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RawMail, ReadMail } from './read-mail.ts';

/** Many times what the e-mails of people take, also on a machine that is busy. */
const TIMEOUT_MS = 10_000;
const LARGEST_HEAP_MB = 256;
/** Of a mebibyte of text as JSON. */
const LARGEST_ANSWER_BYTES = 8 * 1_048_576;
const READER = fileURLToPath(new URL('read-mail-process.ts', import.meta.url));

export type MailReader = (mail: RawMail) => Promise<ReadMail>;

/**
 * Reads e-mails one after another, each in a process of its own that knows nothing else: what was made to take long, or much
 * memory, is `unreadable` after a while, and calls of the API are answered meanwhile. (A thread would not do: one that runs
 * out of memory takes the process along.)
 */
export function mailReader({ timeoutMs = TIMEOUT_MS, heapMb = LARGEST_HEAP_MB } = {}): MailReader {
  let last: Promise<unknown> = Promise.resolve();
  return (mail) => {
    const read = last.then(() => readApart(mail, { timeoutMs, heapMb }));
    last = read.catch(() => {});
    return read;
  };
}

type Bounds = { readonly timeoutMs: number; readonly heapMb: number };

/** @throws when it is the reader that fails, or that is told to end */
function readApart({ bytes, addresses }: RawMail, { timeoutMs, heapMb }: Bounds): Promise<ReadMail> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [`--max-old-space-size=${heapMb}`, READER, ...addresses],
      { env: {}, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: LARGEST_ANSWER_BYTES },
      (error, answer) => {
        if (error === null) resolve(JSON.parse(answer) as ReadMail);
        else if (isMailsFault(error)) resolve('unreadable');
        else reject(new Error('the reader of an e-mail has failed', { cause: error }));
      },
    );
    // It may end before it has read everything.
    child.stdin?.on('error', () => {});
    child.stdin?.end(bytes);
  });
}

/** It was ended for taking too long, or has ended itself for want of memory. */
function isMailsFault({ killed, signal }: ExecFileException): boolean {
  return killed === true || signal === 'SIGABRT';
}
