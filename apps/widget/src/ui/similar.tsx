import { useEffect, useState } from 'preact/hooks';
import type { Request } from '../contract.ts';
import { fill } from '../words.ts';
import { useWidget, useWords } from './context.ts';
import { VoteButton } from './vote-button.tsx';

const PAUSE_MS = 400;
const SHORTEST = 3;

/** Requests of others that sound like the title, to vote for instead of asking again. */
export function Similar({ title }: { title: string }) {
  const widget = useWidget();
  const words = useWords();
  const [found, setFound] = useState<readonly Request[]>([]);
  const text = title.trim();
  useEffect(() => {
    if (text.length < SHORTEST) return setFound([]);
    let isWanted = true;
    const timer = setTimeout(() => {
      // A help and no more: when it fails, nothing is missing.
      widget.api.requests({ similar: text }).then(
        ({ items }) => isWanted && setFound(items),
        () => isWanted && setFound([]),
      );
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text, widget]);
  const change = (next: Request) => setFound((before) => before.map((each) => (each.id === next.id ? next : each)));
  return (
    <div class={found.length > 0 ? 'similar' : ''}>
      <p class="unseen" role="status">
        {found.length > 0 && fill(words.similarCount, { n: found.length })}
      </p>
      {found.length > 0 && (
        <>
          <p class="hint">{words.similar}</p>
          <ul class="list">
            {found.map((request) => (
              <li key={request.id} class="entry">
                <VoteButton request={request} onChange={change} />
                <button
                  type="button"
                  class="entry-main"
                  dir="auto"
                  onClick={() => widget.go({ name: 'request', id: request.id, known: request })}
                >
                  {request.title}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
