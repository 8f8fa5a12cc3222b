import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import * as schema from './schema.ts';
import { listConnectedApps, listOwnApps, revokeConnectedApp, revokeOwnApp } from './service.ts';

/** The apps that act in a project in people's names, by the authorization server. They are let in on the consent page. */
export const connectedApps = router({
  list: project
    .scope('keys:read')
    .meta({ summary: 'List the apps that are connected to a project', errors: ['INVALID_CURSOR'] })
    .input(schema.ListConnectedApps)
    .output(schema.ConnectedAppPage)
    .query(({ ctx, input }) => listConnectedApps(ctx, input)),
  revoke: project
    .scope('keys:admin')
    .meta({ summary: 'Disconnect an app: its next call is refused', errors: ['CONNECTED_APP_NOT_FOUND'] })
    .input(schema.ConnectedAppRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => revokeConnectedApp(ctx, input)),
  // Whatever their role is now: who has let an app in is who it acts for.
  listOwn: project
    .scope('project:read')
    .meta({ summary: 'List the apps that act in a project in the caller’s own name', errors: ['INVALID_CURSOR'] })
    .input(schema.ListConnectedApps)
    .output(schema.ConnectedAppPage)
    .query(({ ctx, input }) => listOwnApps(ctx, input)),
  revokeOwn: project
    .scope('project:read')
    .meta({ summary: 'Disconnect an app that acts in the caller’s own name', errors: ['CONNECTED_APP_NOT_FOUND'] })
    .input(schema.ConnectedAppRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => revokeOwnApp(ctx, input)),
});
