import { ERRORS, type ErrorCode, GRANTABLE_WORDS, SCOPE_NAMES, type Scope } from '@reqbase/auth/contract';
import * as z from 'zod';
import { Cursor, Id, Instant, Limit, OrganizationRef, ProjectRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';

const Permission = z
  .string()
  .max(80)
  .refine((word) => GRANTABLE_WORDS.includes(word), 'There is no such scope.')
  .meta({ examples: ['backlog:read'] });

const MOST_CONSTRAINTS = 20;
const ConstraintText = z.string().max(200).check(storable);
/** Stored as they are: this version knows none, and a scope with one that it does not know opens nothing. */
const ResourceConstraints = z
  .record(
    z.string().max(80).check(storable),
    z.union([
      ConstraintText,
      z.number().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER),
      z.boolean(),
      z.null(),
      z.array(ConstraintText).max(100),
    ]),
  )
  .refine((constraints) => Object.keys(constraints).length <= MOST_CONSTRAINTS, `At most ${MOST_CONSTRAINTS} constraints.`)
  .meta({ maxProperties: MOST_CONSTRAINTS });

/** Source: contract Reqflo, ApiKeyScope. */
export const ApiKeyScope = z
  .object({
    permission: z.string(),
    resourceType: z.string().max(80).check(storable).nullish(),
    resourceId: z.uuid().nullish(),
    serviceId: z.uuid().nullish(),
    environmentId: z.uuid().nullish(),
    workflowId: z.uuid().nullish(),
    resourceConstraints: ResourceConstraints.nullish(),
  })
  .meta({ id: 'ApiKeyScope', description: 'Constraints narrow the scope to one resource' });
export type ApiKeyScope = z.infer<typeof ApiKeyScope>;

export const RequestedScope = z.union([
  Permission,
  ApiKeyScope.extend({ permission: Permission }).meta({ id: 'RequestedApiKeyScope' }),
]);

export const ApiKey = z
  .object({
    id: Id,
    kind: z.enum(['project', 'organization']),
    orgId: Id,
    projectId: Id.nullable(),
    name: z.string(),
    prefix: z.string().meta({ description: 'All of the key that can be shown', examples: ['riq_live_8Jd0aPq2XyZw'] }),
    ownerPrincipalType: z.enum(['user', 'service_account']),
    ownerPrincipalId: Id,
    ownerDisplayName: z.string(),
    createdBy: z.string().nullable(),
    source: z
      .enum(['direct', 'device_flow'])
      .meta({ description: '`device_flow`: asked for by a device, allowed in the browser' }),
    scopes: z.array(ApiKeyScope),
    status: z.enum(['active', 'expired', 'revoked']),
    expiresAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable().meta({ description: 'To the minute' }),
    revokedAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyPage = pageOf(ApiKey).meta({ id: 'ApiKeyPage' });

export const CreatedApiKey = ApiKey.extend({
  rawKey: z.string().meta({ description: 'Returned once. Store it immediately.' }),
  warning: z.string(),
}).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

const newKey = {
  name: z.string().trim().min(1).max(120).check(storable),
  scopes: z.array(RequestedScope).min(1).max(100),
  expiresAt: Instant.nullish(),
  ownerPrincipalType: z.enum(['user', 'service_account']).default('user'),
  ownerPrincipalId: Id.nullish().meta({ description: 'Of a service account; a person makes keys for nobody else' }),
};
const CreateKey = z.object(newKey);
export type CreateKey = z.infer<typeof CreateKey>;

const ofProject = { projectId: ProjectRef };
const ofOrganization = { organizationId: OrganizationRef };
const paging = {
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({ description: 'For incremental sync: created or revoked at this instant or later' }),
  limit: Limit,
  cursor: Cursor,
};

export const ListProjectKeys = z.object({ ...ofProject, ...paging });
export const ListOrganizationKeys = z.object({ ...ofOrganization, ...paging });
export type ListKeys = Omit<z.infer<typeof ListProjectKeys>, 'projectId'>;

export const CreateProjectKey = z.object({ ...ofProject, ...newKey });
export const CreateOrganizationKey = z.object({ ...ofOrganization, ...newKey });

export const ProjectKeyRef = z.object({ ...ofProject, id: Id });
export const OrganizationKeyRef = z.object({ ...ofOrganization, id: Id });
export type KeyRef = { id: string };

export const ProjectOnly = z.object(ofProject);
export const OrganizationOnly = z.object(ofOrganization);
export const GrantableScopes = z
  .object({
    items: z.array(z.object({ scope: z.string(), title: z.string(), grantable: z.boolean(), reason: z.string().nullable() })),
  })
  .meta({ id: 'GrantableScopes' });
export type GrantableScopes = z.infer<typeof GrantableScopes>;

const RequiredScope = z
  .enum(SCOPE_NAMES as [Scope, ...Scope[]])
  .meta({ description: 'Of the operation in question', examples: ['backlog:read'] });
export const ExplainKey = z.object({ ...ofProject, id: Id, scope: RequiredScope });
/** On a project, else on an organization, else on the credential's own organization. */
export const ExplainOwn = z.object({
  scope: RequiredScope,
  projectId: ProjectRef.optional(),
  organizationId: OrganizationRef.optional(),
});
export type ExplainOwn = z.infer<typeof ExplainOwn>;
export type ExplainKey = z.infer<typeof ExplainKey>;
const ErrorCodeName = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);
export const Explanation = z
  .object({
    scope: z.string(),
    isAllowed: z.boolean(),
    gates: z.array(
      z.object({
        gate: z.enum(['credential', 'tenant', 'scope', 'plan', 'role', 'rate', 'quota']),
        outcome: z.enum(['passed', 'refused', 'not reached']),
        code: ErrorCodeName.nullable(),
        message: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;
