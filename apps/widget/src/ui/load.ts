import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../contract.ts';

export type Loaded<Value> =
  | { readonly state: 'pending' }
  | { readonly state: 'failed'; readonly error: unknown; readonly retry: () => void }
  | { readonly state: 'ready'; readonly value: Value };

/** Loads when shown, and again when `name` changes. An answer that comes too late is not taken. */
export function useLoad<Value>(name: string, load: () => Promise<Value>): Loaded<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value>>({ state: 'pending' });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // Loaded anew by name and attempt, not whenever the function is made anew
  useEffect(() => {
    let isWanted = true;
    setLoaded({ state: 'pending' });
    latest.current().then(
      (value) => isWanted && setLoaded({ state: 'ready', value }),
      (error: unknown) => isWanted && setLoaded({ state: 'failed', error, retry: () => setAttempt((n) => n + 1) }),
    );
    return () => {
      isWanted = false;
    };
  }, [name, attempt]);
  return loaded;
}

export type Pages<Item> = {
  readonly items: readonly Item[];
  readonly more: (() => void) | null;
  readonly change: (items: (items: readonly Item[]) => readonly Item[]) => void;
};

/** A list that grows page by page. */
export function usePages<Item>(name: string, load: (cursor?: string) => Promise<Page<Item>>): Loaded<Pages<Item>> {
  const first = useLoad(name, () => load());
  const [items, setItems] = useState<readonly Item[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const page = first.state === 'ready' ? first.value : null;
  const [shown, setShown] = useState<Page<Item> | null>(null);
  if (page !== shown) {
    setShown(page);
    setItems(page?.items ?? []);
    setCursor(page?.nextCursor ?? null);
  }
  const more = useCallback(() => {
    if (cursor === null) return;
    setCursor(null);
    load(cursor).then(
      (next) => {
        setItems((before) => [...before, ...next.items]);
        setCursor(next.nextCursor);
      },
      () => setCursor(cursor),
    );
  }, [cursor, load]);
  if (first.state !== 'ready') return first;
  return { state: 'ready', value: { items, more: cursor === null ? null : more, change: setItems } };
}

/** An act that is under way at most once, and what became of it. */
export function useAct(): { isBusy: boolean; error: unknown; run: (act: () => Promise<void>) => void; clear: () => void } {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const busy = useRef(false);
  const run = useCallback((act: () => Promise<void>) => {
    if (busy.current) return;
    busy.current = true;
    setIsBusy(true);
    setError(null);
    act()
      .catch((failure: unknown) => setError(failure))
      .finally(() => {
        busy.current = false;
        setIsBusy(false);
      });
  }, []);
  return { isBusy, error, run, clear: () => setError(null) };
}
