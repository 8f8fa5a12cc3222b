import type { Facts, GrantedScope } from './credential.ts';
import { covers, isAboutServices, type Scope, scopesCoveredBy } from './scopes.ts';

/** A place of the catalogue that a scope can be bound to: all that it names has to hold together. */
export type Place = { readonly serviceId?: string; readonly environmentId?: string; readonly workflowId?: string };

/**
 * What of the catalogue a call may touch: what lies in some place of each list. One list for each scope that the call needs
 * and has only with constraints, so no list at all is everything.
 */
export type Reach = readonly (readonly Place[])[];

const FIELDS = ['projectId', 'organizationId', 'serviceId', 'environmentId', 'workflowId'] as const;
/** What a granted scope is bound to, whichever way it was written. */
type Bounds = { readonly [field in (typeof FIELDS)[number]]?: string };

const BY_RESOURCE_TYPE: Readonly<Record<string, (typeof FIELDS)[number]>> = {
  project: 'projectId',
  organization: 'organizationId',
  service: 'serviceId',
  environment: 'environmentId',
  workflow: 'workflowId',
};

/** The places that the credential opens by this scope; null: it is not bound to any. */
function placesOf({ key, project, organization }: Facts, scope: Scope): readonly Place[] | null {
  if (key === null) return null;
  const places: Place[] = [];
  for (const granted of key.scopes) {
    const bounds = covers(granted.permission, scope) ? boundsOf(granted) : null;
    if (bounds === null) continue;
    const { projectId, organizationId, ...place } = bounds;
    const isHere =
      (projectId === undefined || projectId === project?.id) &&
      (organizationId === undefined || organizationId === organization?.id);
    if (!isHere) continue;
    // To whatever a key is bound, it may ask what it may do.
    if (Object.keys(place).length === 0 || scope === 'self:read') return null;
    places.push(place);
  }
  return isAboutServices(scope) ? places : [];
}

/** Says whether the credential was granted the scope for anything of this target; a person has all that the role allows. */
export function grantsScope(facts: Facts, scope: Scope): boolean {
  return placesOf(facts, scope)?.length !== 0;
}

/** What the scopes of a call open together: a resource has to be in reach of each of them. */
export function reachOf(facts: Facts, scopes: readonly Scope[]): Reach {
  const lists = new Map<string, readonly Place[]>();
  for (const scope of scopes) {
    const places = placesOf(facts, scope);
    if (places !== null) lists.set(JSON.stringify(places), places);
  }
  return [...lists.values()];
}

/** Says whether a resource is in reach: given by all that it belongs to. */
export function isWithin(reach: Reach, resource: Place): boolean {
  return reach.every((places) => places.some((place) => isBeneath(resource, place)));
}

/** What of the catalogue a scope is bound to; of one that opens nothing, nothing. */
export function placeOf(granted: GrantedScope): Place {
  const { projectId: _project, organizationId: _organization, ...place } = boundsOf(granted) ?? {};
  return place;
}

/** Says whether a key may pass a scope on: it opens nothing that the key's own scopes do not, wherever they are bound to. */
export function isWithinOwn(key: NonNullable<Facts['key']>, requested: GrantedScope): boolean {
  const asked = boundsOf(requested) ?? {};
  const held = key.scopes.flatMap((own) => {
    const { organizationId, ...bounds } = boundsOf(own) ?? { organizationId: 'none' };
    return organizationId === undefined || organizationId === key.orgId ? [{ permission: own.permission, bounds }] : [];
  });
  return [...scopesCoveredBy(requested.permission)].every((scope) =>
    held.some(({ permission, bounds }) => covers(permission, scope) && isBeneath(asked, bounds)),
  );
}

function isBeneath(narrow: Bounds, wide: Bounds): boolean {
  return FIELDS.every((field) => wide[field] === undefined || wide[field] === narrow[field]);
}

/** Null where it opens nothing: a constraint that this version does not know, or two that cannot both hold. */
function boundsOf(granted: GrantedScope): Bounds | null {
  const bounds: { -readonly [field in keyof Bounds]: string } = {};
  const { permission: _word, resourceType, resourceId, ...constraints } = granted;
  const given: [string, unknown][] = Object.entries(constraints).filter(([, value]) => !isNoConstraint(value));
  if (!isNoConstraint(resourceType) || !isNoConstraint(resourceId))
    given.push([BY_RESOURCE_TYPE[resourceType ?? ''] ?? 'unknown', resourceId]);
  for (const [name, value] of given) {
    const field = FIELDS.find((known) => known === name);
    if (field === undefined || typeof value !== 'string') return null;
    // As the database writes ids.
    const id = value.toLowerCase();
    if (bounds[field] !== undefined && bounds[field] !== id) return null;
    bounds[field] = id;
  }
  return bounds;
}

function isNoConstraint(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}
