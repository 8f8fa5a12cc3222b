import { DomainError } from '@reqbase/auth';
import type { OrganizationContext } from '../../trpc.ts';
import { differenceOf } from './difference.ts';
import { type FindingRow, selectFindings, toFinding } from './findings.ts';
import type { NormalizedEndpoint } from './ingest-schema.ts';
import { readScanRuns, toScanRun } from './scan-runs.ts';
import type { CompareScanRuns, ScanComparison } from './schema.ts';

/**
 * What is otherwise in a scan than in another one of the same service, whichever came first.
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
  const found = await sql.query<FindingRow>(
    `${selectFindings('$3')} where f.service_id = $1::uuid and f.fingerprint = any($2::text[]) order by f.severity desc, f.id`,
    [scan.serviceId, [...added, ...gone], ctx.clock()],
  );
  const findingsOf = (wanted: readonly string[]) =>
    found.filter(({ fingerprint }) => wanted.includes(fingerprint)).map(toFinding);
  return {
    scan: toScanRun(scan),
    base: toScanRun(base),
    ...differenceOf(before.endpoints, after.endpoints),
    findings: { added: findingsOf(added), gone: findingsOf(gone) },
  };
}
