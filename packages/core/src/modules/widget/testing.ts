import type { TestTenant } from '@reqbase/auth/testing';
import type { TestCore } from '../../testing.ts';
import type { Presented } from '../requesters/visitor.ts';
import { publicWidgetConfig } from './public-config.ts';
import { WIDGET_ENDPOINTS } from './visitor-endpoints.ts';

/** Calls an endpoint of the widget (`GET /features/{id}`) in this process, past origin and limits, as who presents it. */
export async function callWidget(
  { core }: Pick<TestCore, 'core'>,
  { project }: Pick<TestTenant, 'project'>,
  presented: Presented,
  { endpoint, input = {} }: { readonly endpoint: string; readonly input?: object },
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint answers with
): Promise<any> {
  const found = WIDGET_ENDPOINTS.find(({ method, path }) => `${method} ${path}` === endpoint);
  if (found === undefined) throw new Error(`no endpoint ${endpoint}`);
  const widget = await publicWidgetConfig(core, project.id);
  if (widget === null) throw new Error('no project');
  return found.run({ ...core, widget, presented, idempotency: null }, input);
}
