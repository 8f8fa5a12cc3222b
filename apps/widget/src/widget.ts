import type { Api, Category, Config, Diagnostics } from './contract.ts';
import { createStore, type Draft, newDraft, type State, type Store, type View } from './store.ts';
import { en, type Words } from './words-en.ts';

const HOME: View = { name: 'home' };

/** One widget on a page: what it knows, and what can be done with it. */
export type Widget = {
  readonly api: Api;
  readonly store: Store<State>;
  readonly isPreview: boolean;
  readonly draftOf: (category: Category) => Draft;
  readonly clearDraft: (category: Category) => void;
  readonly diagnostics: () => Diagnostics | null;
  readonly pageUrl: () => string | null;
  /** Whether the page has said the visitor's address: who they are may become known at any time. */
  readonly hasEmail: () => boolean;
  readonly open: (category?: Category) => void;
  readonly close: () => void;
  readonly go: (view: View) => void;
  /** Shows another view in the place of the present one, which is no way back. */
  readonly replace: (view: View) => void;
  readonly back: () => void;
  /** Asks how much is unread. */
  readonly refresh: () => Promise<void>;
};

export type WidgetOptions = {
  readonly api: Api;
  readonly config: Config;
  readonly words?: Words;
  readonly isPreview?: boolean;
  readonly diagnostics?: () => Diagnostics | null;
  readonly pageUrl?: () => string | null;
  readonly hasEmail?: () => boolean;
};

export function createWidget({
  api,
  config,
  words = en,
  isPreview = false,
  diagnostics = () => null,
  pageUrl = () => null,
  hasEmail = () => false,
}: WidgetOptions): Widget {
  const store = createStore<State>({ config, words, isOpen: isPreview, views: [HOME], unread: 0 });
  const drafts = new Map<Category, Draft>();
  const widget: Widget = {
    api,
    store,
    isPreview,
    diagnostics,
    pageUrl,
    hasEmail,
    draftOf(category) {
      let draft = drafts.get(category);
      if (draft === undefined) {
        // Who has told us their name once is not asked again.
        const { email = '', name = '' } = [...drafts.values()].at(-1) ?? {};
        draft = { ...newDraft(), email, name };
        drafts.set(category, draft);
      }
      return draft;
    },
    clearDraft(category) {
      const { email = '', name = '' } = drafts.get(category) ?? {};
      drafts.set(category, { ...newDraft(), email, name });
    },
    open(category) {
      const isOffered = category !== undefined && store.get().config.categoriesEnabled.includes(category);
      store.set({ isOpen: true, ...(isOffered && { views: [HOME, { name: 'form', category }] }) });
    },
    close() {
      // What has been sent is over; anything else is gone on with.
      const isOver = store.get().views.at(-1)?.name === 'sent';
      store.set({ isOpen: false, ...(isOver && { views: [HOME] }) });
    },
    go: (view) => store.set({ views: [...store.get().views, view] }),
    replace: (view) => store.set({ views: [...store.get().views.slice(0, -1), view] }),
    back() {
      const { views } = store.get();
      store.set({ views: views.length > 1 ? views.slice(0, -1) : [HOME] });
    },
    async refresh() {
      const { unreadCount } = await api.notifications();
      store.set({ unread: unreadCount });
    },
  };
  return widget;
}
