import { DomainError, toPublic } from '@reqbase/auth';
import { addressGroup, chargeLimit, type Limit, type Services } from '@reqbase/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import { addressLimit } from '../address-limit.ts';
import type { SessionOptions } from '../session-credential.ts';
import type { ClientDocuments } from './client-documents.ts';
import { publicClient, readMetadata } from './client-metadata.ts';
import { mountConsent } from './consent-routes.ts';
import { authorizeDevice, DEVICE_GRANT, DEVICE_PATH, pollForDevice } from './device.ts';
import { introspectKey, isKey, revokeKey } from './device-key.ts';
import { type Dispatch, type Dispatched, dispatcher, postedForm, sendDispatched } from './dispatch.ts';
import { mountDocuments } from './documents.ts';
import { errorAnswer } from './error-page.ts';
import { createProvider, PATHS } from './provider.ts';
import { revoke } from './revocation.ts';
import { type KnownClient, noteFailure, withClient } from './storage.ts';
import { findClient, json, noSuchClient, readForm, redeem } from './token-endpoint.ts';

export type OAuthOptions = SessionOptions & { readonly clientDocuments: ClientDocuments };

type Ctx = { readonly services: Services; readonly provider: Provider; readonly dispatch: Dispatch };
/** Of an address alone too: which client it is, a caller says as they like. */
type Limits = { readonly byAddress: Limit; readonly byClient: Limit };
type Handler = (ctx: Ctx, request: FastifyRequest, form: URLSearchParams) => Promise<Dispatched>;

/** Of a page of ours that says why a request leads nowhere. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
const BODY_LIMIT_BYTES = 65_536;
const MINUTE_MS = 60_000;
/** Source: reference/scopes-codes-limits, Limits. */
const AUTHORIZATIONS_PER_MINUTE = 30;
const REGISTRATIONS: Limit = { name: 'registration by address', calls: 10, windowMs: 60 * MINUTE_MS };
const TOKENS: Limits = {
  byAddress: { name: 'token by address', calls: 300, windowMs: MINUTE_MS },
  byClient: { name: 'token by client and address', calls: 60, windowMs: MINUTE_MS },
};
const QUESTIONS: Limits = {
  byAddress: { name: 'introspection by address', calls: 600, windowMs: MINUTE_MS },
  byClient: { name: 'introspection by client and address', calls: 120, windowMs: MINUTE_MS },
};

const REGISTRATION_FAULTS = {
  invalid_redirect_uri:
    'redirect_uris must be https, or http to localhost, 127.0.0.1 or [::1]: 1 to 20, in their plain spelling, without fragment or user',
  invalid_client_metadata: 'the metadata must be a JSON object',
};

/** The OAuth 2.1 authorization server under `/api/oauth`, with the documents by which clients find it. See docs/adr/0013. */
export function mountOAuth(app: FastifyInstance, services: Services, options: OAuthOptions): void {
  const provider = createProvider(services, options);
  const ctx: Ctx = { services, provider, dispatch: dispatcher(provider, services) };
  provider.on('server_error', (_ctx, error) => {
    // Within a transaction it is thrown on, and answered once that is given up.
    if (!noteFailure(error)) app.log.error({ err: error }, 'the authorization server failed');
  });
  mountDocuments(app, services.publicUrl, options.clientDocuments);
  mountConsent(app, services, { ...options, provider });
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler(sendFailure);
    scope.addHook('onRequest', async (_request, reply) => {
      // RFC 6749 §5.1; of a request, too, nothing is kept or told on.
      reply.header('Cache-Control', 'no-store').header('Referrer-Policy', 'no-referrer').header('X-Frame-Options', 'DENY');
    });
    mountAuthorization(scope, ctx);
    post(scope, ctx, PATHS.registration, register);
    post(scope, ctx, PATHS.token, ofPlainText(giveToken));
    post(scope, ctx, PATHS.revocation, ofPlainText(endToken));
    post(scope, ctx, PATHS.introspection, ofPlainText(introspect));
    post(
      scope,
      ctx,
      DEVICE_PATH,
      ofPlainText(({ services, provider }, request, form) => authorizeDevice(services, provider, request, form)),
    );
  });
}

