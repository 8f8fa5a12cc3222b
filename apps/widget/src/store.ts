import type { Category, Config, Request, Submission } from './contract.ts';
import type { Picture } from './picture.ts';
import type { Words } from './words-en.ts';

export type View =
  | { readonly name: 'home' | 'browse' | 'mine' | 'messages' | 'news' }
  | { readonly name: 'form' | 'sent'; readonly category: Category }
  | { readonly name: 'request'; readonly id: string; readonly known: Request | null }
  /** Without a conversation: one is begun about the request. */
  | {
      readonly name: 'thread';
      readonly conversationId: string | null;
      readonly featureId: string | null;
      readonly title: string;
    };

export type State = {
  readonly config: Config;
  readonly words: Words;
  readonly isOpen: boolean;
  /** The last one is shown; the others are the way back. */
  readonly views: readonly View[];
  readonly unread: number;
};

/** What somebody has begun to write, kept until it is sent, however often the panel is closed. */
export type Draft = {
  title: string;
  text: string;
  doing: string;
  expected: string;
  happened: string;
  rating: number;
  email: string;
  name: string;
  picture: Picture | null;
  withDiagnostics: boolean;
  /** Names the submission, so that one sent again after a lost answer is not a second one. */
  key: string;
  /** As it was sent: sent again, it is the same to the letter. */
  sent: Submission | null;
  step: number;
};

export type Store<Value> = {
  readonly get: () => Value;
  readonly set: (change: Partial<Value>) => void;
  readonly subscribe: (listener: () => void) => () => void;
};

export function createStore<Value extends object>(initial: Value): Store<Value> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(change) {
      value = { ...value, ...change };
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** 128 random bits in visible characters. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function newDraft(): Draft {
  return {
    title: '',
    text: '',
    doing: '',
    expected: '',
    happened: '',
    rating: 0,
    email: '',
    name: '',
    picture: null,
    withDiagnostics: true,
    key: newKey(),
    sent: null,
    step: 1,
  };
}
