import {
  admit,
  charge,
  DomainError,
  identify,
  type PublicError,
  peek,
  type Requirement,
  targetOf,
  toPublic,
} from '@reqbase/auth';
import {
  type BoundProcedure,
  boundProcedures,
  type Context,
  contextFor,
  namesIn,
  type OperationView,
  type RestBinding,
  type Services,
  type Surface,
} from '@reqbase/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { callOnce, callProcedure, type Input, type TenantIds } from '../call-procedure.ts';
import { readKey } from '../request-credential.ts';
import { challengeFor } from './challenge.ts';
import { isInUtf8 } from './charset.ts';
import { type Decoder, decoderFor } from './decode.ts';
import type { Dialect } from './dialect.ts';
import { conditionOf, etagOf, isNotModified } from './etag.ts';
import { setKeyHeaders, setRateHeaders } from './key-headers.ts';
import { fill, namedInPath, toRoute } from './path-template.ts';
import { queryOf } from './query.ts';

declare module 'fastify' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface merges with the framework's
  interface FastifyRequest {
    /** The call that a REST request makes; null where there is none (an unknown path, a wrong method). */
    call: Context | null;
    /** What the call is about, as the path names it or as the key's own. */
    named: Record<string, unknown>;
    /** Whether the body has been read: what fails before that has not been at the gates. */
    isRead: boolean;
    /** Whether its credential has been looked up; of MCP, whose body is judged afterwards. */
    isIdentified: boolean;
    /** Whether a part of the body came after the credential had been looked up: what was true then may not be any more. */
    isLate: boolean;
  }
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface merges with the framework's
  interface FastifyContextConfig {
    /** Path of the procedure that the route reaches; for metrics and logs too. */
    procedure?: string;
    /** What that procedure asks of its caller. */
    need?: Requirement;
    /** What the surface calls a field of its input. */
    nameOf?: (field: string) => string;
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

/**
 * Serves every procedure that is bound to the dialect's surface as a native route: the credential before the body is read,
 * all gates before anything of the input is told, the input from path, query and body, the answer in the dialect's envelope. See docs/adr/0001.
 */
export function mountRest(app: FastifyInstance, services: Services, dialect: Dialect): void {
  app.register(
    (scope, _options, done) => {
      scope.decorateRequest('call', null);
      scope.decorateRequest('named');
      scope.decorateRequest('isRead', false);
      scope.decorateRequest('isLate', false);
      acceptJsonOnly(scope);
      const operations = boundProcedures(dialect.surface);
      const presenting = (request: FastifyRequest, reply: FastifyReply) => present(services, dialect, request, reply);
      for (const operation of operations) addRoute(scope, services, dialect, operation);
      refuseOtherMethods(scope, operations, presenting);
      scope.setErrorHandler(async (error, request, reply) =>
        sendFailure(dialect, await unreadable(error, request), request, reply),
      );
      const allowedOn = allowedMethods(operations, toRoute(dialect.prefix));
      scope.setNotFoundHandler((request, reply) => {
        request.call = presenting(request, reply);
        // A method that the router does not know at all.
        const allow = allowedOn(request.url);
        if (allow !== undefined) reply.header('Allow', allow);
        return sendFailure(
          dialect,
          new DomainError(allow === undefined ? 'RESOURCE_NOT_FOUND' : 'METHOD_NOT_ALLOWED'),
          request,
          reply,
        );
      });
      done();
    },
    { prefix: toRoute(dialect.prefix) },
  );
}

function addRoute(scope: FastifyInstance, services: Services, dialect: Dialect, operation: BoundProcedure): void {
  const { binding, path: procedure, need } = operation;
  const view = dialect.view(operation);
  const readInput = inputReader(operation, dialect.prefix, view);
  scope.route({
    method: binding.method,
    url: toRoute(binding.path),
    config: { procedure, need, nameOf: view.nameOf },
    ...(binding.bodyLimit !== undefined && { bodyLimit: binding.bodyLimit }),
    // Before the body is read: a stranger's bytes are not parsed.
    async onRequest(request, reply) {
      request.call = present(services, dialect, request, reply);
      const facts = await identify(request.call, targetOf(request.params, need.target), procedure);
      request.named = {
        ...(request.params as object),
        ...(binding.isOwnOrganization && { organizationId: facts.organization?.id }),
      };
      request.isLate = request.raw.complete === false;
    },
    async handler(request, reply) {
      const ctx = requireCall(request);
      const input = readInput(request);
      request.isRead = true;
      const data = await answer(ctx, operation, input, request, reply);
      return send(reply, dialect, operation, view.encode, data, input, request);
    },
  });
}

/** The call that a request makes by what it presents. @throws {DomainError} AMBIGUOUS_CREDENTIALS */
export function present(
  services: Services,
  { surface, keyHeaders }: Pick<Dialect, 'keyHeaders'> & { readonly surface: Surface },
  request: FastifyRequest,
  reply: FastifyReply,
): Context {
  return contextFor(services, {
    surface,
    credential: readKey(request.headers, keyHeaders),
    requestId: request.id,
    ip: request.ip,
    userAgent: request.headers['user-agent'] ?? null,
    onKey: (key) => setKeyHeaders(reply, key),
    onMetered: (metered) => setRateHeaders(reply, metered),
  });
}

/**
 * What to answer when the input could not be read: what is wrong with it is told, and costs a call, only to who passes
 * every gate. Any other failure is itself.
 */
async function unreadable(
  error: unknown,
  { call, isRead, isLate, named, routeOptions: { config } }: FastifyRequest,
): Promise<unknown> {
  const { status } = toPublic(error);
  const isOfInput = status === 400 || status === 412 || status === 413 || status === 415;
  if (call === null || isRead || !isOfInput || config.need === undefined || config.procedure === undefined) return error;
  if (isLate) call.facts.clear();
  try {
    await charge(call, await admit(call, config.need, targetOf(named, config.need.target), config.procedure), config.procedure);
    return error;
  } catch (refusal) {
    return refusal;
  }
}

/** Runs the procedure; a POST that carries an `Idempotency-Key` once, however often it is sent. */
async function answer(
  ctx: Context,
  operation: BoundProcedure,
  input: Input,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { binding } = operation;
  const key = request.headers['idempotency-key'];
  if (binding.method !== 'POST' || typeof key !== 'string') return callProcedure(ctx, operation.path, input);
  const { body } = request;
  // By what the path means, not by how it was spelled.
  const nameIn = (tenant: TenantIds) =>
    `POST ${tenant.projectId ?? ''}${fill(binding.path, namedInPath(binding, { ...input, ...tenant }))}`;
  const { data, isReplayed } = await callOnce(ctx, operation, input, { key, body, nameIn });
  if (isReplayed) reply.header('Idempotent-Replayed', 'true');
  return data;
}

function send(
  reply: FastifyReply,
  dialect: Dialect,
  { binding }: BoundProcedure,
  encode: OperationView['encode'],
  data: unknown,
  input: Input,
  request: FastifyRequest,
): FastifyReply {
  if (binding.status === 204) return reply.code(204).send();
  if (binding.location !== undefined)
    reply.header('Location', fill(dialect.prefix + binding.location, { ...input, ...(data as object) }));
  if (binding.etag !== undefined) {
    const etag = etagOf(data, binding);
    reply.header('ETag', etag).header('Cache-Control', 'private, no-cache').header('Vary', 'Authorization, X-API-Key');
    if (binding.method === 'GET' && isNotModified(request.headers['if-none-match'], etag)) return reply.code(304).send();
  }
  return reply.code(binding.status ?? 200).send(encode(data));
}

/** Reads an operation's input, as the surface spells it: body or query, then the path, which wins. */
function inputReader(
  { binding, input: schema }: BoundProcedure,
  prefix: string,
  { nameOf, decode }: OperationView,
): (request: FastifyRequest) => Input {
  const hasBody = binding.method !== 'GET' && binding.method !== 'DELETE';
  const fields: Record<string, z.core.$ZodType> = schema.shape;
  const inPath = namesIn(prefix + binding.path);
  const decoders = (names: readonly string[]) =>
    names.flatMap((name): [string, Decoder][] => {
      const field = fields[name];
      return field === undefined ? [] : [[nameOf(name), decoderFor(field)]];
    });
  const fromPath = decoders(inPath);
  const notInPath = Object.keys(fields).filter((name) => !inPath.includes(name));
  const fromQuery = hasBody ? [] : decoders(notInPath);
  return (request) => {
    const query = queryOf(request);
    const wire: Input = hasBody ? bodyObject(request.body) : {};
    if (binding.method === 'PATCH' && !notInPath.some((name) => nameOf(name) in wire)) throw new DomainError('NO_UPDATES');
    for (const [name, decoded] of fromQuery) {
      const text = query[name];
      if (text !== undefined) wire[name] = decoded(text);
    }
    if (binding.method === 'POST') checkIdempotencyKey(request.headers['idempotency-key'], binding);
    for (const name of binding.without ?? []) delete wire[name];
    const params = request.params as Record<string, string>;
    for (const [name, decoded] of fromPath) wire[name] = decoded(params[name] ?? '');
    if (binding.isOwnOrganization === true) {
      if (binding.mayNameOrganization !== true) refuseOrganization(wire, query);
      if (wire['organizationId'] === undefined) wire['organizationId'] = request.named['organizationId'];
    }
    const input = { ...binding.defaults, ...decode(wire) };
    const missing = (binding.required ?? []).filter((name) => input[name] === undefined).map(nameOf);
    if (missing.length > 0)
      throw new DomainError('BAD_REQUEST', { issues: missing.map((path) => ({ path, message: 'Has to be given.' })) });
    if (binding.etag !== undefined && binding.method !== 'GET' && binding.method !== 'POST')
      Object.assign(input, conditionOf(request.headers['if-match'], binding.etag));
    return input;
  };
}

/** Contract Reqflo: the organization is resolved from the key and must not be named. */
function refuseOrganization(...places: readonly object[]): void {
  if (!places.some((place) => 'organizationId' in place)) return;
  const message = 'The organization is the one of the key: do not name it.';
  throw new DomainError('BAD_REQUEST', { issues: [{ path: 'organizationId', message }] });
}

function checkIdempotencyKey(key: string | string[] | undefined, { isSecret = false }: RestBinding): void {
  if (key === undefined || (!isSecret && typeof key === 'string' && IDEMPOTENCY_KEY.test(key))) return;
  const message = isSecret ? 'An answer with a secret is not kept for retries.' : 'Give 1 to 128 visible ASCII characters.';
  throw new DomainError('BAD_REQUEST', { issues: [{ path: 'Idempotency-Key', message }] });
}

function bodyObject(body: unknown): Input {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new DomainError('BAD_REQUEST', { issues: [{ path: '', message: 'The body must be a JSON object.' }] });
  }
  return { ...body };
}

