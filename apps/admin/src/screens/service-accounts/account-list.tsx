import { Box } from '@mantine/core';
import { IconRobot } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { CreateKeyDialog } from '../api-keys/create-key-dialog.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { useProjects } from '../projects/use-project.ts';
import { type ServiceAccount, useReadAgain } from './account-api.ts';
import { AccountDialog } from './account-dialog.tsx';
import { AccountCards, AccountTable } from './account-table.tsx';
import { DisableAccountDialog } from './disable-account-dialog.tsx';

type AccountListProps = {
  readonly hasPlan: boolean;
  /** Something stands above the list. */
  readonly isNoticed: boolean;
  readonly action: ReactNode;
};
type Opened = { readonly dialog: 'edit' | 'disable' | 'key'; readonly account: ServiceAccount };

export function AccountList({ hasPlan, isNoticed, action }: AccountListProps) {
  const { id: orgId, slug: organizationId, role: own } = useOrganization();
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const project = useProjects().find((candidate) => candidate.orgId === orgId);
  const accounts = useInfiniteQuery(
    trpc.serviceAccounts.list.infiniteQueryOptions({ organizationId }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  const [opened, setOpened] = useState<Opened | null>(null);
  const isNarrow = useIsNarrow();
  const enabling = useMutation(
    trpc.serviceAccounts.enable.mutationOptions({
      onSuccess: async ({ name }) => {
        await readAgain();
        notifyDone(`Service account “${name}” is enabled.`);
      },
    }),
  );
  const open = (dialog: Opened['dialog']) => (account: ServiceAccount) => setOpened({ dialog, account });
  const close = () => setOpened(null);
  const actions = {
    own,
    onNewKey: hasPlan ? open('key') : null,
    onEdit: open('edit'),
    onDisable: open('disable'),
    onEnable: ({ id }: ServiceAccount) => enabling.mutate({ organizationId, id }),
  };
  if (accounts.isPending) return <TableSkeleton rows={3} height={56} />;
  if (accounts.isError) return <ErrorPanel error={accounts.error} onRetry={accounts.refetch} />;
  const rows = accounts.data.pages.flatMap(({ items }) => items);
  return (
    <Box component="section" aria-label="Service accounts" mt={isNoticed ? 'lg' : 0}>
      {rows.length === 0 ? (
        <Blank
          icon={<IconRobot size={28} />}
          title="No service accounts yet"
          description="A key of a person ends with their membership. One of a service account does not: use it for what must go on."
        >
          {action}
        </Blank>
      ) : isNarrow ? (
        <AccountCards rows={rows} {...actions} />
      ) : (
        <AccountTable rows={rows} {...actions} />
      )}
      <LoadMore query={accounts} />
      {opened?.dialog === 'edit' && <AccountDialog account={opened.account} onClose={close} />}
      {opened?.dialog === 'disable' && <DisableAccountDialog account={opened.account} onClose={close} />}
      {opened?.dialog === 'key' && (
        <CreateKeyDialog
          home={{ kind: 'organization', ref: organizationId }}
          projectSlug={project?.slug ?? null}
          organizationSlug={organizationId}
          ownerId={opened.account.id}
          onClose={() => {
            void readAgain();
            close();
          }}
        />
      )}
    </Box>
  );
}
