import type { notificationSchemas } from '@reqbase/core/contract';

export type LiveUpdate = notificationSchemas.LiveUpdate;

type Observer = {
  readonly onData: (event: { readonly id: string; readonly data: LiveUpdate }) => void;
  readonly onConnectionStateChange: (change: { readonly state: 'idle' | 'connecting' | 'pending' }) => void;
  readonly onStopped: () => void;
  readonly onError: (error: unknown) => void;
};
/** Opens the stream after the event of that id, or at the present. */
export type Subscribe = (lastEventId: string | undefined, observer: Observer) => { readonly unsubscribe: () => void };

export type WatchOptions = {
  readonly subscribe: Subscribe;
  readonly onUpdate: (update: LiveUpdate) => void;
  /** Says whether events come in. */
  readonly onConnected: (isConnected: boolean) => void;
};

export type Watch = {
  /** Closes the stream and keeps its place: what happens meanwhile comes with `resume`. */
  readonly pause: () => void;
  /** Opens it at once, also when it was only waiting for its next attempt. */
  readonly resume: () => void;
};

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Watches a project, for as long as it is not paused, over however many connections. A short interruption the browser and
 * tRPC mend by themselves; what they give up on (an answer of 502 while the server restarts) is opened anew here, after
 * the last event that came, so that none is missed.
 */
export function watchProject({ subscribe, onUpdate, onConnected }: WatchOptions): Watch {
  let lastEventId: string | undefined;
  let subscription: { readonly unsubscribe: () => void } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;

  const close = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const open = subscription;
    subscription = null;
    open?.unsubscribe();
  };
  const open = (): void => {
    close();
    // What an earlier stream still says after its end is not this one's.
    const isPresent = () => subscription === mine;
    const again = (): void => {
      if (!isPresent()) return;
      close();
      onConnected(false);
      timer = setTimeout(open, waitBefore(attempts++));
    };
    const mine = {
      unsubscribe: () => {
        inner?.unsubscribe();
      },
    };
    subscription = mine;
    let inner: { readonly unsubscribe: () => void } | null = null;
    inner = subscribe(lastEventId, {
      onData: ({ id, data }) => {
        if (!isPresent()) return;
        lastEventId = id;
        attempts = 0;
        onUpdate(data);
      },
      onConnectionStateChange: ({ state }) => {
        if (isPresent() && state !== 'idle') onConnected(state === 'pending');
      },
      onStopped: again,
      onError: again,
    });
    if (!isPresent()) inner.unsubscribe();
  };

  return {
    pause: close,
    resume: () => {
      if (subscription === null) open();
    },
  };
}

/** Twice as long with every attempt, and never all browsers of a team in the same moment. */
function waitBefore(attempts: number): number {
  const longest = Math.min(FIRST_WAIT_MS * 2 ** attempts, LONGEST_WAIT_MS);
  return longest * (0.5 + Math.random() / 2);
}
