import type { catalogueSchemas } from '@reqbase/core/contract';
import { expect, it } from 'vitest';
import { doneText, isDecidable, presentDecision } from './decision.ts';

const finding = (change: Partial<catalogueSchemas.Finding>) =>
  ({ state: 'open', reason: null, ignoredUntil: null, ...change }) as catalogueSchemas.Finding;

it.each([
  [{}, { state: 'open' }],
  // The time of what is open again has passed.
  [{ reason: 'Known', ignoredUntil: '2026-01-01T00:00:00.000Z' }, { state: 'open' }],
  [{ state: 'accepted' as const }, { state: 'accepted' }],
  [
    { state: 'ignored' as const, reason: 'Known', ignoredUntil: '2027-01-01T00:00:00.000Z' },
    { state: 'ignored', reason: 'Known', ignoredUntil: '2027-01-01T00:00:00.000Z' },
  ],
])('a decision over %o is taken back by %o', (change, decision) => {
  expect(presentDecision(finding(change))).toEqual(decision);
});

it('what a scan has resolved is not for people to decide', () => {
  expect(isDecidable({ state: 'resolved' })).toBe(false);
  expect(() => presentDecision(finding({ state: 'resolved' }))).toThrow('not decided');
});

it('says how many were decided how', () => {
  expect([doneText(1, 'accepted'), doneText(3, 'open')]).toEqual(['1 finding is accepted.', '3 findings are open again.']);
});
