import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import type { BoundProcedure } from '@reqbase/core';
import { findingOf, scanOf } from '@reqbase/core/testing';
import { send, type TestInstallation } from './testing.ts';

// What the tests of the whole platform surface have in common: a service with two scans, and a call of each operation.

export type PlatformCall = { readonly method?: 'GET' | 'POST' | 'PATCH'; readonly path: string; readonly body?: object };

type Ids = {
  readonly service: string;
  readonly run: string;
  readonly finding: string;
  readonly resolved: string;
  /** Of a key that no call is made with. */
  readonly key: string;
  /** Of the service account Builds; there is another one, Deploys. */
  readonly account: string;
};

export type Platform = {
  readonly tenant: TestTenant;
  /** Of the whole organization, for everything. */
  readonly key: TestKey;
  /** `resolved` is a finding that the second scan came without. */
  readonly ids: Ids;
  /** A call of an operation that succeeds. */
  readonly sampleOf: (procedure: Pick<BoundProcedure, 'path'>) => PlatformCall;
};

/** Seeds a tenant, and fills its catalogue by the surface itself. */
export async function seedPlatform(installation: TestInstallation): Promise<Platform> {
  const tenant = await seedTenant(installation, { plan: 'enterprise' });
  const key = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
  const ask = async ({ method = 'GET', path, body }: PlatformCall): Promise<unknown> => {
    const headers = { authorization: `Bearer ${key.raw}` };
    const answer = await send(installation, {
      method,
      url: `/api${path}`,
      headers,
      ...(body !== undefined && { payload: body }),
    });
    return answer.body;
  };
  const ingest = (findings: readonly object[]) =>
    ask({ method: 'POST', path: '/scans/ingest', body: { ...scanOf(), findings } }) as Promise<{ id: string; serviceId: string }>;
  const addAccount = (name: string) =>
    ask({ method: 'POST', path: '/service-accounts', body: { name, role: 'developer' } }) as Promise<{ id: string }>;
  const found = ['No TLS', 'Gone'].map((message) => findingOf({ message, method: 'GET', path: '/charges' }));
  await ingest(found);
  const run = await ingest(found.slice(0, 1));
  const { findings } = (await ask({ path: '/findings' })) as { findings: { id: string; message: string }[] };
  const by = (message: string) => findings.find((each) => each.message === message)?.id ?? '';
  const [account] = [await addAccount('Builds'), await addAccount('Deploys')];
  const ids = {
    ...{ service: run.serviceId, run: run.id, finding: by('No TLS'), resolved: by('Gone') },
    key: (await seedKey(installation, tenant, { projectId: null })).id,
    account: account.id,
  };
  const samples = samplesOf(ids, tenant);
  return {
    tenant,
    key,
    ids,
    sampleOf({ path }) {
      const sample = samples[path];
      if (sample === undefined) throw new Error(`${path} is bound and has no sample call here`);
      return sample();
    },
  };
}

/** For each operation: one that gets bound must be given one here. */
const samplesOf = (ids: Ids, { user }: TestTenant): Readonly<Record<string, () => PlatformCall>> => ({
  'services.list': () => ({ path: '/services' }),
  'services.get': () => ({ path: `/services/${ids.service}` }),
  'services.update': () => ({ method: 'PATCH', path: `/services/${ids.service}`, body: { ownerTeam: 'Payments' } }),
  'services.endpoints': () => ({ path: `/services/${ids.service}/endpoints` }),
  'services.scanRuns': () => ({ path: `/services/${ids.service}/scan-runs` }),
  'services.environments': () => ({ path: `/services/${ids.service}/environments` }),
  'services.createEnvironment': () => ({
    method: 'POST',
    path: `/services/${ids.service}/environments`,
    body: { name: randomUUID() },
  }),
  'services.workflows': () => ({ path: `/services/${ids.service}/workflows` }),
  'services.createWorkflow': () => ({ method: 'POST', path: `/services/${ids.service}/workflows`, body: { name: randomUUID() } }),
  'scans.ingest': () => ({
    method: 'POST',
    path: '/scans/ingest',
    body: scanOf({ findings: [findingOf({ message: 'No TLS', method: 'GET', path: '/charges' })] }),
  }),
  'scans.get': () => ({ path: `/scan-runs/${ids.run}` }),
  'scans.endpoints': () => ({ path: `/scan-runs/${ids.run}/endpoints` }),
  'scans.compare': () => ({ path: `/scan-runs/${ids.run}/compare/${ids.run}` }),
  'findings.list': () => ({ path: '/findings' }),
  'findings.get': () => ({ path: `/findings/${ids.finding}` }),
  'organizationKeys.list': () => ({ path: '/api-keys' }),
  'organizationKeys.get': () => ({ path: `/api-keys/${ids.key}` }),
  'organizationKeys.create': () => ({
    method: 'POST',
    path: '/api-keys',
    body: { name: 'CI', ownerPrincipalType: 'user', ownerPrincipalId: user.id, scopes: ['scans:create'] },
  }),
  'organizationKeys.revoke': () => ({ method: 'POST', path: `/api-keys/${ids.key}/revoke`, body: {} }),
  'serviceAccounts.list': () => ({ path: '/service-accounts' }),
  'serviceAccounts.get': () => ({ path: `/service-accounts/${ids.account}` }),
  'serviceAccounts.create': () => ({
    method: 'POST',
    path: '/service-accounts',
    body: { name: randomUUID(), role: 'developer' },
  }),
  'serviceAccounts.update': () => ({ method: 'PATCH', path: `/service-accounts/${ids.account}`, body: { role: 'developer' } }),
  'serviceAccounts.disable': () => ({ method: 'POST', path: `/service-accounts/${ids.account}/disable`, body: {} }),
  'serviceAccounts.enable': () => ({ method: 'POST', path: `/service-accounts/${ids.account}/enable`, body: {} }),
  'findings.triage': () => ({ method: 'PATCH', path: `/findings/${ids.finding}`, body: { state: 'accepted' } }),
});
