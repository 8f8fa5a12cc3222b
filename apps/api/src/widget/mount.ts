import { batched, DomainError, toPublic } from '@reqbase/auth';
import {
  admitPage,
  chargeAddress,
  claimIdempotency,
  mayUse,
  namesIn,
  type Presented,
  type PublicWidget,
  publicWidgetConfig,
  readerOf,
  type Services,
  type Visit,
  WIDGET_ENDPOINTS,
  type WidgetEndpoint,
} from '@reqbase/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { addressLimit } from '../address-limit.ts';
import { outputOf } from '../kept-answer.ts';
import { type Decoder, decoderFor } from '../rest/decode.ts';
import { isNotModified } from '../rest/etag.ts';
import { acceptJsonOnly } from '../rest/mount.ts';
import { fill, toRoute } from '../rest/path-template.ts';
import { projectDialect } from '../rest/project-dialect.ts';
import { queryOf } from '../rest/query.ts';
import { presentedBy, principalOf, SENT_HEADERS } from './presented.ts';

declare module 'fastify' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface merges with the framework's
  interface FastifyRequest {
    /** The project whose widget calls, once its page is let in. */
    widget: PublicWidget | null;
    /** Who the widget says that it speaks for. */
    presented: Presented;
  }
}

const PREFIX = '/w/{projectId}';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;
const CONFIG_MAX_AGE_SECONDS = 60;
/**
 * Of all kinds together, before anything is looked up. A browser asks for the configuration once a minute at most and polls a
 * few times: some hundred visitors behind one address do not come near it, and a flood of them costs a hundred look-ups a second.
 */
const CALLS_A_MINUTE = 6_000;
const PREFLIGHT_MAX_AGE_SECONDS = 600;

type Params = { readonly projectId: string; readonly [name: string]: string };

/**
 * The public endpoints of the widgets, called by pages of any origin that the project lets in: how often the address has
 * called, whose page it is, and whether the widget is on is settled before the body is read.
 */
export function mountWidget(app: FastifyInstance, services: Services, publicUrl: string): void {
  const widgetOf = widgetReader(services);
  const ownOrigin = new URL(publicUrl).origin;
  const limit = addressLimit(CALLS_A_MINUTE, services.clock);

  /** Counts whatever is called, also what is refused. @throws {DomainError} RATE_LIMITED */
  async function count(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.header('Vary', 'Origin');
    try {
      limit(request.ip);
    } catch (error) {
      // Any page may read when to come again: of the project nothing is known so far.
      letRead(request, reply);
      throw error;
    }
  }

  /** @throws {DomainError} PROJECT_NOT_FOUND, ORIGIN_NOT_ALLOWED, GONE */
  async function admit(request: FastifyRequest, reply: FastifyReply, isWrite: boolean): Promise<PublicWidget> {
    const origin = request.headers.origin ?? null;
    const widget = await widgetOf((request.params as Params).projectId);
    const page = { origin, isWrite, ownOrigin };
    // A page that may not use the widget cannot read why, either.
    if (widget === null || mayUse(widget, page)) letRead(request, reply);
    if (widget === null) throw new DomainError('PROJECT_NOT_FOUND');
    admitPage(widget, page);
    return widget;
  }

  app.register(
    (scope, _options, done) => {
      scope.decorateRequest('widget', null);
      scope.decorateRequest('presented');
      scope.addHook('onRequest', count);
      // Another type would need no preflight, so that pages could send it unasked.
      acceptJsonOnly(scope);
      scope.route({
        method: 'GET',
        url: '/config',
        handler: async (request, reply) => sendConfig(await admit(request, reply, false), request, reply),
      });
      for (const endpoint of WIDGET_ENDPOINTS) {
        const readInput = inputReader(endpoint);
        scope.route({
          method: endpoint.method,
          url: toRoute(endpoint.path),
          bodyLimit: endpoint.bodyLimit,
          async onRequest(request, reply) {
            reply.header('Cache-Control', 'no-store');
            const widget = await admit(request, reply, endpoint.kind === 'write');
            await chargeAddress(services, request.ip, endpoint.kind);
            Object.assign(request, { widget, presented: presentedBy(request.headers) });
          },
          async handler(request, reply) {
            const { widget, presented } = request;
            if (widget === null) throw new Error('a call of the widget without its project');
            const visit: Visit = { ...services, widget, presented, idempotency: null };
            return reply.code(endpoint.status).send({ data: await answer(visit, endpoint, readInput(request), request, reply) });
          },
        });
      }
      refuseOtherMethods(scope);
      scope.options('/*', async (request, reply) => {
        await admit(request, reply, false);
        return reply
          .header('Access-Control-Allow-Methods', 'GET, POST, DELETE')
          .header('Access-Control-Allow-Headers', SENT_HEADERS.join(', '))
          .header('Access-Control-Max-Age', PREFLIGHT_MAX_AGE_SECONDS)
          .code(204)
          .send();
      });
      scope.setErrorHandler(sendFailure);
      scope.setNotFoundHandler((request, reply) => sendFailure(new DomainError('RESOURCE_NOT_FOUND'), request, reply));
      done();
    },
    { prefix: toRoute(PREFIX) },
  );
}

