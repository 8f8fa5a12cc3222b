import { AsyncLocalStorage } from 'node:async_hooks';
import { DomainError } from '@reqbase/auth';
import { type Outbound, OutboundError } from '@reqbase/core';
import { errors } from 'oidc-provider';
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

/** Says whether the document at this URL may be asked for at all. */
function isDocumentAllowed(allowed: ClientDocuments, clientId: string): boolean {
  if (allowed === 'all') return true;
  if (allowed === 'none') return false;
  return allowed.includes(URL.parse(clientId)?.host ?? '');
}

type Asking = { readonly ip: string; readonly onRefused: (refusal: DomainError) => void };
const asking = new AsyncLocalStorage<Asking>();

/**
 * Runs `work` for who asks from this address: it is they who are charged for the documents that are read for it. The library
 * answers a refusal itself, without what it says of a retry: `onRefused` is told.
 */
export function askedFrom<Output>(ip: string, work: () => Output, onRefused: Asking['onRefused'] = () => undefined): Output {
  return asking.run({ ip, onRefused }, work);
}

/** Too many documents have been asked for from one address; `cause` is our own refusal. */
class TooManyDocuments extends errors.OIDCProviderError {
  constructor(cause: DomainError) {
    super(429, 'temporarily_unavailable');
    this.error_description = cause.message;
    this.cause = cause;
  }
}

/** Says whether the document at this URL, which is not at hand, is to be read now. */
export function documentGate(allowed: ClientDocuments, clock: () => Date): (clientId: string) => boolean {
  const limit = addressLimit(DOCUMENTS_PER_MINUTE, clock);
  return (clientId) => {
    // Nothing is waited for while a transaction is open.
    if (heldClient() !== undefined || !isDocumentAllowed(allowed, clientId)) return false;
    const by = asking.getStore();
    // Else it is of a request that has begun already, for the person who decides on it.
    if (by === undefined) return true;
    try {
      limit(by.ip);
      return true;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      by.onRefused(error);
      throw new TooManyDocuments(error);
    }
  };
}

/**
 * The library's way out, for client metadata documents and nothing else: by `outbound`, which connects to public addresses
 * alone and follows no redirect. What it hands on is what counts of the document; one that counts for nothing, as a failure,
 * which is remembered for a while. One that could not be read for the moment, and may be there, it refuses as UNAVAILABLE.
 */
export function documentFetch(
  outbound: Outbound,
  clock: () => Date,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  const failures = new Map<string, { readonly until: number; readonly isPassing: boolean }>();
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const failure = failures.get(url);
    const leftMs = (failure?.until ?? 0) - clock().getTime();
    if (failure !== undefined && leftMs > 0) {
      const cause = new Error('the document could not be read a moment ago');
      throw failure.isPassing ? notReadNow(leftMs, cause) : cause;
    }
    try {
      return await readDocument(outbound, url, init?.signal ?? undefined);
    } catch (error) {
      const isPassing = error instanceof DomainError;
      if (failures.size >= MOST_FAILURES) failures.clear();
      failures.set(url, { until: clock().getTime() + FAILURE_MS, isPassing });
      throw error;
    }
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
  return Response.json(described(url, JSON.parse(answer.body.toString('utf8'))), { headers: kept });
}

async function answerOf(outbound: Outbound, url: string, signal: AbortSignal | undefined): ReturnType<Outbound['send']> {
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
