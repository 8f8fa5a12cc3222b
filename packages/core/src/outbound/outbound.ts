import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isPublicAddress } from './public-address.ts';
import { faultOfTarget } from './target.ts';

// The one way out to addresses that other people name: receivers of webhooks, documents of clients.

export type OutboundRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the call, its connection included. */
  readonly signal?: AbortSignal;
};

export type OutboundAnswer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** At most `MAX_BYTES`: the rest is not read. */
  readonly body: Buffer;
  /** Whether that is all of it: it has neither been cut nor broken off. */
  readonly isWhole: boolean;
};

/** Why there is no answer. `blocked`: the target is not to be called. */
export type OutboundFault = 'blocked' | 'timeout' | 'dns' | 'refused' | 'tls' | 'network';

export class OutboundError extends Error {
  readonly fault: OutboundFault;
  constructor(fault: OutboundFault, options?: ErrorOptions) {
    super(`no answer: ${fault}`, options);
    this.name = 'OutboundError';
    this.fault = fault;
  }
}

export type Outbound = {
  /** What is wrong with a URL for a caller to read; null when it may be called, as far as it says itself. */
  faultOf(url: string): string | null;
  /**
   * Calls a URL once. Follows no redirect, keeps no connection, sends no cookie. The address that is connected to is the one
   * that was checked: a name is looked up once, and what it says another time is of no account.
   *
   * @throws {OutboundError}
   */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
};

/** As `dns.lookup`, for all addresses of a name. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export type OutboundOptions = {
  /** For tests and for who runs their receivers beside it: private addresses, and http. */
  readonly allowsPrivate?: boolean;
  /** From the first byte to the last. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
};

export const MAX_BYTES = 65_536;

export function openOutbound({ allowsPrivate = false, timeoutMs = 10_000, resolve = lookup }: OutboundOptions = {}): Outbound {
  const faultOf = (url: string) => faultOfTarget(url, { allowsPrivate });
  const isAllowed = ({ address }: LookupAddress) => allowsPrivate || isPublicAddress(address);
  return {
    faultOf,
    async send(request) {
      if (faultOf(request.url) !== null) throw new OutboundError('blocked');
      if (request.signal?.aborted === true) throw new OutboundError('timeout', { cause: request.signal.reason });
      return call(request, timeoutMs, guarded(resolve, isAllowed));
    },
  };
}

type Lookup = NonNullable<http.RequestOptions['lookup']>;

/** Looks a name up and leaves of its addresses those that are allowed: nothing is connected to but what comes out here. */
function guarded(resolve: Resolve, isAllowed: (address: LookupAddress) => boolean): Lookup {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first, ...more] = error === null ? addresses.filter(isAllowed) : [];
      if (error !== null) callback(error, []);
      else if (first === undefined) callback(new OutboundError('blocked'), []);
      else if (options.all) callback(null, [first, ...more]);
      else callback(null, first.address, first.family);
    });
  };
}

function call(
  { method, url, headers = {}, body, signal }: OutboundRequest,
  timeoutMs: number,
  lookup: Lookup,
): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const { request: open } = target.protocol === 'https:' ? https : http;
    // An agent of its own: no connection is shared, so none leads elsewhere than where this one was checked to lead.
    const request = open(target, { method, headers, lookup, agent: false });
    let answer: http.IncomingMessage | null = null;
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (fault: OutboundFault | null, cause?: unknown) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      // Who has said how it went is taken at their word, however their body goes on.
      if (answer === null) reject(new OutboundError(fault ?? 'network', { cause }));
      else
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).subarray(0, MAX_BYTES),
          isWhole: answer.complete && bytes <= MAX_BYTES,
        });
      request.destroy();
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    const abort = () => end('timeout', signal?.reason);
    signal?.addEventListener('abort', abort);
    request.on('response', (response) => {
      answer = response;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_BYTES) end(null);
      });
      response.on('end', () => end(null));
      response.on('error', (cause) => end('network', cause));
    });
    request.on('error', (cause) => end(faultIn(cause), cause));
    request.end(body);
  });
}

function faultIn(error: Error & { code?: string; errors?: readonly Error[] }): OutboundFault {
  if (error instanceof OutboundError) return error.fault;
  // Of a name with several addresses, each was tried.
  const code = error.code ?? (error.errors?.[0] as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA') return 'dns';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ETIMEDOUT') return 'timeout';
  return /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_|UNABLE_|EPROTO)/.test(code) ? 'tls' : 'network';
}
