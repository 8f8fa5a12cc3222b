import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as EarlierClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as EarlierTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as EarlierTransportType } from '@modelcontextprotocol/sdk/shared/transport.js';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { type Outbound, openOutbound } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { send, type TestInstallation } from '../testing.ts';
import { decide, listeningInstallation, pendingIn, postForm, randomAddress } from './testing.ts';

// The official clients of MCP find the authorization server by themselves, from the address of a project's endpoint.

let installation: TestInstallation;
let tenant: TestTenant;
let receiver: Server;
let asked: string[] = [];
const DOCUMENT = 'https://agent.example/oauth/client.json';
beforeAll(async () => {
  // What stands at the host of the document, behind what ends TLS there.
  receiver = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ client_id: DOCUMENT, ...memory().clientMetadata }));
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const { port } = receiver.address() as AddressInfo;
  const allowing = openOutbound({ allowsPrivate: true });
  const outbound: Outbound = {
    faultOf: (url) => allowing.faultOf(url),
    send: (request) =>
      allowing.send({ ...request, url: request.url.replace('https://agent.example', `http://127.0.0.1:${port}`) }),
  };
  installation = await listeningInstallation({ outbound });
});
afterAll(async () => {
  receiver.close();
  await installation.close();
});
beforeEach(async () => {
  asked = [];
  tenant = await seedTenant(installation, { plan: 'free' });
});

const REDIRECT = 'http://localhost:9/callback';
const INFO = { name: 'test', version: '1.0.0' };
const urlOf = ({ project }: Pick<TestTenant, 'project'> = tenant) =>
  new URL(`${installation.core.publicUrl}/p/${project.slug}/mcp`);

