import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveUpdate, type Subscribe, watchProject } from './watch-project.ts';

type Stream = { readonly after: string | undefined; readonly observer: Parameters<Subscribe>[1]; isOpen: boolean };

const LONG_MS = 30_000;
const update: LiveUpdate = { kind: 'conversation', conversationId: 'c', featureId: null, notificationId: null };

function started() {
  const streams: Stream[] = [];
  const updates: LiveUpdate[] = [];
  const states: boolean[] = [];
  const watch = watchProject({
    subscribe: (after, observer) => {
      const stream = { after, observer, isOpen: true };
      streams.push(stream);
      return {
        unsubscribe: () => {
          stream.isOpen = false;
        },
      };
    },
    onUpdate: (each) => updates.push(each),
    onConnected: (isConnected) => states.push(isConnected),
  });
  watch.resume();
  const last = () => {
    const stream = streams.at(-1);
    if (stream === undefined) throw new Error('no stream');
    return stream;
  };
  return { watch, streams, updates, states, last };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a watch', () => {
  it('begins at the present, and tells what comes', () => {
    const { last, updates, states } = started();
    expect(last().after).toBeUndefined();
    last().observer.onConnectionStateChange({ state: 'connecting' });
    last().observer.onConnectionStateChange({ state: 'pending' });
    last().observer.onData({ id: '7', data: update });
    expect(updates).toEqual([update]);
    expect(states).toEqual([false, true]);
  });

  it.each(['onError', 'onStopped'] as const)('goes on after the last event once its stream ends by %s', (end) => {
    const { last, streams, states } = started();
    last().observer.onData({ id: '7', data: update });
    last().observer[end](new Error('502'));
    expect(states.at(-1)).toBe(false);
    vi.advanceTimersByTime(LONG_MS);
    expect(streams).toHaveLength(2);
    expect(streams[0]?.isOpen).toBe(false);
    expect(last().after).toBe('7');
  });

  it('tries less and less often, at least every half minute, and soon again once it has had an event', () => {
    const { last, streams } = started();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      const began = Date.now();
      last().observer.onError(new Error('502'));
      vi.advanceTimersToNextTimer();
      waits.push(Date.now() - began);
    }
    expect(streams).toHaveLength(13);
    expect(Math.max(...waits)).toBeLessThanOrEqual(LONG_MS);
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0);
    last().observer.onData({ id: '7', data: update });
    const began = Date.now();
    last().observer.onError(new Error('502'));
    vi.advanceTimersToNextTimer();
    expect(Date.now() - began).toBeLessThanOrEqual(1_000);
  });

  it('that is paused has no stream and makes no attempt, and resumes where it was', () => {
    const { watch, last, streams } = started();
    last().observer.onData({ id: '7', data: update });
    watch.pause();
    expect(last().isOpen).toBe(false);
    last().observer.onStopped();
    vi.advanceTimersByTime(LONG_MS);
    expect(streams).toHaveLength(1);
    watch.resume();
    watch.resume();
    expect(streams).toHaveLength(2);
    expect(last().after).toBe('7');
  });

  it('resumes at once while it waits for its next attempt, and then makes that attempt no more', () => {
    const { watch, last, streams } = started();
    last().observer.onError(new Error('502'));
    watch.resume();
    expect(streams).toHaveLength(2);
    vi.advanceTimersByTime(LONG_MS);
    expect(streams).toHaveLength(2);
  });

  it('takes nothing from a stream that it has closed', () => {
    const { watch, streams, updates, last } = started();
    watch.pause();
    watch.resume();
    streams[0]?.observer.onData({ id: '3', data: update });
    streams[0]?.observer.onError(new Error('late'));
    expect(updates).toEqual([]);
    expect(last().isOpen).toBe(true);
  });

  it('that fails while it is being opened is tried again', () => {
    let calls = 0;
    const watch = watchProject({
      subscribe: (_after, observer) => {
        calls++;
        observer.onError(new Error('at once'));
        return { unsubscribe: () => {} };
      },
      onUpdate: () => {},
      onConnected: () => {},
    });
    watch.resume();
    vi.advanceTimersToNextTimer();
    expect(calls).toBe(2);
    watch.pause();
  });
});
