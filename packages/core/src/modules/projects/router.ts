import { caller, organization, project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { createProject } from './create-project.ts';
import { identityStatus, revealIdentitySecret, rotateIdentitySecret } from './identity-settings.ts';
import { removeProject } from './remove-project.ts';
import * as schema from './schema.ts';
import { getProject, listProjects } from './service.ts';
import { updateProject } from './settings.ts';

const OF_ORGANIZATION = '/orgs/{organizationId}/projects/{projectId}';

export const projects = router({
  list: caller
    .scope('project:read')
    .meta({ summary: "List the caller's projects", errors: ['INVALID_CURSOR'] })
    .input(schema.ListProjects)
    .output(schema.ProjectPage)
    .query(({ ctx, input }) => listProjects(ctx, input)),
  get: project
    .scope('backlog:read')
    .meta({
      summary: 'Read the project',
      rest: {
        project: { method: 'GET', path: '/project', etag: 'both', without: ['organizationId'] },
        org: { method: 'GET', path: OF_ORGANIZATION, etag: 'both' },
      },
      mcp: {
        name: 'get_project',
        title: 'Read the project',
        hints: { readOnly: true, idempotent: true },
        without: ['organizationId'],
      },
    })
    .input(schema.ProjectPath)
    .output(schema.Project)
    .query(({ ctx }) => getProject(ctx)),
  update: project
    .scope('project:write')
    .meta({
      summary: 'Change the settings of the project',
      errors: ['NO_UPDATES', 'PRECONDITION_FAILED'],
      rest: {
        project: { method: 'PATCH', path: '/project', etag: 'both', without: ['organizationId'] },
        org: { method: 'PATCH', path: OF_ORGANIZATION, etag: 'both' },
      },
      mcp: {
        name: 'update_project',
        title: 'Change the settings of the project',
        hints: { idempotent: true },
        without: ['organizationId'],
      },
    })
    .input(schema.UpdateProject)
    .output(schema.Project)
    .mutation(({ ctx, input }) => updateProject(ctx, input)),
  remove: project
    .scope('project:delete')
    .meta({
      summary: 'Delete the project with everything in it',
      description: 'At once for everybody; what is in it is removed for good 30 days later.',
      rest: { org: { method: 'DELETE', path: OF_ORGANIZATION, status: 204 } },
    })
    .input(schema.ProjectPath)
    .output(schema.Done)
    .mutation(({ ctx }) => removeProject(ctx)),
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

/** The projects of an organization, for who acts for all of it. */
export const organizationProjects = router({
  list: organization
    .scope('project:read')
    .meta({
      summary: 'List the projects of an organization',
      errors: ['INVALID_CURSOR'],
      rest: { org: { method: 'GET', path: '/orgs/{organizationId}/projects' } },
    })
    .input(schema.ListOrganizationProjects)
    .output(schema.ProjectPage)
    .query(({ ctx, input }) => listProjects(ctx, input)),
  create: organization
    .scope('project:write')
    .meta({
      summary: 'Create a project',
      errors: ['SLUG_CONFLICT', 'IDEMPOTENCY_CONFLICT'],
      rest: {
        org: {
          method: 'POST',
          path: '/orgs/{organizationId}/projects',
          status: 201,
          location: '/orgs/{organizationId}/projects/{id}',
        },
      },
    })
    .input(schema.CreateProject)
    .output(schema.ProjectSummary)
    .mutation(({ ctx, input }) => createProject(ctx, input)),
});
