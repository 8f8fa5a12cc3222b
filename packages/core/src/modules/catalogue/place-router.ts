import { organization } from '../../project.ts';
import { createPlace, listPlaces } from './places.ts';
import { own, read } from './reading.ts';
import * as schema from './schema.ts';

/** The part of a service's router for where it runs and what scans it. */
export const placeProcedures = {
  environments: organization
    .scope('services:read')
    .meta({
      summary: 'List the environments of a service',
      errors: ['SERVICE_NOT_FOUND'],
      rest: read('/services/{id}/environments', 'environments'),
    })
    .input(schema.ServiceById)
    .output(schema.Places)
    .query(({ ctx, input }) => listPlaces(ctx, 'environment', input)),
  createEnvironment: organization
    .scope('services:update')
    .meta({
      summary: 'Add an environment to a service',
      errors: ['SERVICE_NOT_FOUND', 'CONFLICT'],
      rest: {
        platform: {
          method: 'POST',
          path: '/services/{id}/environments',
          status: 201,
          location: '/services/{serviceId}/environments',
          ...own,
        },
      },
    })
    .input(schema.CreatePlace)
    .output(schema.Place)
    .mutation(({ ctx, input }) => createPlace(ctx, 'environment', input)),
  workflows: organization
    .scope('services:read')
    .meta({
      summary: 'List the workflows of a service',
      errors: ['SERVICE_NOT_FOUND'],
      rest: read('/services/{id}/workflows', 'workflows'),
    })
    .input(schema.ServiceById)
    .output(schema.Places)
    .query(({ ctx, input }) => listPlaces(ctx, 'workflow', input)),
  createWorkflow: organization
    .scope('services:update')
    .meta({
      summary: 'Add a workflow to a service',
      errors: ['SERVICE_NOT_FOUND', 'CONFLICT'],
      rest: {
        platform: {
          method: 'POST',
          path: '/services/{id}/workflows',
          status: 201,
          location: '/services/{serviceId}/workflows',
          ...own,
        },
      },
    })
    .input(schema.CreatePlace)
    .output(schema.Place)
    .mutation(({ ctx, input }) => createPlace(ctx, 'workflow', input)),
};
