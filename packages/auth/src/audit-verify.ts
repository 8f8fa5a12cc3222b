import { createPublicKey } from 'node:crypto';
import {
  type ChainedEntry,
  type Checkpoint,
  canonicalText,
  chainHash,
  GENESIS_HASH,
  isSignedBy,
  type PublishedKey,
} from './audit-chain.ts';

// Verifies an exported audit log, far from the server that made it.

/** What is wrong first, by the number of the entry that it is wrong with. */
export type Fault = {
  readonly seq: number;
  readonly reason:
    | 'malformed'
    | 'edited'
    | 'missing'
    | 'out of order'
    | 'inserted'
    | 'foreign'
    | 'replaced'
    | 'rewritten'
    | 'truncated'
    | 'not signed';
  readonly message: string;
};

export type Verification =
  | { readonly isIntact: true; readonly entries: number; readonly checkpoint: Checkpoint }
  | ({ readonly isIntact: false } & Fault);

export type VerifyOptions = {
  /** From the installation itself, not from where the file came from: `/.well-known/reqbase-audit-keys`. */
  readonly publicKeys: readonly PublishedKey[];
  /** Checkpoints kept from before: only these show that a whole log was made anew by who holds the server. */
  readonly checkpoints?: readonly Checkpoint[];
};

/**
 * Reads an export (JSON Lines in UTF-8: the entries, then a checkpoint) and names the first entry that is not as it was
 * written. Holds two lines at a time, however long the file.
 */
export async function verifyAuditLog(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: VerifyOptions,
): Promise<Verification> {
  const lines = linesOf(chunks);
  const chain = chainReader(options);
  let line = await nextOf(lines);
  while (line !== null) {
    const next = await nextOf(lines);
    const found = chain.read(line, next);
    if (found?.reason === 'missing') return failed(await displaced(found, next, lines));
    if (found !== null) return failed(found);
    line = next;
  }
  return chain.end();
}

function failed(fault: Fault): Verification {
  return { isIntact: false, ...fault };
}

async function nextOf(lines: AsyncIterator<string, void>): Promise<string | null> {
  const { done, value } = await lines.next();
  return done === true ? null : value;
}

const LINE_FEED = 10;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lines without their ends, split before they are decoded: JSON may hold what some readers take for the end of a line. */
async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string, void> {
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield decoded([...rest, chunk.subarray(start, end)]);
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.slice(start));
  }
  if (rest.length > 0) yield decoded(rest);
}

/** What is no UTF-8 is no entry either. */
function decoded(parts: readonly Uint8Array[]): string {
  try {
    return decoder.decode(Buffer.concat(parts));
  } catch {
    return '';
  }
}

/** An entry that is not where it belongs may stand further on: then it was moved, and not taken out. */
async function displaced(found: Fault, next: string | null, lines: AsyncIterator<string, void>): Promise<Fault> {
  for (let line = next; line !== null; line = await nextOf(lines)) {
    if (entryIn(line)?.seq === found.seq)
      return { ...found, reason: 'out of order', message: `Entry ${found.seq} stands behind a later one.` };
  }
  return found;
}

type Chain = {
  /** What is wrong with a line, given the one after it. */
  readonly read: (line: string, next: string | null) => Fault | null;
  readonly end: () => Verification;
};

