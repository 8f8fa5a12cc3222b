import { admit, charge, DomainError, identify, type PublicError, type Scope } from '@reqbase/auth';
import type { Context, Services } from '@reqbase/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Input } from '../call-procedure.ts';
import { acceptJsonOnly, present } from '../rest/mount.ts';
import { checkCaller } from './caller-check.ts';
import { challengeOf } from './challenge.ts';
import { ENDPOINTS, type Endpoint, type McpCall, targetOfCall } from './endpoint.ts';
import type { Answer } from './protocol.ts';
import { told } from './run-tool.ts';

const SURFACE = { surface: 'mcp', keyHeaders: { authorization: true, xApiKey: true } } as const;
const OTHER_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const;
const ALLOW = 'POST, OPTIONS';
/** What a refusal is entered under that has reached no tool. */
const OPERATION = 'mcp';
const BATCH_REVISION = '2025-03-26';
const MAX_BATCH = 100;
/** Of the answers to a batch, in characters: once there is so much, the rest is not done. One answer may come to 10 million. */
const MAX_BATCH_ANSWER = 8_388_608;
const NO_ROOM = 'The answers before this one fill the batch, and nothing was done for it: send it alone.';
/** JSON-RPC 2.0 §5.1: what is no message; and the server's own. */
const PARSE_ERROR = -32_700;
const SERVER_ERROR = -32_000;

/**
 * Serves MCP by streamable HTTP: each message a request of its own, answered as JSON, without sessions. The credential
 * before the body is read, and all gates before anything of the message is told.
 */
export function mountMcp(app: FastifyInstance, services: Services, publicUrl: string): void {
  for (const endpoint of ENDPOINTS) {
    app.register((scope, _options, done) => {
      scope.decorateRequest('call', null);
      scope.decorateRequest('isIdentified', false);
      scope.decorateRequest('isLate', false);
      acceptJsonOnly(scope);
      mountEndpoint(scope, services, endpoint, new URL(publicUrl));
      done();
    });
  }
}

function mountEndpoint(scope: FastifyInstance, services: Services, endpoint: Endpoint, publicUrl: URL): void {
  const { route: url } = endpoint;
  const callOf = (request: FastifyRequest, ctx: Context): McpCall => ({
    endpoint,
    ctx,
    tenant: tenantOf(endpoint, request),
    isAtProcedure: false,
    refusal: null,
  });
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply, scopes?: readonly Scope[]) => {
    const refusal = told(error);
    if (refusal.status >= 500) request.log.error({ err: error }, 'call failed');
    const challenge = challengeOf(
      refusal,
      { endpoint, tenant: tenantOf(endpoint, request), ctx: request.call },
      publicUrl,
      scopes,
    );
    if (challenge !== null) reply.header('WWW-Authenticate', challenge);
    if (refusal.retryAfter !== undefined) reply.header('Retry-After', refusal.retryAfter);
    return reply.code(refusal.status).send(errorMessage(refusal, request.id, request.body));
  };
  scope.setErrorHandler(async (error, request, reply) => refuse(await unreadable(error, request, callOf), request, reply));
  scope.addHook('onRequest', async (request) => checkCaller(request, publicUrl));
  scope.route({
    method: [...OTHER_METHODS],
    url,
    async handler(_request, reply) {
      reply.header('Allow', ALLOW);
      throw new DomainError('METHOD_NOT_ALLOWED');
    },
  });
  scope.options(url, async (_request, reply) => reply.header('Allow', ALLOW).code(204).send());
  scope.post(url, {
    async onRequest(request, reply) {
      request.call = present(services, SURFACE, request, reply);
      // RFC 6750 §2.3, OAuth 2.1 §5.1: addresses are logged and passed on.
      if (Object.hasOwn(request.query as object, 'access_token')) throw new DomainError('BAD_REQUEST');
      await identify(request.call, targetOfCall(callOf(request, request.call)), OPERATION);
      request.isIdentified = true;
      request.isLate = request.raw.complete === false;
    },
    async handler(request, reply) {
      const ctx = request.call;
      if (ctx === null) throw new Error('a route without its call');
      // A key may have been revoked while the body came.
      if (request.isLate) ctx.facts.clear();
      if (Array.isArray(request.body)) {
        const answers = await answerBatch(request, () => callOf(request, ctx));
        return answers.length === 0 ? reply.code(202).send() : reply.type('application/json').send(`[${answers.join(',')}]`);
      }
      const call = callOf(request, ctx);
      const answer = await answerOne(call, request.body, request);
      if (call.refusal !== null) return refuse(call.refusal.error, request, reply, call.refusal.scopes);
      if (answer.type !== null) reply.type(answer.type);
      return reply.code(answer.status).send(answer.body === '' ? undefined : answer.body);
    },
  });
}

/** @throws {DomainError} what the gates say of a message that calls no tool */
async function answerOne(call: McpCall, message: unknown, request: FastifyRequest): Promise<Answer> {
  const answer = await (await protocol()).answerMessage(call, message, request);
  // What is no call of a tool has met no gate yet.
  if (!call.isAtProcedure) await enter(call);
  return answer;
}

