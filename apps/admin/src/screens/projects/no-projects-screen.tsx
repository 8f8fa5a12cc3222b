import { can } from '@reqbase/core/contract';
import { IconFolderOff } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { useOrganizations } from '../organizations/use-organizations.ts';
import { NewProjectButton } from './new-project.tsx';

export function NoProjectsScreen() {
  const ownOnes = useOrganizations().filter(({ role }) => can(role, 'createProjects'));
  return (
    <>
      <PageHeader title="Projects" />
      <Blank
        icon={<IconFolderOff size={28} />}
        title="No projects yet"
        description={
          ownOnes.length > 0
            ? 'A project holds the backlog, the inbox and the widget of one product.'
            : 'You are not a member of any project. Ask an owner of your organization to invite you.'
        }
      >
        {ownOnes.length > 0 &&
          ownOnes.map(({ id, name }) => (
            <NewProjectButton
              key={id}
              organizationId={id}
              label={ownOnes.length === 1 ? 'Create a project' : `Create a project of ${name}`}
            />
          ))}
      </Blank>
    </>
  );
}
