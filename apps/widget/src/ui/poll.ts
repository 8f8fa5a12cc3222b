import { useEffect, useRef } from 'preact/hooks';

const LONGEST_MS = 120_000;

/** How long to wait after so many failures in a row. */
export function pauseMs(every: number, failures: number): number {
  return Math.min(LONGEST_MS, every * 2 ** Math.min(failures, 10));
}

/** Asks again and again while the page is looked at: more seldom after failures, and at once when it is looked at again. */
export function startPolling(every: number, ask: () => Promise<unknown>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isStopped = false;
  const plan = () => {
    clearTimeout(timer);
    if (!isStopped && document.visibilityState === 'visible') timer = setTimeout(turn, pauseMs(every, failures));
  };
  const turn = () => {
    ask()
      .then(
        () => {
          failures = 0;
        },
        () => {
          failures++;
        },
      )
      .finally(plan);
  };
  const onVisible = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') turn();
  };
  document.addEventListener('visibilitychange', onVisible);
  plan();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
}

export function usePolling(every: number, ask: () => Promise<unknown>): void {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => startPolling(every, () => latest.current()), [every]);
}
