import { bareUrl } from '@reqbase/core/redact';
import { type Capture, snapshot, startCapture } from './capture.ts';
import type { Category, Config } from './contract.ts';
import { createLiveApi } from './live-api.ts';
import { mount } from './mount.tsx';
import { createPreviewApi } from './preview-api.ts';
import { startPolling } from './ui/poll.ts';
import { createVisitor, type IdentitySource } from './visitor.ts';
import { createWidget, type Widget } from './widget.ts';
import { loadWords } from './words.ts';

const UNREAD_EVERY_MS = 60_000;

export type Preview = { readonly update: (config: Config) => void; readonly destroy: () => void };

/** `window.Reqbase`: all that a page can do with the widget. */
export type Reqbase = {
  /** Says who the visitor is: what the page's backend signed, a function that brings it, or null for nobody any more. */
  readonly identify: (source: IdentitySource) => void;
  readonly open: (category?: Category) => void;
  readonly close: () => void;
  /** Takes the widget off the page and puts back what it listened to. */
  readonly destroy: () => void;
  /** Forgets the visitor at this browser, as when they sign out. */
  readonly reset: () => void;
  /** Shows a configuration in a container, without sending anything. */
  readonly preview: (container: Element, config: Config) => Preview;
};

declare global {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface merges with the browser's
  interface Window {
    Reqbase?: Reqbase;
    /** The same, by the name of the contract's own system. */
    Reqio?: Reqbase;
  }
}

type Tag = {
  readonly base: string;
  readonly project: string | null;
  readonly token: string | null;
  readonly hasLauncher: boolean;
};

/** What the script's own tag says. A script that was loaded as a module, or put together by the page, looks for it. */
function readTag(): Tag {
  const script = document.currentScript ?? document.querySelector('script[data-project],script[data-project-id]');
  const { project, projectId, identityToken, launcher } = script instanceof HTMLScriptElement ? script.dataset : {};
  const src = script instanceof HTMLScriptElement && script.src !== '' ? script.src : location.href;
  return {
    base: new URL(src).origin,
    project: project ?? projectId ?? null,
    token: identityToken ?? null,
    hasLauncher: launcher !== 'none',
  };
}

function start({ base, project, token, hasLauncher }: Tag): Reqbase {
  const visitor = createVisitor(project ?? '', storageOf());
  let widget: Widget | null = null;
  let capture: Capture | null = null;
  let unmount: (() => void) | null = null;
  let stopPolling: (() => void) | null = null;
  let isDestroyed = false;
  /** Asked for before the configuration was there. */
  let wanted: { category: Category | undefined } | null = null;

  if (token !== null && token !== '') visitor.identify(token);
  if (project !== null) {
    capture = startCapture(window, (url) => URL.canParse(url, location.href) && new URL(url, location.href).origin === base);
    void begin(project).catch(() => {
      // Switched off, unknown, or not for this page: then there is no widget, and the page does not notice.
      capture?.stop();
    });
  }

  async function begin(ref: string): Promise<void> {
    const api = createLiveApi(base, ref, visitor);
    const config = await api.config();
    const words = await loadWords(base, config.locale);
    if (isDestroyed) return;
    if (!config.diagnosticsEnabled) capture?.stop();
    const made = createWidget({
      api,
      config,
      words,
      diagnostics: () => (capture === null ? null : snapshot(capture.read())),
      pageUrl: () => bareUrl(location.href),
      hasEmail: visitor.hasEmail,
    });
    widget = made;
    await bodyIsThere();
    unmount = mount(made, { container: document.body, hasLauncher });
    if (wanted !== null) made.open(wanted.category);
    // Who has never written has nothing to read.
    const refresh = async () => (visitor.isKnown() && !made.store.get().isOpen ? made.refresh() : undefined);
    void refresh().catch(() => {});
    stopPolling = startPolling(UNREAD_EVERY_MS, refresh);
    window.dispatchEvent(new CustomEvent('reqbase:ready'));
  }

  return {
    identify(source) {
      visitor.identify(source);
      void widget?.refresh().catch(() => {});
    },
    open(category) {
      if (widget === null) wanted = { category };
      else widget.open(category);
    },
    close() {
      wanted = null;
      widget?.close();
    },
    destroy() {
      isDestroyed = true;
      stopPolling?.();
      capture?.stop();
      unmount?.();
      widget = null;
      delete window.Reqbase;
      delete window.Reqio;
    },
    reset() {
      visitor.forget();
      widget?.store.set({ unread: 0, views: [{ name: 'home' }] });
    },
    preview: (container, config) => preview(base, container, config),
  };
}

function preview(base: string, container: Element, config: Config): Preview {
  let shown = config;
  const shownWidget = createWidget({
    api: createPreviewApi(() => shown),
    config,
    isPreview: true,
    // Whoever signs in nearly always comes with an address.
    hasEmail: () => shown.identityRequired,
  });
  const destroy = mount(shownWidget, { container, hasLauncher: true });
  const translate = async () => {
    const { locale } = shown;
    const words = await loadWords(base, locale);
    // It may have been changed again meanwhile.
    if (locale === shown.locale) shownWidget.store.set({ words });
  };
  void translate();
  return {
    update(next) {
      const isOtherLocale = next.locale !== shown.locale;
      shown = next;
      shownWidget.store.set({ config: next });
      if (isOtherLocale) void translate();
    },
    destroy,
  };
}

/** Null where the page may not keep anything. */
function storageOf(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function bodyIsThere(): Promise<void> {
  return new Promise((resolve) => {
    if (document.body !== null) return resolve();
    document.addEventListener('DOMContentLoaded', () => resolve(), { once: true });
  });
}

// Loaded twice, it is there once.
if (window.Reqbase === undefined) {
  const reqbase = start(readTag());
  window.Reqbase = reqbase;
  window.Reqio = reqbase;
}
