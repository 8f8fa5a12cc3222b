import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Config } from '../contract.ts';
import { directionOf } from '../words.ts';
import { useStore, useWidget, useWords } from './context.ts';
import { Form, Sent } from './form.tsx';
import { Home } from './home.tsx';
import { Icon } from './icons.tsx';
import { Messages, Thread } from './messages.tsx';
import { News } from './news.tsx';
import { RequestScreen } from './request.tsx';
import { Browse, Mine } from './requests.tsx';

/** The launcher and the panel that it opens. */
export function App({ hasLauncher }: { hasLauncher: boolean }) {
  const widget = useWidget();
  const words = useWords();
  const { config, isOpen, unread } = useStore(widget);
  const isDark = useIsDark(config.theme);
  const panel = useRef<HTMLDialogElement>(null);
  // After every rendering: closed by the browser and opened again at once, `isOpen` has not changed, but the dialog has.
  // Before what is in it takes the focus: a dialog that opens takes it for its first button.
  useLayoutEffect(() => {
    const dialog = panel.current;
    if (dialog === null || dialog.open === isOpen) return;
    if (!isOpen) return dialog.close();
    // Modal: the browser itself keeps the focus in it, closes it on Escape, gives the focus back, and draws it above whatever
    // the page has. A preview is part of a page that goes on being used.
    if (widget.isPreview) dialog.setAttribute('open', '');
    else dialog.showModal();
  });
  return (
    <div
      class={widget.isPreview ? 'rb preview' : 'rb'}
      data-theme={isDark ? 'dark' : 'light'}
      data-position={config.position}
      dir={directionOf(config.locale)}
      lang={words.language}
    >
      {hasLauncher && (
        <button
          type="button"
          class={isOpen && !widget.isPreview ? 'launcher covered' : 'launcher'}
          aria-haspopup="dialog"
          onClick={() => widget.open()}
        >
          <Icon name={config.launcherIcon} />
          {config.launcherLabel !== '' && <span dir="auto">{config.launcherLabel}</span>}
          {unread > 0 && (
            <span class="badge">
              <span aria-hidden="true">{unread > 99 ? '99+' : unread}</span>
              <span class="unseen">{words.newNotices.replace('{n}', String(unread))}</span>
            </span>
          )}
        </button>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the panel closes it; with keys, Escape does */}
      <dialog
        class="panel"
        ref={panel}
        aria-labelledby="title"
        onCancel={(event) => {
          event.preventDefault();
          widget.close();
        }}
        onClose={(event) => {
          // The event comes late: the panel may have been opened again since.
          if (!event.currentTarget.open) widget.close();
        }}
        onClick={(event) => {
          // The panel's own area is all covered by what is in it.
          if (event.target === event.currentTarget) widget.close();
        }}
      >
        <div class="panel-in">
          {isOpen && <Shown />}
          {config.showBranding && isOpen && (
            <p class="brand">
              {words.poweredBy} <b>Reqbase</b>
            </p>
          )}
        </div>
      </dialog>
    </div>
  );
}

const DARK = '(prefers-color-scheme: dark)';

/** What the configuration says, or else the browser. */
function useIsDark(theme: Config['theme']): boolean {
  const [isPreferred, setIsPreferred] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const query = matchMedia(DARK);
    const onChange = () => setIsPreferred(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  return theme === 'auto' ? isPreferred : theme === 'dark';
}

function Shown() {
  const { views } = useStore(useWidget());
  const view = views.at(-1);
  const place = views.length;
  switch (view?.name) {
    case 'form':
      return <Form key={`form ${view.category}`} category={view.category} />;
    case 'sent':
      return <Sent key="sent" category={view.category} />;
    case 'browse':
      return <Browse key="browse" />;
    case 'mine':
      return <Mine key="mine" />;
    case 'request':
      return <RequestScreen key={`request ${place} ${view.id}`} id={view.id} known={view.known} />;
    case 'messages':
      return <Messages key="messages" />;
    case 'thread':
      return <Thread key={`thread ${place} ${view.conversationId}`} view={view} />;
    case 'news':
      return <News key="news" />;
    case 'home':
    case undefined:
      return <Home key="home" />;
  }
}
