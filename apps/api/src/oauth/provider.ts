import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { OAUTH_SCOPES } from '@reqbase/auth';
import type { Services } from '@reqbase/core';
import { type Configuration, errors, interactionPolicy, Provider } from 'oidc-provider';
import { adapterFor } from './adapter.ts';
import { type ClientDocuments, readingDocuments } from './client-documents.ts';
import { errorPage } from './error-page.ts';
import { findResource } from './resource.ts';

export const PATHS = {
  authorization: '/api/oauth/authorize',
  token: '/api/oauth/token',
  registration: '/api/oauth/register',
  revocation: '/api/oauth/revoke',
  introspection: '/api/oauth/introspect',
} as const;

/** Where the person decides: a page of the admin. */
const CONSENT_PATH = '/connect';

const ACCESS_TOKEN_SECONDS = 3_600;
const CODE_SECONDS = 60;
const REFRESH_TOKEN_SECONDS = 30 * 86_400;
/** To sign in and decide. */
const REQUEST_SECONDS = 1_800;

export type ProviderOptions = { readonly clientDocuments: ClientDocuments };

/** The authorization server of panva's oidc-provider, without OpenID Connect: codes with PKCE, refresh, and nothing else. */
export function createProvider(services: Services, { clientDocuments }: ProviderOptions): Provider {
  const provider = new Provider(services.publicUrl, configuration(services, clientDocuments));
  // Behind our own server, which has settled what was asked of which host.
  provider.proxy = true;
  return provider;
}

function configuration(services: Services, clientDocuments: ClientDocuments): Configuration {
  const { secrets, documentOutbound, clock } = services;
  const documents = readingDocuments(clientDocuments, documentOutbound, clock);
  return {
    adapter: adapterFor(services),
    routes: PATHS,
    responseTypes: ['code'],
    scopes: [],
    clientAuthMethods: ['none'],
    pkce: { required: () => true },
    clockTolerance: 0,
    cookies: {
      keys: [secrets.session],
      names: { session: '_oauth_session', interaction: '_oauth_interaction', resume: '_oauth_request' },
    },
    // Nothing is signed here, and the library wants a key.
    jwks: { keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), use: 'sig' }] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: CODE_SECONDS,
      RefreshToken: REFRESH_TOKEN_SECONDS,
      Grant: REFRESH_TOKEN_SECONDS,
      Interaction: REQUEST_SECONDS,
      Session: REQUEST_SECONDS,
    },
    // Whose it is was settled when they decided; that they are still there, their grant says, which ends with them.
    findAccount: async (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    clientBasedCORS: () => true,
    fetch: documents.fetch,
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    interactions: { policy: alwaysDecided(), url: (_ctx, { uid }) => `${CONSENT_PATH}/${uid}` },
    renderError: async (ctx, { error, error_description: description }) => {
      ctx.type = 'html';
      ctx.body = errorPage(error, description);
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      introspection: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      registration: {
        enabled: true,
        issueRegistrationAccessToken: false,
        idFactory: () => `app_${randomBytes(16).toString('base64url')}`,
      },
      clientIdMetadataDocument: {
        enabled: clientDocuments !== 'none',
        ack: 'draft-02',
        allowFetch: async (_ctx, clientId) => documents.isToBeRead(clientId),
        cacheDuration: { min: 60, max: 3_600 },
      },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: async () => true,
        defaultResource: async (_ctx, _client, several) => {
          const [only, ...others] = several ?? [];
          if (only === undefined || others.length > 0) throw new errors.InvalidTarget('exactly one resource must be named');
          return only;
        },
        getResourceServerInfo: async (ctx, resource) => {
          const { resource: asked } = ctx.oidc.params ?? {};
          if (Array.isArray(asked) && asked.length > 1) throw new errors.InvalidTarget('exactly one resource must be named');
          if ((await findResource(services, resource)) === null)
            throw new errors.InvalidTarget('the resource is no project of this server');
          return {
            scope: OAUTH_SCOPES.join(' '),
            audience: resource,
            accessTokenTTL: ACCESS_TOKEN_SECONDS,
            accessTokenFormat: 'opaque',
          };
        },
      },
    },
  };
}

/** Every request is decided on by a person, also of an app that they have connected before: a public client proves nothing. */
function alwaysDecided(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.clear();
  const { Check, Prompt } = interactionPolicy;
  policy.add(
    new Prompt(
      { name: 'consent', requestable: true },
      new Check('undecided', 'a person has to decide', (ctx) => ctx.oidc.result?.consent?.grantId === undefined),
    ),
  );
  return policy;
}
