/** What is typed, and not known to have arrived. */
export type Draft = {
  readonly body: string;
  /**
   * Under which its beginning has been sent already, and may have arrived: sent again under it, nothing is there twice.
   * Null for what has not been sent.
   */
  readonly messageId: string | null;
};

/** A message on its way. */
export type Sent = { readonly messageId: string; readonly body: string };

export type Drafts = {
  /** The same object for as long as nothing changes it. */
  readonly read: (key: string) => Draft;
  readonly write: (key: string, body: string) => void;
  /** Takes what is typed to send it; null if that is nothing. It stays stored until it has arrived: the page may be gone before. */
  readonly send: (key: string) => Sent | null;
  readonly isOnItsWay: (key: string, messageId: string) => boolean;
  readonly arrive: (key: string, messageId: string) => void;
  /** Puts back what was taken back, before what has been typed since. */
  readonly takeBack: (key: string, messageId: string) => void;
  /**
   * Puts back what could not be sent, and what waits behind it, before what has been typed since. `isTaken`: another text has
   * arrived under its id, so that this one needs its own.
   */
  readonly fail: (key: string, messageId: string, options: { readonly isTaken: boolean }) => void;
  readonly subscribe: (listener: () => void) => () => void;
};

type State = { readonly draft: Draft; readonly onItsWay: readonly Sent[] };
type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const NO_DRAFT: Draft = { body: '', messageId: null };

/**
 * What is typed and not sent, kept in the browser so that it survives going elsewhere, a reload and a failed call. Where
 * the browser keeps nothing (its storage is full or forbidden), it survives in this page alone.
 */
export function createDrafts(storage: DraftStorage, newId: () => string): Drafts {
  const known = new Map<string, State>();
  const listeners = new Set<() => void>();

  const stateOf = (key: string): State => {
    const held = known.get(key);
    if (held !== undefined) return held;
    // Whatever was on its way, the page that had sent it is gone.
    const { draft, onItsWay } = load(storage, key);
    const state = { draft: joined(onItsWay, draft), onItsWay: [] };
    known.set(key, state);
    return state;
  };
  const change = (key: string, state: State): void => {
    known.set(key, state);
    try {
      if (isBlank(state.draft.body) && state.onItsWay.length === 0) storage.removeItem(key);
      else storage.setItem(key, JSON.stringify(state));
    } catch {
      // Full or forbidden: the page itself still has it.
    }
    for (const listener of listeners) listener();
  };
  return {
    read: (key) => stateOf(key).draft,
    write(key, body) {
      const { draft, onItsWay } = stateOf(key);
      // Emptied, it is another text.
      change(key, { draft: isBlank(body) ? { body, messageId: null } : { ...draft, body }, onItsWay });
    },
    send(key) {
      const { draft, onItsWay } = stateOf(key);
      if (isBlank(draft.body)) return null;
      const sent = { messageId: draft.messageId ?? newId(), body: draft.body.trim() };
      change(key, { draft: NO_DRAFT, onItsWay: [...onItsWay, sent] });
      return sent;
    },
    isOnItsWay: (key, messageId) => stateOf(key).onItsWay.some((sent) => sent.messageId === messageId),
    arrive(key, messageId) {
      const { draft, onItsWay } = stateOf(key);
      change(key, { draft, onItsWay: onItsWay.filter((sent) => sent.messageId !== messageId) });
    },
    takeBack(key, messageId) {
      const { draft, onItsWay } = stateOf(key);
      const [back, others] = split(onItsWay, (sent) => sent.messageId === messageId);
      change(key, { draft: joined(back, draft), onItsWay: others });
    },
    fail(key, messageId, { isTaken }) {
      const { draft, onItsWay } = stateOf(key);
      const { body, messageId: earliest } = joined(onItsWay, draft);
      const isOwn = isTaken && earliest === messageId;
      change(key, { draft: { body, messageId: isOwn ? null : earliest }, onItsWay: [] });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** They leave one after the other, so that of several only the first can have arrived: its id is that of the whole. */
function joined(sent: readonly Sent[], draft: Draft): Draft {
  const [first] = sent;
  if (first === undefined) return draft;
  const bodies = [...sent, ...(isBlank(draft.body) ? [] : [draft])].map(({ body }) => body);
  return { body: bodies.join('\n\n'), messageId: first.messageId };
}

function split<Item>(items: readonly Item[], isIn: (item: Item) => boolean): readonly [Item[], Item[]] {
  return [items.filter(isIn), items.filter((item) => !isIn(item))];
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function load(storage: Pick<Storage, 'getItem'>, key: string): State {
  try {
    const stored: unknown = JSON.parse(storage.getItem(key) ?? 'null');
    if (typeof stored !== 'object' || stored === null) return { draft: NO_DRAFT, onItsWay: [] };
    const onItsWay: unknown = 'onItsWay' in stored ? stored.onItsWay : [];
    return {
      draft: 'draft' in stored ? toDraft(stored.draft) : NO_DRAFT,
      onItsWay: Array.isArray(onItsWay) ? onItsWay.map(toDraft).filter(isSent) : [],
    };
  } catch {
    return { draft: NO_DRAFT, onItsWay: [] };
  }
}

function toDraft(stored: unknown): Draft {
  if (typeof stored !== 'object' || stored === null || !('body' in stored) || typeof stored.body !== 'string') return NO_DRAFT;
  return {
    body: stored.body,
    messageId: 'messageId' in stored && typeof stored.messageId === 'string' ? stored.messageId : null,
  };
}

function isSent(draft: Draft): draft is Sent {
  return draft.messageId !== null;
}
