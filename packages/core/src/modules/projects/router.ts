import { caller, project } from '../../project.ts';
import { router } from '../../trpc.ts';
import * as schema from './schema.ts';
import { getProject, listProjects } from './service.ts';

export const projects = router({
  list: caller
    .scope('project:read')
    .meta({ summary: "List the caller's projects", errors: ['INVALID_CURSOR'] })
    .input(schema.ListProjects)
    .output(schema.ProjectPage)
    .query(({ ctx, input }) => listProjects(ctx, input)),
  get: project
    .scope('backlog:read')
    .meta({ summary: 'Read the project', rest: { project: { method: 'GET', path: '/project', etag: 'content' } } })
    .input(schema.GetProject)
    .output(schema.Project)
    .query(({ ctx }) => getProject(ctx)),
});
