import { caller, project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { identityStatus, revealIdentitySecret, rotateIdentitySecret } from './identity-settings.ts';
import * as schema from './schema.ts';
import { getProject, listProjects } from './service.ts';
import { updateProject } from './settings.ts';

export const projects = router({
  list: caller
    .scope('project:read')
    .meta({ summary: "List the caller's projects", errors: ['INVALID_CURSOR'] })
    .input(schema.ListProjects)
    .output(schema.ProjectPage)
    .query(({ ctx, input }) => listProjects(ctx, input)),
  get: project
    .scope('backlog:read')
    .meta({ summary: 'Read the project', rest: { project: { method: 'GET', path: '/project', etag: 'both' } } })
    .input(schema.GetProject)
    .output(schema.Project)
    .query(({ ctx }) => getProject(ctx)),
  update: project
    .scope('project:write')
    .meta({
      summary: 'Change the settings of the project',
      errors: ['NO_UPDATES', 'PRECONDITION_FAILED'],
      rest: { project: { method: 'PATCH', path: '/project', etag: 'both' } },
    })
    .input(schema.UpdateProject)
    .output(schema.Project)
    .mutation(({ ctx, input }) => updateProject(ctx, input)),
  identity: project
    .scope('project:write')
    .meta({ summary: 'Read whether identity tokens can be signed' })
    .input(schema.GetProject)
    .output(schema.IdentityStatus)
    .query(({ ctx }) => identityStatus(ctx)),
  revealIdentitySecret: project
    .scope('project:write')
    .meta({ summary: 'Show the secret that identity tokens are signed with', errors: ['CONFLICT'] })
    .input(schema.GetProject)
    .output(schema.IdentitySecret)
    .mutation(({ ctx }) => revealIdentitySecret(ctx)),
  rotateIdentitySecret: project
    .scope('project:write')
    .meta({ summary: 'Make another secret for identity tokens', errors: ['CONFLICT'] })
    .input(schema.RotateIdentitySecret)
    .output(schema.IdentitySecret)
    .mutation(({ ctx, input }) => rotateIdentitySecret(ctx, input)),
});
