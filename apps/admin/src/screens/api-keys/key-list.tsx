import { Paper } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { IconKey } from '@tabler/icons-react';
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { meQuery } from '../members/me-query.ts';
import { CheckAccessDialog } from './check-access-dialog.tsx';
import { EditKeyDialog } from './edit-key-dialog.tsx';
import { type KeyHome, type KeyProject, useKeyApi } from './key-api.ts';
import { KeyDrawer } from './key-drawer.tsx';
import { whyNotRotate } from './key-state.ts';
import { KeyCards, KeyTable } from './key-table.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';
import { RotateKeyDialog } from './rotate-key-dialog.tsx';

type KeyListProps = {
  readonly home: KeyHome;
  readonly checkable: readonly KeyProject[];
  /** Of the curl that is shown with a new key. */
  readonly projectSlug: string | null;
  readonly hasPlan: boolean;
  /** Something stands above the list. */
  readonly isNoticed: boolean;
  readonly action: ReactNode;
};

type Opened = { readonly dialog: 'revoke' | 'check' | 'edit' | 'rotate'; readonly apiKey: apiKeySchemas.ApiKey };

export function KeyList({ home, checkable, projectSlug, hasPlan, isNoticed, action }: KeyListProps) {
  const keys = useInfiniteQuery(useKeyApi(home).list);
  const { data: me } = useSuspenseQuery(meQuery(useTRPC()));
  const [opened, setOpened] = useState<Opened | null>(null);
  const [shownId, setShownId] = useState<string | null>(null);
  const isNarrow = useIsNarrow();
  const close = () => setOpened(null);
  const rows = keys.data?.pages.flatMap(({ items }) => items) ?? [];
  const actions = {
    onShow: ({ id }: apiKeySchemas.ApiKey) => setShownId(id),
    onCheck: checkable.length === 0 ? null : (apiKey: apiKeySchemas.ApiKey) => setOpened({ dialog: 'check', apiKey }),
    onEdit: (apiKey: apiKeySchemas.ApiKey) => setOpened({ dialog: 'edit', apiKey }),
    onRotate: (apiKey: apiKeySchemas.ApiKey) => setOpened({ dialog: 'rotate', apiKey }),
    whyNotRotate: (apiKey: apiKeySchemas.ApiKey) => whyNotRotate(apiKey, { meId: me.userId, hasPlan }),
    onRevoke: (apiKey: apiKeySchemas.ApiKey) => setOpened({ dialog: 'revoke', apiKey }),
  };
  return (
    <Paper component="section" aria-label="Keys" bg="transparent" mt={isNoticed ? 'lg' : 0}>
      {keys.isPending ? (
        <TableSkeleton rows={4} height={56} />
      ) : keys.isError ? (
        <ErrorPanel error={keys.error} onRetry={keys.refetch} />
      ) : rows.length === 0 ? (
        <Blank
          icon={<IconKey size={28} />}
          title="No keys yet"
          description="A key lets a backend, a script or an agent call the API."
        >
          {action}
        </Blank>
      ) : isNarrow ? (
        <KeyCards rows={rows} {...actions} />
      ) : (
        <KeyTable rows={rows} {...actions} />
      )}
      <LoadMore query={keys} />
      <KeyDrawer home={home} id={shownId} onOpen={setShownId} onClose={() => setShownId(null)} />
      <RevokeKeyDialog home={home} apiKey={opened?.dialog === 'revoke' ? opened.apiKey : null} onClose={close} />
      {opened?.dialog === 'edit' && <EditKeyDialog home={home} apiKey={opened.apiKey} onClose={close} />}
      {opened?.dialog === 'rotate' && (
        <RotateKeyDialog home={home} apiKey={opened.apiKey} projectSlug={projectSlug} onClose={close} />
      )}
      {opened?.dialog === 'check' && <CheckAccessDialog apiKey={opened.apiKey} projects={checkable} onClose={close} />}
    </Paper>
  );
}
