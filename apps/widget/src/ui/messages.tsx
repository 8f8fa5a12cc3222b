import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Message } from '../contract.ts';
import { newKey, type View } from '../store.ts';
import { fill, timeText } from '../words.ts';
import { useConfig, useStore, useWidget, useWords } from './context.ts';
import { useAct, useLoad, usePages } from './load.ts';
import { Failed, Failure, List, Pending, Screen, SendButton, TextField } from './parts.tsx';
import { usePolling } from './poll.ts';

const POLL_MS = 10_000;

/** The visitor's conversations, latest first. */
export function Messages() {
  const widget = useWidget();
  const words = useWords();
  const { locale } = useConfig();
  const pages = usePages('conversations', (cursor) => widget.api.conversations(cursor));
  return (
    <Screen title={words.messages}>
      <List pages={pages} empty={words.emptyMessages}>
        {({ id, featureId, subject, lastMessage, lastMessageAt, unreadCount }) => (
          <li key={id} class="entry">
            <button
              type="button"
              class="entry-main"
              onClick={() => widget.go({ name: 'thread', conversationId: id, featureId, title: subject ?? words.messages })}
            >
              <span class={unreadCount > 0 ? 'entry-title unread' : 'entry-title'} dir="auto">
                {subject ?? lastMessage ?? words.messages}
              </span>
              <span class="clip muted" dir="auto">
                {lastMessage}
              </span>
              <span class="entry-facts">
                <span>{timeText(locale, lastMessageAt, new Date())}</span>
                {unreadCount > 0 && <span class="status NEW">{fill(words.newNotices, { n: unreadCount })}</span>}
              </span>
            </button>
          </li>
        )}
      </List>
    </Screen>
  );
}

/** One conversation, kept up to date while it is looked at. */
export function Thread({ view }: { view: View & { name: 'thread' } }) {
  return (
    <Screen title={view.title}>
      {view.conversationId === null ? <Beginning view={view} /> : <Talk key={view.conversationId} id={view.conversationId} />}
    </Screen>
  );
}

function Beginning({ view }: { view: View & { name: 'thread' } }) {
  const widget = useWidget();
  return (
    <Reply
      write={async (body, key) => {
        const { conversationId } = await widget.api.startConversation(view.featureId ?? '', body, key);
        widget.replace({ ...view, conversationId });
      }}
    />
  );
}

/** One list of two that may overlap, in order. */
function merged(a: readonly Message[], b: readonly Message[]): Message[] {
  return [...new Map([...a, ...b].map((message) => [message.id, message])).values()].sort((x, y) => x.seq - y.seq);
}

function Talk({ id }: { id: string }) {
  const widget = useWidget();
  const words = useWords();
  const { isOpen } = useStore(widget);
  const first = useLoad(`messages ${id}`, () => widget.api.messages(id, {}));
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [earlier, setEarlier] = useState<string | null>(null);
  const log = useRef<HTMLOListElement>(null);
  const { error, run } = useAct();
  const page = first.state === 'ready' ? first.value : null;

  useEffect(() => {
    if (page === null) return;
    setMessages((before) => merged(before, page.items));
    setEarlier(page.nextCursor);
  }, [page]);
  const lastSeq = messages.at(-1)?.seq ?? 0;
  // When something new has come, and is looked at
  useEffect(() => {
    if (lastSeq > 0 && isOpen) void widget.api.readConversation(id).catch(() => {});
  }, [lastSeq, isOpen]);
  // The newest is looked at when it comes
  useLayoutEffect(() => {
    log.current?.lastElementChild?.scrollIntoView({ block: 'nearest' });
  }, [lastSeq]);
  usePolling(POLL_MS, async () => {
    if (!widget.store.get().isOpen || lastSeq === 0 || widget.isPreview) return;
    const { items } = await widget.api.messages(id, { after: lastSeq });
    if (items.length > 0) setMessages((before) => merged(before, items));
  });

  if (first.state === 'pending' && messages.length === 0) return <Pending />;
  if (first.state === 'failed') return <Failed error={first.error} retry={first.retry} />;
  const loadEarlier = () =>
    run(async () => {
      const before = await widget.api.messages(id, { cursor: earlier ?? '' });
      setMessages((shown) => merged(before.items, shown));
      setEarlier(before.nextCursor);
    });
  return (
    <>
      {earlier !== null && (
        <button type="button" class="secondary wide" onClick={loadEarlier}>
          {words.earlier}
        </button>
      )}
      <Failure error={error} />
      <div role="log">
        <ol class="log" ref={log}>
          {messages.map((message) => (
            <Bubble key={message.id} message={message} />
          ))}
        </ol>
      </div>
      <Reply
        write={async (body, key) => {
          const { conversationId, message } = await widget.api.write(id, body, key);
          if (conversationId === id) setMessages((before) => merged(before, [message]));
          else widget.replace({ name: 'thread', conversationId, featureId: null, title: words.messages });
        }}
      />
    </>
  );
}

function Bubble({ message: { author, authorName, body, createdAt } }: { message: Message }) {
  const words = useWords();
  const { locale } = useConfig();
  const name = author === 'you' ? words.you : authorName === '' ? words.team : authorName;
  return (
    <li class={`bubble ${author}`}>
      <p class="entry-facts">
        <b dir="auto">{name}</b>
        <span>{timeText(locale, createdAt, new Date())}</span>
      </p>
      <p class="prose" dir="auto">
        {body}
      </p>
    </li>
  );
}

function Reply({ write }: { write: (body: string, key: string) => Promise<void> }) {
  const words = useWords();
  const widget = useWidget();
  const [body, setBody] = useState('');
  const key = useRef(newKey());
  const form = useRef<HTMLFormElement>(null);
  const { isBusy, error, run } = useAct();
  useEffect(() => {
    if (!widget.isPreview && !matchMedia('(pointer: coarse)').matches) form.current?.querySelector('textarea')?.focus();
  }, [widget]);
  const submit = (event: Event) => {
    event.preventDefault();
    if (body.trim() === '') return;
    run(async () => {
      await write(body.trim(), key.current);
      setBody('');
      key.current = newKey();
    });
  };
  return (
    <form class="reply" ref={form} onSubmit={submit}>
      <TextField
        label={words.writeLabel}
        max={20_000}
        rows={3}
        value={body}
        onInput={(value) => {
          setBody(value);
          key.current = newKey();
        }}
      />
      <Failure error={error} />
      <SendButton isBusy={isBusy} />
    </form>
  );
}
