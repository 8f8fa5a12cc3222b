import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLANS } from '@reqbase/auth';
import { seedKey, seedTenant, setUsed, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';

// `reqflo scan`, as a build runs it, against the server that it is for.

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const SCOPES = ['scans:create', 'services:read', 'services:create', 'services:update', 'endpoints:read', 'endpoints:write'];

let installation: TestInstallation;
let url: string;
let folder: string;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
  url = await installation.app.listen({ port: 0, host: '127.0.0.1' });
  folder = mkdtempSync(join(tmpdir(), 'reqbase-scan-'));
  const charge = {
    operationId: 'createCharge',
    summary: 'Create charge',
    tags: ['Payments'],
    responses: { 200: { description: 'd' } },
  };
  const description = {
    openapi: '3.1.0',
    info: { title: 'Billing API', version: '1.0.0' },
    servers: [{ url: 'http://billing.example.com' }],
    paths: { '/charges/{id}': { post: charge } },
  };
  const unclean = { ...description, paths: { '/a\0b': { get: { ...charge, summary: 'Half \ud800' } } } };
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(description));
  writeFileSync(join(folder, 'unclean.json'), JSON.stringify(unclean));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await installation.close();
});
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'pro' });
});

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function scan(words: readonly string[], env: Record<string, string> = {}, spec = 'openapi.json'): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, 'scan', '--service', 'Billing API', '--spec', spec, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '', ...env },
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

const runs = () =>
  installation.db.prisma.scanRun.findMany({ where: { service: { orgId: tenant.organization.id } }, orderBy: { number: 'asc' } });

describe('reqflo scan', () => {
  it('is taken in by a key with the six scopes, prints what the contract prints, and its result can be read back', async () => {
    const key = await seedKey(installation, tenant, { scopes: SCOPES, projectId: null });
    const ended = await scan(['--api-key', key.raw, '--api-url', url, '--format', 'json']);
    expect(ended.code).toBe(0);
    const sent = JSON.parse(ended.stdout);
    const { id, resultUrl } = sent.scanRun;
    expect(ended.stderr).toBe(
      `Scan ingested: ${id}\nResult URL: ${installation.core.publicUrl}/scan-runs/${id}\nEndpoints: 1; findings: ${sent.findings.length}\n`,
    );
    const reader = await seedKey(installation, tenant, { scopes: ['read'], projectId: null });
    const read = async (path: string) =>
      (await send(installation, { method: 'GET', url: `/api${path}`, headers: { authorization: `Bearer ${reader.raw}` } })).body;
    const run = await read(new URL(resultUrl).pathname);
    expect(run).toMatchObject({
      ...{ id, number: 1, serviceName: 'Billing API', title: 'Billing API', specVersion: '3.1.0', endpointCount: 1 },
      specHash: sent.spec.hash,
      findingCount: sent.findings.length,
      createdBy: { keyId: key.id },
    });
    expect((await read(`/services/${run.serviceId}/endpoints`)).endpoints).toMatchObject([
      { method: 'POST', path: '/charges/{id}', operationId: 'createCharge', tags: ['Payments'], summary: 'Create charge' },
    ]);
    const { findings } = await read(`/findings?scanRunId=${id}&limit=100`);
    const told = (each: { code: string; message: string }) => `${each.code} ${each.message}`;
    expect(findings.map(told).sort()).toEqual(sent.findings.map(told).sort());
  });

  it.each(['REQFLO_API_URL', 'REQFLO_BASE_URL'])('takes key and server from REQFLO_API_KEY and %s', async (name) => {
    const key = await seedKey(installation, tenant, { scopes: ['write'], projectId: null });
    const ended = await scan(['--quiet'], { REQFLO_API_KEY: key.raw, [name]: url });
    expect([ended.code, ended.stdout]).toEqual([0, `${(await runs())[0]?.id}\n`]);
  });

  it('is taken in without what no server stores: NUL and halves of characters', async () => {
    const key = await seedKey(installation, tenant, { scopes: SCOPES, projectId: null });
    expect(await scan(['--api-key', key.raw, '--api-url', url, '--quiet'], {}, 'unclean.json')).toMatchObject({ code: 0 });
    expect(await runs()).toMatchObject([{ endpointCount: 1 }]);
  });

  it.each<[code: string, status: number, scopes: readonly string[], details: readonly string[]]>([
    ['UNAUTHORIZED', 401, [], []],
    ['INSUFFICIENT_SCOPE', 403, SCOPES.slice(1), [`It needs scans:create; the key has ${SCOPES.slice(1).join(', ')}.`]],
  ])('tells of %s in the words of the server, and nothing is stored', async (code, status, scopes, details) => {
    const key = scopes.length === 0 ? 'rf_live_x' : (await seedKey(installation, tenant, { scopes, projectId: null })).raw;
    const ended = await scan(['--api-key', key, '--api-url', url]);
    expect([ended.code, ended.stdout]).toEqual([3, '']);
    const told = JSON.parse(ended.stderr);
    expect(told).toMatchObject({
      error: expect.stringContaining(`scan ingestion failed: ${code}: `),
      code,
      status_code: status,
      request_id: expect.any(String),
    });
    expect(told.details ?? []).toEqual(details);
    expect(await runs()).toEqual([]);
  });

  it('waits the second that the server asks for once the minute is used up, and is taken in then', async () => {
    const key = await seedKey(installation, tenant, { scopes: SCOPES, projectId: null });
    installation.clock.set('2026-03-14T10:20:59.000Z');
    await setUsed(installation, { keyId: key.id, minute: PLANS.pro.callsPerMinute });
    let requests = 0;
    const nextMinute = () => {
      if (++requests === 2) installation.clock.set('2026-03-14T10:21:00.000Z');
    };
    installation.app.server.prependListener('request', nextMinute);
    const ended = await scan(['--api-key', key.raw, '--api-url', url, '--quiet']);
    installation.app.server.off('request', nextMinute);
    expect([ended.code, requests]).toEqual([0, 2]);
    expect(await runs()).toHaveLength(1);
  });
});
