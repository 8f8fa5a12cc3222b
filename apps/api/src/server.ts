import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError, toPublic } from '@reqbase/auth';
import type { Services } from '@reqbase/core';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { mountAuditExport } from './audit-export.ts';
import { mountAuthRoutes } from './auth-routes.ts';
import { mountDeviceRoutes } from './device-routes.ts';
import type { Env } from './env.ts';
import { mountHealth } from './health.ts';
import { mountInvitationRoutes } from './invitation-routes.ts';
import { mountLeakedKeys } from './leaked-keys.ts';
import { mountMcp } from './mcp/mount.ts';
import { type Metrics, mountMetrics } from './metrics.ts';
import { mountOAuth } from './oauth/mount.ts';
import { mountPages } from './pages.ts';
import type { Dialect } from './rest/dialect.ts';
import { mountRest, present, sendFailure } from './rest/mount.ts';
import { orgDialect } from './rest/org-dialect.ts';
import { platformDialect } from './rest/platform-dialect.ts';
import { projectDialect } from './rest/project-dialect.ts';
import { isRpc, mountRpc, sendRpcFailure } from './rpc.ts';
import { sessionAudit } from './session-audit.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { letFinishSending } from './unread-body.ts';
import { mountUnsubscribe } from './unsubscribe.ts';
import { mountWidget } from './widget/mount.ts';
import { mountWidgetScript } from './widget/script.ts';
import { mountWidgetPreview } from './widget-preview.ts';

export type ServerOptions = Pick<Env, 'publicUrl' | 'logLevel' | 'trustProxy' | 'clientDocuments'>;
export type Server = {
  readonly app: FastifyInstance;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  readonly hasAdmin: boolean;
};

// By the first whose prefix it is, a path is answered: the platform's is the beginning of the organization's.
const DIALECTS: readonly Dialect[] = [projectDialect, orgDialect, platformDialect];
const BODY_LIMIT_BYTES = 1_048_576;
/** How long a request may take to arrive whole. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The same once the server is closing: who stalls must not keep it from its end. */
const CLOSING_TIMEOUT_MS = 5_000;
const CLIENT_REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** The whole server over one set of services, not yet listening. */
export function createServer(services: Services, { publicUrl, logLevel, trustProxy, clientDocuments }: ServerOptions): Server {
  const app = Fastify({
    logger: { level: logLevel, base: null },
    logController: new LogController({ disableRequestLogging: true }),
    // A number of proxies is counted from this side: what a client writes into the header itself lies beyond.
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: requestId,
    forceCloseConnections: 'idle',
    // What comes while draining on a connection that is open is answered like the rest, and the connection closed.
    return503OnClosing: false,
    // Without one it is refused below, in the dialect's envelope, which Node would not know.
    http: { requireHostHeader: false },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    clientErrorHandler: refuseSocket,
    frameworkErrors: (error, request, reply) =>
      void refuseUnrouted(services, error, request as FastifyRequest, reply as FastifyReply),
  });

  const sessions = createSessions(services, publicUrl, app.log);

  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
  });
  closeWhatIsKeptAlive(app);
  app.addHook('onRequest', async (request, reply) => {
    // RFC 9112 §3.2; older versions know none.
    const isWithoutHost = request.headers.host === undefined && request.raw.httpVersion === '1.1';
    if (!isWithoutHost) return;
    const refusal = new DomainError('BAD_REQUEST');
    if (dialectOf(request.url) === undefined) throw refusal;
    return refuseUnrouted(services, refusal, request, reply);
  });
  // An expectation that nobody knows is as none (RFC 9110 §10.1.1): Node would refuse it without an envelope.
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    app.server.emit('request', request, response),
  );
  // One line a call. The route's pattern and not the path as sent, no header, no query, no body: so no credential.
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ method: request.method, route, status: reply.statusCode, ms, ip: request.ip }, 'answered');
  });
  // Whoever answers, and on whichever surface: on a connection that is reset a client would not see it.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (request.raw.complete === false) letFinishSending(request.raw, reply.raw);
    done();
  });
  const metrics = mountMetrics(app, services);
  mountHealth(app, services.access.db);
  const noted = sessionAudit(services, (error) => app.log.error({ err: error }, 'a refused sign-in was not noted'));
  app.addHook('onClose', () => noted.settled());
  mountAuthRoutes(app, sessions, noted, publicUrl);
  mountInvitationRoutes(app, services, sessions);
  mountLeakedKeys(app, services);
  mountDeviceRoutes(app, services, { sessions, publicUrl });
  mountOAuth(app, services, { sessions, publicUrl, clientDocuments });
  mountRpc(app, { services, sessions, publicUrl });
  mountAuditExport(app, services, sessions);
  mountUnsubscribe(app, services);
  for (const dialect of DIALECTS) mountRest(app, services, dialect);
  mountMcp(app, services, publicUrl);
  mountWidget(app, services, publicUrl);
  mountWidgetScript(app);
  mountWidgetPreview(app);
  const hasAdmin = mountPages(app, publicUrl, sendRefusal);

  app.setErrorHandler(sendRefusal);
  return { app, sessions, metrics, hasAdmin };
}

/**
 * Once the server is closing, each answer ends its connection: one kept alive would keep the process from its end. So would a
 * request that never arrives whole: it is cut after a while.
 */
function closeWhatIsKeptAlive(app: FastifyInstance): void {
  let isClosing = false;
  const arriving = new Set<IncomingMessage>();
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.raw.complete === false) {
      arriving.add(request.raw);
      request.raw.once('close', () => arriving.delete(request.raw));
    }
    done();
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    setTimeout(() => {
      for (const request of arriving) if (!request.complete) request.destroy();
    }, CLOSING_TIMEOUT_MS).unref();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('Connection', 'close');
    done();
  });
}

/** What is refused before anything is known of its route: with the headers of a key all the same, where a surface takes keys. */
async function refuseUnrouted(
  services: Services,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const dialect = dialectOf(request.url);
  try {
    if (dialect !== undefined) request.call = present(services, dialect, request, reply);
  } catch (refusal) {
    return sendRefusal(refusal, request, reply);
  }
  return sendRefusal(error, request, reply);
}

/** Refusals outside any surface. */
async function sendRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.header('X-Request-Id', request.id);
  if (isRpc(request.url)) return sendRpcFailure(error, request, reply);
  const dialect = dialectOf(request.url) ?? projectDialect;
  if (toPublic(error).status < 500) return sendFailure(dialect, error, request, reply);
  // Static files refuse with errors of their own that carry a status.
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  return sendFailure(
    dialect,
    typeof status === 'number' && status >= 400 && status < 500 ? new DomainError('RESOURCE_NOT_FOUND') : error,
    request,
    reply,
  );
}

/** What is no HTTP reaches no route and is refused on the socket. The error holds the bytes as sent: not for the log. */
function refuseSocket(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const id = requestId({ headers: {} });
  const body = JSON.stringify(projectDialect.failure(toPublic(new DomainError('BAD_REQUEST')), id));
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** The dialect of the surface that an address is on, if it is on any. */
function dialectOf(url: string): Dialect | undefined {
  return DIALECTS.find(({ prefix }) => prefixPattern(prefix).test(url));
}

function prefixPattern(prefix: string): RegExp {
  return new RegExp(`^${prefix.replace(/\{\w+\}/g, '[^/]*')}(/|$)`);
}

/** A client's own id if it is safe to repeat, else a new one. */
function requestId({ headers }: { headers: Record<string, unknown> }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && CLIENT_REQUEST_ID.test(given) ? given : `req_${randomUUID()}`;
}