/**
 * Answers several messages, each as if it had come alone: with the gates, in its turn, and without a word of the others'. Of what
 * is refused its own answer tells. Source: MCP 2025-03-26, JSON-RPC batching, which no other revision has.
 *
 * @throws {DomainError} BAD_REQUEST
 */
async function answerBatch(request: FastifyRequest, newCall: () => McpCall): Promise<string[]> {
  const { body, headers } = request;
  const messages = body as readonly unknown[];
  const version = headers['mcp-protocol-version'];
  if (version !== undefined && version !== BATCH_REVISION) refuseBatch(`Only ${BATCH_REVISION} has batches.`);
  if (messages.length === 0 || messages.length > MAX_BATCH) refuseBatch(`A batch has 1 to ${MAX_BATCH} messages.`);
  const answers: string[] = [];
  let size = 0;
  let unheard: Error | null = null;
  for (const [index, message] of messages.entries()) {
    const call = newCall();
    // A key may have been revoked while the others were answered.
    if (index > 0) call.ctx.facts.clear();
    try {
      const answer = await answerInBatch(call, message, request, size < MAX_BATCH_ANSWER);
      if (answer !== '') answers.push(answer);
      size += answer.length;
    } catch (error) {
      if (isAwaited(message)) answers.push(refusalOf(error, message, request));
      else unheard ??= error as Error;
    }
  }
  // Where nobody waits for an answer, a refusal is the answer to all.
  if (answers.length === 0 && unheard !== null) throw unheard;
  return answers;
}

/** The answer to one message of a batch; empty where its sender waits for none. @throws {DomainError} what the gates say of it */
async function answerInBatch(call: McpCall, message: unknown, request: FastifyRequest, hasRoom: boolean): Promise<string> {
  if (!hasRoom) throw new DomainError('PAYLOAD_TOO_LARGE', { issues: [{ path: '', message: NO_ROOM }] });
  // A batch within a batch is no message.
  const { status, body } = await answerOne(call, Array.isArray(message) ? null : message, request);
  // What is wrong with the request as a whole, the SDK says to no message in particular.
  return status >= 400 ? JSON.stringify({ ...(JSON.parse(body) as object), id: idIn(message) }) : body;
}

function refusalOf(error: unknown, message: unknown, request: FastifyRequest): string {
  const refusal = told(error);
  if (refusal.status >= 500) request.log.error({ err: error }, 'call failed');
  return JSON.stringify(errorMessage(refusal, request.id, message));
}

/** JSON-RPC 2.0 §4.1: who sends a notification, or an answer of their own, waits for nothing. What is no message, they are told. */
function isAwaited(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || !('jsonrpc' in message) || message.jsonrpc !== '2.0') return true;
  if ('method' in message) return 'id' in message || typeof message.method !== 'string';
  return !('id' in message && ('result' in message || 'error' in message));
}

/** Whose gates are asked, and counted, where the refusal is told. */
function refuseBatch(message: string): never {
  throw new DomainError('BAD_REQUEST', { issues: [{ path: '', message }] });
}

/** A refusal as JSON-RPC has it, for the message that is refused. */
function errorMessage({ code, message, issues, retryAfter, detail }: PublicError, requestId: string, of: unknown): object {
  const data = { code, requestId, ...(issues.length > 0 && { issues }), retryAfter, ...detail };
  return { jsonrpc: '2.0', id: idIn(of), error: { code: code === 'BAD_JSON' ? PARSE_ERROR : SERVER_ERROR, message, data } };
}

let loading: Promise<typeof import('./protocol.ts')> | undefined;

/** Loaded by the first message: the SDK and the schemas of tools take memory, and a part of every start. */
function protocol(): NonNullable<typeof loading> {
  loading ??= import('./protocol.ts');
  return loading;
}

function tenantOf({ parameter }: Endpoint, { params }: FastifyRequest): Input {
  return { [parameter]: (params as Input)[parameter] };
}

/** The gates of a message that calls no tool: whoever has a part in the tenant may send it, and it counts in the minute alone. */
async function enter(call: McpCall): Promise<void> {
  const { ctx, endpoint } = call;
  const grant = await admit(ctx, { scope: 'self:read', target: endpoint.target }, targetOfCall(call), OPERATION);
  await charge({ ...ctx, isReplay: true }, grant, OPERATION);
}

/** What to answer when the body could not be read: what is wrong with it is told only to who may come in. */
async function unreadable(
  error: unknown,
  request: FastifyRequest,
  callOf: (request: FastifyRequest, ctx: Context) => McpCall,
): Promise<unknown> {
  const { status } = told(error);
  const isOfInput = status === 400 || status === 413 || status === 415;
  if (request.call === null || !isOfInput || !request.isIdentified) return error;
  try {
    if (request.isLate) request.call.facts.clear();
    await enter(callOf(request, request.call));
    return error;
  } catch (refusal) {
    return refusal;
  }
}

/** The id of the message that is refused, which its sender waits for. */
function idIn(body: unknown): string | number | null {
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
