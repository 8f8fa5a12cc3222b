import { connectedAppSchemas } from '@reqbase/core/contract';
import { queryOptions } from '@tanstack/react-query';

/** What the server refuses a consent page, by its code. */
export class ConsentError extends Error {
  readonly code: string | null;
  constructor(code: string | null, message: string) {
    super(message);
    this.name = 'ConsentError';
    this.code = code;
  }
}

/** The request that waits in this browser. What it is about can change while it waits: never from the cache. */
export const consentQuery = (uid: string) =>
  queryOptions({
    queryKey: ['consent', uid],
    queryFn: async () => connectedAppSchemas.ConsentRequest.parse(await call(`${pathOf(uid)}/request`)),
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

/** Sends what the person has decided; answers with where the browser goes then. @throws {ConsentError} */
export async function sendDecision(uid: string, decision: connectedAppSchemas.ConsentDecision): Promise<string> {
  const answer = await call(`${pathOf(uid)}/decision`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(decision),
  });
  return connectedAppSchemas.ConsentOutcome.parse(answer).redirectTo;
}

/** Beneath it is the cookie that binds the request to this browser. */
function pathOf(uid: string): string {
  return `/api/oauth/authorize/${encodeURIComponent(uid)}`;
}

async function call(path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(path, init).catch(() => null);
  if (response === null) throw new ConsentError(null, 'The server cannot be reached.');
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const refusal = connectedAppSchemas.ConsentRefusal.safeParse(body).data?.error;
  throw new ConsentError(refusal?.code ?? null, refusal?.message ?? 'Something went wrong on our side. Try again.');
}
