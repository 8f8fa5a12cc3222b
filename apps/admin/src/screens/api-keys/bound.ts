import { type apiKeySchemas, ingestSchemas, isAboutServices, scopesCoveredBy } from '@reqbase/core/contract';

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
  const scopes = opened(word);
  return scopes.length > 0 && scopes.every(isAboutServices);
}

/** Whether a word opens nothing but scans, which alone are taken at a place. All else of the catalogue is of the whole service. */
function isOfPlaces(word: string): boolean {
  const scopes = opened(word);
  return scopes.length > 0 && scopes.every((scope) => scope.startsWith('scans:'));
}

/** Whatever is granted, one may ask what that is. */
function opened(word: string) {
  return [...scopesCoveredBy(word)].filter((scope) => scope !== 'self:read');
}

/** What a form with these words and this bound is told; null: it can be sent. */
export function faultOfBound(words: readonly string[], { serviceId, place }: Bound): string | null {
  if (serviceId === null || words.length === 0) return null;
  const wide = words.find((word) => !isBindable(word) && opened(word).some(isAboutServices));
  if (wide !== undefined) return `“${wide}” opens every service: choose the scopes of services one by one.`;
  if (!words.some(isBindable)) return 'None of the scopes that are chosen is about services.';
  if (place !== null && !words.some(isOfPlaces))
    return `None of the scopes that are chosen is about scans: only those can be bound to one ${place.kind}.`;
  return null;
}

/** The chosen words as a key is asked for with them: those that can be bound to the service are, those of scans to its place. */
export function boundScopes(words: readonly string[], { serviceId, place }: Bound): RequestedScope[] {
  if (serviceId === null) return [...words];
  return words.map((permission) => {
    if (!isBindable(permission)) return permission;
    return { permission, serviceId, ...(place !== null && isOfPlaces(permission) && { [`${place.kind}Id`]: place.id }) };
  });
}

/** What a key that may send scans lacks for that: sending one takes all of the six. */
export function missingForScan(words: readonly string[]): string[] {
  const opens = new Set(words.flatMap((word) => [...scopesCoveredBy(word)]));
  if (!opens.has('scans:create')) return [];
  return ingestSchemas.SCAN_ALSO_TAKES.filter((scope) => !opens.has(scope));
}
