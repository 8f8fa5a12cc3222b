import { backlogSchemas } from '@reqbase/core/contract';

const shape = backlogSchemas.ListFeatures.pick({ status: true, category: true, tag: true, q: true }).shape;

/** What the address says of the list; what it does not say is the default. */
export type BacklogFilters = {
  status?: backlogSchemas.FeatureStatus[] | undefined;
  category?: backlogSchemas.FeatureCategory[] | undefined;
  tag?: string[] | undefined;
  q?: string | undefined;
  sort?: backlogSchemas.FeatureSort | undefined;
  order?: 'asc' | 'desc' | undefined;
};

export const DEFAULT_SORT = 'createdAt';
export const DEFAULT_ORDER = 'desc';

/**
 * Reads the filters of an address. What the API would refuse is undefined, and so leaves the address: an old link still
 * opens a list.
 */
export function readFilters(search: Record<string, unknown>): BacklogFilters {
  const sort = backlogSchemas.FeatureSort.safeParse(search.sort).data;
  return {
    status: unlessEmpty(shape.status.safeParse(listOf(search.status)).data),
    category: unlessEmpty(shape.category.safeParse(listOf(search.category)).data),
    tag: unlessEmpty(shape.tag.safeParse(listOf(search.tag)).data),
    q: unlessEmpty(shape.q.safeParse(search.q).data),
    sort: sort === DEFAULT_SORT ? undefined : sort,
    order: search.order === 'asc' ? 'asc' : undefined,
  };
}

function unlessEmpty<Value extends string | unknown[]>(value: Value | undefined): Value | undefined {
  return value?.length === 0 ? undefined : value;
}

/** With some of them changed; what says nothing stays out of the address. */
export function withFilters(filters: BacklogFilters, change: BacklogFilters): BacklogFilters {
  return readFilters({ ...filters, ...change });
}

/** Says whether anything narrows the list; the order does not. */
export function isFiltered({ status, category, tag, q }: BacklogFilters): boolean {
  return status !== undefined || category !== undefined || tag !== undefined || q !== undefined;
}

/** A click on a column: first from the top, then the other way round. */
export function sortBy(filters: BacklogFilters, sort: backlogSchemas.FeatureSort): BacklogFilters {
  const { sort: present = DEFAULT_SORT, order = DEFAULT_ORDER } = filters;
  return withFilters(filters, { sort, order: present === sort && order === 'desc' ? 'asc' : 'desc' });
}

function listOf(value: unknown): unknown {
  return value === undefined || Array.isArray(value) ? value : [value];
}
