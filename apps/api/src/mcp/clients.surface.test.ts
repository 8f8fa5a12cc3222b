import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as forward, type Server as HttpServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as EarlierClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as EarlierTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as EarlierTransportType } from '@modelcontextprotocol/sdk/shared/transport.js';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from '../testing.ts';

// The official programs that speak MCP, over a socket, as people have them.

const run = promisify(execFile);
const require = createRequire(import.meta.url);

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let url: URL;
let proxy: HttpServer;
let publicUrl: string;

beforeAll(async () => {
  // The conformance suite has no way to say who it is: a proxy before the server does, and is where the server is reached.
  proxy = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${key.raw}` };
    const outgoing = forward(new URL(incoming.url ?? '', url), { method: incoming.method ?? 'POST', headers }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  publicUrl = `http://localhost:${(proxy.address() as AddressInfo).port}`;
  installation = await openInstallation({ publicUrl });
  tenant = await seedTenant(installation);
  key = await seedKey(installation, tenant, { scopes: ['backlog:read', 'status:write', 'features:delete'] });
  await installation.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = installation.app.server.address() as AddressInfo;
  url = new URL(`http://127.0.0.1:${port}/p/${tenant.project.slug}/mcp`);
});
afterAll(async () => {
  proxy.close();
  await installation.close();
});

const INFO = { name: 'test', version: '1.0.0' };
const withKey = (of: Pick<TestKey, 'raw'>) => ({ requestInit: { headers: { authorization: `Bearer ${of.raw}` } } });
const NAMES = [
  'get_project',
  'list_features',
  'get_feature',
  'change_status',
  'delete_feature',
  'get_project_stats',
  'list_comments',
];

describe('the SDK 2.x', () => {
  it.each(['auto', 'legacy', { pin: '2026-07-28' }] as const)('negotiating %j lists tools and calls them', async (mode) => {
    const client = new Client(INFO, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(url, withKey(key)));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted());
    const stats = await client.callTool({ name: 'get_project_stats', arguments: {} });
    expect(stats.structuredContent).toMatchObject({ projectId: tenant.project.id, featureCount: 0 });
    const refused = await client.callTool({ name: 'get_feature', arguments: { featureId: 'x' } });
    expect([refused.isError, JSON.stringify(refused.content)]).toEqual([true, expect.stringContaining('BAD_REQUEST')]);
    await client.close();
  });

  it('is told that a key is not good, or has not the scope', async () => {
    const stranger = new Client(INFO);
    await expect(stranger.connect(new StreamableHTTPClientTransport(url, withKey({ raw: 'riq_live_x' })))).rejects.toThrow();
    const client = new Client(INFO);
    await client.connect(new StreamableHTTPClientTransport(url, withKey(key)));
    await expect(client.callTool({ name: 'list_members', arguments: {} })).rejects.toThrow(/403|scope/i);
    await client.close();
  });
});

describe('the SDK 1.x', () => {
  it('lists tools and calls them', async () => {
    const client = new EarlierClient(INFO);
    await client.connect(new EarlierTransport(url, withKey(key)) as EarlierTransportType);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted());
    const { structuredContent } = await client.callTool({ name: 'list_features', arguments: { limit: 1 } });
    expect(structuredContent).toMatchObject({ items: [], hasMore: false });
    const asked = await client.callTool({ name: 'delete_feature', arguments: { featureId: crypto.randomUUID() } });
    expect([asked.isError, JSON.stringify(asked.content)]).toEqual([true, expect.stringContaining('CONFIRM_REQUIRED')]);
    await client.close();
  });
});

describe('the Inspector’s command line', () => {
  const inspect = async (...options: string[]) => {
    const program = programOf('inspector', 'clients/launcher/build/index.js');
    const given = ['--cli', url.href, '--transport', 'http', '--header', `Authorization: Bearer ${key.raw}`, ...options];
    // It keeps what it has seen in its user's home.
    const home = mkdtempSync(join(tmpdir(), 'reqbase-inspector-'));
    try {
      const { stdout } = await run(process.execPath, [program, ...given], { env: { ...process.env, HOME: home } });
      return JSON.parse(stdout);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  };

  it('lists tools and calls them', async () => {
    const [{ tools }, stats] = await Promise.all([
      inspect('--method', 'tools/list'),
      inspect('--method', 'tools/call', '--tool-name', 'get_project_stats'),
    ]);
    expect(tools.map(({ name }: { name: string }) => name).toSorted()).toEqual(NAMES.toSorted());
    expect(stats.structuredContent.projectId).toBe(tenant.project.id);
  });
});

describe('the conformance suite', () => {
  it('finds nothing but what stands in the list of expected failures', async () => {
    const program = programOf('conformance', 'dist/index.js');
    const expected = fileURLToPath(new URL('./conformance-expected.yml', import.meta.url));
    const given = ['server', '--suite', 'all', '--url', new URL(url.pathname, publicUrl).href, '--expected-failures', expected];
    const { stdout } = await run(process.execPath, [program, ...given]);
    const passed = [...stdout.matchAll(/✓ ([\w-]+): [1-9]\d* passed, 0 failed/g)].map(([, name]) => name);
    expect(passed).toEqual(['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection']);
  }, 60_000);
});

/** The file of a package that its command runs. */
function programOf(name: string, file: string): string {
  return join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), file);
}
