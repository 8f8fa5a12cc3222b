import { API_KEY_PLAN } from '@reqbase/auth';
import { caller, organization, project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { createKey } from './create-key.ts';
import { explainKey, explainOwn } from './explain-key.ts';
import { getKey } from './get-key.ts';
import { listKeys } from './list-keys.ts';
import { revokeKey } from './revoke-key.ts';
import { rotateKey } from './rotate-key.ts';
import * as schema from './schema.ts';
import { grantableScopes, homeOf } from './service.ts';
import { updateKey } from './update-key.ts';

const NOT_FOUND = ['API_KEY_NOT_FOUND'] as const;
const UPDATE_ERRORS = ['API_KEY_NOT_FOUND', 'NO_UPDATES', 'PRECONDITION_FAILED', 'CONFLICT'] as const;
const CREATE_ERRORS = ['SCOPE_NOT_GRANTABLE'] as const;
const ROTATE_ERRORS = ['API_KEY_NOT_FOUND', 'CONFLICT', 'SERVICE_ACCOUNT_NOT_FOUND', ...CREATE_ERRORS] as const;
const ROTATE = {
  description:
    'With its name, scopes, owner and addresses. The former key works until the overlap is over; then it answers API_KEY_EXPIRED.',
};

/** Keys of one project: its owner's to make and to revoke. */
export const apiKeys = router({
  list: project
    .scope('keys:read')
    .meta({ summary: 'List the keys of a project', errors: ['INVALID_CURSOR'] })
    .input(schema.ListProjectKeys)
    .output(schema.ApiKeyPage)
    .query(({ ctx, input }) => listKeys(ctx, homeOf(ctx, 'project'), input)),
  get: project
    .scope('keys:read')
    .meta({ summary: 'Read a key of a project', errors: NOT_FOUND })
    .input(schema.ProjectKeyRef)
    .output(schema.ApiKey)
    .query(({ ctx, input }) => getKey(ctx, homeOf(ctx, 'project'), input)),
  grantable: project
    .scope('keys:read')
    .meta({ summary: 'List the scopes that a new key could have' })
    .input(schema.ProjectOnly)
    .output(schema.GrantableScopes)
    .query(({ ctx }) => grantableScopes(ctx, homeOf(ctx, 'project'))),
  create: project
    .scope('keys:admin', { plan: API_KEY_PLAN })
    .meta({ summary: 'Create a key for a project', errors: CREATE_ERRORS })
    .input(schema.CreateProjectKey)
    .output(schema.CreatedApiKey)
    .mutation(({ ctx, input }) => createKey(ctx, homeOf(ctx, 'project'), input)),
  update: project
    .scope('keys:admin')
    .meta({ summary: 'Change the name or the allowed addresses of a key of a project', errors: UPDATE_ERRORS })
    .input(schema.UpdateProjectKey)
    .output(schema.ApiKey)
    .mutation(({ ctx, input }) => updateKey(ctx, homeOf(ctx, 'project'), input)),
  rotate: project
    .scope('keys:admin', { plan: API_KEY_PLAN })
    .meta({ summary: 'Make a key that takes the place of another one of a project', ...ROTATE, errors: ROTATE_ERRORS })
    .input(schema.RotateProjectKey)
    .output(schema.RotatedApiKey)
    .mutation(({ ctx, input }) => rotateKey(ctx, homeOf(ctx, 'project'), input)),
  revoke: project
    .scope('keys:admin')
    .meta({ summary: 'Revoke a key of a project', errors: NOT_FOUND })
    .input(schema.ProjectKeyRef)
    .output(schema.ApiKey)
    .mutation(({ ctx, input }) => revokeKey(ctx, homeOf(ctx, 'project'), input)),
  explain: project
    .scope('keys:read')
    .meta({ summary: 'Say what would happen if a key made a call now', errors: NOT_FOUND })
    .input(schema.ExplainKey)
    .output(schema.Explanation)
    .query(({ ctx, input }) => explainKey(ctx, input)),
  explainOwn: caller
    .scope('self:read')
    .meta({ summary: 'Say what would happen if this credential made a call', rest: { org: { method: 'GET', path: '/me/can' } } })
    .input(schema.ExplainOwn)
    .output(schema.Explanation)
    .query(({ ctx, input }) => explainOwn(ctx, input)),
});

const KEYS = '/orgs/{organizationId}/keys';
/** Contract Reqflo, API Keys. */
const PLATFORM_KEYS = '/api-keys';
const own = { isOwnOrganization: true, mayNameOrganization: true } as const;
const named = { ...own, pathNames: { apiKeyId: 'id' } } as const;

/** Keys of a whole organization: for its owners and admins. */
export const organizationKeys = router({
  list: organization
    .scope('keys:read')
    .meta({
      summary: 'List the keys of an organization',
      errors: ['INVALID_CURSOR'],
      rest: { org: { method: 'GET', path: KEYS }, platform: { method: 'GET', path: PLATFORM_KEYS, items: 'apiKeys', ...own } },
    })
    .input(schema.ListOrganizationKeys)
    .output(schema.ApiKeyPage)
    .query(({ ctx, input }) => listKeys(ctx, homeOf(ctx, 'organization'), input)),
  get: organization
    .scope('keys:read')
    .meta({
      summary: 'Read a key of an organization',
      errors: NOT_FOUND,
      rest: {
        org: { method: 'GET', path: `${KEYS}/{id}`, etag: 'both' },
        platform: { method: 'GET', path: `${PLATFORM_KEYS}/{apiKeyId}`, etag: 'both', ...named },
      },
    })
    .input(schema.OrganizationKeyRef)
    .output(schema.ApiKey)
    .query(({ ctx, input }) => getKey(ctx, homeOf(ctx, 'organization'), input)),
  grantable: organization
    .scope('keys:read')
    .meta({
      summary: 'List the scopes that a new key could have',
      rest: { org: { method: 'GET', path: `${KEYS}/grantable` } },
    })
    .input(schema.OrganizationOnly)
    .output(schema.GrantableScopes)
    .query(({ ctx }) => grantableScopes(ctx, homeOf(ctx, 'organization'))),
  create: organization
    .scope('keys:admin', { plan: API_KEY_PLAN })
    .meta({
      summary: 'Create a key for an organization',
      errors: CREATE_ERRORS,
      rest: {
        org: { method: 'POST', path: KEYS, status: 201, location: `${KEYS}/{id}`, isSecret: true },
        platform: {
          ...{ method: 'POST', path: PLATFORM_KEYS, status: 201, location: `${PLATFORM_KEYS}/{id}`, isSecret: true },
          ...{ required: ['ownerPrincipalType'], ...own },
        },
      },
    })
    .input(schema.CreateOrganizationKey)
    .output(schema.CreatedApiKey)
    .mutation(({ ctx, input }) => createKey(ctx, homeOf(ctx, 'organization'), input)),
  update: organization
    .scope('keys:admin')
    .meta({
      summary: 'Change the name or the allowed addresses of a key',
      errors: UPDATE_ERRORS,
      rest: { org: { method: 'PATCH', path: `${KEYS}/{id}`, etag: 'both' } },
    })
    .input(schema.UpdateOrganizationKey)
    .output(schema.ApiKey)
    .mutation(({ ctx, input }) => updateKey(ctx, homeOf(ctx, 'organization'), input)),
  rotate: organization
    .scope('keys:admin', { plan: API_KEY_PLAN })
    .meta({
      summary: 'Make a key that takes the place of another one',
      ...ROTATE,
      errors: ROTATE_ERRORS,
      rest: { org: { method: 'POST', path: `${KEYS}/{id}/rotate`, status: 201, location: `${KEYS}/{id}`, isSecret: true } },
    })
    .input(schema.RotateOrganizationKey)
    .output(schema.RotatedApiKey)
    .mutation(({ ctx, input }) => rotateKey(ctx, homeOf(ctx, 'organization'), input)),
  revoke: organization
    .scope('keys:admin')
    .meta({
      summary: 'Revoke a key of an organization',
      errors: NOT_FOUND,
      rest: {
        org: { method: 'POST', path: `${KEYS}/{id}/revoke` },
        platform: { method: 'POST', path: `${PLATFORM_KEYS}/{apiKeyId}/revoke`, ...named },
      },
    })
    .input(schema.OrganizationKeyRef)
    .output(schema.ApiKey)
    .mutation(({ ctx, input }) => revokeKey(ctx, homeOf(ctx, 'organization'), input)),
});
