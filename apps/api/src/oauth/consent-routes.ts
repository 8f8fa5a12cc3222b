import { DomainError, toPublic } from '@reqbase/auth';
import { type AppClient, approveApp, denyApp, readConsent, type Services } from '@reqbase/core';
import { connectedAppSchemas } from '@reqbase/core/contract';
import type { Transaction } from '@reqbase/db';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction, Provider } from 'oidc-provider';
import { projectDialect } from '../rest/project-dialect.ts';
import { type SessionOptions, sessionCredential } from '../session-credential.ts';
import { type Decision, settleRequest } from './adapter.ts';
import { PATHS } from './provider.ts';
import { isLoopback } from './redirect-uri.ts';
import { findResource } from './resource.ts';
import { findClient } from './token-endpoint.ts';

type Options = SessionOptions & { readonly provider: Provider };
type Ctx = { readonly services: Services; readonly options: Options };
type Pending = {
  readonly interaction: Interaction;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly projectId: string;
};

const RequestParams = (request: FastifyRequest) => (request.params as { uid: string }).uid;

/**
 * What the consent page asks and sends. Beneath the path to which the cookie of the request is bound: it is there in the browser
 * that began the request, and in no other. A decision comes as JSON, from a page of ours (the origin is checked), in a session.
 */
export function mountConsent(app: FastifyInstance, services: Services, options: Options): void {
  const ctx = { services, options };
  app.register(
    async (scope) => {
      scope.removeContentTypeParser('text/plain');
      scope.setErrorHandler(sendFailure);
      scope.addHook('onRequest', async (_request, reply) => {
        reply.header('Cache-Control', 'no-store');
      });
      scope.get('/request', (request, reply) => showRequest(ctx, request, reply));
      scope.post('/decision', { bodyLimit: 16_384 }, (request, reply) => takeDecision(ctx, request, reply));
    },
    { prefix: `${PATHS.authorization}/:uid` },
  );
}

async function showRequest(ctx: Ctx, request: FastifyRequest, reply: FastifyReply): Promise<connectedAppSchemas.ConsentRequest> {
  const userId = await personOf(ctx, request);
  const { interaction, clientId, redirectUri, projectId } = await pendingRequest(ctx, request, reply);
  const { kind, name, uri } = await appOf(ctx, clientId);
  const scope = interaction.params['scope'];
  const asked = { client: { clientId }, projectId, scope: typeof scope === 'string' ? scope : undefined };
  return {
    client: {
      name,
      id: clientId,
      host: kind === 'document' ? new URL(clientId).host : null,
      uri,
      redirectHost: new URL(redirectUri).host,
      isLoopback: isLoopback(redirectUri),
    },
    ...(await readConsent(ctx.services, userId, asked)),
  };
}

async function takeDecision(ctx: Ctx, request: FastifyRequest, reply: FastifyReply): Promise<{ redirectTo: string }> {
  const userId = await personOf(ctx, request);
  const { interaction, clientId, projectId } = await pendingRequest(ctx, request, reply);
  const { success, data: answer } = connectedAppSchemas.ConsentDecision.safeParse(request.body);
  if (!success) throw new DomainError('BAD_REQUEST');
  const { id: requestId, ip, headers } = request;
  const call = {
    surface: 'rpc' as const,
    credential: { kind: 'session' as const, userId },
    requestId,
    ip,
    userAgent: headers['user-agent'] ?? null,
  };
  const settle = (tx: Transaction, decision: Decision) => settleRequest(ctx.services, tx, interaction.uid, decision);
  if (answer.decision === 'deny') {
    const result = { error: 'access_denied', error_description: 'the person has denied the request' };
    await denyApp(ctx.services, call, { client: await deniedApp(ctx, clientId), projectId }, (tx) => settle(tx, { result }));
  } else {
    const { scopes } = answer;
    await approveApp(ctx.services, call, { client: await appOf(ctx, clientId), projectId, scopes }, (tx, grantId) =>
      // What is granted is what counts from here on, be it less or more than the app has asked for (RFC 6749 §3.3).
      settle(tx, { scope: scopes.join(' '), result: { login: { accountId: userId, remember: false }, consent: { grantId } } }),
    );
  }
  return { redirectTo: interaction.returnTo };
}

/** @throws {DomainError} UNAUTHORIZED without a session; FORBIDDEN for another site's page */
async function personOf({ options }: Ctx, request: FastifyRequest): Promise<string> {
  const credential = await sessionCredential(request, options);
  if (credential.kind !== 'session') throw new DomainError('UNAUTHORIZED');
  return credential.userId;
}

/** The request that waits. @throws {DomainError} GONE for one that is over, or was begun in another browser */
async function pendingRequest(
  { services, options: { provider } }: Ctx,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Pending> {
  const uid = RequestParams(request);
  const { cookies } = provider.createContext(request.raw, reply.raw);
  const isBegunHere = cookies.get(provider.cookieName('resume'), { signed: true }) === uid;
  const interaction = isBegunHere ? await provider.Interaction.find(uid) : undefined;
  if (interaction === undefined || interaction.result !== undefined) throw new DomainError('GONE');
  const { client_id: clientId, redirect_uri: redirectUri, resource } = interaction.params;
  const target = await findResource(services, [resource].flat().map(String)[0] ?? '');
  if (target === null) throw new DomainError('GONE');
  return { interaction, clientId: String(clientId), redirectUri: String(redirectUri), projectId: target.id };
}

/**
 * The app that asks, as it describes itself now.
 *
 * @throws {DomainError} GONE for one that there is not any more; UNAVAILABLE where its document cannot be read for the moment
 */
async function appOf({ options: { provider } }: Ctx, clientId: string): Promise<AppClient> {
  const client = await findClient(provider, null, clientId);
  if (client === null) throw new DomainError('GONE');
  const { clientName, clientUri, redirectUris = [] } = client;
  return { kind: kindOf(clientId), clientId, name: clientName ?? null, uri: clientUri ?? null, redirectUris };
}

/** The app that is refused: without its own words where they are not to be had, since a person can say no in any case. */
async function deniedApp(ctx: Ctx, clientId: string): Promise<AppClient> {
  try {
    return await appOf(ctx, clientId);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { kind: kindOf(clientId), clientId, name: null, uri: null, redirectUris: [] };
  }
}

function kindOf(clientId: string): AppClient['kind'] {
  return clientId.startsWith('https://') ? 'document' : 'registered';
}

async function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const failure = toPublic(error);
  if (failure.retryAfter !== undefined) reply.header('Retry-After', failure.retryAfter);
  if (failure.status >= 500 && !(error instanceof DomainError)) request.log.error({ err: error }, 'call failed');
  return reply.code(failure.status).send(projectDialect.failure(failure, request.id));
}
