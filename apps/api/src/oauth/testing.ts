import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import type { TestTenant } from '@reqbase/auth/testing';
import * as oauth from 'oauth4webapi';
import { type Answer, openInstallation, send, signIn, type TestInstallation } from '../testing.ts';

export const REDIRECT = 'https://app.example/callback';

export function randomAddress(): string {
  return `10.${[...randomBytes(3)].join('.')}`;
}

/** A server that listens where its public URL says: for clients that have a socket of their own. */
export async function listeningInstallation(
  options: Omit<Parameters<typeof openInstallation>[0] & {}, 'publicUrl'> = {},
): Promise<TestInstallation> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, 'localhost', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const installation = await openInstallation({ ...options, publicUrl: `http://localhost:${port}` });
  await installation.app.listen({ port, host: 'localhost' });
  return installation;
}

type Fetch = (url: string, options: object) => Promise<Response>;

/** A way for oauth4webapi to the server under test, from an address of its own. */
function fetchVia({ app }: Pick<TestInstallation, 'app'>): Fetch {
  const remoteAddress = randomAddress();
  return async (url, options) => {
    const request = new Request(url, options);
    const body = await request.text();
    const response = await app.inject({
      method: request.method as 'GET',
      url: request.url,
      headers: Object.fromEntries(request.headers),
      remoteAddress,
      ...(body !== '' && { payload: body }),
    });
    const headers = Object.entries(response.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => [name, String(one)]),
    );
    return new Response([204, 303, 304].includes(response.statusCode) ? null : response.payload, {
      status: response.statusCode,
      headers: headers as [string, string][],
    });
  };
}

// oxlint-disable-next-line typescript/no-deprecated -- deprecated so that it stands out; the server under test has no TLS
const PLAIN_HTTP = { [oauth.allowInsecureRequests]: true } as const;

export type Party = {
  readonly installation: TestInstallation;
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly options: { readonly [oauth.customFetch]: Fetch } & typeof PLAIN_HTTP;
};

/** A client that has found the server and registered itself. */
export async function registeredClient(installation: TestInstallation, metadata: Record<string, unknown> = {}): Promise<Party> {
  const options = { [oauth.customFetch]: fetchVia(installation), ...PLAIN_HTTP } as const;
  const issuer = new URL(installation.core.publicUrl);
  const found = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
  const as = await oauth.processDiscoveryResponse(issuer, found);
  const asked = { client_name: 'Inspector', redirect_uris: [REDIRECT], ...metadata } as Partial<oauth.Client>;
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(as, asked, options),
  );
  return { installation, as, client, options };
}

export type Asked = { readonly [name: string]: string | undefined };

/** The authorization request of a client, as a browser sends it. */
export async function beginAuthorization(
  { installation, client }: Pick<Party, 'installation' | 'client'>,
  tenant: Pick<TestTenant, 'project'>,
  changes: Asked = {},
  remoteAddress = randomAddress(),
) {
  const verifier = oauth.generateRandomCodeVerifier();
  const params = {
    client_id: client.client_id,
    redirect_uri: REDIRECT,
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'a-state',
    scope: 'backlog:read status:write',
    resource: resourceOf(installation, tenant.project),
    ...changes,
  };
  const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await send(installation, {
    method: 'GET',
    url: `/api/oauth/authorize?${new URLSearchParams(given)}`,
    remoteAddress,
  });
  return { answer, verifier, ...pendingIn(answer) };
}

export function resourceOf({ core }: Pick<TestInstallation, 'core'>, { id }: { readonly id: string }, way = 'mcp'): string {
  return `${core.publicUrl}/p/${id}/${way}`;
}

/** What the browser keeps of a request that waits. */
export function pendingIn({ headers }: Answer): { uid: string; cookie: string } {
  const { location, 'set-cookie': set } = headers as { location?: string; 'set-cookie'?: string | string[] };
  const uid = /^\/connect\/(.+)$/.exec(location ?? '')?.[1] ?? '';
  const cookies = [set ?? []].flat().map((cookie) => cookie.split(';', 1)[0]);
  return { uid, cookie: cookies.join('; ') };
}

export type Decided = { readonly scopes?: readonly string[]; readonly decision?: 'allow' | 'deny' };

type Pending = { readonly uid: string; readonly cookie: string };

/** The person decides in the browser that began the request; returns the path at which it is led on. */
export async function sendDecision(
  installation: TestInstallation,
  user: { readonly id: string },
  { uid, cookie }: Pending,
  { scopes = ['backlog:read', 'status:write'], decision = 'allow' }: Decided = {},
): Promise<string> {
  const session = await signIn(installation, user);
  const decided = await send(installation, {
    method: 'POST',
    url: `/api/oauth/authorize/${uid}/decision`,
    headers: {
      cookie: `${session}; ${cookie}`,
      host: new URL(installation.core.publicUrl).host,
      origin: installation.core.publicUrl,
    },
    payload: decision === 'allow' ? { decision, scopes } : { decision },
  });
  if (decided.status !== 200) throw new Error(`not decided: ${decided.text}`);
  return new URL(decided.body.redirectTo).pathname;
}

/** The browser of a person who has decided is led on. */
export function comeBack(installation: TestInstallation, path: string, { cookie }: Pick<Pending, 'cookie'>): Promise<Answer> {
  return send(installation, { method: 'GET', url: path, headers: { cookie }, remoteAddress: randomAddress() });
}

/** The person decides in the browser that began the request; returns where that is led then. */
export async function decide(
  installation: TestInstallation,
  user: { readonly id: string },
  pending: Pending,
  decided: Decided = {},
): Promise<URL> {
  const resumed = await comeBack(installation, await sendDecision(installation, user, pending, decided), pending);
  if (resumed.status !== 303) throw new Error(`not led back: ${resumed.status} ${resumed.text}`);
  return new URL(String(resumed.headers['location']));
}

/** A code that the tenant's person has allowed, and what it takes to redeem it. */
export async function allowedCode(
  party: Party,
  tenant: TestTenant,
  { changes = {}, scopes }: { changes?: Asked; scopes?: string[] } = {},
) {
  const begun = await beginAuthorization(party, tenant, changes);
  const back = await decide(party.installation, tenant.user, begun, scopes === undefined ? {} : { scopes });
  return {
    back,
    verifier: begun.verifier,
    code: back.searchParams.get('code') ?? '',
    redirectUri: changes['redirect_uri'] ?? REDIRECT,
  };
}

/** Redeems a code by the independent client. */
export async function redeemCode(
  { as, client, options }: Party,
  { back, verifier, redirectUri }: Awaited<ReturnType<typeof allowedCode>>,
): Promise<oauth.TokenEndpointResponse> {
  const params = oauth.validateAuthResponse(as, client, back, 'a-state');
  const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), params, redirectUri, verifier, options);
  return oauth.processAuthorizationCodeResponse(as, client, response);
}

/** Tokens of a client that the tenant's person has let in. */
export async function connect(
  party: Party,
  tenant: TestTenant,
  wanted: Parameters<typeof allowedCode>[2] = {},
): Promise<oauth.TokenEndpointResponse> {
  return redeemCode(party, await allowedCode(party, tenant, wanted));
}

/** Posts a form, as a client does that does not keep to the rules. */
export function postForm(
  { installation }: Pick<Party, 'installation'>,
  path: string,
  form: Record<string, string | undefined> | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const given =
    form instanceof URLSearchParams
      ? form
      : new URLSearchParams(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return send(installation, {
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: given.toString(),
    remoteAddress: randomAddress(),
  });
}
