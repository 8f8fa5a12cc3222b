import { useSyncExternalStore } from 'react';

/** For so long what reaches a requester can be taken back. Source: wire-facts, Reqio, feature model. */
export const UNDO_MS = 5_000;

/** Of every mutation that waits in a hold or is on its way after it: what the page asks about before it is closed. */
export const HELD = 'held';

/** A moment before something leaves, in which it can be taken back. */
export type Hold = {
  /** Resolves when it may leave; rejects with `TakenBack`. */
  readonly passed: Promise<void>;
  readonly takeBack: () => void;
  /** Ends the wait: nobody is there any more who could take it back. */
  readonly leaveNow: () => void;
  readonly isHeld: () => boolean;
  readonly isTakenBack: () => boolean;
  readonly subscribe: (listener: () => void) => () => void;
};

export class TakenBack extends Error {
  override readonly name = 'TakenBack';
}

export function createHold(milliseconds: number): Hold {
  const { promise: passed, resolve, reject } = Promise.withResolvers<void>();
  const listeners = new Set<() => void>();
  let state: 'held' | 'left' | 'taken back' = 'held';
  const end = (as: 'left' | 'taken back') => {
    if (state !== 'held') return;
    state = as;
    clearTimeout(timer);
    if (as === 'left') resolve();
    else reject(new TakenBack());
    for (const listener of listeners) listener();
  };
  const timer = setTimeout(() => end('left'), milliseconds);
  // It may be taken back before anything waits for it.
  passed.catch(() => undefined);
  return {
    passed,
    takeBack: () => end('taken back'),
    leaveNow: () => end('left'),
    isHeld: () => state === 'held',
    isTakenBack: () => state === 'taken back',
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Says whether it can still be taken back. */
export function useIsHeld(hold: Hold | null): boolean {
  return useSyncExternalStore(hold?.subscribe ?? subscribeToNothing, () => hold?.isHeld() ?? false);
}

const subscribeToNothing = () => () => undefined;