/** JSON in UTF-8 (RFC 8259 §8.1) and nothing else; an empty body is no body. */
export function acceptJsonOnly(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // A body without a meaning (RFC 9110 §9.3.5) is not looked at.
    if (body.length === 0 || request.method === 'DELETE') return done(null, undefined);
    if (!isInUtf8(request.headers['content-type'])) return done(new DomainError('UNSUPPORTED_MEDIA_TYPE') as Error, undefined);
    void parseJson(request, body as string, (error, parsed) =>
      error === null ? done(null, parsed) : done(new DomainError('BAD_JSON', { cause: error }) as Error, undefined),
    );
  });
}

/** For each path, the methods that it does not have: 405 with `Allow`; OPTIONS says which it has. There is no CORS here. */
function refuseOtherMethods(
  scope: FastifyInstance,
  operations: readonly BoundProcedure[],
  presenting: (request: FastifyRequest, reply: FastifyReply) => Context,
): void {
  for (const { url, has, allow } of methodsByPath(operations)) {
    scope.route({
      method: METHODS.filter((method) => !has.includes(method)),
      url,
      async onRequest(request, reply) {
        request.call = presenting(request, reply);
        reply.header('Allow', allow);
        throw new DomainError('METHOD_NOT_ALLOWED');
      },
      handler: async () => undefined,
    });
    scope.options(url, async (request, reply) => {
      reply.header('Allow', allow);
      const call = presenting(request, reply);
      request.call = call;
      await peek(call);
      return reply.code(204).send();
    });
  }
}

