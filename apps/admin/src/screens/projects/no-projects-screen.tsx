import { IconFolderOff } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { PageHeader } from '../../ui/page-header.tsx';

export function NoProjectsScreen() {
  return (
    <>
      <PageHeader title="Projects" />
      <Blank
        icon={<IconFolderOff size={28} />}
        title="No projects yet"
        description="You are not a member of any project. Ask an owner of your organization to invite you."
      />
    </>
  );
}
