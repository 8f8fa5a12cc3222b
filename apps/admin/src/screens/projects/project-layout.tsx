import { Outlet } from '@tanstack/react-router';
import { LiveHint } from '../../live/live-hint.tsx';
import { NotFoundScreen } from '../shell/not-found-screen.tsx';
import { useProjectOrNull } from './use-project.ts';

export function ProjectLayout() {
  const project = useProjectOrNull();
  if (project === null) return <NotFoundScreen title="Project not found" />;
  // Another project is another page: nothing typed or opened for one goes over to the next.
  return (
    <>
      <LiveHint key={`live ${project.slug}`} projectId={project.slug} />
      <Outlet key={project.slug} />
    </>
  );
}
