import { DomainError } from '@reqbase/auth';
import type { OrganizationContext } from '../../trpc.ts';
import { differenceOf } from './difference.ts';
import { type FindingRow, inReach, selectFindings, toFinding } from './findings.ts';
import type { NormalizedEndpoint } from './ingest-schema.ts';
import { parameters } from './page-of-rows.ts';
import { readScanRuns, toScanRun } from './scan-runs.ts';
import type { CompareScanRuns, ScanComparison } from './schema.ts';

/**
 * What is otherwise in a scan than in another one of the same service, whichever came first. Findings are the service's: without
 * it in reach there are none.
 *
 * @throws {DomainError} SCAN_RUN_NOT_FOUND, also for scans of different services
 */
export async function compareScanRuns(ctx: OrganizationContext, { id, otherId }: CompareScanRuns): Promise<ScanComparison> {
  const { sql, prisma } = ctx.access.db;
  const rows = await readScanRuns(ctx, [id, otherId]);
  const [scan, base] = [id, otherId].map((wanted) => rows.find((row) => row.id === wanted));
  if (scan === undefined || base === undefined || scan.serviceId !== base.serviceId) throw new DomainError('SCAN_RUN_NOT_FOUND');
  const contents = await prisma.scanRun.findMany({
    where: { id: { in: [id, otherId] }, serviceId: scan.serviceId },
    select: { id: true, endpoints: true, findings: true },
  });
  const contentOf = (wanted: string) => {
    const { endpoints = [], findings = {} } = contents.find((content) => content.id === wanted) ?? {};
    return { endpoints: endpoints as NormalizedEndpoint[], findings: Object.keys(findings as object) };
  };
  const [after, before] = [contentOf(id), contentOf(otherId)];
  const added = after.findings.filter((fingerprint) => !before.findings.includes(fingerprint));
  const gone = before.findings.filter((fingerprint) => !after.findings.includes(fingerprint));
  const { values, bind } = parameters();
  const rowsOf = selectFindings(bind(ctx.clock()));
  const conditions = [
    ...inReach(ctx, bind),
    `f.service_id = ${bind(scan.serviceId)}::uuid`,
    `f.fingerprint = any(${bind([...added, ...gone])}::text[])`,
  ];
  const found = await sql.query<FindingRow>(`${rowsOf} where ${conditions.join(' and ')} order by f.severity desc, f.id`, values);
  const findingsOf = (wanted: readonly string[]) =>
    found.filter(({ fingerprint }) => wanted.includes(fingerprint)).map(toFinding);
  return {
    scan: toScanRun(scan),
    base: toScanRun(base),
    ...differenceOf(before.endpoints, after.endpoints),
    findings: { added: findingsOf(added), gone: findingsOf(gone) },
  };
}
