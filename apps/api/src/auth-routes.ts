import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sessions } from './sessions.ts';

/** All that is offered of the session library: what else it answers (other names, other addresses, deletion) stays shut. */
const ENDPOINTS = [
  ['POST', '/sign-in/email'],
  ['POST', '/sign-out'],
  ['POST', '/change-password'],
  ['GET', '/get-session'],
] as const;

/** Hands sign-in, sign-out, session and change of password under `/api/auth` to the session library. */
export function mountAuthRoutes(app: FastifyInstance, sessions: Sessions, publicUrl: string): void {
  app.register(async (scope) => {
    // The library parses the body itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    for (const [method, path] of ENDPOINTS) {
      scope.route({
        method,
        url: `/api/auth${path}`,
        handler: (request, reply) => handOver(sessions, publicUrl, request, reply),
      });
    }
  });
}

async function handOver(
  sessions: Sessions,
  publicUrl: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const body = request.method === 'POST' ? ((request.body as string | undefined) ?? '') : null;
  const response = await sessions.handle(
    new Request(new URL(request.url, publicUrl), { method: request.method, headers, body }),
    request.ip,
  );
  reply.code(response.status);
  for (const [name, value] of response.headers) if (name !== 'set-cookie') reply.header(name, value);
  const retryAfter = response.headers.get('x-retry-after');
  if (retryAfter !== null) reply.header('Retry-After', retryAfter);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  return reply.send(await response.text());
}
