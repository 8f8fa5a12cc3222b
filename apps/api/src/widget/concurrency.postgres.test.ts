import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import {
  backlogDriftOf,
  conversationDriftOf,
  identityToken,
  newAnonymousId,
  seedIdentitySecret,
  weightDriftOf,
} from '@reqbase/core/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from '../testing.ts';
import { browse, CATEGORY_SUBMISSIONS } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await openInstallation({ engine: 'postgres' });
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation);
});

/** A browser that calls from everywhere, so that no limit comes in between. */
let addresses = 0;
const visitor = (id: string, token?: string) => {
  addresses++;
  const ip = `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`;
  return browse(installation, tenant.project.slug, { id, ip, ...(token !== undefined && { token }) });
};
const undrifted = async () => {
  expect(await backlogDriftOf(installation)).toEqual([]);
  expect(await conversationDriftOf(installation)).toEqual([]);
  expect(await weightDriftOf(installation)).toEqual([]);
};

it('one visitor who does everything at once in many tabs is one requester, and nothing fails or is lost', async () => {
  const id = newAnonymousId();
  const { request } = (await visitor(newAnonymousId()).post('/submit', CATEGORY_SUBMISSIONS.FEATURE)).body.data;
  const statuses = await Promise.all(
    Array.from({ length: 24 }, async (_, n) => {
      const me = visitor(id);
      if (n % 3 === 0) return (await me.post('/submit', CATEGORY_SUBMISSIONS.ERROR)).status;
      if (n % 3 === 1) return (await me.post(`/features/${request.id}/vote`)).status;
      return (await me.delete(`/features/${request.id}/vote`)).status;
    }),
  );
  expect(statuses.filter((status) => status >= 300)).toEqual([]);
  expect(await installation.db.prisma.requester.count({ where: { projectId: tenant.project.id } })).toBe(2);
  const numbers = await installation.db.prisma.feature.findMany({
    where: { projectId: tenant.project.id },
    select: { number: true },
  });
  expect(numbers.map(({ number }) => number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await undrifted();
});

it('many visitors who write while they sign in keep everything they wrote', async () => {
  const secret = await seedIdentitySecret(installation, tenant);
  const people = Array.from({ length: 6 }, (_, n) => ({ id: newAnonymousId(), sub: `user-${n % 3}` }));
  const statuses = await Promise.all(
    people.flatMap(({ id, sub }) => {
      const token = identityToken(installation, tenant, secret, { sub, traits: { amount: 100, interval: 'month' } });
      return [
        visitor(id).post('/submit', CATEGORY_SUBMISSIONS.OTHER),
        visitor(id, token).post('/submit', CATEGORY_SUBMISSIONS.FEATURE),
        visitor(id, token).get('/notifications'),
        visitor(id).post('/submit', CATEGORY_SUBMISSIONS.FEEDBACK),
      ].map(async (answer) => (await answer).status);
    }),
  );
  expect(statuses.filter((status) => status >= 300)).toEqual([]);
  for (const { id, sub } of people) await visitor(id, identityToken(installation, tenant, secret, { sub })).get('/mine');
  expect(
    await installation.db.prisma.requester.findMany({ where: { projectId: tenant.project.id }, select: { kind: true } }),
  ).toHaveLength(3);
  expect(await installation.db.prisma.feature.count({ where: { projectId: tenant.project.id } })).toBe(18);
  await undrifted();
});
