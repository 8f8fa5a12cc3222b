import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_SECRET } from '@reqbase/auth/testing';
import { expect, it } from 'vitest';
import { startServer } from '../testing-processes.ts';

it('no document is read from a private address, also where webhooks may lead to one', async () => {
  let reached = 0;
  const inside = createServer((socket) => {
    reached++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  const dataDir = mkdtempSync(join(tmpdir(), 'reqbase-documents-'));
  const server = await startServer({ DATA_DIR: dataDir, SECRET: TEST_SECRET, WEBHOOK_ALLOW_PRIVATE: '1' });
  try {
    const { port } = inside.address() as AddressInfo;
    for (const host of ['127.0.0.1', 'localhost']) {
      const body = new URLSearchParams({ client_id: `https://${host}:${port}/client.json`, token: 'x' });
      const answer = await fetch(`${server.origin}/api/oauth/revoke`, { method: 'POST', body });
      expect([host, answer.status]).toEqual([host, 401]);
    }
    expect(reached).toBe(0);
  } finally {
    await server.end('SIGKILL');
    inside.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);
