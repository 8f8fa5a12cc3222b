import { AsyncLocalStorage } from 'node:async_hooks';
import { DomainError } from '@reqbase/auth';
import { type Outbound, type OutboundAnswer, OutboundError } from '@reqbase/core';
import { addressLimit } from '../address-limit.ts';
import { readMetadata } from './client-metadata.ts';
import { heldClient } from './storage.ts';

/** Whose documents are read: everybody's, nobody's, or those of these hosts. */
export type ClientDocuments = 'all' | 'none' | readonly string[];

/** That are not at hand, asked for from one address. */
const DOCUMENTS_PER_MINUTE = 20;
/** How long one that could not be read is not asked for again. */
const FAILURE_MS = 30_000;
/** Above this many, remembering begins anew rather than growing. */
const MOST_FAILURES = 10_000;

/**
 * Says whether the document at this URL may be asked for at all. An id has one spelling, the URL's own: by another (`HTTPS://`, a host
 * without a path) the same client would be another one.
 */
function isDocumentAllowed(allowed: ClientDocuments, clientId: string): boolean {
  const url = URL.parse(clientId);
  if (url === null || url.href !== clientId || allowed === 'none') return false;
  return allowed === 'all' || allowed.includes(url.host);
}

const askers = new AsyncLocalStorage<{ readonly ip: string | null }>();

/**
 * Runs `work` for who asks from this address: it is they who are charged for the documents that are read for it. Null for the person who
 * decides on a request that has begun already. Elsewhere none is read.
 */
export function askedFrom<Output>(ip: string | null, work: () => Output): Output {
  return askers.run({ ip }, work);
}

type Documents = {
  /** Says whether the document at this URL, which is not at hand, is to be read now. @throws {DomainError} RATE_LIMITED */
  readonly isToBeRead: (clientId: string) => boolean;
  /**
   * The library's way out, for client metadata documents and nothing else. What it hands on is what counts of the document; one that
   * counts for nothing, as a failure, which is remembered for a while. One that could not be read for the moment, and may be there,
   * it refuses as UNAVAILABLE.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
};

/** The documents of clients, read by `outbound`, which connects to public addresses alone and follows no redirect. */
export function readingDocuments(allowed: ClientDocuments, outbound: Outbound, clock: () => Date): Documents {
  const limit = addressLimit(DOCUMENTS_PER_MINUTE, clock);
  const failures = new Map<string, { readonly until: number; readonly isPassing: boolean }>();
  const rememberedFailure = (url: string) => {
    const failure = failures.get(url);
    const leftMs = (failure?.until ?? 0) - clock().getTime();
    return failure !== undefined && leftMs > 0 ? { leftMs, isPassing: failure.isPassing } : null;
  };
  return {
    isToBeRead(clientId) {
      const asker = askers.getStore();
      // Nothing is waited for while a request is answered, nor on the library's own account.
      if (asker === undefined || heldClient() !== undefined || !isDocumentAllowed(allowed, clientId)) return false;
      if (asker.ip !== null && rememberedFailure(clientId) === null) limit(asker.ip);
      return true;
    },
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input);
      const failure = rememberedFailure(url);
      if (failure !== null) {
        const cause = new Error('the document could not be read a moment ago');
        throw failure.isPassing ? notReadNow(failure.leftMs, cause) : cause;
      }
      try {
        return await readDocument(outbound, url, init?.signal ?? undefined);
      } catch (error) {
        const isPassing = error instanceof DomainError;
        if (failures.size >= MOST_FAILURES) failures.clear();
        failures.set(url, { until: clock().getTime() + FAILURE_MS, isPassing });
        throw error;
      }
    },
  };
}

/** The refusal for a document that may be there: whoever asked is to come again, and to keep what it has. */
function notReadNow(retryMs: number, cause: unknown): DomainError {
  return new DomainError('UNAVAILABLE', { retryAfter: Math.ceil(retryMs / 1_000), cause });
}

/** What a server answers that has no answer for the moment: a time-out of its own, too many requests, a failure. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

async function readDocument(outbound: Outbound, url: string, signal: AbortSignal | undefined): Promise<Response> {
  const answer = await answerOf(outbound, url, signal);
  if (answer.status !== 200) {
    const cause = new Error(`the document of a client: status ${answer.status}`);
    throw isPassing(answer.status) ? notReadNow(FAILURE_MS, cause) : cause;
  }
  const { 'cache-control': cacheControl, expires } = answer.headers;
  const kept = {
    ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
    ...(expires !== undefined && { expires }),
  };
  return Response.json(described(url, parsed(answer)), { headers: kept });
}

/** What is no JSON, or breaks off, is no document: a page of somebody in between, or a failure halfway. */
function parsed({ body, isWhole }: OutboundAnswer): unknown {
  try {
    if (!isWhole) throw new Error('the document of a client: it breaks off, or is too large');
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw notReadNow(FAILURE_MS, cause);
  }
}

async function answerOf(outbound: Outbound, url: string, signal: AbortSignal | undefined): Promise<OutboundAnswer> {
  const headers = { accept: 'application/json' };
  try {
    return await outbound.send({ method: 'GET', url, headers, ...(signal !== undefined && { signal }) });
  } catch (error) {
    // Where nothing is asked for, another time nothing is either.
    if (error instanceof OutboundError && error.fault === 'blocked') throw error;
    throw notReadNow(FAILURE_MS, error);
  }
}

function described(url: string, document: unknown): object {
  const metadata = readMetadata(document);
  if (typeof metadata === 'string') throw new Error(`the document of a client: ${metadata}`);
  const clientId = (document as { readonly client_id?: unknown }).client_id;
  // Byte for byte (draft-ietf-oauth-client-id-metadata-document-00 §4.1).
  if (clientId !== url) throw new Error('the document of a client: of another one');
  return { ...metadata, client_id: url };
}
