import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createHold, TakenBack } from './hold.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets go after its time, once, and cannot be taken back then', async () => {
  const hold = createHold(5_000);
  const listener = vi.fn();
  hold.subscribe(listener);
  await vi.advanceTimersByTimeAsync(4_999);
  expect([hold.isHeld(), listener.mock.calls.length]).toEqual([true, 0]);
  await vi.advanceTimersByTimeAsync(1);
  await hold.passed;
  hold.takeBack();
  expect([hold.isHeld(), hold.isTakenBack(), listener.mock.calls.length]).toEqual([false, false, 1]);
});

it('taken back never lets go, also when nothing waits for it yet', async () => {
  const hold = createHold(5_000);
  hold.takeBack();
  hold.leaveNow();
  await vi.advanceTimersByTimeAsync(10_000);
  await expect(hold.passed).rejects.toThrow(TakenBack);
  expect([hold.isHeld(), hold.isTakenBack()]).toEqual([false, true]);
});

it('lets go at once when nobody is there any more to take it back', async () => {
  const hold = createHold(5_000);
  hold.leaveNow();
  await hold.passed;
  expect(vi.getTimerCount()).toBe(0);
});

it('tells nobody who has stopped listening', () => {
  const hold = createHold(5_000);
  const listener = vi.fn();
  hold.subscribe(listener)();
  hold.takeBack();
  expect(listener).not.toHaveBeenCalled();
});