/** The browser's side: it begins here, and comes back here with what the person has decided. */
function mountAuthorization(scope: FastifyInstance, { services, provider, dispatch }: Ctx): void {
  const begins = addressLimit(AUTHORIZATIONS_PER_MINUTE, services.clock);
  // Apart, so that who has decided is led back whatever else is begun from their address.
  const comesBack = addressLimit(AUTHORIZATIONS_PER_MINUTE, services.clock);
  const ownCookies = [provider.cookieName('resume'), `${provider.cookieName('resume')}.sig`];
  const isOwn = (cookie: string) => ownCookies.some((name) => cookie.startsWith(`${name}=`));
  const handler =
    (
      limit: (address: string) => void,
      urlOf: (url: string) => string,
      clientOf: (request: FastifyRequest) => Promise<KnownClient | null>,
    ) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      limit(request.ip);
      const answer = isPlainText(queryOf(request.url))
        ? await answerTo(request, urlOf(request.url), await clientOf(request))
        : errorAnswer(400, 'invalid_request', CONTROL_CHARACTERS);
      if (answer.status >= 400) reply.header('Content-Security-Policy', PAGE_POLICY);
      // Its session is not ours: who is signed in, we say anew each time.
      return sendDispatched(reply, { ...answer, cookies: answer.cookies.filter(isOwn) });
    };
  const answerTo = ({ headers }: FastifyRequest, url: string, client: KnownClient | null) => {
    const cookie = (headers.cookie ?? '').split(/; */).filter(isOwn).join('; ');
    const ask = () => dispatch({ method: 'GET', url, headers: { cookie, accept: 'text/html' } });
    return client === null ? ask() : withClient(client, ask);
  };
  scope.get(
    PATHS.authorization,
    { errorHandler: showFailure },
    handler(begins, adapted, ({ ip, url }) => findClient(provider, ip, queryOf(url).get('client_id'))),
  );
  scope.get(
    `${PATHS.authorization}/:uid`,
    { errorHandler: showFailure },
    // It has no parameters of its own, and the library would take any for those of the request.
    handler(comesBack, pathOf, ({ params }) => clientOfRequest(provider, (params as { uid: string }).uid)),
  );
}

/**
 * The client of a request that has begun, as far as it takes to lead back to it. It was read then, and for who has decided: what was
 * decided is not lost to a document that cannot be read just now.
 */
async function clientOfRequest(provider: Provider, uid: string): Promise<KnownClient | null> {
  const { client_id: clientId, redirect_uri: redirectUri } = (await provider.Interaction.find(uid))?.params ?? {};
  if (typeof clientId !== 'string' || typeof redirectUri !== 'string') return null;
  return { clientId, metadata: () => ({ client_id: clientId, ...publicClient({ redirect_uris: [redirectUri] }) }) };
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** The request as the library is to have it. */
function adapted(url: string): string {
  const params = queryOf(url);
  // Some clients ask for sign-in or a choice of account, by words of OpenID Connect: a person decides here in any case.
  const isPrompting = params.has('prompt') && params.get('prompt') !== 'none';
  // It answers by a fragment or a form as well, and cannot be told not to: a mode that it does not know, it refuses.
  const isOtherMode = params.getAll('response_mode').some((mode) => mode !== '' && mode !== 'query');
  if (!isPrompting && !isOtherMode) return url;
  if (isPrompting) params.delete('prompt');
  if (isOtherMode) params.set('response_mode', 'unsupported');
  return `${pathOf(url)}?${params}`;
}

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

const CONTROL_CHARACTERS = 'no parameter may have control characters';

/** Without control characters, which no parameter has (RFC 6749, appendix A), and some of which no database takes. */
function isPlainText(params: URLSearchParams): boolean {
  return [...params].flat().every((text) => !/\p{Cc}/u.test(text));
}

function ofPlainText(handler: Handler): Handler {
  return async (ctx, request, form) =>
    isPlainText(form)
      ? handler(ctx, request, form)
      : json(400, { error: 'invalid_request', error_description: CONTROL_CHARACTERS });
}

/** Open to every origin (browsers inspect servers too): there is no cookie that would count. */
function post(scope: FastifyInstance, ctx: Ctx, url: string, handler: Handler): void {
  scope.post(url, async (request, reply) => {
    reply.header('Access-Control-Allow-Origin', '*').header('Access-Control-Expose-Headers', 'WWW-Authenticate, Retry-After');
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    return sendDispatched(reply, await handler(ctx, request, form));
  });
  scope.options(url, async (_request, reply) =>
    reply
      .code(204)
      .headers({
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Methods': 'POST',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type, MCP-Protocol-Version',
        'Access-Control-Max-Age': '3600',
      })
      .send(),
  );
  scope.route({
    method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
    url,
    handler: async (_request, reply) =>
      sendDispatched(
        reply.header('Allow', 'POST, OPTIONS'),
        json(405, { error: 'invalid_request', error_description: 'the method is POST' }),
      ),
  });
}

async function register({ services, dispatch }: Ctx, request: FastifyRequest): Promise<Dispatched> {
  await chargeLimit(services, REGISTRATIONS, addressGroup(request.ip));
  const metadata = readMetadata(parsedJson(request.body));
  if (typeof metadata === 'string') return json(400, { error: metadata, error_description: REGISTRATION_FAULTS[metadata] });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const answer = await dispatch({
    method: 'POST',
    url: PATHS.registration,
    headers,
    body: JSON.stringify(metadata),
  });
  if (answer.status !== 201) return answer;
  // Of what the library says of a client, that which is so here.
  const { client_id, client_id_issued_at } = JSON.parse(answer.body) as Record<string, unknown>;
  return json(201, { client_id, client_id_issued_at, ...metadata });
}

function parsedJson(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return null;
  }
}

