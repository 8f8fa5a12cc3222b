import type { Scope } from '@reqbase/auth/contract';
import * as z from 'zod';
import { Id, OrganizationRef, storable } from '../../schema-kit.ts';

// Contract Reqflo, ScanIngestionPayload: every length, count and word of it. What is unknown is refused.

const text = (max: number) => z.string().max(max).check(storable);

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'] as const;
export const HttpMethod = z.enum(HTTP_METHODS).meta({ id: 'HttpMethod' });
export const FindingSeverity = z.enum(['info', 'low', 'medium', 'high', 'critical']).meta({ id: 'FindingSeverity' });
export type FindingSeverity = z.infer<typeof FindingSeverity>;

/** What sending a scan takes beside `scans:create`. Source: contract Reqflo, Configure authentication. */
export const SCAN_ALSO_TAKES = [
  'services:read',
  'services:create',
  'services:update',
  'endpoints:read',
  'endpoints:write',
] as const satisfies readonly Scope[];

export const MAX_ENDPOINTS = 2_000;
export const MAX_FINDINGS = 500;

export const ServiceName = z.string().trim().min(1).max(120).check(storable);
const Tag = text(100);

export const NormalizedEndpoint = z
  .strictObject({
    method: HttpMethod,
    path: text(1_000),
    operationId: text(200).nullable(),
    tags: z.array(Tag).max(20),
    summary: text(300).nullable(),
    deprecated: z.boolean().optional(),
    fingerprint: text(128).optional().meta({
      description: 'Of the whole operation, its references resolved: tells of changes that the other fields do not show',
    }),
  })
  .meta({ id: 'NormalizedEndpoint' });
export type NormalizedEndpoint = z.infer<typeof NormalizedEndpoint>;

export const NormalizedFinding = z
  .strictObject({
    code: text(120),
    severity: FindingSeverity,
    message: text(500),
    method: HttpMethod.nullable(),
    path: text(1_000).nullable(),
  })
  .meta({ id: 'NormalizedFinding' });
export type NormalizedFinding = z.infer<typeof NormalizedFinding>;

export const ScanSource = z
  .strictObject({ gitSha: text(64).optional(), branch: text(250).optional(), ciUrl: text(500).optional() })
  .meta({ id: 'ScanSource', description: 'Where the description comes from' });

export const IngestScan = z.strictObject({
  organizationId: OrganizationRef,
  service: z.strictObject({ name: ServiceName.meta({ description: 'To create or to update, without regard to case' }) }),
  spec: z.strictObject({
    hash: text(64).min(64).meta({ description: 'SHA-256 of the description, in hex' }),
    format: z.enum(['openapi']),
    version: text(80)
      .optional()
      .meta({ description: 'Of OpenAPI', examples: ['3.1.0'] }),
    title: text(200).optional(),
  }),
  endpoints: z.array(NormalizedEndpoint).max(MAX_ENDPOINTS),
  findings: z.array(NormalizedFinding).max(MAX_FINDINGS),
  source: ScanSource.optional(),
  environmentId: Id.optional().meta({ description: 'An environment of the service' }),
  workflowId: Id.optional().meta({ description: 'A workflow of the service' }),
});
export type IngestScan = z.infer<typeof IngestScan>;
