import { Paper } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { IconKey } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { CheckAccessDialog } from './check-access-dialog.tsx';
import { type KeyHome, type KeyProject, useKeyApi } from './key-api.ts';
import { KeyCards, KeyTable } from './key-table.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

type KeyListProps = {
  readonly home: KeyHome;
  readonly checkable: readonly KeyProject[];
  /** Something stands above the list. */
  readonly isNoticed: boolean;
  readonly action: ReactNode;
};

type Opened = { readonly dialog: 'revoke' | 'check'; readonly apiKey: apiKeySchemas.ApiKey };

export function KeyList({ home, checkable, isNoticed, action }: KeyListProps) {
  const keys = useInfiniteQuery(useKeyApi(home).list);
  const [opened, setOpened] = useState<Opened | null>(null);
  const isNarrow = useIsNarrow();
  const close = () => setOpened(null);
  const rows = keys.data?.pages.flatMap(({ items }) => items) ?? [];
  const actions = {
    onCheck: checkable.length === 0 ? null : (apiKey: apiKeySchemas.ApiKey) => setOpened({ dialog: 'check', apiKey }),
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
      <RevokeKeyDialog home={home} apiKey={opened?.dialog === 'revoke' ? opened.apiKey : null} onClose={close} />
      {opened?.dialog === 'check' && <CheckAccessDialog apiKey={opened.apiKey} projects={checkable} onClose={close} />}
    </Paper>
  );
}
