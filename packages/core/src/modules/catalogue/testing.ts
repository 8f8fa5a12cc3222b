import { randomInt, randomUUID } from 'node:crypto';
import type { TestTenant } from '@reqbase/auth/testing';
import { callAsUser, type TestCore } from '../../testing.ts';
import { endpointIdentity, nameKey, startOf } from './identity.ts';
import { scanOf } from './testing-scan.ts';

/** Takes a scan in as the tenant's person does. */
export function ingest(core: TestCore, tenant: TestTenant, scan = scanOf()) {
  return callAsUser(core, tenant.user).scans.ingest({ organizationId: tenant.organization.id, ...scan });
}

/** A service with nothing in it. */
export async function seedService(
  { db, clock }: TestCore,
  { organization }: Pick<TestTenant, 'organization'>,
  { name = randomUUID(), createdAt = clock.now() }: { readonly name?: string; readonly createdAt?: Date } = {},
): Promise<string> {
  const id = randomUUID();
  const data = { id, orgId: organization.id, name, nameKey: nameKey(name), tags: [], createdAt, updatedAt: createdAt };
  await db.prisma.service.create({ data });
  return id;
}

export async function seedEndpoint({ db }: TestCore, serviceId: string, path: string, createdAt: Date): Promise<string> {
  const id = randomUUID();
  const seen = { firstSeenScanId: id, lastSeenScanId: id, createdAt, updatedAt: createdAt, state: 'active' as const };
  const identity = endpointIdentity({ method: id, path });
  await db.prisma.endpoint.create({
    data: { id, serviceId, identity, tags: [], method: 'GET', path, pathStart: startOf(path), ...seen },
  });
  return id;
}

export async function seedScanRun({ db }: TestCore, serviceId: string, createdAt: Date): Promise<string> {
  const id = randomUUID();
  const counts = { endpointCount: 0, findingCount: 0, added: 0, removed: 0, changed: 0, operationIds: 0 };
  const number = randomInt(2 ** 31 - 1);
  const content = { isUnchanged: false, endpoints: [], findings: {}, specHash: 'h', specFormat: 'openapi' };
  await db.prisma.scanRun.create({ data: { id, serviceId, number, createdByName: 'A', createdAt, ...counts, ...content } });
  return id;
}

export async function seedFinding(
  { db }: TestCore,
  { organization }: Pick<TestTenant, 'organization'>,
  serviceId: string,
  createdAt: Date,
): Promise<string> {
  const id = randomUUID();
  const seen = { firstSeenScanId: id, lastSeenScanId: id, createdAt, updatedAt: createdAt };
  const said = { code: 'c', severity: 'low' as const, message: 'M', fingerprint: id };
  await db.prisma.finding.create({ data: { id, orgId: organization.id, serviceId, ...said, ...seen } });
  return id;
}
