import { ApiError } from './live-api.ts';
import { en, type Words } from './words-en.ts';

/** Languages that the script brings when they are asked for: `public/words/<language>.json`. */
export const TRANSLATED: readonly string[] = ['de', 'es', 'fr'];
const RIGHT_TO_LEFT: readonly string[] = ['ar', 'arc', 'ckb', 'dv', 'fa', 'he', 'ks', 'ps', 'sd', 'ug', 'ur', 'yi'];

const languageOf = (locale: string) => locale.toLowerCase().split(/[-_]/)[0] ?? 'en';

/** Brings the words of a locale; English where there are none, or they cannot be had. */
export async function loadWords(base: string, locale: string): Promise<Words> {
  const language = languageOf(locale);
  if (!TRANSLATED.includes(language)) return en;
  try {
    const answer = await fetch(`${base}/widget/words/${language}.json`, { credentials: 'omit', referrerPolicy: 'no-referrer' });
    return answer.ok ? { ...en, ...((await answer.json()) as Partial<Words>), language } : en;
  } catch {
    return en;
  }
}

export function directionOf(locale: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.includes(languageOf(locale)) ? 'rtl' : 'ltr';
}

/** Puts values into the places that a text keeps for them. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** What went wrong, in plain words. */
export function explain(words: Words, error: unknown): string {
  if (!(error instanceof ApiError)) return words.failed;
  if (error.code === 'RATE_LIMITED') return fill(words.failed_RATE_LIMITED, { n: error.retryAfter ?? 60 });
  if (error.code.endsWith('_NOT_FOUND')) return words.failed_NOT_FOUND;
  const code = error.code === 'INVALID_IDENTITY' ? 'UNAUTHORIZED' : error.code;
  const known: unknown = Reflect.get(words, `failed_${code}`);
  return typeof known === 'string' ? known : words.failed;
}

/** A point in time as people say it: the hour today, the date before. */
export function timeText(locale: string, at: string, now: Date): string {
  const date = new Date(at);
  const isToday = date.toDateString() === now.toDateString();
  const isThisYear = date.getFullYear() === now.getFullYear();
  const format: Intl.DateTimeFormatOptions = isToday
    ? { hour: 'numeric', minute: '2-digit' }
    : { day: 'numeric', month: 'short', ...(!isThisYear && { year: 'numeric' }) };
  try {
    return new Intl.DateTimeFormat(locale, format).format(date);
  } catch {
    return new Intl.DateTimeFormat('en', format).format(date);
  }
}
