import * as z from 'zod';
import { Cursor, Id, Instant, Limit, OrganizationRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';
import { FindingSeverity, HttpMethod, NormalizedEndpoint, ScanSource } from './ingest-schema.ts';

const text = (max: number) => z.string().max(max).check(storable);
/** Of something, and not of blanks alone; those around it do not count. */
const written = (max: number) => z.string().trim().min(1).max(max).check(storable);
const Count = z.int();
const Version = z.int().meta({ description: 'Grows with every change' });
const IfVersion = z.int().min(1).max(999_999_999).optional().meta({ description: 'Refused when it is another by now' });

export const ServiceLifecycle = z.enum(['experimental', 'production', 'deprecated']).meta({ id: 'ServiceLifecycle' });
export type ServiceLifecycle = z.infer<typeof ServiceLifecycle>;
export const EndpointState = z.enum(['active', 'deprecated', 'removed']).meta({ id: 'EndpointState' });
export type EndpointState = z.infer<typeof EndpointState>;
export const FindingState = z.enum(['open', 'accepted', 'resolved', 'ignored']).meta({ id: 'FindingState' });
export type FindingState = z.infer<typeof FindingState>;

export const SeverityCounts = z
  .object({ info: Count, low: Count, medium: Count, high: Count, critical: Count })
  .meta({ id: 'SeverityCounts' });
export type SeverityCounts = z.infer<typeof SeverityCounts>;

export const Service = z
  .object({
    id: Id,
    orgId: Id,
    name: z.string(),
    slug: z.string().meta({
      description: 'Made of the name, or the id where nothing of it can stand in an address; two services may have the same',
      examples: ['billing-api'],
    }),
    ownerTeam: z.string().nullable(),
    lifecycle: ServiceLifecycle,
    tags: z.array(z.string()),
    latestScanId: Id.nullable(),
    latestScanAt: Timestamp.nullable(),
    endpointCount: Count.meta({ description: 'Of the latest scan' }),
    openFindings: SeverityCounts,
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Service' });
export type Service = z.infer<typeof Service>;
export const ServicePage = pageOf(Service).meta({ id: 'ServicePage', description: 'Newest first' });

export const Endpoint = z
  .object({
    id: Id,
    serviceId: Id,
    method: HttpMethod,
    path: z.string(),
    operationId: z.string().nullable(),
    tags: z.array(z.string()),
    summary: z.string().nullable(),
    state: EndpointState,
    firstSeenScanId: Id,
    lastSeenScanId: Id,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Endpoint' });
export type Endpoint = z.infer<typeof Endpoint>;
export const EndpointPage = pageOf(Endpoint).meta({ id: 'EndpointPage', description: 'By path' });

export const ScanChanges = z
  .object({
    added: Count,
    removed: Count,
    changed: Count,
    operationIds: Count.meta({ description: 'Endpoints whose operation id is another: generated clients break' }),
  })
  .meta({ id: 'ScanChanges', description: 'Endpoints, since the scan before; of a first one all are added' });

export const ScanRun = z
  .object({
    id: Id,
    serviceId: Id,
    serviceName: z.string(),
    number: z.int().meta({ description: 'From 1 in each service' }),
    environmentId: Id.nullable(),
    workflowId: Id.nullable(),
    specHash: z.string(),
    specFormat: z.enum(['openapi']),
    specVersion: z.string().nullable(),
    title: z.string().nullable(),
    source: ScanSource.nullable(),
    endpointCount: Count,
    findingCount: Count.meta({ description: 'Without those that were sent twice' }),
    findingsBySeverity: SeverityCounts,
    previousScanId: Id.nullable().meta({ description: 'The scan before: the last one that the credential may read' }),
    unchanged: z.boolean().meta({ description: 'Whether the description is the one of the scan before' }),
    changes: ScanChanges,
    createdBy: z
      .object({ keyId: Id.nullable(), userId: Id.nullable(), name: z.string() })
      .meta({ description: 'The key that sent it, by the name that it had' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'ScanRun' });
export type ScanRun = z.infer<typeof ScanRun>;
export const ScanRunPage = pageOf(ScanRun).meta({ id: 'ScanRunPage', description: 'Newest first' });

export const ScanRunEndpoints = z
  .object({ items: z.array(NormalizedEndpoint) })
  .meta({ id: 'ScanRunEndpoints', description: 'All of them, in the order of the scan' });
export type ScanRunEndpoints = z.infer<typeof ScanRunEndpoints>;
export const ScanRunPlace = z.object({ organizationId: Id, organizationSlug: z.string() });
export type ScanRunPlace = z.infer<typeof ScanRunPlace>;

export const ScanIngestionResult = ScanRun.extend({
  resultUrl: z.string().meta({ description: 'A page for people' }),
  serviceCreated: z.boolean(),
}).meta({ id: 'ScanIngestionResult' });
export type ScanIngestionResult = z.infer<typeof ScanIngestionResult>;

export const Finding = z
  .object({
    id: Id,
    serviceId: Id,
    serviceName: z.string(),
    code: z.string(),
    severity: FindingSeverity,
    message: z.string(),
    method: HttpMethod.nullable(),
    path: z.string().nullable(),
    fingerprint: z.string().meta({ description: 'By which later scans find it again' }),
    state: FindingState,
    reason: z.string().nullable().meta({ description: 'Why it was accepted or ignored' }),
    decidedBy: z.object({ id: Id.nullable(), name: z.string() }).nullable(),
    decidedAt: Timestamp.nullable(),
    ignoredUntil: Timestamp.nullable().meta({ description: 'From then on it is open again' }),
    firstSeenScanId: Id,
    scanRunId: Id.meta({ description: 'The last scan that has found it' }),
    firstSeenAt: Timestamp,
    resolvedAt: Timestamp.nullable().meta({ description: 'When a scan came without it' }),
    version: Version,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;
export const FindingPage = pageOf(Finding).meta({ id: 'FindingPage' });

const Changed = z.object({
  fields: z.array(z.enum(['path', 'operationId', 'tags', 'summary', 'deprecated', 'fingerprint'])),
  before: NormalizedEndpoint,
  after: NormalizedEndpoint,
});
const OperationIdChange = z.object({
  method: HttpMethod,
  path: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

export const ScanComparison = z
  .object({
    scan: ScanRun,
    base: ScanRun,
    added: z.array(NormalizedEndpoint),
    removed: z.array(NormalizedEndpoint),
    changed: z.array(Changed),
    operationIds: z.array(OperationIdChange),
    endpointDrop: z.boolean().meta({ description: 'More than 30 % of the endpoints are gone: likely another file' }),
    findings: z.object({ added: z.array(Finding), gone: z.array(Finding) }),
  })
  .meta({ id: 'ScanComparison', description: 'What is otherwise in a scan than in another one of its service' });
export type ScanComparison = z.infer<typeof ScanComparison>;

const OfOrganization = { organizationId: OrganizationRef };
const ById = { ...OfOrganization, id: Id };
const Paging = {
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional(),
  limit: Limit,
  cursor: Cursor,
};
const Search = text(200).optional();

export const ServiceById = z.object(ById);
export const ScanRunById = z.object(ById);
export const LocateScanRun = z.object({ id: Id });
export type LocateScanRun = z.infer<typeof LocateScanRun>;
export const FindingById = z.object(ById);
export type ById = z.infer<typeof ServiceById>;

export const ListServices = z.object({
  ...OfOrganization,
  q: Search.meta({ description: 'A part of the name' }),
  lifecycle: z.array(ServiceLifecycle).max(3).optional(),
  ...Paging,
});
export type ListServices = z.infer<typeof ListServices>;

export const UpdateService = z.strictObject({
  ...ById,
  ownerTeam: text(120).nullable().optional(),
  lifecycle: ServiceLifecycle.optional(),
  tags: z.array(text(40).min(1)).max(20).optional(),
  ifVersion: IfVersion,
});
export type UpdateService = z.infer<typeof UpdateService>;

export const ListEndpoints = z.object({
  ...ById,
  q: Search.meta({ description: 'A part of the path, the operation id or the summary' }),
  method: z.array(HttpMethod).max(8).optional(),
  state: z.array(EndpointState).max(3).optional(),
  tag: text(100).optional(),
  ...Paging,
});
export type ListEndpoints = z.infer<typeof ListEndpoints>;

export const ListScanRuns = z.object({
  ...ById,
  environmentId: Id.optional(),
  workflowId: Id.optional(),
  specHash: text(64).optional(),
  ...Paging,
});
export type ListScanRuns = z.infer<typeof ListScanRuns>;

export const CompareScanRuns = z.object({ ...ById, otherId: Id.meta({ description: 'The scan to compare with' }) });
export type CompareScanRuns = z.infer<typeof CompareScanRuns>;

export const FindingSort = z.enum(['severity', 'createdAt']).meta({ id: 'FindingSort' });
export type FindingSort = z.infer<typeof FindingSort>;

export const ListFindings = z.object({
  ...OfOrganization,
  q: Search.meta({ description: 'A part of the message, the rule (`code`) or the path' }),
  serviceId: Id.optional(),
  scanRunId: Id.optional().meta({ description: 'Those that this scan came with' }),
  state: z.array(FindingState).max(4).optional(),
  severity: z.array(FindingSeverity).max(5).optional(),
  code: text(120).optional(),
  sort: FindingSort.default('severity').meta({ description: 'severity: the gravest first; createdAt: the newest first' }),
  ...Paging,
});
export type ListFindings = z.infer<typeof ListFindings>;

/** Strict, as are the others that change something: one with its end misspelt would be ignored for ever. */
export const TriageFinding = z.strictObject({
  ...ById,
  state: z.enum(['open', 'accepted', 'ignored']),
  reason: written(500).optional().meta({ description: 'Needed to ignore it' }),
  ignoredUntil: Instant.optional().meta({ description: 'Of one that is ignored; for ever unless given' }),
  ifVersion: IfVersion,
});
export type TriageFinding = z.infer<typeof TriageFinding>;

export const Place = z.object({ id: Id, serviceId: Id, name: z.string(), createdAt: Timestamp }).meta({ id: 'ServicePlace' });
export type Place = z.infer<typeof Place>;
export const Places = z.object({ items: z.array(Place) });
export const CreatePlace = z.strictObject({ ...ById, name: written(80) });
export type CreatePlace = z.infer<typeof CreatePlace>;
