import * as z from 'zod';
import type { DocumentedSurface } from './views.ts';

/** Contract Reqio. */
const project: DocumentedSurface = {
  surface: 'project',
  prefix: '/p/{projectId}/api/v1',
  title: 'Reqbase project API',
  description: [
    'For backends and workflow tools: the backlog of one project over plain HTTP, with a Bearer key. There is no CORS.',
    'Answers are `{"data": …}`, refusals `{"error": {"code", "message"}}`. Lists are `{items, hasMore, nextCursor}`.',
    'Every call counts against the project’s daily quota, once it has passed authentication and scope checks.',
  ].join('\n\n'),
  envelope: (data) => z.object({ data }),
  wrap: (data) => ({ data }),
};

/** The surfaces that have a document, by name. */
export const DOCUMENTED_SURFACES = { project } as const;
