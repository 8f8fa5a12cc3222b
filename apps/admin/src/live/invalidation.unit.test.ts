import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOptionsProxy } from '../trpc.ts';
import { type Changes, NO_CHANGES, withUpdate } from './concerned.ts';
import { createInvalidation, invalidate } from './invalidation.ts';
import type { LiveUpdate } from './watch-project.ts';

const LONG_MS = 5_000;
const about = (conversationId: string): LiveUpdate => ({
  kind: 'conversation',
  conversationId,
  featureId: null,
  notificationId: null,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function collected({ readingMs = 0 } = {}) {
  const batches: (string | null)[][] = [];
  const readAgain = async ({ conversationIds }: Changes) => {
    batches.push([...conversationIds]);
    await new Promise((resolve) => setTimeout(resolve, readingMs));
  };
  return { batches, tell: createInvalidation(readAgain) };
}

it('what comes in one moment is read again at once and together', async () => {
  const { batches, tell } = collected();
  for (const id of ['a', 'b', 'a']) tell(about(id));
  await vi.advanceTimersByTimeAsync(0);
  expect(batches).toEqual([['a', 'b']]);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(batches).toHaveLength(1);
});

it('what comes while something is read waits for the end of it, and is not lost', async () => {
  const { batches, tell } = collected({ readingMs: 1_000 });
  tell(about('a'));
  await vi.advanceTimersByTimeAsync(10);
  tell(about('a'));
  tell(about('b'));
  await vi.advanceTimersByTimeAsync(900);
  expect(batches).toEqual([['a']]);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(batches).toEqual([['a'], ['a', 'b']]);
});

it('a storm of updates is read in few goes, and its last update too', async () => {
  const { batches, tell } = collected({ readingMs: 50 });
  for (let moment = 0; moment < 100; moment++) {
    tell(about('a'));
    await vi.advanceTimersByTimeAsync(10);
  }
  tell(about('last'));
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(batches.length).toBeLessThan(10);
  expect(batches.at(-1)).toContain('last');
});

it('a reading that fails does not end it', async () => {
  const batches: (string | null)[][] = [];
  const tell = createInvalidation(({ conversationIds }) => {
    batches.push([...conversationIds]);
    return Promise.reject(new Error('refused'));
  });
  tell(about('a'));
  await vi.advanceTimersByTimeAsync(LONG_MS);
  tell(about('b'));
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(batches).toEqual([['a'], ['b']]);
});

it.each(['under way for the first time', 'under way again'])(
  'what is %s when something changes is read once more',
  async (when) => {
    const queryClient = new QueryClient();
    const trpc = createOptionsProxy(queryClient);
    const queryKey = trpc.conversations.get.queryKey({ projectId: 'demo', id: 'a' });
    let changes = 0;
    const queryFn = async () => {
      const read = changes;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return read;
    };
    if (when === 'under way again') queryClient.setQueryData([...queryKey], -1);
    const observer = new QueryObserver<number>(queryClient, { queryKey: [...queryKey], queryFn });
    const leave = observer.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(500);
    changes++;
    void invalidate(queryClient, trpc, 'demo', withUpdate(NO_CHANGES, about('a')));
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(observer.getCurrentResult().data).toBe(1);
    leave();
  },
);
