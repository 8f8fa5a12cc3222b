import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { FindingSeverity } from './ingest-schema.ts';
import { ingest, seedService } from './testing.ts';
import { findingOf, scanOf } from './testing-scan.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'pro' });
  me = callAsUser(core, tenant.user);
});

const of = () => ({ organizationId: tenant.organization.id });
const SEVERITIES = FindingSeverity.options;
type Filters = Omit<Parameters<Caller['findings']['list']>[0], 'organizationId'>;

/** All pages, of as many rows each. */
async function walk(filters: Filters, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await me.findings.list({ ...of(), ...filters, limit, ...(cursor !== undefined && { cursor }) });
    ids.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) return ids;
    cursor = page.nextCursor;
  }
}

describe('a list of findings', () => {
  it('has the gravest first and of one severity the newest, or the newest first, whatever the size of its pages', async () => {
    const service = await seedService(core, tenant);
    const severities = fc.sample(fc.constantFrom(...SEVERITIES), { numRuns: 40, seed: 3 });
    const rows = severities.map((severity, index) => {
      const [id, createdAt] = [core.core.newId(), new Date(Date.parse('2026-03-01T00:00:00Z') + Math.floor(index / 3) * 60_000)];
      const seen = { firstSeenScanId: randomUUID(), lastSeenScanId: randomUUID(), createdAt, updatedAt: createdAt };
      return {
        id,
        orgId: tenant.organization.id,
        serviceId: service,
        fingerprint: id,
        code: 'c',
        severity,
        message: 'M',
        ...seen,
      };
    });
    await core.db.prisma.finding.createMany({ data: rows });
    const newest = rows.toReversed();
    const gravest = newest.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
    const idsOf = (all: typeof rows) => all.map(({ id }) => id);
    for (const limit of [1, 7, 100]) {
      expect(await walk({}, limit)).toEqual(idsOf(gravest));
      expect(await walk({ sort: 'severity', serviceId: service }, limit)).toEqual(idsOf(gravest));
      expect(await walk({ sort: 'createdAt' }, limit)).toEqual(idsOf(newest));
    }
    const high = gravest.filter(({ severity }) => severity === 'high');
    expect(await walk({ severity: ['high'] }, 2)).toEqual(idsOf(high));
  });

  it('takes no cursor of another sort or another search', async () => {
    await ingest(core, tenant, scanOf({ findings: ['A', 'B'].map((message) => findingOf({ message })) }));
    const { nextCursor } = await me.findings.list({ ...of(), q: 'server', limit: 1 });
    const cursor = nextCursor ?? expect.fail();
    expect(await outcomeOf(me.findings.list({ ...of(), q: 'server', limit: 1, cursor }))).toBe('admitted');
    for (const filters of [{ q: 'server', sort: 'createdAt' as const }, { q: 'serve' }, {}])
      expect(await outcomeOf(me.findings.list({ ...of(), ...filters, limit: 1, cursor }))).toBe('INVALID_CURSOR');
  });

  it('is searched by message, rule and path, as they are written and whatever the case', async () => {
    const findings = [
      findingOf({ message: 'No TLS at 100% of servers.' }),
      findingOf({ message: 'Numeric id.', code: 'owasp_numeric-id', severity: 'low' }),
      findingOf({ message: 'Undocumented.', method: 'GET', path: '/Users/{userId}/cards', severity: 'critical' }),
    ];
    await ingest(core, tenant, scanOf({ findings }));
    const found = async (q: string, more: Filters = {}) =>
      (await me.findings.list({ ...of(), q, ...more })).items.map(({ message }) => message);
    expect(await found('tls')).toEqual(['No TLS at 100% of servers.']);
    expect(await found('NUMERIC-')).toEqual(['Numeric id.']);
    expect(await found('/users/{USERID}')).toEqual(['Undocumented.']);
    expect(await found('server-http')).toEqual(['Undocumented.', 'No TLS at 100% of servers.']);
    expect(await found('100%')).toEqual(['No TLS at 100% of servers.']);
    expect(await found('owasp_n')).toEqual(['Numeric id.']);
    for (const none of ['id%', 'id_', 'id\\']) expect(await found(none)).toEqual([]);
    // From the end of one into the next.
    for (const none of ['servers. server', 'http /users']) expect(await found(none)).toEqual([]);
    expect(await found('server-http', { severity: ['high'] })).toEqual(['No TLS at 100% of servers.']);
    expect(await found('')).toHaveLength(3);
  });
});
