import { type apiKeySchemas, isCoarse, SCOPE_NAMES, scopesCoveredBy } from '@reqbase/core/contract';

export type GrantableScope = apiKeySchemas.GrantableScopes['items'][number];
export type ScopeGroup = { readonly resource: string; readonly title: string; readonly scopes: GrantableScope[] };

const EVERYTHING = 'everything';

/**
 * The scopes of a form, by resource and in the order in which they come; the coarse ones first, as a group of their own.
 * Of words that open the same (`status:write`, `status:admin`) the form shows the named one.
 */
export function groupScopes(items: readonly GrantableScope[], { withCoarse }: { withCoarse: boolean }): ScopeGroup[] {
  const groups = new Map<string, GrantableScope[]>();
  for (const item of items) {
    if (isCoarse(item.scope) ? !withCoarse : isRedundant(item.scope)) continue;
    const resource = isCoarse(item.scope) ? EVERYTHING : resourceOf(item.scope);
    groups.set(resource, [...(groups.get(resource) ?? []), item]);
  }
  return [...groups].map(([resource, scopes]) => ({ resource, title: titleOf(resource), scopes }));
}

/** Only those whose word, title or resource has the text in it. */
export function filterGroups(groups: readonly ScopeGroup[], text: string): ScopeGroup[] {
  const needle = text.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      scopes: group.scopes.filter(({ scope, title }) => `${scope} ${title}`.toLowerCase().includes(needle)),
    }))
    .filter(({ scopes }) => scopes.length > 0);
}

/** Selects or unselects a word. What a selected word includes is not selected beside it. */
export function toggleScope(selected: readonly string[], word: string): string[] {
  if (selected.includes(word)) return selected.filter((other) => other !== word);
  return [...selected.filter((other) => !includes(word, other)), word];
}

/** The selected word that already opens all that `word` would, or null. */
export function includedBy(selected: readonly string[], word: string): string | null {
  return selected.find((other) => other !== word && includes(other, word)) ?? null;
}

function includes(wide: string, narrow: string): boolean {
  const covered = scopesCoveredBy(wide);
  return [...scopesCoveredBy(narrow)].every((scope) => covered.has(scope));
}

function isRedundant(word: string): boolean {
  const isNamed = (SCOPE_NAMES as readonly string[]).includes(word);
  return (
    !isNamed &&
    SCOPE_NAMES.some((named) => resourceOf(named) === resourceOf(word) && includes(named, word) && includes(word, named))
  );
}

function resourceOf(word: string): string {
  return word.slice(0, word.indexOf(':'));
}

function titleOf(resource: string): string {
  return resource.charAt(0).toUpperCase() + resource.slice(1);
}