/** Lets the page that calls read the answer. */
function letRead({ headers: { origin } }: FastifyRequest, reply: FastifyReply): void {
  if (origin === undefined) return;
  reply.header('Access-Control-Allow-Origin', origin).header('Access-Control-Expose-Headers', 'Retry-After, X-Request-Id');
}

/** The same text for all who asked at once. */
const texts = new WeakMap<PublicWidget, string>();

function sendConfig(widget: PublicWidget, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const etag = `"${widget.version}"`;
  reply.header('ETag', etag).header('Cache-Control', `max-age=${CONFIG_MAX_AGE_SECONDS}`);
  if (isNotModified(request.headers['if-none-match'], etag)) return reply.code(304).send();
  let text = texts.get(widget);
  if (text === undefined) {
    text = JSON.stringify({ data: widget.config });
    texts.set(widget, text);
  }
  return reply.header('Content-Type', 'application/json; charset=utf-8').send(text);
}

/** Does what is asked for; what carries an `Idempotency-Key`, once, however often it is sent. */
async function answer(
  visit: Visit,
  { isIdempotent, method, path, output, run }: WidgetEndpoint,
  input: Input,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { id: projectId } = visit.widget.tenant.project;
  const key = isIdempotent ? request.headers['idempotency-key'] : undefined;
  const principalId = principalOf(visit.presented, projectId);
  if (key === undefined || principalId === null) return run(visit, input);
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key))
    throw new DomainError('BAD_REQUEST', {
      issues: [{ path: 'Idempotency-Key', message: 'Give 1 to 128 visible ASCII characters.' }],
    });
  const operation = `${method} /w/${projectId}${fill(path, input)}`;
  const outcome = await claimIdempotency(visit.access.db, visit, { principalId, operation, key, body: request.body });
  if (outcome.kind === 'replay') {
    // A retry too has to be who it says it is.
    await readerOf(visit);
    reply.header('Idempotent-Replayed', 'true');
    return outputOf(output, outcome.answer);
  }
  try {
    return await run({ ...visit, idempotency: outcome.claim }, input);
  } catch (error) {
    await outcome.claim.release();
    throw error;
  }
}

type Input = Record<string, unknown>;

/** Reads an endpoint's input: body or query, then the path, which wins. */
function inputReader({ method, path, input: schema }: WidgetEndpoint): (request: FastifyRequest) => Input {
  const inPath = namesIn(path);
  const fields: Record<string, z.core.$ZodType> = schema.shape;
  const fromQuery = Object.entries(fields).flatMap(([name, field]): [string, Decoder][] =>
    method === 'GET' && !inPath.includes(name) ? [[name, decoderFor(field)]] : [],
  );
  return (request) => {
    const { body, params } = request;
    const given = queryOf(request);
    const input: Input = method === 'POST' ? bodyObject(body) : {};
    for (const [name, decode] of fromQuery) if (given[name] !== undefined) input[name] = decode(given[name]);
    for (const name of inPath) input[name] = (params as Params)[name];
    return input;
  };
}

function bodyObject(body: unknown): Input {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return { ...body };
  throw new DomainError('BAD_REQUEST', { issues: [{ path: '', message: 'The body must be a JSON object.' }] });
}

function refuseOtherMethods(scope: FastifyInstance): void {
  const endpoints = [{ method: 'GET', path: '/config' }, ...WIDGET_ENDPOINTS];
  for (const [path, ofPath] of Map.groupBy(endpoints, ({ path }) => path)) {
    const has: string[] = ofPath.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    scope.route({
      method: METHODS.filter((method) => !has.includes(method)),
      url: toRoute(path),
      async onRequest(_request, reply) {
        reply.header('Allow', [...has, 'OPTIONS'].join(', '));
        throw new DomainError('METHOD_NOT_ALLOWED');
      },
      handler: async () => undefined,
    });
  }
}

async function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const failure = toPublic(error);
  if (failure.status >= 500) request.log.error({ err: error }, 'call failed');
  if (failure.retryAfter !== undefined) reply.header('Retry-After', failure.retryAfter);
  return reply.header('Cache-Control', 'no-store').code(failure.status).send(projectDialect.failure(failure, request.id));
}

/** The widget of a project, read once for all who ask for it at the same time. */
function widgetReader(services: Services): (ref: string) => Promise<PublicWidget | null> {
  const read = async ([ref = '', ...others]: readonly string[]) => {
    const widget = await publicWidgetConfig(services, ref);
    return [widget, ...others.map(() => widget)];
  };
  return batched({ groupOf: (ref) => ref, run: (groups) => Promise.all(groups.map(read)) });
}