type PathMethods = { readonly url: string; readonly has: readonly string[]; readonly allow: string };

function methodsByPath(operations: readonly BoundProcedure[]): PathMethods[] {
  return [...Map.groupBy(operations, ({ binding }) => toRoute(binding.path))].map(([url, ofPath]) => {
    const has = ofPath.flatMap(({ binding: { method } }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    return { url, has, allow: [...has, 'OPTIONS'].join(', ') };
  });
}

/** Finds what `Allow` says of a path as requested; undefined for one that there is not. */
function allowedMethods(operations: readonly BoundProcedure[], prefix: string): (url: string) => string | undefined {
  const paths = methodsByPath(operations).map(({ url, allow }) => ({
    pattern: new RegExp(`^${(prefix + url).replace(/:\w+/g, '[^/]+')}/?$`),
    allow,
  }));
  return (url) => paths.find(({ pattern }) => pattern.test(url.split('?', 1)[0] ?? ''))?.allow;
}

/** Sends a refusal or a failure in the dialect's envelope, with the headers that every answer of the surface has. */
export async function sendFailure(
  dialect: Dialect,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const failure = spelled(told(dialect, toPublic(error)), request);
  if (failure.status >= 500) request.log.error({ err: error }, 'call failed');
  const ctx = request.call;
  // Not with 401: the limits of a genuine key would tell it from a wrong one.
  const isOwed = failure.status !== 401 && failure.status < 500 && !reply.hasHeader('X-RateLimit-Limit');
  if (ctx !== null && ctx !== undefined && isOwed) await peek(ctx);
  if (failure.retryAfter !== undefined) reply.header('Retry-After', failure.retryAfter);
  const challenge = challengeFor(dialect, failure, request);
  if (challenge !== null) reply.header('WWW-Authenticate', challenge);
  return reply.code(failure.status).send(dialect.failure(failure, request.id));
}

/** As the surface tells it. */
function told({ tellsAs }: Dialect, error: PublicError): PublicError {
  const code = tellsAs[error.code];
  return code === undefined ? error : toPublic(new DomainError(code));
}

/** With the names that the caller has used: what fails before the input is read has them already. */
function spelled(error: PublicError, { isRead, routeOptions: { config } }: FastifyRequest): PublicError {
  const nameOf = config?.nameOf;
  if (nameOf === undefined || !isRead || error.issues.length === 0) return error;
  const issues = error.issues.map(({ path, message }) => ({ path: path.split('.').map(nameOf).join('.'), message }));
  return { ...error, issues };
}

/** The call, whose facts are read anew where the body has kept it waiting: a key may have been revoked meanwhile. */
function requireCall({ call, isLate }: FastifyRequest): Context {
  if (call === null) throw new Error('a route without its call');
  if (isLate) call.facts.clear();
  return call;
}
