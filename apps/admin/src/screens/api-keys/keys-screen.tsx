import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLock, IconPlus } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { UpgradeNotice } from '../../ui/upgrade-notice.tsx';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import type { KeyHome, KeyProject } from './key-api.ts';
import { KeyList } from './key-list.tsx';

type KeysScreenProps = {
  readonly home: KeyHome;
  readonly tenantName: string;
  readonly description: string;
  readonly mayIssue: boolean;
  readonly hasPlan: boolean;
  /** That the keys open. */
  readonly projects: readonly KeyProject[];
  /** Those of them for which the person may see what a key would be let do. */
  readonly checkable: readonly KeyProject[];
  readonly organizationSlug: string | null;
};

export function KeysScreen({
  home,
  tenantName,
  description,
  mayIssue,
  hasPlan,
  projects,
  checkable,
  organizationSlug,
}: KeysScreenProps) {
  const [isCreating, dialog] = useDisclosure();
  const newKey = (
    <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
      New key
    </Button>
  );
  const title = home.kind === 'project' ? 'API keys' : 'Organization keys';
  return (
    <>
      <PageHeader
        title={title}
        tabTitle={`${title} · ${tenantName}`}
        description={description}
        actions={mayIssue && hasPlan ? newKey : undefined}
      />
      {!mayIssue && (
        <Blank
          icon={<IconLock size={28} />}
          title="Your role does not include keys"
          description={
            home.kind === 'project'
              ? 'Keys of a project are its owner’s to make and to revoke.'
              : 'Keys of an organization are for its owners and admins.'
          }
        />
      )}
      {mayIssue && !hasPlan && (
        <UpgradeNotice title="API keys come with Pro">
          {tenantName} is on the Free plan, which has no API keys and no REST API. Upgrade the organization to create keys; those
          that exist are listed below and do not work until then.
        </UpgradeNotice>
      )}
      {mayIssue && (
        <KeyList
          home={home}
          checkable={checkable}
          projectSlug={projects[0]?.slug ?? null}
          hasPlan={hasPlan}
          isNoticed={!hasPlan}
          action={hasPlan ? newKey : null}
        />
      )}
      {isCreating && (
        <CreateKeyDialog
          home={home}
          projectSlug={projects[0]?.slug ?? null}
          organizationSlug={organizationSlug}
          onClose={dialog.close}
        />
      )}
    </>
  );
}
