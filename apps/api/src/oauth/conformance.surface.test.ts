import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { send, type TestInstallation } from '../testing.ts';
import { decide, listeningInstallation, pendingIn, randomAddress, registeredClient, resourceOf } from './testing.ts';

// The conformance suite of MCP, over a socket: every scenario that it has for authorization servers. None is expected to fail.

const PROGRAM = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')),
  'dist/index.js',
);

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  installation = await listeningInstallation();
  tenant = await seedTenant(installation);
});
afterAll(() => installation.close());

/** Runs the suite; `onOutput` is told all that it has said, each time that it says more. */
async function conformance(given: readonly string[], onOutput: (output: string) => void = () => undefined) {
  const child = spawn(process.execPath, [PROGRAM, ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    onOutput(output);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** What a person does with the address that the suite prints: lets the client in, and is led back. */
async function allow(address: string): Promise<void> {
  const { pathname, search } = new URL(address);
  const answer = await send(installation, { method: 'GET', url: pathname + search, remoteAddress: randomAddress() });
  await fetch(await decide(installation, tenant.user, pendingIn(answer)));
}

it('passes every scenario that the suite has for authorization servers', async () => {
  const { client } = await registeredClient(installation, { redirect_uris: ['http://127.0.0.1/callback'] });
  const given = {
    url: installation.core.publicUrl,
    'client-id': client.client_id,
    resource: resourceOf(installation, tenant.project),
    port: String(await freePort()),
  };
  let allowed: Promise<void> | undefined;
  const { code, output } = await conformance(
    ['authorization', ...Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])],
    (said) => {
      const address = /^(http\S+\/authorize\?\S+)\n/m.exec(said)?.[1];
      if (address !== undefined) allowed ??= allow(address);
    },
  );
  await allowed;
  expect(code, output).toBe(0);
  const listed = await conformance(['list', '--authorization']);
  const scenarios = [...listed.output.matchAll(/^ +- ([\w-]+)/gm)].map(([, name]) => name);
  const passed = [...output.matchAll(/✓ ([\w-]+): [1-9]\d* passed, 0 failed/g)].map(([, name]) => name);
  expect(passed, output).toEqual(scenarios);
  expect(scenarios).toEqual(['authorization-server-metadata-endpoint', 'authorization-code-grant']);
}, 60_000);
