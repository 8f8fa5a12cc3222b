type Entry = { readonly createdAt: string; readonly actorId: string | null };

/**
 * Up to when the feed had been seen: entries after that, of others, are new.
 *
 * @param latest the feed, latest first
 * @param unread how many of the latest are new; what somebody does themselves is no news to them
 */
export function seenUntil(latest: readonly Entry[], unread: number, ownId: string | null): string {
  let left = unread;
  for (const { createdAt, actorId } of latest) {
    if (left === 0) return createdAt;
    if (!isOwn(actorId, ownId)) left -= 1;
  }
  return '';
}

export function isNew({ createdAt, actorId }: Entry, until: string, ownId: string | null): boolean {
  return createdAt > until && !isOwn(actorId, ownId);
}

function isOwn(actorId: string | null, ownId: string | null): boolean {
  return actorId !== null && actorId === ownId;
}
