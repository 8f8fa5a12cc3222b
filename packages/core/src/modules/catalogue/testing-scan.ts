import type { IngestScan, NormalizedEndpoint, NormalizedFinding } from './ingest-schema.ts';

/** The scan of the contract's own example. */
export function scanOf(change: Partial<Omit<IngestScan, 'organizationId'>> = {}): Omit<IngestScan, 'organizationId'> {
  return {
    service: { name: 'Billing API' },
    spec: {
      hash: '8f14e45fceea167a5a36dedd4bea2543a6f6f6a4fc5f1fc9e2b192d7ab1b03c2',
      format: 'openapi',
      version: '3.1.0',
      title: 'Billing API',
    },
    endpoints: [endpointOf()],
    findings: [],
    ...change,
  };
}

export function endpointOf(change: Partial<NormalizedEndpoint> = {}): NormalizedEndpoint {
  return {
    method: 'POST',
    path: '/charges',
    operationId: 'createCharge',
    tags: ['Payments'],
    summary: 'Create charge',
    ...change,
  };
}

export function findingOf(change: Partial<NormalizedFinding> = {}): NormalizedFinding {
  return {
    code: 'server-http',
    severity: 'high',
    message: 'The server is reached without TLS.',
    method: null,
    path: null,
    ...change,
  };
}

const text = (length: number) => 'x'.repeat(length);
const many = <Item>(count: number, item: (index: number) => Item) => Array.from({ length: count }, (_, index) => item(index));
const withSpec = (change: object) => scanOf({ spec: { ...scanOf().spec, ...change } });

export type ScanBound = readonly [name: string, least: number, most: number, scan: (size: number) => object];

/** Every bound of contract Reqflo, ScanIngestionPayload, and of what a scan may have beyond it; with a scan of each size. */
export const SCAN_BOUNDS: readonly ScanBound[] = [
  ['characters in the name of its service', 1, 120, (n) => scanOf({ service: { name: text(n) } })],
  ['characters in the hash', 64, 64, (n) => withSpec({ hash: text(n) })],
  ['characters in the version', 0, 80, (n) => withSpec({ version: text(n) })],
  ['characters in the title', 0, 200, (n) => withSpec({ title: text(n) })],
  ['endpoints', 0, 2_000, (n) => scanOf({ endpoints: many(n, (index) => endpointOf({ path: `/${index}` })) })],
  ['characters in a path', 0, 1_000, (n) => scanOf({ endpoints: [endpointOf({ path: text(n) })] })],
  ['characters in an operation id', 0, 200, (n) => scanOf({ endpoints: [endpointOf({ operationId: text(n) })] })],
  ['tags of an endpoint', 0, 20, (n) => scanOf({ endpoints: [endpointOf({ tags: many(n, String) })] })],
  ['characters in a tag', 0, 100, (n) => scanOf({ endpoints: [endpointOf({ tags: [text(n)] })] })],
  ['characters in a summary', 0, 300, (n) => scanOf({ endpoints: [endpointOf({ summary: text(n) })] })],
  ['characters in a fingerprint', 0, 128, (n) => scanOf({ endpoints: [endpointOf({ fingerprint: text(n) })] })],
  ['findings', 0, 500, (n) => scanOf({ findings: many(n, (index) => findingOf({ message: `${index}` })) })],
  ['characters in the code of a finding', 0, 120, (n) => scanOf({ findings: [findingOf({ code: text(n) })] })],
  ['characters in the message of a finding', 0, 500, (n) => scanOf({ findings: [findingOf({ message: text(n) })] })],
  ['characters in the path of a finding', 0, 1_000, (n) => scanOf({ findings: [findingOf({ path: text(n) })] })],
  ['characters in the commit', 0, 64, (n) => scanOf({ source: { gitSha: text(n) } })],
  ['characters in the branch', 0, 250, (n) => scanOf({ source: { branch: text(n) } })],
  ['characters in the address of the build', 0, 500, (n) => scanOf({ source: { ciUrl: text(n) } })],
];

/** Sizes at, beside and between the ends of a bound, and whether each is taken. */
export function sizesOf([, least, most]: ScanBound): (readonly [size: number, isTaken: boolean])[] {
  const sizes = [least - 1, least, least + 1, most - 1, most, most + 1].filter((size) => size >= 0);
  return [...new Set(sizes)].map((size) => [size, size >= least && size <= most] as const);
}
