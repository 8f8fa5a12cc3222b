/** Announcements a project may send in a UTC day. */
export const MAX_A_DAY = 3;

/** How many of the latest announcements are of the UTC day of `now`. */
export function sentToday(latest: readonly { readonly createdAt: string }[], now: Date): number {
  const today = now.toISOString().slice(0, 10);
  return latest.filter(({ createdAt }) => createdAt.slice(0, 10) === today).length;
}
