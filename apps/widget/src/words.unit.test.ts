import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiError } from './live-api.ts';
import { directionOf, explain, fill, TRANSLATED, timeText } from './words.ts';
import { en } from './words-en.ts';

const WORDS = join(import.meta.dirname, '..', 'public', 'words');
const { language: _own, ...english } = en;
const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe.each(readdirSync(WORDS))('%s', (file) => {
  const words = JSON.parse(readFileSync(join(WORDS, file), 'utf8')) as Record<string, string>;

  it('says everything, and keeps the same places for values', () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) expect([key, places(words[key] ?? '')]).toEqual([key, places(text)]);
  });

  it('is one of the languages that the script asks for', () => {
    expect(TRANSLATED).toContain(file.replace('.json', ''));
  });
});

it('every failure is told in plain words', () => {
  expect(explain(en, new ApiError('RATE_LIMITED', 12))).toContain('12 seconds');
  expect(explain(en, new ApiError('INVALID_IDENTITY'))).toBe(en.failed_UNAUTHORIZED);
  expect(explain(en, new ApiError('FEATURE_NOT_FOUND'))).toBe(en.failed_NOT_FOUND);
  for (const error of [new ApiError('INTERNAL_ERROR'), new ApiError('constructor'), new TypeError('x')])
    expect(explain(en, error)).toBe(en.failed);
});

it('values go into their places, and what has none stays', () => {
  expect(fill('{n} of {of}, {other}', { n: 1, of: '$&' })).toBe('1 of $&, {other}');
});

it('the direction is that of the language', () => {
  expect(['ar-EG', 'he', 'fa_IR', 'en', 'de-CH'].map(directionOf)).toEqual(['rtl', 'rtl', 'rtl', 'ltr', 'ltr']);
});

it('a point in time is told by the hour today and by the date before, in any locale', () => {
  const now = new Date('2026-03-14T10:20:30Z');
  expect(timeText('en', '2026-03-14T09:05:00Z', now)).toMatch(/\d:05/);
  expect(timeText('en', '2026-03-10T09:05:00Z', now)).toBe('Mar 10');
  expect(timeText('de', '2025-03-10T09:05:00Z', now)).toContain('2025');
  expect(timeText('not a locale', '2026-03-10T09:05:00Z', now)).toBe('Mar 10');
});
