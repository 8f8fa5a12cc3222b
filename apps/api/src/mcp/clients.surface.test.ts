import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server as HttpServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as EarlierClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as EarlierStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
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

/** The command line as its sources have it, started as a client starts it. */
function reqbaseMcp(of: Pick<TestKey, 'raw'> = key) {
  return {
    command: process.execPath,
    args: [fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url)), 'mcp', '--project', tenant.project.slug],
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nowhere', RIQ_API_KEY: of.raw, RIQ_API_BASE: url.origin },
  };
}

describe('`reqbase mcp`', () => {
  const started = (of?: Pick<TestKey, 'raw'>) => ({ ...reqbaseMcp(of), stderr: 'pipe' as const });

  it.each(['auto', 'legacy', { pin: '2026-07-28' }] as const)(
    'offers the same tools to the SDK 2.x negotiating %j',
    async (mode) => {
      const client = new Client(INFO, { versionNegotiation: { mode } });
      await client.connect(new StdioClientTransport(started()));
      expect((await client.listTools()).tools.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted());
      const { structuredContent } = await client.callTool({ name: 'get_project_stats', arguments: {} });
      expect(structuredContent).toMatchObject({ projectId: tenant.project.id });
      await client.close();
    },
  );

  it('offers them to the SDK 1.x, and tells it what is refused', async () => {
    const client = new EarlierClient(INFO);
    await client.connect(new EarlierStdioTransport(started()));
    expect((await client.listTools()).tools).toHaveLength(NAMES.length);
    await expect(client.callTool({ name: 'list_members', arguments: {} })).rejects.toThrow(/scope/);
    await client.close();
    const stranger = new EarlierClient(INFO);
    await expect(stranger.connect(new EarlierStdioTransport(started({ raw: 'riq_live_x' })))).rejects.toThrow(/Authentication/);
    await stranger.close();
  });

  it('says on a terminal what it waits for, and ends with its input', async () => {
    const { command, args, env } = started();
    const ended = await run('sh', ['-c', `printf '\\004' | script -qec "${command} ${args.join(' ')}" /dev/null`], {
      env: { ...env, TERM: 'xterm' },
    });
    expect(ended.stdout).toContain('This speaks MCP');
  });

  it('answers each line by itself: what is no JSON, and a server that is not there', async () => {
    const { command, args, env } = started();
    const lines = ['{', '', '{"jsonrpc":"2.0","id":7,"method":"ping"}', '{"jsonrpc":"2.0","method":"notifications/initialized"}'];
    const send = (more: Record<string, string>) =>
      run('sh', ['-c', `printf '%s\\n' "$LINES_SENT" | "${command}" ${args.join(' ')}`], {
        env: { ...env, LINES_SENT: lines.join('\n'), ...more },
      });
    const answers = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0));
    expect(answers((await send({})).stdout)).toMatchObject([
      { id: null, error: { code: -32_700 } },
      { id: 7, result: {} },
    ]);
    const lost = await send({ RIQ_API_BASE: 'http://127.0.0.1:9' });
    expect(answers(lost.stdout)[1]).toMatchObject({
      id: 7,
      error: { code: -32_000, message: expect.stringContaining('does not answer') },
    });
    expect(lost.stderr).toContain('does not answer');
  });
});

describe('the Inspector’s command line', () => {
  // It keeps what it has seen in its user's home.
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'reqbase-inspector-'));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const inspect = async (...options: string[]) => {
    const program = join(
      dirname(require.resolve('@modelcontextprotocol/inspector/package.json')),
      'clients/launcher/build/index.js',
    );
    const { stdout } = await run(process.execPath, [program, '--cli', ...options], { env: { ...process.env, HOME: home } });
    return JSON.parse(stdout);
  };
  const byUrl = () => [url.href, '--transport', 'http', '--header', `Authorization: Bearer ${key.raw}`];

  it('lists tools and calls them, by the address and by `reqbase mcp`', async () => {
    const config = join(home, 'mcp.json');
    writeFileSync(config, JSON.stringify({ mcpServers: { reqbase: { type: 'stdio', ...reqbaseMcp() } } }));
    const [{ tools }, byCommand, stats] = await Promise.all([
      inspect(...byUrl(), '--method', 'tools/list'),
      inspect('--config', config, '--server', 'reqbase', '--method', 'tools/list'),
      inspect(...byUrl(), '--method', 'tools/call', '--tool-name', 'get_project_stats'),
    ]);
    expect(tools.map(({ name }: { name: string }) => name).toSorted()).toEqual(NAMES.toSorted());
    expect(byCommand.tools).toEqual(tools);
    expect(stats.structuredContent.projectId).toBe(tenant.project.id);
  });
});

describe('the conformance suite', () => {
  /** What the scenarios found that are expected to fail, though most of what they look at is here. */
  const NOT_TESTABLE = [
    'http-server-no-independent-requests-on-stream',
    'missing-capability-http-400',
    'prompts-list-caching-hints',
    'resources-list-caching-hints',
    'resources-templates-list-caching-hints',
    'server-no-log-without-loglevel',
    'server-rejects-undeclared-capability',
  ];
  let found: string;
  beforeAll(() => {
    found = mkdtempSync(join(tmpdir(), 'reqbase-conformance-'));
  });
  afterAll(() => rmSync(found, { recursive: true, force: true }));
  const checksOf = (scenario: string): { id: string; status: string }[] => {
    const [folder = ''] = globSync(`server-${scenario}-2*`, { cwd: found });
    return JSON.parse(readFileSync(join(found, folder, 'checks.json'), 'utf8'));
  };

  it('finds nothing but what stands in the list of expected failures, for every revision that it knows', async () => {
    const program = join(dirname(require.resolve('@modelcontextprotocol/conformance/package.json')), 'dist/index.js');
    const expected = fileURLToPath(new URL('./conformance-expected.yml', import.meta.url));
    const given = ['server', '--suite', 'all', '--url', new URL(url.pathname, publicUrl).href, '--expected-failures', expected];
    const { stdout } = await run(process.execPath, [program, ...given, '--output-dir', found]);
    const passed = [...stdout.matchAll(/✓ ([\w-]+): [1-9]\d* passed, 0 failed/g)].map(([, name]) => name);
    expect(passed).toEqual(
      expect.arrayContaining([
        ...['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection', 'http-header-validation'],
        ...['input-required-result-unsupported-methods', 'input-required-result-validate-input'],
      ]),
    );
    const failed = ['server-stateless', 'caching'].flatMap(checksOf).filter(({ status }) => /FAILURE|WARNING/.test(status));
    expect(failed.map(({ id }) => id.replace(/^sep-\d+-/, '')).toSorted()).toEqual(NOT_TESTABLE);
  }, 60_000);
});
