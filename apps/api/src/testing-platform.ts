import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import type { BoundProcedure } from '@reqbase/core';
import { findingOf, scanOf } from '@reqbase/core/testing';
import { send, type TestInstallation } from './testing.ts';

// What the tests of the whole platform surface have in common: a service with two scans, and a call of each operation.

export type PlatformCall = { readonly method?: 'GET' | 'POST' | 'PATCH'; readonly path: string; readonly body?: object };

export type Platform = {
  readonly tenant: TestTenant;
  /** Of the whole organization, for everything. */
  readonly key: TestKey;
  /** `resolved` is a finding that the second scan came without. */
  readonly ids: { readonly service: string; readonly run: string; readonly finding: string; readonly resolved: string };
  /** A call of an operation that succeeds. */
  readonly sampleOf: (procedure: Pick<BoundProcedure, 'path'>) => PlatformCall;
};

/** Seeds a tenant, and fills its catalogue by the surface itself. */
export async function seedPlatform(installation: TestInstallation): Promise<Platform> {
  const tenant = await seedTenant(installation, { plan: 'enterprise' });
  const key = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
  const ask = async ({ method = 'GET', path, body }: PlatformCall) => {
    const headers = { authorization: `Bearer ${key.raw}` };
    return (await send(installation, { method, url: `/api${path}`, headers, ...(body !== undefined && { payload: body }) })).body;
  };
  const found = ['No TLS', 'Gone'].map((message) => findingOf({ message, method: 'GET', path: '/charges' }));
  await ask({ method: 'POST', path: '/scans/ingest', body: scanOf({ findings: found }) });
  const run = await ask({ method: 'POST', path: '/scans/ingest', body: scanOf({ findings: found.slice(0, 1) }) });
  const { findings } = await ask({ path: '/findings' });
  const by = (message: string) => findings.find((each: { message: string }) => each.message === message).id;
  const ids = { service: run.serviceId, run: run.id, finding: by('No TLS'), resolved: by('Gone') };
  const samples = samplesOf(ids);
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
const samplesOf = (ids: Platform['ids']): Readonly<Record<string, () => PlatformCall>> => ({
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
  'scans.compare': () => ({ path: `/scan-runs/${ids.run}/compare/${ids.run}` }),
  'findings.list': () => ({ path: '/findings' }),
  'findings.get': () => ({ path: `/findings/${ids.finding}` }),
  'findings.triage': () => ({ method: 'PATCH', path: `/findings/${ids.finding}`, body: { state: 'accepted' } }),
});
