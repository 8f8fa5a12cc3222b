import { useEffect } from 'preact/hooks';
import type { Notification } from '../contract.ts';
import { timeText } from '../words.ts';
import { useConfig, useWidget, useWords } from './context.ts';
import { usePages } from './load.ts';
import { List, Screen } from './parts.tsx';

/** What has become of what the visitor asked for, and what the team announces. Looked at, it is read. */
export function News() {
  const widget = useWidget();
  const words = useWords();
  const pages = usePages('news', (cursor) => widget.api.notifications(cursor));
  useEffect(() => {
    if (pages.state !== 'ready' || !pages.value.items.some(({ isRead }) => !isRead)) return;
    widget.api.readNotifications().then(
      () => widget.store.set({ unread: 0 }),
      () => {},
    );
  }, [pages.state, widget]);
  return (
    <Screen title={words.news}>
      <List pages={pages} empty={words.emptyNews}>
        {(notice) => (
          <li key={notice.id} class="entry">
            <Notice notice={notice} />
          </li>
        )}
      </List>
    </Screen>
  );
}

function Notice({ notice }: { notice: Notification }) {
  const widget = useWidget();
  const words = useWords();
  const { locale, chatEnabled } = useConfig();
  const { title, body, createdAt, isRead, conversationId, featureId } = notice;
  const text = (
    <>
      <span class={isRead ? 'entry-title' : 'entry-title unread'} dir="auto">
        {title}
      </span>
      {body !== null && (
        <span class="prose muted" dir="auto">
          {body}
        </span>
      )}
      <span class="entry-facts">
        <span>{timeText(locale, createdAt, new Date())}</span>
      </span>
    </>
  );
  const open =
    conversationId !== null && chatEnabled
      ? () => widget.go({ name: 'thread', conversationId, featureId, title })
      : featureId !== null
        ? () => widget.go({ name: 'request', id: featureId, known: null })
        : null;
  if (open === null) return <div class="entry-main still">{text}</div>;
  return (
    <button
      type="button"
      class="entry-main"
      onClick={open}
      aria-label={`${title}. ${body ?? ''} ${isRead ? '' : words.newNotices.replace(': {n}', '')}`}
    >
      {text}
    </button>
  );
}
