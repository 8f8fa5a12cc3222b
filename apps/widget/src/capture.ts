import { bareText, bareUrl, redacted } from '@reqbase/core/redact';
import type { Diagnostics } from './contract.ts';

const MAX_ERRORS = 20;
const MAX_CALLS = 30;

type Captured = Pick<Diagnostics, 'errors' | 'network'>;
export type Capture = {
  /** What went wrong on the page lately. */
  readonly read: () => Captured;
  /** Puts back what was replaced, and forgets. */
  readonly stop: () => void;
};

/** Adds to a list that never grows past `max`. */
function pushBounded<Item>(list: Item[], item: Item, max: number): void {
  list.push(item);
  if (list.length > max) list.splice(0, list.length - max);
}

/** What was logged or thrown, in words: bounded, and without what reads like a secret. */
export function describe(values: readonly unknown[]): string {
  const words = values.slice(0, 5).map((value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    try {
      return JSON.stringify(value) ?? String(value);
    } catch {
      return Object.prototype.toString.call(value);
    }
  });
  // Cut before, so that a long text costs little, and after, since a word may have grown.
  return bareText(words.join(' ').slice(0, 2_000)).slice(0, 1_000);
}

/**
 * Listens for errors and failed calls of the page. Kept of a call: address without query, method, status, duration. Never
 * a header, never a body. Whatever of the page's is replaced behaves as before.
 */
export function startCapture(page: Window & typeof globalThis, isOwn: (url: string) => boolean): Capture {
  const errors: Captured['errors'] = [];
  const network: Captured['network'] = [];
  const now = () => new Date().toISOString();

  const addError = (values: readonly unknown[], source?: string) => {
    try {
      const message = describe(values);
      if (message === '') return;
      pushBounded(errors, { at: now(), message, ...(source && { source: bareUrl(source).slice(0, 500) }) }, MAX_ERRORS);
    } catch {
      // An object that throws when it is looked at must not break the page.
    }
  };
  const addCall = (method: string, url: string, status: number, startedAt: number) => {
    if (isOwn(url)) return;
    const call = {
      at: now(),
      url: bareUrl(url, page.location.href).slice(0, 2_000),
      method: /^[a-z]{1,20}$/i.test(method) ? method.toUpperCase() : 'GET',
      status,
      durationMs: Math.round(performance.now() - startedAt),
    };
    pushBounded(network, call, MAX_CALLS);
  };

  const onError = (event: ErrorEvent) => addError([event.error ?? event.message], event.filename);
  const onRejection = (event: PromiseRejectionEvent) => addError([event.reason]);
  page.addEventListener('error', onError);
  page.addEventListener('unhandledrejection', onRejection);

  const restores = [
    replaced(page.console, 'error', (original) => (...values: unknown[]) => {
      addError(values);
      original.apply(page.console, values);
    }),
    replaced(page, 'fetch', (original) => async (...args: Parameters<typeof fetch>) => {
      const startedAt = performance.now();
      const [target, options] = args;
      const request = target instanceof Request ? target : null;
      const report = (status: number) => {
        const method = options?.method ?? request?.method ?? 'GET';
        addCall(method, request?.url ?? `${target as string | URL}`, status, startedAt);
      };
      try {
        const answer = await original.apply(page, args);
        if (answer.status >= 400) report(answer.status);
        return answer;
      } catch (error) {
        // A call that the page itself gave up is no failure.
        if (!(error instanceof DOMException && error.name === 'AbortError')) report(0);
        throw error;
      }
    }),
    watchRequests(page, addCall),
  ];

  return {
    read: () => ({ errors: [...errors], network: [...network] }),
    stop() {
      page.removeEventListener('error', onError);
      page.removeEventListener('unhandledrejection', onRejection);
      for (const restore of restores) restore();
      errors.length = 0;
      network.length = 0;
    },
  };
}

function watchRequests(
  page: Window & typeof globalThis,
  addCall: (...call: [string, string, number, number]) => void,
): () => void {
  const calls = new WeakMap<XMLHttpRequest, { method: string; url: string; startedAt: number }>();
  const { prototype } = page.XMLHttpRequest;
  const restoreOpen = replaced(
    prototype,
    'open',
    (original) =>
      function open(this: XMLHttpRequest, ...args: unknown[]) {
        calls.set(this, { method: String(args[0]), url: String(args[1]), startedAt: 0 });
        return (original as (...all: unknown[]) => void).apply(this, args);
      },
  );
  const restoreSend = replaced(
    prototype,
    'send',
    (original) =>
      function send(this: XMLHttpRequest, ...args: unknown[]) {
        const call = calls.get(this);
        if (call !== undefined) {
          call.startedAt = performance.now();
          let isAborted = false;
          this.addEventListener(
            'abort',
            () => {
              isAborted = true;
            },
            { once: true },
          );
          this.addEventListener(
            'loadend',
            () => {
              if (!isAborted && (this.status === 0 || this.status >= 400))
                addCall(call.method, call.url, this.status, call.startedAt);
            },
            { once: true },
          );
        }
        return (original as (...all: unknown[]) => void).apply(this, args);
      },
  );
  return () => {
    restoreSend();
    restoreOpen();
  };
}

/** Replaces a function of the page's; undoing it leaves alone what others have put over it since. */
function replaced<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  wrap: (original: Owner[Name]) => Owner[Name],
): () => void {
  const original = owner[name];
  if (typeof original !== 'function') return () => {};
  const replacement = wrap(original);
  try {
    owner[name] = replacement;
  } catch {
    // Frozen by the page: then nothing is captured of it.
    return () => {};
  }
  return () => {
    if (owner[name] === replacement) owner[name] = original;
  };
}

/** What there is to say of the page and its browser, beside what was captured. */
export function snapshot({ errors, network }: Captured): Diagnostics {
  const { navigator, screen, document, innerWidth, innerHeight, devicePixelRatio } = window;
  const connection: unknown = Reflect.get(navigator, 'connection');
  const effectiveType: unknown =
    typeof connection === 'object' && connection !== null ? Reflect.get(connection, 'effectiveType') : null;
  return redacted({
    errors,
    network,
    online: navigator.onLine,
    language: navigator.language,
    referrer: document.referrer === '' ? null : document.referrer,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    userAgent: navigator.userAgent.slice(0, 500),
    connection: typeof effectiveType === 'string' ? effectiveType : null,
    devicePixelRatio,
    screen: { width: screen.width, height: screen.height },
    viewport: { width: innerWidth, height: innerHeight },
    capturedAt: new Date().toISOString(),
  });
}
