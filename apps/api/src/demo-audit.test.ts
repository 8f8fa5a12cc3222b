import { Readable } from 'node:stream';
import { publishedKeys } from '@reqbase/auth';
import { verifyAuditLog } from '@reqbase/auth/audit-verify';
import { exportAudit } from '@reqbase/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDemo } from './demo.ts';
import { openInstallation, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openInstallation();
  await loadDemo(installation.core, installation.sessions, null);
});
afterAll(() => installation.close());

it('the demo has two weeks of a lively log, in the order of its time, which verifies', async () => {
  const entries = await installation.db.prisma.auditEntry.findMany({ orderBy: { seq: 'asc' } });
  expect(entries.length).toBeGreaterThan(50);
  expect(new Set(entries.map(({ action }) => action)).size).toBeGreaterThan(10);
  expect(new Set(entries.map(({ outcome }) => outcome)).size).toBe(2);
  const times = entries.map(({ at }) => at.getTime());
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.at(-1)).toBeLessThanOrEqual(installation.clock.now().getTime());
  const text = (await Readable.from(exportAudit(installation.core, entries[0]?.orgId ?? '')).toArray()).join('');
  const verified = await verifyAuditLog([Buffer.from(text)], { publicKeys: publishedKeys(installation.core.secrets) });
  expect(verified).toMatchObject({ isIntact: true, entries: entries.length });
});
