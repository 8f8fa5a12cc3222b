import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { getWidget, updateWidget } from './config.ts';
import * as schema from './schema.ts';

const OF_PROJECT = '/projects/{projectId}/widget/config';

export const widget = router({
  get: project
    .scope('widget:read')
    .meta({
      summary: 'Read the widget configuration',
      rest: {
        project: { method: 'GET', path: '/project/widget', etag: 'version' },
        org: { method: 'GET', path: OF_PROJECT, etag: 'version' },
      },
      mcp: { name: 'get_widget_config', title: 'Read the widget configuration', hints: { readOnly: true, idempotent: true } },
    })
    .input(schema.GetWidget)
    .output(schema.WidgetConfig)
    .query(({ ctx }) => getWidget(ctx)),
  update: project
    .scope('widget:write')
    .meta({
      summary: 'Change the widget configuration',
      errors: ['NO_UPDATES', 'PRECONDITION_FAILED'],
      rest: {
        project: { method: 'PATCH', path: '/project/widget', etag: 'version' },
        org: { method: 'PATCH', path: OF_PROJECT, etag: 'version' },
      },
      mcp: { name: 'update_widget_config', title: 'Change the widget configuration', hints: { idempotent: true } },
    })
    .input(schema.UpdateWidget)
    .output(schema.WidgetConfig)
    .mutation(({ ctx, input }) => updateWidget(ctx, input)),
});
