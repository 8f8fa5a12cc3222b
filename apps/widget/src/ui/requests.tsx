import { useEffect, useState } from 'preact/hooks';
import type { Request } from '../contract.ts';
import { timeText } from '../words.ts';
import { useConfig, useWidget, useWords } from './context.ts';
import { Icon } from './icons.tsx';
import { usePages } from './load.ts';
import { List, Screen } from './parts.tsx';
import { VoteButton } from './vote-button.tsx';

const PAUSE_MS = 300;

/** What others asked for, most wanted first, with a search. */
export function Browse() {
  const widget = useWidget();
  const words = useWords();
  const [typed, setTyped] = useState('');
  const [q, setQ] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const pages = usePages(`browse ${q}`, (cursor) =>
    widget.api.requests({ ...(q !== '' && { q }), ...(cursor !== undefined && { cursor }) }),
  );
  return (
    <Screen title={words.browse}>
      <input
        type="search"
        class="search"
        aria-label={words.search}
        placeholder={words.search}
        value={typed}
        maxLength={200}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <List pages={pages} empty={q === '' ? words.emptyBrowse : words.emptySearch}>
        {(request, change) => (
          <li key={request.id} class="entry">
            <VoteButton
              request={request}
              onChange={(next) => change((items) => items.map((each) => (each.id === next.id ? next : each)))}
            />
            <Entry request={request} />
          </li>
        )}
      </List>
    </Screen>
  );
}

/** What this visitor has sent, latest first. */
export function Mine() {
  const widget = useWidget();
  const words = useWords();
  const pages = usePages('mine', (cursor) => widget.api.mine(cursor));
  return (
    <Screen title={words.mine}>
      <List pages={pages} empty={words.emptyMine}>
        {(request) => (
          <li key={request.id} class="entry">
            <Entry request={request} isMine />
          </li>
        )}
      </List>
    </Screen>
  );
}

function Entry({ request, isMine = false }: { request: Request; isMine?: boolean }) {
  const widget = useWidget();
  const words = useWords();
  const { locale } = useConfig();
  return (
    <button type="button" class="entry-main" onClick={() => widget.go({ name: 'request', id: request.id, known: request })}>
      <span class="entry-title" dir="auto">
        {request.title}
      </span>
      <span class="entry-facts">
        <Status request={request} />
        {isMine && <span>{words[`kind_${request.category}`]}</span>}
        <span>{timeText(locale, request.createdAt, new Date())}</span>
        {isMine && request.hasScreenshot && <Icon name="picture" size={14} />}
      </span>
    </button>
  );
}

export function Status({ request: { status, completionKind, closeReason } }: { request: Request }) {
  const words = useWords();
  const text = closeReason !== null ? words.closed : completionKind === 'NEXT_UPDATE' ? words.NEXT_UPDATE : words[status];
  return <span class={`status ${status}`}>{text}</span>;
}
