/**
 * An instant as the API spells it (ISO 8601 in UTC, to the millisecond) from one as PostgreSQL prints it: for a list's statement,
 * which gives it as text (`created_at::text`). A Date and its `toISOString` take fifteen times as long, which for 25 rows with three
 * instants each is a seventh of what a whole call takes.
 *
 * @param text a `timestamptz` in the zone of its session, which is UTC unless the server's settings say otherwise
 * @throws {RangeError} for what is no instant: `infinity`
 */
export function isoText(text: string): string {
  const isInUtc = text[4] === '-' && text[10] === ' ' && text[16] === ':' && text.endsWith('+00');
  if (!isInUtc) return new Date(text).toISOString();
  const milliseconds = text.slice(20, -3).slice(0, 3).padEnd(3, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`;
}
