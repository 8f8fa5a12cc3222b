import { DomainError, type ErrorCode, toPublic } from '@reqbase/auth';
import {
  chargeCodes,
  contextFor,
  createCaller,
  type DevicePoll,
  pollDevice,
  requestCodes,
  type Services,
  snakeCase,
} from '@reqbase/core';
import { deviceSchemas, mayMakeKeys } from '@reqbase/core/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { addressLimit } from './address-limit.ts';
import { orgDialect } from './rest/org-dialect.ts';
import { type SessionOptions, sessionCredential } from './session-credential.ts';

const PREFIX = '/api/auth/device';
/** Of all kinds together, before anything is looked up (reference/scopes-codes-limits, Limits: anonymous calls). */
const CALLS_PER_MINUTE = 600;
const BODY_LIMIT_BYTES = 16_384;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
type Caller = ReturnType<typeof createCaller>;

/**
 * The device flow in the contract's dialect (contract RogerIQ; wire-facts, Device flow): for the device, which has no
 * credential, and for the person's session, by the same procedures as the page's.
 */
export function mountDeviceRoutes(app: FastifyInstance, services: Services, options: SessionOptions): void {
  const limit = addressLimit(CALLS_PER_MINUTE, services.clock);
  app.register(
    async (scope) => {
      scope.removeContentTypeParser('text/plain');
      scope.setErrorHandler(sendFailure);
      scope.setNotFoundHandler((request, reply) => sendFailure(new DomainError('RESOURCE_NOT_FOUND'), request, reply));
      scope.addHook('onRequest', async (request, reply) => {
        reply.header('Cache-Control', 'no-store');
        limit(request.ip);
      });
      const route = (method: 'GET' | 'POST', url: string, handler: Handler): void => {
        scope.route({ method, url, bodyLimit: BODY_LIMIT_BYTES, handler });
        refuseOtherMethods(scope, url, method);
      };
      const forPerson = (handler: (person: Caller, request: FastifyRequest) => Promise<unknown>): Handler => {
        return async (request) => handler(await personOf(services, request, options), request);
      };
      route('POST', '/code', (request) => startRequest(services, request));
      route('POST', '/token', (request, reply) => giveToken(services, request, reply));
      route('GET', '/lookup', forPerson(lookUp));
      route('POST', '/authorize', forPerson(authorize));
      route('POST', '/deny', forPerson(deny));
    },
    { prefix: PREFIX },
  );
}

async function startRequest(services: Services, { body, ip }: FastifyRequest): Promise<deviceSchemas.DeviceCodes> {
  const { client_name: clientName, scope = [], scopes = scope } = parsed(deviceSchemas.DeviceCodeRequest, body);
  await chargeCodes(services, ip);
  return requestCodes(services, { ip }, { clientName, scopes });
}

async function giveToken(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { device_code: deviceCode } = parsed(deviceSchemas.DeviceTokenRequest, request.body);
  const poll = await pollDevice(services, callOf(request), deviceCode);
  if (poll.outcome === 'granted') return reply.send(tokenOf(poll, services.clock()));
  if (poll.outcome === 'pending') return refuse(request, reply, 'AUTHORIZATION_PENDING', { interval: poll.interval });
  if (poll.outcome === 'too early') {
    reply.header('Retry-After', poll.interval);
    return refuse(request, reply, 'SLOW_DOWN', { interval: poll.interval, retry_after: poll.interval });
  }
  if (poll.outcome === 'expired') return refuse(request, reply, 'DEVICE_CODE_EXPIRED');
  const reason =
    poll.outcome === 'lapsed' && 'Who allowed it may not make such a key any more: their role or the plan has changed since.';
  return refuse(request, reply, 'ACCESS_DENIED', reason === false ? {} : { reason });
}

