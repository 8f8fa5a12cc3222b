/**
 * Which comments (`shown`) there are to see, for who sees those that `isTold` says: a deleted one is a tombstone where one
 * of those that answer it, or answer such, is still there; else it is nowhere.
 */
export function isShown(isTold: (comment: string) => string): string {
  return `${isTold('shown')} and (shown.deleted_at is null or exists (
    with recursive below as (
      select a.id, a.deleted_at from comment a where a.parent_id = shown.id and ${isTold('a')}
      union all
      select a.id, a.deleted_at from comment a join below on a.parent_id = below.id and below.deleted_at is not null
      where ${isTold('a')}
    )
    select 1 from below where deleted_at is null
  ))`;
}
