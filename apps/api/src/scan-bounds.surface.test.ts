import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { SCAN_BOUNDS, sizesOf } from '@reqbase/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';

// The bounds of a scan, as its sender meets them: at each end, one less and one more.

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'pro' });
  key = await seedKey(installation, tenant, { scopes: ['write'], projectId: null });
});
afterAll(() => installation.close());

const stored = () => installation.db.prisma.scanRun.count({ where: { service: { orgId: tenant.organization.id } } });

it.each(SCAN_BOUNDS)(
  'a scan has as many %s as %i to %i, and one of another size is refused and stored nowhere',
  async (...bound) => {
    const [, , , scan] = bound;
    const before = await stored();
    const answers: (readonly [size: number, status: number, where: string | undefined])[] = [];
    for (const [size] of sizesOf(bound)) {
      const headers = { authorization: `Bearer ${key.raw}` };
      const { status, body } = await send(installation, {
        method: 'POST',
        url: '/api/scans/ingest',
        headers,
        payload: scan(size),
      });
      answers.push([size, status, body.error?.issues?.[0]?.path]);
    }
    expect(answers).toEqual(
      sizesOf(bound).map(([size, isTaken]) => [size, isTaken ? 201 : 400, isTaken ? undefined : expect.any(String)]),
    );
    expect(await stored()).toBe(before + answers.filter(([, status]) => status === 201).length);
  },
);
