import { type Grant, mayAlso } from '@reqbase/auth';
import { type FeatureCategory, PUBLIC_CATEGORIES } from './schema.ts';

// The one predicate on private categories (ERROR, FEEDBACK) and on what belongs to the inbox: they are there for who may read
// conversations, and for the requester who sent them in. Here it stands as a function, as a condition for Prisma and as SQL;
// nobody says it in words of their own. `readers.test.ts` tries everybody who reads.

export function isPublic(category: FeatureCategory): boolean {
  return (PUBLIC_CATEGORIES as readonly FeatureCategory[]).includes(category);
}

/** Whether private features and conversations, and what is told of them, are there for the caller. */
export function seesPrivate(grant: Grant): boolean {
  return mayAlso(grant, 'conversations:read');
}

/** Whether an event or an entry of the feed is there for the caller. */
export function isShownTo(grant: Grant, { isPrivate }: { readonly isPrivate: boolean }): boolean {
  return !isPrivate || seesPrivate(grant);
}

type WherePublic = { category: { in: FeatureCategory[] } };

/** Public features, for Prisma: what everybody may see. */
export function wherePublic(): WherePublic {
  return { category: { in: [...PUBLIC_CATEGORIES] } };
}

/** The features that the caller may see, for Prisma. */
export function whereVisible(grant: Grant): Partial<WherePublic> {
  return seesPrivate(grant) ? {} : wherePublic();
}

/** A feature's category is a public one, in SQL. */
export function isPublicSql(category = 'f.category'): string {
  return `${category} in (${PUBLIC_CATEGORIES.map((name) => `'${name}'`).join(', ')})`;
}

/** The caller may see a feature, in SQL. */
export function isVisibleSql(grant: Grant, category = 'f.category'): string {
  return seesPrivate(grant) ? 'true' : isPublicSql(category);
}

/** A requester may see the feature `f`, in SQL: a public one, or their own. `requesterId` is an expression; null is nobody. */
export function isVisibleToRequesterSql(requesterId: string): string {
  return `(${isPublicSql()} or f.requester_id = ${requesterId})`;
}

/** The entry `n` of the feed is there for the caller, in SQL. */
export function isNoticeShownSql(grant: Grant): string {
  return seesPrivate(grant) ? 'true' : 'not n.is_private';
}
