import { requesterSchemas } from '@reqbase/core/contract';

const { kind, q } = requesterSchemas.ListRequesters.shape;

/** What the address says of the list; what it does not say is the default. */
export type RequesterFilters = {
  q?: string | undefined;
  kind?: 'anonymous' | 'all' | undefined;
  sort?: requesterSchemas.RequesterSort | undefined;
};

/** Reads the filters of an address; what the API would refuse leaves it. */
export function readRequesterFilters(search: Record<string, unknown>): RequesterFilters {
  const wanted = kind.safeParse(search.kind).data;
  const text = q.safeParse(search.q).data;
  const sort = requesterSchemas.RequesterSort.safeParse(search.sort).data;
  return {
    q: text === '' ? undefined : text,
    kind: wanted === 'identified' ? undefined : wanted,
    sort: sort === 'lastSeenAt' ? undefined : sort,
  };
}
