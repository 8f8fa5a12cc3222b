const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const dayMonth = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** The distance in the largest unit that fits: "3 days ago", "in 2 months", "just now". */
export function relativeTime(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1_000);
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

const SHORT_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** A length of time in the largest unit that fits, from minutes to days: "3 h". */
export function duration(milliseconds: number): string {
  for (const [unit, size] of SHORT_UNITS) {
    if (milliseconds >= size) return `${Math.trunc(milliseconds / size)} ${unit}`;
  }
  return '1 min';
}

/** Date and time of day, in the reader's zone. */
export function absoluteTime(at: Date): string {
  return absolute.format(at);
}

/** A UTC day (`2026-11-21`) as "Nov 21". */
export function shortDay(day: string): string {
  return dayMonth.format(new Date(`${day}T00:00:00Z`));
}
