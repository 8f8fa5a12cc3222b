import type { Services } from '@reqbase/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import inject from 'light-my-request';
import type { Provider } from 'oidc-provider';

export type Dispatched = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: string;
};

export type DispatchedRequest = {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
};

export type Dispatch = (request: DispatchedRequest) => Promise<Dispatched>;

const KEPT_HEADERS = ['content-type', 'location', 'www-authenticate'];

/**
 * Hands requests to the library, whatever host they were sent to as requests to PUBLIC_URL, and takes the whole answer: what is
 * answered can then wait for the commit of what was done.
 */
export function dispatcher(provider: Provider, { publicUrl }: Pick<Services, 'publicUrl'>): Dispatch {
  const { host, protocol } = new URL(publicUrl);
  const callback = provider.callback();
  return async ({ method, url, headers = {}, body }) => {
    const given = Object.entries(headers).filter(([, value]) => value !== undefined) as [string, string][];
    const response = await inject((request, reply) => void callback(request, reply), {
      method,
      url,
      headers: { ...Object.fromEntries(given), host, 'x-forwarded-proto': protocol.slice(0, -1) },
      ...(body !== undefined && { payload: body }),
    });
    const kept = KEPT_HEADERS.map((name) => [name, response.headers[name]]).filter(([, value]) => typeof value === 'string');
    return {
      status: response.statusCode,
      headers: Object.fromEntries(kept) as Record<string, string>,
      cookies: [response.headers['set-cookie'] ?? []].flat().map(String),
      body: response.payload,
    };
  };
}

/** What the library is told of a form that was posted. */
export function postedForm({ url, headers, body }: FastifyRequest): DispatchedRequest {
  const { 'content-type': contentType, authorization } = headers;
  return {
    method: 'POST',
    url,
    headers: { 'content-type': contentType, authorization, accept: 'application/json' },
    body: typeof body === 'string' ? body : '',
  };
}

export function sendDispatched(reply: FastifyReply, { status, headers, cookies, body }: Dispatched): FastifyReply {
  reply.code(status).headers({ ...headers });
  if (cookies.length > 0) reply.header('set-cookie', [...cookies]);
  return reply.send(body);
}
