import { Alert, Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can } from '@reqbase/core/contract';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { LeaveProject } from '../members/leave-project.tsx';
import { DeleteProject } from './delete-project.tsx';
import { IdentitySection } from './identity-section.tsx';
import { McpSection } from './mcp-section.tsx';
import { SettingsForm } from './settings-form.tsx';
import { useProject } from './use-project.ts';

export function SettingsScreen() {
  const { slug, name, role, organization } = useProject();
  const mayEdit = can(role, 'editProject');
  return (
    <>
      <PageHeader
        title="Settings"
        tabTitle={`Settings · ${name}`}
        description="What the project is, how your product says who a user is, and how agents reach it."
      />
      <Stack gap="lg" maw={760}>
        {!mayEdit && <Alert icon={<IconInfoCircle size={18} />}>Only the owner changes the settings of the project.</Alert>}
        <Settings projectId={slug} mayEdit={mayEdit} />
        {mayEdit && <IdentitySection projectId={slug} />}
        <McpSection projectId={slug} />
        {can(role, 'deleteProject') && <DeleteProject projectId={slug} name={name} />}
        {organization.role === null && role !== 'owner' && <LeaveSection projectId={slug} />}
      </Stack>
    </>
  );
}

/** For who has a part in the project alone, and does not own it. */
function LeaveSection({ projectId }: { readonly projectId: string }) {
  const [isAsking, dialog] = useDisclosure();
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="leave">
      <Group justify="space-between">
        <div>
          <Title order={2} id="leave">
            Your part in it
          </Title>
          <Text size="sm" c="dimmed" mt={4}>
            You can leave the project. Its owner sees to the rest.
          </Text>
        </div>
        <Button variant="light" color="red" onClick={dialog.open}>
          Leave the project
        </Button>
      </Group>
      {isAsking && <LeaveProject projectId={projectId} onClose={dialog.close} />}
    </Paper>
  );
}

function Settings({ projectId, mayEdit }: { readonly projectId: string; readonly mayEdit: boolean }) {
  const trpc = useTRPC();
  const project = useQuery(trpc.projects.get.queryOptions({ projectId }));
  if (project.isPending) return <Skeleton height={320} aria-busy="true" />;
  if (project.isError) return <ErrorPanel error={project.error} onRetry={project.refetch} />;
  return <SettingsForm project={project.data} mayEdit={mayEdit} />;
}
