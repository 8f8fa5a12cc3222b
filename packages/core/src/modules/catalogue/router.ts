import { caller, organization } from '../../project.ts';
import { router } from '../../trpc.ts';
import { compareScanRuns } from './compare-scans.ts';
import { ingestScan } from './ingest.ts';
import { IngestScan } from './ingest-schema.ts';
import { listEndpoints } from './list-endpoints.ts';
import { locateScanRun } from './locate-scan-run.ts';
import { createPlace, listPlaces } from './places.ts';
import { getScanRun, listScanRunEndpoints, listScanRuns } from './scan-runs.ts';
import * as schema from './schema.ts';
import { getService, listServices, updateService } from './services.ts';

const own = { isOwnOrganization: true } as const;
const read = (path: string, items?: string) => ({
  platform: { method: 'GET', path, ...own, ...(items !== undefined && { items }) } as const,
});

/** The services of an organization, with their endpoints, environments and workflows. */
export const services = router({
  list: organization
    .scope('services:read')
    .meta({ summary: 'List the services of an organization', errors: ['INVALID_CURSOR'], rest: read('/services', 'services') })
    .input(schema.ListServices)
    .output(schema.ServicePage)
    .query(({ ctx, input }) => listServices(ctx, input)),
  get: organization
    .scope('services:read')
    .meta({
      summary: 'Read a service',
      errors: ['SERVICE_NOT_FOUND'],
      rest: { platform: { method: 'GET', path: '/services/{id}', etag: 'both', ...own } },
    })
    .input(schema.ServiceById)
    .output(schema.Service)
    .query(({ ctx, input }) => getService(ctx, input)),
  update: organization
    .scope('services:update')
    .meta({
      summary: 'Say who owns a service and how far it is',
      errors: ['SERVICE_NOT_FOUND', 'NO_UPDATES', 'PRECONDITION_FAILED'],
      rest: { platform: { method: 'PATCH', path: '/services/{id}', etag: 'both', ...own } },
    })
    .input(schema.UpdateService)
    .output(schema.Service)
    .mutation(({ ctx, input }) => updateService(ctx, input)),
  endpoints: organization
    .scope('endpoints:read')
    .meta({
      summary: 'List the endpoints of a service',
      errors: ['SERVICE_NOT_FOUND', 'INVALID_CURSOR'],
      rest: read('/services/{id}/endpoints', 'endpoints'),
    })
    .input(schema.ListEndpoints)
    .output(schema.EndpointPage)
    .query(({ ctx, input }) => listEndpoints(ctx, input)),
  scanRuns: organization
    .scope('scans:read')
    .meta({
      summary: 'List the scan runs of a service',
      errors: ['SERVICE_NOT_FOUND', 'INVALID_CURSOR'],
      rest: read('/services/{id}/scan-runs', 'scanRuns'),
    })
    .input(schema.ListScanRuns)
    .output(schema.ScanRunPage)
    .query(({ ctx, input }) => listScanRuns(ctx, input)),
  environments: organization
    .scope('services:read')
    .meta({
      summary: 'List the environments of a service',
      errors: ['SERVICE_NOT_FOUND'],
      rest: read('/services/{id}/environments', 'environments'),
    })
    .input(schema.ServiceById)
    .output(schema.Places)
    .query(({ ctx, input }) => listPlaces(ctx, 'environment', input)),
  createEnvironment: organization
    .scope('services:update')
    .meta({
      summary: 'Add an environment to a service',
      errors: ['SERVICE_NOT_FOUND', 'CONFLICT'],
      rest: {
        platform: {
          method: 'POST',
          path: '/services/{id}/environments',
          status: 201,
          location: '/services/{serviceId}/environments',
          ...own,
        },
      },
    })
    .input(schema.CreatePlace)
    .output(schema.Place)
    .mutation(({ ctx, input }) => createPlace(ctx, 'environment', input)),
  workflows: organization
    .scope('services:read')
    .meta({
      summary: 'List the workflows of a service',
      errors: ['SERVICE_NOT_FOUND'],
      rest: read('/services/{id}/workflows', 'workflows'),
    })
    .input(schema.ServiceById)
    .output(schema.Places)
    .query(({ ctx, input }) => listPlaces(ctx, 'workflow', input)),
  createWorkflow: organization
    .scope('services:update')
    .meta({
      summary: 'Add a workflow to a service',
      errors: ['SERVICE_NOT_FOUND', 'CONFLICT'],
      rest: {
        platform: {
          method: 'POST',
          path: '/services/{id}/workflows',
          status: 201,
          location: '/services/{serviceId}/workflows',
          ...own,
        },
      },
    })
    .input(schema.CreatePlace)
    .output(schema.Place)
    .mutation(({ ctx, input }) => createPlace(ctx, 'workflow', input)),
});

const INGEST_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Scans as they come in, and what there was in them. */
export const scans = router({
  ingest: organization
    .scope('scans:create', {
      also: ['services:read', 'services:create', 'services:update', 'endpoints:read', 'endpoints:write'],
    })
    .meta({
      summary: 'Ingest an API scan',
      description:
        'Accepts normalized OpenAPI scan output. The organization is resolved from the API key and must not be included in the request body.',
      errors: ['ENVIRONMENT_NOT_FOUND', 'WORKFLOW_NOT_FOUND'],
      rest: {
        platform: {
          method: 'POST',
          path: '/scans/ingest',
          status: 201,
          location: '/scan-runs/{id}',
          bodyLimit: INGEST_BODY_LIMIT_BYTES,
          ...own,
        },
      },
    })
    .input(IngestScan)
    .output(schema.ScanIngestionResult)
    .mutation(({ ctx, input }) => ingestScan(ctx, input)),
  get: organization
    .scope('scans:read')
    .meta({ summary: 'Read a scan run', errors: ['SCAN_RUN_NOT_FOUND'], rest: read('/scan-runs/{id}') })
    .input(schema.ScanRunById)
    .output(schema.ScanRun)
    .query(({ ctx, input }) => getScanRun(ctx, input)),
  locate: caller
    .scope('scans:read')
    .meta({
      summary: 'Say in which organization a scan run is',
      description: 'For a signed-in person, whom the result URL of a scan has led here: it names no organization.',
      errors: ['SCAN_RUN_NOT_FOUND'],
    })
    .input(schema.LocateScanRun)
    .output(schema.ScanRunPlace)
    .query(({ ctx, input }) => locateScanRun(ctx, input)),
  endpoints: organization
    .scope('scans:read', { also: ['endpoints:read'] })
    .meta({
      summary: 'List the endpoints of a scan run as they were sent',
      errors: ['SCAN_RUN_NOT_FOUND'],
      rest: read('/scan-runs/{id}/endpoints', 'endpoints'),
    })
    .input(schema.ScanRunById)
    .output(schema.ScanRunEndpoints)
    .query(({ ctx, input }) => listScanRunEndpoints(ctx, input)),
  compare: organization
    .scope('scans:read', { also: ['endpoints:read'] })
    .meta({
      summary: 'Compare a scan run with another one of its service',
      errors: ['SCAN_RUN_NOT_FOUND'],
      rest: read('/scan-runs/{id}/compare/{otherId}'),
    })
    .input(schema.CompareScanRuns)
    .output(schema.ScanComparison)
    .query(({ ctx, input }) => compareScanRuns(ctx, input)),
});
