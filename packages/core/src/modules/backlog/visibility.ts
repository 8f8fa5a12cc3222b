import { type Grant, mayAlso } from '@reqbase/auth';
import { type FeatureCategory, PUBLIC_CATEGORIES } from './schema.ts';

/**
 * The one predicate on private categories (ERROR, FEEDBACK): they belong to the inbox, so who may not read
 * conversations does not see them, in lists, single reads, counts or searches.
 */
export function visibleCategories(grant: Grant): readonly FeatureCategory[] | 'all' {
  return seesPrivate(grant) ? 'all' : PUBLIC_CATEGORIES;
}

/** The same predicate for what is told of private features and of conversations. */
export function seesPrivate(grant: Grant): boolean {
  return mayAlso(grant, 'conversations:read');
}

/** The predicate for Prisma. */
export function whereVisible(grant: Grant): { category?: { in: FeatureCategory[] } } {
  const categories = visibleCategories(grant);
  return categories === 'all' ? {} : { category: { in: [...categories] } };
}

export function isPublic(category: FeatureCategory): boolean {
  return (PUBLIC_CATEGORIES as readonly FeatureCategory[]).includes(category);
}
