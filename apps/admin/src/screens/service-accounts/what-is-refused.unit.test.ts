import { expect, it } from 'vitest';
import { whatIsRefused } from './what-is-refused.ts';

it.each([
  [0, 0, 'It has no active keys.'],
  [1, 0, 'Its 1 active key is refused from the next call on.'],
  [2, 0, 'Its 2 active keys are refused from the next call on.'],
  [0, 1, '1 key of other owners that was made with its keys is refused from the next call on.'],
  [1, 3, 'Its 1 active key, and 3 keys of other owners that were made with its keys are refused from the next call on.'],
])('of %i keys and %i of others it tells which are refused', (activeKeyCount, activeDependentKeyCount, text) => {
  expect(whatIsRefused({ activeKeyCount, activeDependentKeyCount })).toBe(text);
});
