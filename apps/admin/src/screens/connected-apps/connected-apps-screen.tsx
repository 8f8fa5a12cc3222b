import { can } from '@reqbase/core/contract';
import { PageHeader } from '../../ui/page-header.tsx';
import { useProject } from '../projects/use-project.ts';
import { AppList } from './app-list.tsx';

/** All that is connected, for who may let apps in; for others, what acts in their own name. */
export function ConnectedAppsScreen() {
  const { slug, name, role } = useProject();
  const isOwn = !can(role, 'issueTokens');
  return (
    <>
      <PageHeader
        title="Connected apps"
        tabTitle={`Connected apps · ${name}`}
        description={
          isOwn
            ? 'Agents and other apps that act in your name, within your role. To let one in is the project’s owner’s; to disconnect your own is yours.'
            : 'Agents and other apps that somebody has let in. They act in that person’s name, within their role.'
        }
      />
      <AppList slug={slug} isOwn={isOwn} />
    </>
  );
}
