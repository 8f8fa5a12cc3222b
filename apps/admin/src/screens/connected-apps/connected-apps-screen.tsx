import { can } from '@reqbase/core/contract';
import { IconLock } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { useProject } from '../projects/use-project.ts';
import { AppList } from './app-list.tsx';

export function ConnectedAppsScreen() {
  const { slug, name, role } = useProject();
  return (
    <>
      <PageHeader
        title="Connected apps"
        tabTitle={`Connected apps · ${name}`}
        description="Agents and other apps that somebody has let in. They act in that person’s name, within their role."
      />
      {can(role, 'issueTokens') ? (
        <AppList slug={slug} />
      ) : (
        <Blank
          icon={<IconLock size={28} />}
          title="Your role does not include apps"
          description="Apps are the project’s owner’s to let in and to disconnect."
        />
      )}
    </>
  );
}
