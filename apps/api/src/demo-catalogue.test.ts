import { callAsUser } from '@reqbase/core/testing';
import { DEMO_OWNER_EMAIL } from '@reqbase/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDemo } from './demo.ts';
import { openInstallation, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openInstallation();
  await loadDemo(installation.core, installation.sessions, null);
});
afterAll(() => installation.close());

it('the demo has services with a history of scans, and findings in every state', async () => {
  const owner = await installation.db.prisma.user.findUniqueOrThrow({ where: { email: DEMO_OWNER_EMAIL } });
  const me = callAsUser(installation, owner);
  const organizationId = 'acme';
  const { items: services } = await me.services.list({ organizationId });
  expect(services.map(({ name, ownerTeam, endpointCount }) => [name, ownerTeam, endpointCount])).toEqual([
    ['Shipping API', 'Logistics', 5],
    ['Billing API', 'Payments', 10],
  ]);
  for (const { id, latestScanId } of services) {
    const { items: runs } = await me.services.scanRuns({ organizationId, id });
    expect(runs.map(({ number }) => number)).toEqual(runs.map((_, index) => runs.length - index));
    expect(runs[0]).toMatchObject({ id: latestScanId, createdBy: { name: 'Demo key' } });
    expect(runs[0]?.changes.removed).toBeGreaterThan(0);
    expect((await me.services.environments({ organizationId, id })).items).toHaveLength(2);
    expect((await me.services.endpoints({ organizationId, id, state: ['removed'] })).items).not.toEqual([]);
  }
  const { items: findings } = await me.findings.list({ organizationId });
  expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(['open', 'accepted', 'ignored', 'resolved']));
  expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['info', 'low', 'high', 'critical']));
});
