import { useRef, useState } from 'preact/hooks';
import type { Comment, Request } from '../contract.ts';
import { newKey } from '../store.ts';
import { fill, timeText } from '../words.ts';
import { useConfig, useWidget, useWords } from './context.ts';
import { useAct, useLoad, usePages } from './load.ts';
import { Failed, Failure, List, Pending, Screen, SendButton, TextField } from './parts.tsx';
import { Status } from './requests.tsx';
import { VoteButton } from './vote-button.tsx';

/** One request: what was asked, what becomes of it, and what is said about it. */
export function RequestScreen({ id, known }: { id: string; known: Request | null }) {
  const widget = useWidget();
  const words = useWords();
  const loaded = useLoad(`request ${id}`, () => widget.api.request(id));
  const [changed, setChanged] = useState<Request | null>(null);
  const request = changed ?? (loaded.state === 'ready' ? loaded.value : known);
  return (
    <Screen title={request === null ? words.mine : words[`kind_${request.category}`]}>
      {request === null && loaded.state === 'pending' && <Pending />}
      {loaded.state === 'failed' && <Failed error={loaded.error} retry={loaded.retry} />}
      {request !== null && loaded.state !== 'failed' && <Facts request={request} onChange={setChanged} />}
    </Screen>
  );
}

function Facts({ request, onChange }: { request: Request; onChange: (request: Request) => void }) {
  const widget = useWidget();
  const words = useWords();
  const { chatEnabled, commentsEnabled, locale } = useConfig();
  const isPublic = request.category === 'FEATURE' || request.category === 'OTHER';
  const { id, title, description, rating, errorReport, isMine, conversationId } = request;
  return (
    <>
      <h3 class="request-title" dir="auto">
        {title}
      </h3>
      <p class="entry-facts">
        <Status request={request} />
        <span>{timeText(locale, request.createdAt, new Date())}</span>
        {rating !== null && <span>{words[`stars_${Math.min(5, Math.max(1, rating)) as 1 | 2 | 3 | 4 | 5}`]}</span>}
      </p>
      {description !== null && description !== title && (
        <p class="prose" dir="auto">
          {description}
        </p>
      )}
      {errorReport !== null && (
        <dl class="prose">
          {(['doing', 'expected', 'happened'] as const).map((step) => (
            <div key={step}>
              <dt>{words[`${step}Label`]}</dt>
              <dd dir="auto">{errorReport[step]}</dd>
            </div>
          ))}
        </dl>
      )}
      <div class="row">
        {isPublic && <VoteButton request={request} onChange={onChange} />}
        {isMine && chatEnabled && (
          <button
            type="button"
            class="secondary"
            onClick={() => widget.go({ name: 'thread', conversationId, featureId: id, title })}
          >
            {words.writeTeam}
          </button>
        )}
      </div>
      {commentsEnabled && isPublic && <Comments requestId={id} />}
    </>
  );
}

function Comments({ requestId }: { requestId: string }) {
  const widget = useWidget();
  const words = useWords();
  const { locale } = useConfig();
  const pages = usePages(`comments ${requestId}`, (cursor) => widget.api.comments(requestId, cursor));
  const [added, setAdded] = useState<readonly Comment[]>([]);
  const [body, setBody] = useState('');
  const key = useRef(newKey());
  const { isBusy, error, run } = useAct();
  const submit = (event: Event) => {
    event.preventDefault();
    if (body.trim() === '') return;
    run(async () => {
      const comment = await widget.api.comment(requestId, body.trim(), key.current);
      setAdded((before) => [...before, comment]);
      setBody('');
    });
  };
  const entry = ({ id, body: text, isDeleted, isTeam, isMine, authorName, createdAt }: Comment) => (
    <li key={id} class="comment">
      <p class="entry-facts">
        <b dir="auto">{isMine ? words.you : authorName === '' ? words.guest : authorName}</b>
        {isTeam && <span class="status">{words.team}</span>}
        <span>{timeText(locale, createdAt, new Date())}</span>
      </p>
      <p class={isDeleted ? 'prose muted' : 'prose'} dir="auto">
        {isDeleted ? words.commentDeleted : text}
      </p>
    </li>
  );
  return (
    <section class="comments">
      <h3>{words.comments}</h3>
      {added.length === 0 || pages.state !== 'ready' || pages.value.items.length > 0 ? (
        <List pages={pages} empty={words.emptyComments}>
          {entry}
        </List>
      ) : null}
      {added.length > 0 && <ul class="list">{added.map(entry)}</ul>}
      <p class="unseen" role="status">
        {added.length > 0 && fill(words.newNotices, { n: added.length })}
      </p>
      <form onSubmit={submit}>
        <TextField
          label={words.commentLabel}
          max={5_000}
          rows={2}
          value={body}
          onInput={(value) => {
            setBody(value);
            key.current = newKey();
          }}
        />
        <Failure error={error} />
        <SendButton isBusy={isBusy} />
      </form>
    </section>
  );
}
