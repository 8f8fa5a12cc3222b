import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { SessionAudit, SessionEvent } from './session-audit.ts';
import type { Sessions } from './sessions.ts';

/** All that is offered of the session library: what else it answers (other names, other addresses, deletion) stays shut. */
const ENDPOINTS = [
  ['POST', '/sign-in/email'],
  ['POST', '/sign-out'],
  ['POST', '/change-password'],
  ['GET', '/get-session'],
] as const;

/** Hands sign-in, sign-out, session and change of password under `/api/auth` to the session library, and notes them. */
export function mountAuthRoutes(app: FastifyInstance, sessions: Sessions, audit: SessionAudit, publicUrl: string): void {
  app.register(async (scope) => {
    // The library parses the body itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    for (const [method, path] of ENDPOINTS) {
      scope.route({
        method,
        url: `/api/auth${path}`,
        handler: async (request, reply) => {
          const before = path in EVENTS ? await userOf(sessions, request) : null;
          const response = await handOver(sessions, publicUrl, request);
          await note(audit, path, { request, response, before });
          return answer(response, reply);
        },
      });
    }
  });
}

type Answered = {
  readonly request: FastifyRequest;
  readonly response: Response;
  /** Whose session the request came with. */
  readonly before: string | null;
};

const EVENTS: Readonly<Record<string, SessionEvent>> = {
  '/sign-out': 'session.ended',
  '/change-password': 'user.password_changed',
};

/** Before the answer is sent: nobody gets a session of which the log does not tell. */
async function note(audit: SessionAudit, path: string, { request, response, before }: Answered): Promise<void> {
  if (path === '/sign-in/email') {
    const email = emailIn(request.body);
    if (response.status === 401 && email !== null) audit.recordRefusal(request, email);
    const userId = response.ok ? await signedIn(response) : null;
    if (userId !== null) await audit.record(request, userId, 'session.created');
  }
  const event = EVENTS[path];
  if (event !== undefined && response.ok && before !== null) await audit.record(request, before, event);
}

async function userOf(sessions: Sessions, { headers: { cookie } }: FastifyRequest): Promise<string | null> {
  return cookie === undefined ? null : sessions.userOf(cookie);
}

const Email = z.object({ email: z.string().max(320) });
const SignedIn = z.object({ user: z.object({ id: z.uuid() }) });

/** The library takes JSON and forms: who guesses by either is noted. */
function emailIn(body: unknown): string | null {
  const text = String(body);
  try {
    return Email.safeParse(JSON.parse(text)).data?.email ?? null;
  } catch {
    return Email.safeParse({ email: new URLSearchParams(text).get('email') }).data?.email ?? null;
  }
}

async function signedIn(response: Response): Promise<string | null> {
  return SignedIn.safeParse(await response.clone().json()).data?.user.id ?? null;
}

async function handOver(sessions: Sessions, publicUrl: string, request: FastifyRequest): Promise<Response> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const body = request.method === 'POST' ? ((request.body as string | undefined) ?? '') : null;
  return sessions.handle(new Request(new URL(request.url, publicUrl), { method: request.method, headers, body }), request.ip);
}

async function answer(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(response.status);
  for (const [name, value] of response.headers) if (name !== 'set-cookie') reply.header(name, value);
  const retryAfter = response.headers.get('x-retry-after');
  if (retryAfter !== null) reply.header('Retry-After', retryAfter);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  return reply.send(await response.text());
}
