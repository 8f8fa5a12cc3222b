/**
 * What `POST /api/scans/ingest` takes. Source: contract Reqflo, ScanIngestionPayload; `deprecated` and `source` are of the server
 * beside it, and sent only where there is something to say.
 */
export type ScanPayload = {
  readonly service: { readonly name: string };
  readonly spec: { readonly hash: string; readonly format: 'openapi'; readonly version: string; readonly title?: string };
  readonly endpoints: readonly Endpoint[];
  readonly findings: readonly Finding[];
  readonly source?: { readonly gitSha?: string; readonly branch?: string; readonly ciUrl?: string };
};

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'] as const;
export type HttpMethod = (typeof METHODS)[number];

export type Endpoint = {
  readonly method: HttpMethod;
  readonly path: string;
  readonly operationId: string | null;
  readonly tags: readonly string[];
  readonly summary: string | null;
  readonly deprecated?: true;
};

/** The mildest first. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Finding = {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly method: HttpMethod | null;
  readonly path: string | null;
};

/** The bounds of the contract. */
export const LIMIT = {
  specBytes: 10 * 1024 * 1024,
  /** Of the server: the contract says that there is a bound, by 413, and not which. */
  payloadBytes: 8 * 1024 * 1024,
  serviceName: 120,
  version: 80,
  title: 200,
  endpoints: 2_000,
  path: 1_000,
  operationId: 200,
  tags: 20,
  tag: 100,
  summary: 300,
  findings: 500,
  code: 120,
  message: 500,
  gitSha: 64,
  branch: 250,
  ciUrl: 500,
} as const;

/** Cut to so many UTF-16 units, never within a character. What no server stores, NUL and halves of characters, is replaced. */
export function cut(text: string, length: number): string {
  const clean = text.toWellFormed().replaceAll('\0', '\uFFFD');
  return clean.length <= length ? clean : `${clean.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** What is told to whoever runs the scan: their description or call is at fault, and nothing has been sent. */
export class ScanError extends Error {}
