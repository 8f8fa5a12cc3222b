import { can, type conversationSchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { BlockLink } from '../../ui/links.tsx';
import { useProject } from '../projects/use-project.ts';
import classes from './inbox.module.css';
import { formatInboxCount } from './inbox-count.ts';
import { DEFAULT_VIEW, INBOX_VIEWS, type InboxFilters, type InboxView, withInboxFilters } from './inbox-filters.ts';

const VIEW_WORDS: Readonly<Record<InboxView, string>> = {
  open: 'Open',
  mine: 'Mine',
  unassigned: 'Unassigned',
  snoozed: 'Snoozed',
  resolved: 'Resolved',
  all: 'All',
  spam: 'Spam',
};
const COUNTED = { open: 'open', mine: 'mine', unassigned: 'unassigned', snoozed: 'snoozed' } as const satisfies Partial<
  Record<InboxView, keyof conversationSchemas.InboxCounts>
>;

function isCounted(view: InboxView): view is keyof typeof COUNTED {
  return Object.hasOwn(COUNTED, view);
}

/** On a phone they do not all fit. */
function scrollIntoSight(link: HTMLElement | null): void {
  link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/** The views of the inbox; what else narrows the list stays. */
export function ViewLinks({ slug, filters }: { readonly slug: string; readonly filters: InboxFilters }) {
  const trpc = useTRPC();
  const { role } = useProject();
  const counts = useQuery(trpc.conversations.counts.queryOptions({ projectId: slug }));
  const { view: current = DEFAULT_VIEW } = filters;
  // Nothing is ever assigned to who may not reply.
  const offered = INBOX_VIEWS.filter((view) => view !== 'mine' || can(role, 'replyInbox'));
  return (
    <nav aria-label="Views" style={{ minWidth: 0, maxWidth: '100%' }}>
      <ul className={classes.views}>
        {offered.map((view) => (
          <li key={view}>
            <BlockLink
              to="/projects/$slug/inbox"
              params={{ slug }}
              search={withInboxFilters(filters, { view })}
              className={classes.view ?? ''}
              activeOptions={{ exact: true, includeSearch: true }}
              aria-current={view === current ? 'page' : undefined}
              {...(view === current && { ref: scrollIntoSight })}
            >
              {VIEW_WORDS[view]}
              {isCounted(view) && counts.data !== undefined && (
                <span className={classes.count}>{formatInboxCount(counts.data[COUNTED[view]])}</span>
              )}
            </BlockLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
