import { expect, it } from 'vitest';
import { parseSearch, stringifySearch } from './search-params.ts';

it('repeats a parameter for each item of a list and reads it back', () => {
  const search = stringifySearch({ status: ['NEEDS_ACTION', 'COMPLETED'], q: 'dark mode & more', tag: undefined });
  expect(search).toBe('?status=NEEDS_ACTION&status=COMPLETED&q=dark+mode+%26+more');
  expect(parseSearch(search)).toEqual({ status: ['NEEDS_ACTION', 'COMPLETED'], q: 'dark mode & more' });
});

it('writes nothing for an empty search', () => {
  expect(stringifySearch({ tag: [], q: undefined })).toBe('');
});
