import { auditSchemas } from '@reqbase/core/contract';
import { startOfDay } from '../../ui/local-day.ts';

const { principalId, keyId, action, resourceId, projectId, requestId } = auditSchemas.ListAudit.shape;

/** What the address says of the log; what it does not say is not narrowed. */
export type AuditFilters = {
  action?: string[] | undefined;
  outcome?: auditSchemas.AuditOutcome | undefined;
  project?: string | undefined;
  person?: string | undefined;
  key?: string | undefined;
  resource?: string | undefined;
  request?: string | undefined;
  /** Days (`2026-11-21`) of the reader's own calendar, both included. */
  from?: string | undefined;
  to?: string | undefined;
};

/** Reads the filters of an address; what the API would refuse leaves it. */
export function readAuditFilters(search: Record<string, unknown>): AuditFilters {
  const given = search.action === undefined || Array.isArray(search.action) ? search.action : [search.action];
  const actions = action.safeParse(given).data;
  return {
    action: actions?.length === 0 ? undefined : actions,
    outcome: auditSchemas.AuditOutcome.safeParse(search.outcome).data,
    project: projectId.safeParse(search.project).data,
    person: principalId.safeParse(search.person).data,
    key: keyId.safeParse(search.key).data,
    resource: resourceId.safeParse(search.resource).data,
    request: requestId.safeParse(search.request).data,
    from: dayIn(search.from),
    to: dayIn(search.to),
  };
}

export function isNarrowed(filters: AuditFilters): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** The filters as the API takes them. */
export function queryOf({ action, outcome, project, person, key, resource, request, from, to }: AuditFilters) {
  return {
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
    ...(project !== undefined && { projectId: project }),
    ...(person !== undefined && { principalId: person }),
    ...(key !== undefined && { keyId: key }),
    ...(resource !== undefined && { resourceId: resource }),
    ...(request !== undefined && { requestId: request }),
    // Both bounds lie outside of what is shown.
    ...(from !== undefined && { createdAfter: new Date(startOfDay(from).getTime() - 1).toISOString() }),
    ...(to !== undefined && { createdBefore: startOfDay(to, 1).toISOString() }),
  };
}

function dayIn(value: unknown): string | undefined {
  const isDay = typeof value === 'string' && /^[12]\d{3}-\d\d-\d\d$/.test(value) && !Number.isNaN(startOfDay(value).getTime());
  return isDay ? value : undefined;
}
