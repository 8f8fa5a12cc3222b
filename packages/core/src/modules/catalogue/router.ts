import { caller, organization } from '../../project.ts';
import { router } from '../../trpc.ts';
import { compareScanRuns } from './compare-scans.ts';
import { ingestScan } from './ingest.ts';
import { IngestScan, SCAN_ALSO_TAKES } from './ingest-schema.ts';
import { listEndpoints } from './list-endpoints.ts';
import { locateScanRun } from './locate-scan-run.ts';
import { placeProcedures } from './place-router.ts';
import { own, READS, read } from './reading.ts';
import { getScanRun, listScanRunEndpoints, listScanRuns } from './scan-runs.ts';
import * as schema from './schema.ts';
import { getService, listServices, updateService } from './services.ts';

/** The services of an organization, with their endpoints, environments and workflows. */
export const services = router({
  list: organization
    .scope('services:read')
    .meta({
      summary: 'List the services of an organization',
      errors: ['INVALID_CURSOR'],
      rest: read('/services', 'services'),
      mcp: { name: 'list_services', title: 'List services', hints: READS },
    })
    .input(schema.ListServices)
    .output(schema.ServicePage)
    .query(({ ctx, input }) => listServices(ctx, input)),
  get: organization
    .scope('services:read')
    .meta({
      summary: 'Read a service',
      errors: ['SERVICE_NOT_FOUND'],
      rest: { platform: { method: 'GET', path: '/services/{id}', etag: 'both', ...own } },
      mcp: { name: 'get_service', title: 'Read a service', hints: READS, names: { id: 'serviceId' } },
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
      mcp: { name: 'list_endpoints', title: 'List the endpoints of a service', hints: READS, names: { id: 'serviceId' } },
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
      mcp: { name: 'list_scan_runs', title: 'List the scan runs of a service', hints: READS, names: { id: 'serviceId' } },
    })
    .input(schema.ListScanRuns)
    .output(schema.ScanRunPage)
    .query(({ ctx, input }) => listScanRuns(ctx, input)),
  ...placeProcedures,
});

const INGEST_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Scans as they come in, and what there was in them. */
export const scans = router({
  ingest: organization
    .scope('scans:create', { also: SCAN_ALSO_TAKES })
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
    .meta({
      summary: 'Read a scan run',
      errors: ['SCAN_RUN_NOT_FOUND'],
      rest: read('/scan-runs/{id}'),
      mcp: { name: 'get_scan_run', title: 'Read a scan run', hints: READS, names: { id: 'scanRunId' } },
    })
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
      mcp: {
        name: 'compare_scans',
        title: 'Compare two scan runs of a service',
        hints: READS,
        names: { id: 'scanRunId', otherId: 'otherScanRunId' },
      },
    })
    .input(schema.CompareScanRuns)
    .output(schema.ScanComparison)
    .query(({ ctx, input }) => compareScanRuns(ctx, input)),
});
