import { ActionIcon, Paper, Title, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKeyboard } from '@tabler/icons-react';
import { getRouteApi, Outlet, useParams } from '@tanstack/react-router';
import { useRef } from 'react';
import { moveInList } from '../../ui/move-in-list.ts';
import { ShortcutsDialog } from '../../ui/shortcuts-dialog.tsx';
import { useShortcuts } from '../../ui/use-shortcuts.ts';
import { useProject } from '../projects/use-project.ts';
import { ConversationList } from './conversation-list.tsx';
import classes from './inbox.module.css';
import type { InboxFilters } from './inbox-filters.ts';
import { InboxSearch } from './inbox-search.tsx';
import { SHORTCUTS } from './shortcuts.ts';
import { useIsOnePane } from './use-is-one-pane.ts';
import { ViewLinks } from './view-links.tsx';

const route = getRouteApi('/app/projects/$slug/inbox');

/** The list of conversations and beside it the one that is open; on a narrow screen, one or the other. */
export function InboxScreen() {
  const { slug } = useProject();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const { conversationId } = useParams({ strict: false });
  const isOnePane = useIsOnePane();
  const [isHelpOpen, help] = useDisclosure();
  const list = useRef<HTMLDivElement>(null);
  const setFilters = (search: InboxFilters) => void navigate({ to: '.', search, replace: true, resetScroll: false });
  useShortcuts([
    ['j', () => moveInList(list.current, '[data-conversation]', 1)],
    ['k', () => moveInList(list.current, '[data-conversation]', -1)],
    ['?', help.open],
  ]);
  const isThreadAlone = isOnePane && conversationId !== undefined;
  return (
    <div className={classes.inbox} data-wide-screen data-has-thread={conversationId !== undefined || undefined}>
      {!isThreadAlone && (
        <div className={classes.head}>
          <Title order={1}>Inbox</Title>
          <ViewLinks slug={slug} filters={filters} />
          <Tooltip label="Keyboard shortcuts (?)">
            <ActionIcon
              variant="subtle"
              color="gray"
              ml="auto"
              visibleFrom="md"
              aria-label="Keyboard shortcuts"
              onClick={help.open}
            >
              <IconKeyboard size={20} />
            </ActionIcon>
          </Tooltip>
        </div>
      )}
      <div className={classes.panes}>
        {!isThreadAlone && (
          <Paper withBorder component="section" aria-label="Conversations" className={classes.list ?? ''}>
            <InboxSearch projectId={slug} filters={filters} onChange={setFilters} />
            {/* The list's own scroll starts from the top with another view. */}
            <div key={filters.view} ref={list} className={classes.scroll}>
              <ConversationList projectId={slug} filters={filters} onChange={setFilters} />
            </div>
          </Paper>
        )}
        <Outlet />
      </div>
      {isHelpOpen && <ShortcutsDialog shortcuts={SHORTCUTS} note="⌘ Enter sends too." onClose={help.close} />}
    </div>
  );
}
