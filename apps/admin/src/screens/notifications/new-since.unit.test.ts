import { describe, expect, it } from 'vitest';
import { isNew, seenUntil } from './new-since.ts';

const ME = 'me';
const entry = (minute: number, actorId: string | null = 'somebody') => ({
  createdAt: `2026-11-21T10:${String(minute).padStart(2, '0')}:00.000Z`,
  actorId,
});
const newOnes = (latest: ReturnType<typeof entry>[], unread: number) => {
  const until = seenUntil(latest, unread, ME);
  return latest.filter((each) => isNew(each, until, ME)).length;
};

describe('what is new in the feed', () => {
  it('are as many of the latest as are unread', () => {
    const feed = [entry(4), entry(3, null), entry(2), entry(1)];
    for (const unread of [0, 1, 2, 3, 4]) expect(newOnes(feed, unread)).toBe(unread);
  });

  it('is nothing of one’s own, which is not counted either', () => {
    const feed = [entry(4, ME), entry(3), entry(2, ME), entry(1)];
    expect(newOnes(feed, 1)).toBe(1);
    expect(newOnes(feed, 2)).toBe(2);
  });

  it('is the whole page where more than that is unread', () => {
    expect(newOnes([entry(2), entry(1)], 40)).toBe(2);
  });

  it('is also what comes in later', () => {
    const until = seenUntil([entry(2), entry(1)], 0, ME);
    expect(isNew(entry(3), until, ME)).toBe(true);
  });
});
