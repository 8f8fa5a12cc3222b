import type { Config } from './contract.ts';

type Hours = NonNullable<Config['operatingHours']>;

/** Weekday and minute of the day at `now` in the team's own time zone. */
function localTime(now: Date, timezone: string): { day: string; minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return { day: part('weekday').toLowerCase(), minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

function minuteOf(time: string): number {
  const [hour = '0', minute = '0'] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

/** Whether somebody of the team is there now. Without hours, and in a time zone that the browser does not know, nothing is said. */
export function isTeamThere(hours: Hours | null, now: Date): boolean | null {
  if (hours === null) return null;
  try {
    const { day, minute } = localTime(now, hours.timezone);
    return hours.days.some((each) => each.day === day && minuteOf(each.from) <= minute && minute < minuteOf(each.to));
  } catch {
    return null;
  }
}
