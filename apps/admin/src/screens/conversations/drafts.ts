export type Draft = { readonly body: string; readonly isInternal: boolean };

const NO_DRAFT: Draft = { body: '', isInternal: false };

export type Drafts = {
  /** The same object for as long as nothing changes it. */
  readonly read: (key: string) => Draft;
  readonly write: (key: string, draft: Draft) => void;
  /** Puts back what could not be sent, before what has been typed since. */
  readonly putBack: (key: string, sent: Draft) => void;
  readonly subscribe: (listener: () => void) => () => void;
};

/**
 * What is typed and not sent, kept in the browser so that it survives going elsewhere, a reload and a failed call. Where
 * the browser keeps nothing (its storage is full or forbidden), it survives in this page alone.
 */
export function createDrafts(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): Drafts {
  const known = new Map<string, Draft>();
  const listeners = new Set<() => void>();

  const read = (key: string): Draft => {
    const held = known.get(key);
    if (held !== undefined) return held;
    const stored = load(storage, key);
    known.set(key, stored);
    return stored;
  };
  const write = (key: string, draft: Draft): void => {
    known.set(key, draft);
    try {
      if (draft.body.trim() === '') storage.removeItem(key);
      else storage.setItem(key, JSON.stringify(draft));
    } catch {
      // Full or forbidden: the page itself still has it.
    }
    for (const listener of listeners) listener();
  };
  return {
    read,
    write,
    putBack(key, sent) {
      const present = read(key);
      const body = present.body.trim() === '' ? sent.body : `${sent.body}\n\n${present.body}`;
      write(key, { body, isInternal: sent.isInternal });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function load(storage: Pick<Storage, 'getItem'>, key: string): Draft {
  try {
    const stored: unknown = JSON.parse(storage.getItem(key) ?? 'null');
    if (typeof stored !== 'object' || stored === null || !('body' in stored) || typeof stored.body !== 'string') return NO_DRAFT;
    return { body: stored.body, isInternal: 'isInternal' in stored && stored.isInternal === true };
  } catch {
    return NO_DRAFT;
  }
}
