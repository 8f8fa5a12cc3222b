import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { API_KEY_PLAN, can, planIncludes } from '@reqbase/core/contract';
import { IconLock, IconPlus } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { UpgradeNotice } from '../../ui/upgrade-notice.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { AccountDialog } from './account-dialog.tsx';
import { AccountList } from './account-list.tsx';

export function ServiceAccountsScreen() {
  const { name, role, plan } = useOrganization();
  const [isCreating, dialog] = useDisclosure();
  const mayManage = can(role, 'issueOrganizationTokens');
  const hasPlan = planIncludes(plan, API_KEY_PLAN);
  const newAccount = (
    <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
      New service account
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Service accounts"
        tabTitle={`Service accounts · ${name}`}
        description="Owners of keys that are not people: their keys work on when people leave."
        actions={mayManage && hasPlan ? newAccount : undefined}
      />
      {!mayManage && (
        <Blank
          icon={<IconLock size={28} />}
          title="Your role does not include service accounts"
          description="They are for the owners and admins of an organization, as its keys are."
        />
      )}
      {mayManage && !hasPlan && (
        <UpgradeNotice title="Service accounts come with Pro">
          {name} is on the Free plan, which has no API keys. Those accounts that exist are listed below, and their keys do not
          work until the organization is upgraded.
        </UpgradeNotice>
      )}
      {mayManage && <AccountList hasPlan={hasPlan} isNoticed={!hasPlan} action={hasPlan ? newAccount : null} />}
      {isCreating && <AccountDialog onClose={dialog.close} />}
    </>
  );
}
