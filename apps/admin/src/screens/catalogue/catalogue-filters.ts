import { catalogueSchemas, type ingestSchemas } from '@reqbase/core/contract';

const services = catalogueSchemas.ListServices.shape;
const endpoints = catalogueSchemas.ListEndpoints.shape;
const findings = catalogueSchemas.ListFindings.shape;

/** What the address says of the services; what it does not say is not narrowed. */
export type ServiceFilters = {
  q?: string | undefined;
  lifecycle?: catalogueSchemas.ServiceLifecycle[] | undefined;
};

/** Reads the filters of an address; what the API would refuse leaves it. */
export function readServiceFilters(search: Record<string, unknown>): ServiceFilters {
  return {
    q: unlessEmpty(services.q.safeParse(search.q).data),
    lifecycle: unlessEmpty(services.lifecycle.safeParse(listOf(search.lifecycle)).data),
  };
}

export type EndpointFilters = {
  q?: string | undefined;
  method?: NonNullable<catalogueSchemas.ListEndpoints['method']> | undefined;
  state?: catalogueSchemas.EndpointState[] | undefined;
};

export function readEndpointFilters(search: Record<string, unknown>): EndpointFilters {
  return {
    q: unlessEmpty(endpoints.q.safeParse(search.q).data),
    method: unlessEmpty(endpoints.method.safeParse(listOf(search.method)).data),
    state: unlessEmpty(endpoints.state.safeParse(listOf(search.state)).data),
  };
}

/** Findings are those that wait for a decision, unless the address says otherwise. */
export type FindingFilters = {
  q?: string | undefined;
  state?: Exclude<catalogueSchemas.FindingState, 'open'> | 'all' | undefined;
  severity?: ingestSchemas.FindingSeverity[] | undefined;
  service?: string | undefined;
  code?: string | undefined;
  /** The gravest come first, unless the newest are to. */
  sort?: Exclude<catalogueSchemas.FindingSort, 'severity'> | undefined;
};

export function readFindingFilters(search: Record<string, unknown>): FindingFilters {
  const state = search.state === 'all' ? 'all' : catalogueSchemas.FindingState.safeParse(search.state).data;
  return {
    q: unlessEmpty(findings.q.safeParse(search.q).data),
    state: state === 'open' ? undefined : state,
    severity: readSeverities(search.severity),
    service: findings.serviceId.safeParse(search.service).data,
    code: unlessEmpty(findings.code.safeParse(search.code).data),
    sort: search.sort === 'createdAt' ? 'createdAt' : undefined,
  };
}

/** The filters as the API takes them. */
export function findingQueryOf({ q, state, severity, service, code, sort }: FindingFilters) {
  return {
    ...(q !== undefined && { q }),
    ...(state !== 'all' && { state: [state ?? ('open' as const)] }),
    ...(severity !== undefined && { severity }),
    ...(service !== undefined && { serviceId: service }),
    ...(code !== undefined && { code }),
    ...(sort !== undefined && { sort }),
  };
}

/** What the page of a scan shows of it: the scan that it is compared with, and what is narrowed. */
export type RunFilters = { base?: string | undefined; severity?: ingestSchemas.FindingSeverity[] | undefined };

export function readRunFilters(search: Record<string, unknown>): RunFilters {
  return { base: findings.scanRunId.safeParse(search.base).data, severity: readSeverities(search.severity) };
}

/** Says whether anything narrows a list: how it is sorted does not. */
export function isNarrowed({ sort: _sort, ...filters }: Readonly<Record<string, unknown>>): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

function readSeverities(value: unknown): ingestSchemas.FindingSeverity[] | undefined {
  return unlessEmpty(findings.severity.safeParse(listOf(value)).data);
}

function unlessEmpty<Value extends string | unknown[]>(value: Value | undefined): Value | undefined {
  return value?.length === 0 ? undefined : value;
}

function listOf(value: unknown): unknown {
  return value === undefined || Array.isArray(value) ? value : [value];
}
