import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { listRequesters } from './list-requesters.ts';
import { getRequester, updateRequester, upsertRequester } from './profile.ts';
import { removeRequester } from './remove-requester.ts';
import * as schema from './schema.ts';

const CONTACTS = '/projects/{projectId}/contacts';

export const requesters = router({
  list: project
    .scope('requesters:read')
    .meta({
      summary: 'List the requesters',
      description: 'Identified ones, unless `kind` says otherwise.',
      errors: ['INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/requesters' }, org: { method: 'GET', path: CONTACTS } },
    })
    .input(schema.ListRequesters)
    .output(schema.RequesterPage)
    .query(({ ctx, input }) => listRequesters(ctx, input)),
  get: project
    .scope('requesters:read')
    .meta({
      summary: 'Read a requester',
      errors: ['REQUESTER_NOT_FOUND'],
      rest: { org: { method: 'GET', path: `${CONTACTS}/{id}`, etag: 'content' } },
    })
    .input(schema.RequesterRef)
    .output(schema.Requester)
    .query(({ ctx, input }) => getRequester(ctx, input)),
  update: project
    .scope('contacts:write')
    .meta({
      summary: 'Change what is known of a requester',
      errors: ['REQUESTER_NOT_FOUND', 'NO_UPDATES', 'PRECONDITION_FAILED'],
      rest: { org: { method: 'PATCH', path: `${CONTACTS}/{id}`, etag: 'content' } },
    })
    .input(schema.UpdateRequester)
    .output(schema.Requester)
    .mutation(({ ctx, input }) => updateRequester(ctx, input)),
  upsert: project
    .scope('contacts:write')
    .meta({
      summary: 'Find or create a requester and change what is given',
      rest: { org: { method: 'POST', path: CONTACTS, status: 201, location: `${CONTACTS}/{id}` } },
    })
    .input(schema.UpsertRequester)
    .output(schema.Requester)
    .mutation(({ ctx, input }) => upsertRequester(ctx, input)),
  remove: project
    .scope('contacts:delete')
    .meta({ summary: 'Erase a requester for good', errors: ['REQUESTER_NOT_FOUND'] })
    .input(schema.RequesterRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => removeRequester(ctx, input)),
});