/** @throws {DomainError} RATE_LIMITED */
async function charge(
  services: Services,
  { byAddress, byClient }: Limits,
  { ip }: FastifyRequest,
  form: URLSearchParams,
): Promise<void> {
  const address = addressGroup(ip);
  await chargeLimit(services, byAddress, address);
  await chargeLimit(services, byClient, `${form.get('client_id')} ${address}`);
}

async function giveToken(ctx: Ctx, request: FastifyRequest, form: URLSearchParams): Promise<Dispatched> {
  await charge(ctx.services, TOKENS, request, form);
  const read = readForm(form);
  if (read === null) return repeated();
  if (read.get('grant_type') === DEVICE_GRANT) return pollForDevice(ctx.services, request, read);
  return redeem(ctx, request, read);
}

function repeated(): Dispatched {
  return json(400, { error: 'invalid_request', error_description: 'a parameter is repeated' });
}

async function endToken(ctx: Ctx, request: FastifyRequest, form: URLSearchParams): Promise<Dispatched> {
  await charge(ctx.services, QUESTIONS, request, form);
  const read = readForm(form);
  if (read === null) return repeated();
  const token = read.get('token');
  return isKey(token) ? revokeKey(ctx, request, read, token) : revoke(ctx, request, read);
}

async function introspect(ctx: Ctx, request: FastifyRequest, form: URLSearchParams): Promise<Dispatched> {
  await charge(ctx.services, QUESTIONS, request, form);
  const read = readForm(form);
  if (read === null) return repeated();
  const token = read.get('token');
  if (isKey(token)) return introspectKey(ctx, request, read, token);
  const client = await findClient(ctx.provider, request.ip, read.get('client_id'));
  return client === null ? noSuchClient(read) : withClient(client, () => ctx.dispatch(postedForm(request)));
}

/** What the library has not answered, in the words that OAuth has for it. */
async function sendFailure(failure: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { status, error, description } = noteFailed(failure, request, reply);
  return sendDispatched(reply, json(status, { error, error_description: description }));
}

/** The same for a person in a browser. */
function showFailure(failure: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, error, description } = noteFailed(failure, request, reply);
  sendDispatched(reply.header('Content-Security-Policy', PAGE_POLICY), errorAnswer(status, error, description));
}

type Failure = { readonly status: number; readonly error: string; readonly description: string };

function noteFailed(error: unknown, request: FastifyRequest, reply: FastifyReply): Failure {
  const { status, message, retryAfter } = toPublic(error);
  // What we say of others, of a document that is not to be had, is no failure of ours.
  if (status >= 500 && !(error instanceof DomainError)) request.log.error({ err: error }, 'call failed');
  if (retryAfter !== undefined) reply.header('Retry-After', retryAfter);
  const code =
    status >= 500 && status !== 503
      ? 'server_error'
      : status === 429 || status === 503
        ? 'temporarily_unavailable'
        : 'invalid_request';
  return { status, error: code, description: message };
}
