import { Alert, Skeleton, Stack } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { IdentitySection } from './identity-section.tsx';
import { SettingsForm } from './settings-form.tsx';
import { useProject } from './use-project.ts';

export function SettingsScreen() {
  const { slug, name, role } = useProject();
  const mayEdit = can(role, 'editProject');
  return (
    <>
      <PageHeader
        title="Settings"
        tabTitle={`Settings · ${name}`}
        description="What the project is, and how your product says who a user is."
      />
      <Stack gap="lg" maw={760}>
        {!mayEdit && <Alert icon={<IconInfoCircle size={18} />}>Only the owner changes the settings of the project.</Alert>}
        <Settings projectId={slug} mayEdit={mayEdit} />
        {mayEdit && <IdentitySection projectId={slug} />}
      </Stack>
    </>
  );
}

function Settings({ projectId, mayEdit }: { readonly projectId: string; readonly mayEdit: boolean }) {
  const trpc = useTRPC();
  const project = useQuery(trpc.projects.get.queryOptions({ projectId }));
  if (project.isPending) return <Skeleton height={320} aria-busy="true" />;
  if (project.isError) return <ErrorPanel error={project.error} onRetry={project.refetch} />;
  return <SettingsForm project={project.data} mayEdit={mayEdit} />;
}