function chainReader({ publicKeys, checkpoints = [] }: VerifyOptions): Chain {
  let [expected, last] = [1, GENESIS_HASH];
  let orgId: string | null = null;
  let signed: Checkpoint | null = null;

  function add(entry: ChainedEntry, line: string, next: string | null): Fault | null {
    const { seq, prev_hash: prevHash, hash, ...content } = entry;
    const isWhole = line === canonicalText(entry) && hash === chainHash(prevHash, seq, canonicalText(content));
    if (!isWhole && placeOf(next) === expected + 1) return fault(expected, 'edited', 'The hash is not that of the entry.');
    if (seq > expected) return fault(expected, 'missing', `Entry ${seq} stands where entry ${expected} belongs.`);
    if (seq < expected || (!isWhole && placeOf(next) === expected))
      return fault(seq === expected - 1 ? seq : expected, 'inserted', `There is an entry ${seq} more than there was.`);
    if (!isWhole) return fault(seq, 'edited', 'The hash is not that of the entry.');
    if (prevHash !== last) {
      // Of two neighbours that do not fit, the one that fits its other neighbour is genuine.
      const isGenuine = next !== null && follows(next, hash);
      return fault(isGenuine && seq > 1 ? seq - 1 : seq, 'replaced', `Entry ${seq} was chained to another one before it.`);
    }
    orgId ??= content.org_id;
    if (content.org_id !== orgId) return fault(seq, 'foreign', 'The entry is of another organization.');
    if (checkpoints.some((kept) => kept.seq === seq && kept.hash !== hash))
      return fault(seq, 'rewritten', 'A checkpoint of before has another hash here.');
    [expected, last] = [seq + 1, hash];
    return null;
  }

  function close(checkpoint: Checkpoint): Fault | null {
    const published = publicKeys.find(({ kid }) => kid === checkpoint.keyId);
    if (published === undefined) return fault(expected, 'not signed', 'The checkpoint names a key that is not known.');
    if (!isSignedBy(createPublicKey({ key: published, format: 'jwk' }), checkpoint))
      return fault(expected, 'not signed', 'The signature of the checkpoint does not fit.');
    if (orgId !== null && checkpoint.orgId !== orgId)
      return fault(expected, 'foreign', 'The checkpoint is of another organization.');
    if (checkpoint.seq >= expected) return fault(expected, 'truncated', `There were ${checkpoint.seq} entries.`);
    if (checkpoint.seq < expected - 1)
      return fault(checkpoint.seq + 1, 'inserted', `There were no more than ${checkpoint.seq} entries.`);
    if (checkpoint.hash !== last)
      return fault(checkpoint.seq, 'rewritten', 'The chain ends in another hash than was signed: it was made anew up to here.');
    signed = checkpoint;
    return null;
  }

  return {
    read(line, next) {
      if (signed !== null) return fault(expected, 'inserted', 'Something stands behind the checkpoint.');
      const checkpoint = checkpointIn(line);
      if (checkpoint !== null) return close(checkpoint);
      const entry = entryIn(line);
      if (entry !== null) return add(entry, line, next);
      return next === null
        ? fault(expected, 'truncated', 'The file ends within a line.')
        : fault(expected, 'malformed', 'The line is no entry.');
    },
    end() {
      if (signed === null) return failed(fault(expected, 'truncated', 'The file ends without a checkpoint.'));
      const later = checkpoints.find(({ seq }) => seq >= expected);
      if (later !== undefined) return failed(fault(expected, 'truncated', `A checkpoint of before has ${later.seq} entries.`));
      return { isIntact: true, entries: expected - 1, checkpoint: signed };
    },
  };
}

function fault(seq: number, reason: Fault['reason'], message: string): Fault {
  return { seq, reason, message };
}

/** Which entry a line is, or that it stands behind the last. */
function placeOf(line: string | null): number | null {
  if (line === null) return null;
  const checkpoint = checkpointIn(line);
  return entryIn(line)?.seq ?? (checkpoint === null ? null : checkpoint.seq + 1);
}

/** Says whether a line follows an entry of this hash, in the chain or as the checkpoint over it. */
function follows(line: string, hash: string): boolean {
  return (entryIn(line)?.prev_hash ?? checkpointIn(line)?.hash) === hash;
}

function entryIn(line: string): ChainedEntry | null {
  const value = objectIn(line);
  const isEntry =
    value !== null &&
    Number.isSafeInteger(value['seq']) &&
    ['prev_hash', 'hash', 'org_id'].every((name) => typeof value[name] === 'string');
  return isEntry ? (value as unknown as ChainedEntry) : null;
}

const CHECKPOINT_TEXTS = ['orgId', 'hash', 'at', 'keyId', 'signature'];

function checkpointIn(line: string): Checkpoint | null {
  const value = objectIn(line)?.['checkpoint'];
  if (typeof value !== 'object' || value === null) return null;
  const checkpoint = value as Record<string, unknown>;
  const isCheckpoint =
    Number.isSafeInteger(checkpoint['seq']) &&
    CHECKPOINT_TEXTS.every((name) => typeof checkpoint[name] === 'string') &&
    line === canonicalText({ checkpoint: value });
  return isCheckpoint ? (value as Checkpoint) : null;
}

function objectIn(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    // What has no canonical text (half a character) no server has written.
    const isObject = typeof value === 'object' && value !== null && canonicalText(value).startsWith('{');
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
