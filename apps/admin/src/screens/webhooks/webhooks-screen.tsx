import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can } from '@reqbase/core/contract';
import { IconLock, IconPlus } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { useProject } from '../projects/use-project.ts';
import { CreateWebhookDialog } from './create-webhook-dialog.tsx';
import { WebhookList } from './webhook-list.tsx';

export function WebhooksScreen() {
  const { slug, name, role } = useProject();
  const [isCreating, dialog] = useDisclosure();
  const mayManage = can(role, 'manageWebhooks');
  const newWebhook = (
    <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
      New webhook
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Webhooks"
        tabTitle={`Webhooks · ${name}`}
        description="Other systems that are told, signed and by HTTP, of what happens in the project."
        actions={mayManage ? newWebhook : undefined}
      />
      {mayManage ? (
        <WebhookList projectId={slug} action={newWebhook} />
      ) : (
        <Blank
          icon={<IconLock size={28} />}
          title="Your role does not include webhooks"
          description="They are for the owner and the admins of a project."
        />
      )}
      {isCreating && <CreateWebhookDialog projectId={slug} onClose={dialog.close} />}
    </>
  );
}
