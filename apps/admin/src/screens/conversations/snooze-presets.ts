export type SnoozePreset = { readonly label: string; readonly until: Date };

const LATER_HOURS = 3;
const MORNING = 9;
/** After this hour, later today is no longer today's work. */
const LAST_HOUR = 20;
const MONDAY = 1;
const HALF_HOUR_MS = 1_800_000;

/** Until when a conversation can be put aside with one click; all of it in the reader's time zone. */
export function snoozePresets(now: Date): SnoozePreset[] {
  const later = new Date(Math.ceil(now.getTime() / HALF_HOUR_MS) * HALF_HOUR_MS);
  later.setHours(later.getHours() + LATER_HOURS);
  const isToday = later.getDate() === now.getDate() && later.getHours() <= LAST_HOUR;
  const tomorrow = morningIn(now, 1);
  const monday = morningIn(now, (7 + MONDAY - now.getDay()) % 7 || 7);
  return [
    ...(isToday ? [{ label: 'Later today', until: later }] : []),
    { label: 'Tomorrow', until: tomorrow },
    ...(monday.getTime() === tomorrow.getTime() ? [] : [{ label: 'Next Monday', until: monday }]),
  ];
}

/** By the calendar and not by hours: nine o'clock stays nine o'clock when the clocks change. */
function morningIn(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

const TIME = { hour: 'numeric', minute: '2-digit' } as const;
const SOON_DAYS = 6;

/** When that is, as short as it is clear. */
export function shortInstant(until: Date, now: Date): string {
  if (until.toDateString() === now.toDateString()) return until.toLocaleString('en', TIME);
  if (until > now && until < morningIn(now, SOON_DAYS)) return until.toLocaleString('en', { weekday: 'short', ...TIME });
  return until.toLocaleString('en', { weekday: 'short', day: 'numeric', month: 'short', ...TIME });
}

/** An instant as `<input type="datetime-local">` writes it, in the reader's time zone, to the minute. */
export function toLocalInput(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Reads what such an input holds; null for what is no time or does not lie in the future. */
export function fromLocalInput(text: string, now: Date): Date | null {
  const at = new Date(text);
  return text !== '' && at > now ? at : null;
}
