import { API_KEY_PLAN } from '@reqbase/auth';
import { organization } from '../../project.ts';
import { router } from '../../trpc.ts';
import { disableServiceAccount, enableServiceAccount, updateServiceAccount } from './change.ts';
import * as schema from './schema.ts';
import { createServiceAccount, getServiceAccount, listServiceAccounts } from './service.ts';

const NOT_FOUND = ['SERVICE_ACCOUNT_NOT_FOUND'] as const;
const ACCOUNTS = '/service-accounts';
const OF_ORGANIZATION = '/orgs/{organizationId}/service-accounts';
const own = { isOwnOrganization: true } as const;

/** Owners of keys that are nobody in person: for who may make keys of the organization. */
export const serviceAccounts = router({
  list: organization
    .scope('keys:read')
    .meta({
      summary: 'List the service accounts of an organization',
      errors: ['INVALID_CURSOR'],
      rest: {
        org: { method: 'GET', path: OF_ORGANIZATION },
        platform: { method: 'GET', path: ACCOUNTS, items: 'serviceAccounts', ...own },
      },
    })
    .input(schema.ListServiceAccounts)
    .output(schema.ServiceAccountPage)
    .query(({ ctx, input }) => listServiceAccounts(ctx, input)),
  get: organization
    .scope('keys:read')
    .meta({
      summary: 'Read a service account',
      errors: NOT_FOUND,
      rest: {
        org: { method: 'GET', path: `${OF_ORGANIZATION}/{id}`, etag: 'both' },
        platform: { method: 'GET', path: `${ACCOUNTS}/{id}`, etag: 'both', ...own },
      },
    })
    .input(schema.ServiceAccountRef)
    .output(schema.ServiceAccount)
    .query(({ ctx, input }) => getServiceAccount(ctx, input)),
  create: organization
    .scope('keys:admin', { plan: API_KEY_PLAN })
    .meta({
      summary: 'Create a service account',
      description: 'An owner of keys with a role of its own, no higher than yours. Its keys work on when people leave.',
      errors: ['CONFLICT'],
      rest: {
        org: { method: 'POST', path: OF_ORGANIZATION, status: 201, location: `${OF_ORGANIZATION}/{id}` },
        platform: { method: 'POST', path: ACCOUNTS, status: 201, location: `${ACCOUNTS}/{id}`, ...own },
      },
    })
    .input(schema.CreateServiceAccount)
    .output(schema.ServiceAccount)
    .mutation(({ ctx, input }) => createServiceAccount(ctx, input)),
  update: organization
    .scope('keys:admin')
    .meta({
      summary: 'Give a service account another name or role',
      description: 'Another role counts from the next call of its keys on.',
      errors: [...NOT_FOUND, 'NO_UPDATES', 'PRECONDITION_FAILED', 'CONFLICT'],
      rest: {
        org: { method: 'PATCH', path: `${OF_ORGANIZATION}/{id}`, etag: 'both' },
        platform: { method: 'PATCH', path: `${ACCOUNTS}/{id}`, etag: 'both', ...own },
      },
    })
    .input(schema.UpdateServiceAccount)
    .output(schema.ServiceAccount)
    .mutation(({ ctx, input }) => updateServiceAccount(ctx, input)),
  disable: organization
    .scope('keys:admin')
    .meta({
      summary: 'Disable a service account',
      description:
        'Its keys, and whatever keys were made with those, are refused from their next call on, until it is enabled again.',
      errors: NOT_FOUND,
      rest: {
        org: { method: 'POST', path: `${OF_ORGANIZATION}/{id}/disable` },
        platform: { method: 'POST', path: `${ACCOUNTS}/{id}/disable`, ...own },
      },
    })
    .input(schema.ServiceAccountRef)
    .output(schema.ServiceAccount)
    .mutation(({ ctx, input }) => disableServiceAccount(ctx, input)),
  enable: organization
    .scope('keys:admin')
    .meta({
      summary: 'Enable a service account again',
      description: 'Those of its keys that were revoked or have expired meanwhile stay refused.',
      errors: NOT_FOUND,
      rest: {
        org: { method: 'POST', path: `${OF_ORGANIZATION}/{id}/enable` },
        platform: { method: 'POST', path: `${ACCOUNTS}/{id}/enable`, ...own },
      },
    })
    .input(schema.ServiceAccountRef)
    .output(schema.ServiceAccount)
    .mutation(({ ctx, input }) => enableServiceAccount(ctx, input)),
});
