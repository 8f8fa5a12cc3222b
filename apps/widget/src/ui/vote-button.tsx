import type { Request } from '../contract.ts';
import { explain, fill } from '../words.ts';
import { useWidget, useWords } from './context.ts';
import { Icon } from './icons.tsx';
import { useAct } from './load.ts';

/** Votes, or takes the vote back. */
export function VoteButton({ request, onChange }: { request: Request; onChange: (request: Request) => void }) {
  const widget = useWidget();
  const words = useWords();
  const { isBusy, error, run } = useAct();
  const { id, title, voteCount, hasVoted, status } = request;
  const toggle = () =>
    run(async () => {
      const voted = await (hasVoted ? widget.api.unvote(id) : widget.api.vote(id));
      onChange({ ...request, ...voted });
    });
  if (status === 'COMPLETED') {
    return (
      <span class="vote" role="img" aria-label={fill(words.votes, { n: voteCount })}>
        <Icon name="check" size={14} />
        {voteCount}
      </span>
    );
  }
  return (
    <span class="vote-box">
      <button
        type="button"
        class={hasVoted ? 'vote on' : 'vote'}
        aria-pressed={hasVoted}
        aria-busy={isBusy}
        aria-label={`${fill(words.voteFor, { title })}, ${fill(words.votes, { n: voteCount })}`}
        onClick={toggle}
      >
        <Icon name="up" size={14} />
        {voteCount}
      </button>
      <span role="alert" class={error === null ? 'unseen' : 'vote-wrong'}>
        {error !== null && explain(words, error)}
      </span>
    </span>
  );
}