/** What an app keeps of its registration and its tokens, and where it has sent its person last. */
function memory(more: { readonly clientMetadataUrl?: string } = {}) {
  const kept: Record<string, any> = {};
  return {
    ...more,
    kept,
    redirectUrl: REDIRECT,
    clientMetadata: {
      client_name: 'Agent',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    clientInformation: () => kept['client'],
    saveClientInformation: (client: unknown) => {
      kept['client'] = client;
    },
    tokens: () => kept['tokens'],
    saveTokens: (tokens: unknown) => {
      kept['tokens'] = tokens;
    },
    redirectToAuthorization: (url: URL) => {
      kept['url'] = url;
    },
    saveCodeVerifier: (verifier: string) => {
      kept['verifier'] = verifier;
    },
    codeVerifier: () => kept['verifier'] as string,
  };
}

/** The person allows this much of what the app asks for; answers with the code. */
async function allow(url: URL, scopes: string[]): Promise<URLSearchParams> {
  const answer = await send(installation, { method: 'GET', url: url.pathname + url.search, remoteAddress: randomAddress() });
  return (await decide(installation, tenant.user, pendingIn(answer), { scopes })).searchParams;
}

/** As an app takes leave (RFC 7009). */
async function disconnect({ kept: { client, tokens } }: ReturnType<typeof memory>): Promise<void> {
  const form = { client_id: client.client_id, token: tokens.refresh_token };
  expect((await postForm({ installation }, '/api/oauth/revoke', form)).status).toBe(200);
  expect(await installation.db.prisma.oAuthGrant.count({ where: { projectId: tenant.project.id } })).toBe(0);
}

type App = {
  readonly name: string;
  /** What becomes of a call that needs more than was granted. */
  readonly refusal: string | RegExp;
  /** Whether it asks its person for more then. 1.x refreshes instead, which brings no more, and gives up. */
  readonly stepsUp: boolean;
  /** Connects, and calls a tool, to which the answer is a text. */
  readonly call: (auth: ReturnType<typeof memory>, url: URL, tool: string, input?: object) => Promise<string>;
  readonly finish: (auth: ReturnType<typeof memory>, url: URL, back: URLSearchParams) => Promise<void>;
};

const APPS: readonly App[] = [
  {
    name: '1.x',
    refusal: 'Server returned 403 after trying upscoping',
    stepsUp: false,
    async call(authProvider, url, name, input = {}) {
      const client = new EarlierClient(INFO);
      await client.connect(new EarlierTransport(url, { authProvider }) as EarlierTransportType);
      const answer = await client.callTool({ name, arguments: { ...input } }).finally(() => void client.close());
      return JSON.stringify(answer);
    },
    finish: (authProvider, url, back) => new EarlierTransport(url, { authProvider }).finishAuth(back.get('code') ?? ''),
  },
  {
    name: '2.x',
    refusal: 'Unauthorized',
    stepsUp: true,
    async call(authProvider, url, name, input = {}) {
      const client = new Client(INFO);
      await client.connect(new StreamableHTTPClientTransport(url, { authProvider }));
      const answer = await client.callTool({ name, arguments: { ...input } }).finally(() => void client.close());
      return JSON.stringify(answer);
    },
    finish: (authProvider, url, back) => new StreamableHTTPClientTransport(url, { authProvider }).finishAuth(back),
  },
];

it('asks for the document where it is said to be', async () => {
  const auth = memory({ clientMetadataUrl: DOCUMENT });
  await expect(APPS[0]?.call(auth, urlOf(), 'get_project_stats')).rejects.toThrow();
  await allow(auth.kept['url'], ['backlog:read']);
  expect(asked).toEqual(['/oauth/client.json']);
});

describe.each(APPS)('the SDK $name', ({ call, finish, refusal, stepsUp }) => {
  it('registers, is let in with less than it asked for, calls tools, steps up, refreshes, and is disconnected', async () => {
    const auth = memory();
    const stats = () => call(auth, urlOf(), 'get_project_stats');
    await expect(stats()).rejects.toThrow();
    expect(auth.kept['url'].searchParams.get('resource')).toBe(urlOf().href);
    expect(auth.kept['url'].searchParams.get('scope')).toContain('status:write');
    await finish(auth, urlOf(), await allow(auth.kept['url'], ['backlog:read']));
    expect(auth.kept['tokens'].scope).toBe('backlog:read');
    expect(await stats()).toContain('featureCount');

    const { access_token } = auth.kept['tokens'];
    const feature = { featureId: tenant.project.id, status: 'IN_PROGRESS' };
    const change = () => call(auth, urlOf(), 'change_status', feature);
    delete auth.kept['url'];
    await expect(change()).rejects.toThrow(refusal);
    if (!stepsUp) {
      expect(auth.kept['url']).toBeUndefined();
      // Its person connects it anew.
      delete auth.kept['tokens'];
      await expect(change()).rejects.toThrow();
    }
    expect(auth.kept['url'].searchParams.get('scope').split(' ')).toEqual(
      expect.arrayContaining(['backlog:read', 'status:write']),
    );
    await finish(auth, urlOf(), await allow(auth.kept['url'], ['backlog:read', 'status:write']));
    expect(await change()).toContain('FEATURE_NOT_FOUND');
    expect(auth.kept['tokens'].access_token).not.toBe(access_token);

    const before = auth.kept['tokens'].access_token;
    installation.clock.advance(2 * 3_600_000);
    expect(await stats()).toContain('featureCount');
    expect(auth.kept['tokens'].access_token).not.toBe(before);

    await disconnect(auth);
    await expect(stats()).rejects.toThrow();
  });

  it('is described by a document and registers nowhere, is let in, refreshes, and is disconnected', async () => {
    const auth = memory({ clientMetadataUrl: DOCUMENT });
    const stats = () => call(auth, urlOf(), 'get_project_stats');
    const before = await installation.db.prisma.oAuthClient.count({ where: { kind: 'registered' } });
    await expect(stats()).rejects.toThrow();
    expect(auth.kept['client'].client_id).toBe(DOCUMENT);
    expect(auth.kept['url'].searchParams.get('client_id')).toBe(DOCUMENT);
    await finish(auth, urlOf(), await allow(auth.kept['url'], ['backlog:read']));
    expect(await stats()).toContain('featureCount');
    const of = { clientId: DOCUMENT };
    expect(await installation.db.prisma.oAuthClient.findUnique({ where: of })).toMatchObject({ kind: 'document', name: 'Agent' });
    expect(await installation.db.prisma.oAuthClient.count({ where: { kind: 'registered' } })).toBe(before);

    const { access_token } = auth.kept['tokens'];
    installation.clock.advance(2 * 3_600_000);
    expect(await stats()).toContain('featureCount');
    expect(auth.kept['tokens'].access_token).not.toBe(access_token);
    await disconnect(auth);
    await expect(stats()).rejects.toThrow();
  });

  it('comes with the token of one project to another, and is refused', async () => {
    const auth = memory();
    await expect(call(auth, urlOf(), 'get_project_stats')).rejects.toThrow();
    await finish(auth, urlOf(), await allow(auth.kept['url'], ['backlog:read']));
    const other = await seedTenant(installation);
    const headers = {
      authorization: `Bearer ${auth.kept['tokens'].access_token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const answer = await fetch(urlOf(other), { method: 'POST', headers, body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);
  });
});
