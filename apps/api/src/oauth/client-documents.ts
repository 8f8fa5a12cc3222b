import type { Outbound } from '@reqbase/core';
import { readMetadata } from './client-metadata.ts';

/** Whose documents are read: everybody's, nobody's, or those of these hosts. */
export type ClientDocuments = 'all' | 'none' | readonly string[];

/** Says whether the document at this URL may be asked for at all. */
export function isDocumentAllowed(allowed: ClientDocuments, clientId: string): boolean {
  if (allowed === 'all') return true;
  if (allowed === 'none') return false;
  return allowed.includes(URL.parse(clientId)?.host ?? '');
}

/**
 * The library's way out, for client metadata documents and nothing else: by `outbound`, which connects to public addresses
 * alone and follows no redirect. What it hands on is what counts of the document; one that counts for nothing, as a failure.
 */
export function documentFetch(outbound: Outbound): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const answer = await withSignal(
      outbound.send({ method: 'GET', url, headers: { accept: 'application/json' } }),
      init?.signal ?? null,
    );
    const { 'cache-control': cacheControl, expires } = answer.headers;
    const headers = {
      ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
      ...(expires !== undefined && { expires }),
    };
    if (answer.status !== 200) return new Response(null, { status: answer.status >= 400 ? answer.status : 502 });
    return Response.json(described(url, JSON.parse(answer.body.toString('utf8'))), { headers });
  };
}

function described(url: string, document: unknown): object {
  const metadata = readMetadata(document);
  if (typeof metadata === 'string') throw new Error(`the document of a client: ${metadata}`);
  const clientId = (document as { readonly client_id?: unknown }).client_id;
  // Byte for byte (draft-ietf-oauth-client-id-metadata-document-00 §4.1), as the library compares it.
  return { ...metadata, client_id: clientId === url ? url : '' };
}

function withSignal<Output>(work: Promise<Output>, signal: AbortSignal | null): Promise<Output> {
  if (signal === null) return work;
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the document took too long', { cause: signal.reason })), {
      once: true,
    });
  });
  return Promise.race([work, aborted]);
}
