import { type apiKeySchemas, isAboutServices, scopesCoveredBy } from '@reqbase/core/contract';

type RequestedScope = apiKeySchemas.CreateKey['scopes'][number];

export type PlaceKind = 'environment' | 'workflow';
/** What the catalogue's scopes of a new key open: every service, one, or a place of it. */
export type Bound = {
  readonly serviceId: string | null;
  readonly place: { readonly kind: PlaceKind; readonly id: string } | null;
};
export const EVERY_SERVICE: Bound = { serviceId: null, place: null };

/** Whether a word opens nothing but services and what belongs to them: only then can it be bound to one. */
export function isBindable(word: string): boolean {
  // Whatever is granted, one may ask what that is.
  const scopes = [...scopesCoveredBy(word)].filter((scope) => scope !== 'self:read');
  return scopes.length > 0 && scopes.every(isAboutServices);
}

/** What a form with these words and this bound is told; null: it can be sent. */
export function faultOfBound(words: readonly string[], { serviceId }: Bound): string | null {
  if (serviceId === null || words.length === 0) return null;
  const wide = words.find((word) => !isBindable(word) && [...scopesCoveredBy(word)].some(isAboutServices));
  if (wide !== undefined) return `“${wide}” opens every service: choose the scopes of services one by one.`;
  return words.some(isBindable) ? null : 'None of the scopes that are chosen is about services.';
}

/** The chosen words as a key is asked for with them: those that can be bound to a service are. */
export function boundScopes(words: readonly string[], { serviceId, place }: Bound): RequestedScope[] {
  if (serviceId === null) return [...words];
  const constraints = { serviceId, ...(place !== null && { [`${place.kind}Id`]: place.id }) };
  return words.map((permission) => (isBindable(permission) ? { permission, ...constraints } : permission));
}