function tokenOf({ key, organization }: DevicePoll & { outcome: 'granted' }, now: Date): deviceSchemas.DeviceToken {
  const scopes = key.scopes.map(({ permission }) => permission);
  return {
    access_token: key.rawKey,
    token_type: 'bearer',
    expires_in: key.expiresAt === null ? null : Math.floor((Date.parse(key.expiresAt) - now.getTime()) / 1_000),
    expires_at: key.expiresAt,
    scope: scopes.join(' '),
    scopes,
    key_id: key.id,
    key_name: key.name,
    key_prefix: key.prefix,
    org_id: key.orgId,
    org_slug: organization.slug,
    org_name: organization.name,
  };
}

async function lookUp(person: Caller, { query }: FastifyRequest) {
  const { user_code: userCode } = parsed(deviceSchemas.DeviceDecision, query);
  return toWire(await person.device.lookUp({ userCode }));
}

async function authorize(person: Caller, { body }: FastifyRequest) {
  const approval = parsed(deviceSchemas.DeviceApproval, body);
  const {
    user_code: userCode,
    org_id: organizationId = await onlyOrganization(person),
    scopes,
    expires_at: expiresAt,
  } = approval;
  return toWire(await person.device.authorize({ userCode, organizationId, scopes, expiresAt }));
}

async function deny(person: Caller, { body }: FastifyRequest) {
  const { user_code: userCode } = parsed(deviceSchemas.DeviceDecision, body);
  return toWire(await person.device.deny({ userCode }));
}

/** Nobody has to choose of one (wire-facts, Device flow). @throws {DomainError} BAD_REQUEST when there are several, or none */
async function onlyOrganization(person: Caller): Promise<string> {
  const [first, ...others] = (await person.organizations.list({})).items.filter(mayMakeKeys);
  if (first !== undefined && others.length === 0) return first.id;
  const message = first === undefined ? 'There is none for which you may make keys.' : 'Choose one: you have several.';
  throw new DomainError('BAD_REQUEST', { issues: [{ path: 'org_id', message }] });
}

/** @throws {DomainError} UNAUTHORIZED without a session; FORBIDDEN for another site's page */
async function personOf(services: Services, request: FastifyRequest, options: SessionOptions): Promise<Caller> {
  const credential = await sessionCredential(request, options);
  if (credential.kind !== 'session') throw new DomainError('UNAUTHORIZED');
  return createCaller(contextFor(services, { ...callOf(request), surface: 'rpc', credential }));
}

function callOf({ id: requestId, ip, headers }: FastifyRequest) {
  return { requestId, ip, userAgent: headers['user-agent'] ?? null };
}

function toWire(request: deviceSchemas.DeviceRequest) {
  return Object.fromEntries(Object.entries(request).map(([name, value]) => [snakeCase(name), value]));
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new DomainError('BAD_REQUEST', { issues });
}

function refuseOtherMethods(scope: FastifyInstance, url: string, allowed: 'GET' | 'POST'): void {
  const allow = allowed === 'GET' ? ['GET', 'HEAD'] : ['POST'];
  scope.route({
    method: METHODS.filter((method) => !allow.includes(method)),
    url,
    async onRequest(_request, reply) {
      reply.header('Allow', allow.join(', '));
      throw new DomainError('METHOD_NOT_ALLOWED');
    },
    handler: async () => undefined,
  });
}

/** Contract RogerIQ, Error format. */
async function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const failure = toPublic(error);
  if (failure.status >= 500) request.log.error({ err: error }, 'call failed');
  if (failure.retryAfter !== undefined) reply.header('Retry-After', failure.retryAfter);
  const issues = failure.issues.map(({ path, message }) => ({ path: snakeCase(path), message }));
  return reply.code(failure.status).send(orgDialect.failure({ ...failure, issues }, request.id));
}

function refuse({ id }: FastifyRequest, reply: FastifyReply, code: ErrorCode, more: object = {}): FastifyReply {
  const failure = toPublic(new DomainError(code));
  return reply.code(failure.status).send({ ...(orgDialect.failure(failure, id) as object), ...more });
}
