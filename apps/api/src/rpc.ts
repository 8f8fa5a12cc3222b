import { type Credential, DomainError, toPublic } from '@reqbase/auth';
import { type AppRouter, appRouter, type Context, contextFor, listProcedures, type Services } from '@reqbase/core';
import { getTRPCErrorShape } from '@trpc/server';
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readKey } from './request-credential.ts';
import { isInUtf8 } from './rest/charset.ts';
import { setKeyHeaders, setRateHeaders } from './rest/key-headers.ts';
import { sessionCredential } from './session-credential.ts';
import type { Sessions } from './sessions.ts';

export type RpcOptions = { readonly services: Services; readonly sessions: Sessions; readonly publicUrl: string };

declare module 'fastify' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: declarations merge only as interfaces
  interface FastifyRequest {
    /** What an RPC request presents; null on other surfaces. */
    credential: Credential | null;
  }
}

const PREFIX = '/trpc';
const ALLOW = 'GET, HEAD, POST, OPTIONS';
/** By what a procedure is; a subscription by GET alone, as browsers' EventSource asks. */
const ALLOW_OF = { query: 'GET, HEAD, OPTIONS', subscription: 'GET, HEAD, OPTIONS', mutation: 'POST, OPTIONS' } as const;
const ALLOW_BY_PATH = new Map<string, string>(listProcedures().map(({ type, path }) => [path, ALLOW_OF[type]]));

/**
 * Typed RPC under `/trpc`, for the admin (session cookie) and for internal services (API key). Subscriptions are
 * server-sent events, their refusals too: an EventSource reads no other answer.
 */
export function mountRpc(app: FastifyInstance, options: RpcOptions): void {
  app.register(
    async (scope) => {
      scope.decorateRequest('credential', null);
      scope.setErrorHandler(sendRpcFailure);
      scope.addHook('onRequest', refuseWhatIsNoCall);
      // Here and not in `createContext`, whose errors tRPC formats without knowing the request.
      scope.addHook('preHandler', async (request) => {
        request.credential = await credentialOf(request, options);
      });
      // tRPC says text/plain of the JSON with which it refuses what it cannot read as a call.
      scope.addHook('onSend', async (_request, _reply, payload) => {
        const isMislabelled = payload instanceof Response && payload.headers.get('content-type')?.startsWith('text/plain');
        if (isMislabelled) payload.headers.set('content-type', 'application/json');
        // A stream has its connection to itself: kept alive after it, it would keep a stopping process from its end.
        if (payload instanceof Response && isEventStream(payload.headers.get('content-type')))
          payload.headers.set('connection', 'close');
      });
      scope.addHook('preClose', async () => options.services.live.close());
      await scope.register(fastifyTRPCPlugin, { trpcOptions: trpcOptions(options) });
    },
    { prefix: PREFIX },
  );
}

/** Says whether an answer goes on until somebody leaves. */
export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/event-stream');
}

function trpcOptions(options: RpcOptions): FastifyTRPCPluginOptions<AppRouter>['trpcOptions'] {
  return {
    router: appRouter,
    maxBatchSize: 20,
    createContext: ({ req, res }): Context =>
      contextFor(options.services, {
        surface: 'rpc',
        credential: req.credential ?? { kind: 'none' },
        credentialNow: () => credentialOf(req, options),
        requestId: req.id,
        ip: req.ip,
        userAgent: req.headers['user-agent'] ?? null,
        onKey: (key) => {
          if (!res.raw.headersSent) setKeyHeaders(res, key);
        },
        onMetered: (metered) => {
          if (!res.raw.headersSent) setRateHeaders(res, metered);
        },
      }),
    onError({ error, path, req }) {
      if (error.code === 'INTERNAL_SERVER_ERROR') req.log.error({ err: error.cause ?? error, procedure: path }, 'call failed');
    },
  };
}

/** Says whether a path is RPC's, for refusals that come before any route. */
export function isRpc(url: string): boolean {
  return /^\/trpc(?![^/?])/.test(url);
}

/** Refuses as tRPC does, so that its clients can read it, whoever refused. */
export async function sendRpcFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { status, code, retryAfter } = toPublic(error);
  if (status >= 500) request.log.error({ err: error }, 'call failed');
  if (retryAfter !== undefined) reply.header('Retry-After', retryAfter);
  const known = error instanceof DomainError ? error : new DomainError(code, { ...(retryAfter !== undefined && { retryAfter }) });
  const shape = getTRPCErrorShape({
    config: appRouter._def._config,
    error: known,
    type: 'unknown',
    path: undefined,
    input: undefined,
    ctx: { requestId: request.id } as Context,
  });
  return reply.code(status).send({ error: shape });
}

/** Of procedures separated by commas, which are called at once; of what there is not, and of those that disagree, any: tRPC answers. */
function allowOn(path: string): string {
  const [allow = ALLOW, ...others] = new Set(path.split(',').map((name) => ALLOW_BY_PATH.get(name)));
  return others.length === 0 ? allow : ALLOW;
}

async function refuseWhatIsNoCall(
  { method, headers, params }: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const allow = allowOn((params as { path?: string }).path ?? '');
  if (method === 'OPTIONS') return reply.code(204).header('Allow', allow).send();
  if (!allow.split(', ').includes(method)) {
    reply.header('Allow', allow);
    throw new DomainError('METHOD_NOT_ALLOWED');
  }
  const type = headers['content-type'] ?? '';
  if (method === 'POST' && !(/^application\/json\s*(;|$)/i.test(type) && isInUtf8(type)))
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE');
  return undefined;
}

/** A key if one is presented, else the session that the cookie names. */
async function credentialOf(request: FastifyRequest, options: RpcOptions): Promise<Credential> {
  const key = readKey(request.headers, { authorization: true, xApiKey: true });
  const { authorization, cookie } = request.headers;
  // A proxy may ask for credentials of its own: what is no Bearer does not hide the session.
  const isForProxy = key.kind === 'malformed' && authorization !== undefined && !/^Bearer\b/i.test(authorization);
  if (cookie === undefined || (key.kind !== 'none' && !isForProxy)) return key;
  return sessionCredential(request, options);
}
