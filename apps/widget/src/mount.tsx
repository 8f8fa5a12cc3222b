import { render } from 'preact';
import { readableOn, textOn } from './color.ts';
import type { Config } from './contract.ts';
import { App } from './ui/app.tsx';
import { WidgetContext } from './ui/context.ts';
import base from './ui/styles/base.css?inline';
import content from './ui/styles/content.css?inline';
import fields from './ui/styles/fields.css?inline';
import frame from './ui/styles/frame.css?inline';
import surroundings from './ui/styles/surroundings.css?inline';
import type { Widget } from './widget.ts';

// The panel's own, lightest and darkest: what is read on them is read on the surface too.
const TINTS = { light: '#f4f5f7', dark: '#282b30' };

/** The configured colour, and what is written on it and in it. Colours of our own making only: what is configured is no CSS here. */
function colorsOf({ color }: Pick<Config, 'color'>): string {
  const brand = /^#[\da-f]{6}$/i.test(color) ? color : '#4f46e5';
  return `.rb{--brand:${brand};--on-brand:${textOn(brand)};--accent-light:${readableOn(TINTS.light, brand)};--accent-dark:${readableOn(TINTS.dark, brand)}}`;
}

export type MountOptions = { readonly container: Element; readonly hasLauncher: boolean };

/**
 * Puts a widget into a shadow root of its own. It is open: a closed one keeps out only tools that check a page, since the
 * scripts of the page could have replaced `attachShadow` anyway.
 */
export function mount(widget: Widget, { container, hasLauncher }: MountOptions): () => void {
  const host = document.createElement('div');
  host.id = widget.isPreview ? 'reqbase-preview' : 'reqbase-widget';
  if (widget.isPreview) host.dataset['preview'] = '';
  const root = host.attachShadow({ mode: 'open' });
  styles(root, base + frame + fields + content + surroundings);
  const colors = styles(root, '');
  const custom = styles(root, '');
  const place = document.createElement('div');
  place.className = 'place';
  root.append(place);

  const apply = () => {
    const { config } = widget.store.get();
    colors(colorsOf(config));
    custom(config.customCss ?? '');
  };
  apply();
  const unsubscribe = widget.store.subscribe(apply);
  container.append(host);
  render(
    <WidgetContext.Provider value={widget}>
      <App hasLauncher={hasLauncher} />
    </WidgetContext.Provider>,
    place,
  );

  // A page that replaces its whole body (as some do instead of loading the next one) keeps its widget.
  const observer = new MutationObserver(() => {
    if (!host.isConnected && !widget.isPreview) document.body?.append(host);
  });
  if (!widget.isPreview) observer.observe(document.documentElement, { childList: true });

  return () => {
    observer.disconnect();
    unsubscribe();
    render(null, place);
    host.remove();
  };
}

/** A style sheet of the shadow root. Constructed, so that a page's policy against inline styles does not concern it. */
function styles(root: ShadowRoot, initial: string): (text: string) => void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(initial);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return (text) => sheet.replaceSync(text);
  } catch {
    const element = document.createElement('style');
    root.append(element);
    return (text) => {
      element.textContent = text;
    };
  }
}
