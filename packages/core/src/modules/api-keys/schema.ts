import {
  canonicalCidr,
  ERRORS,
  type ErrorCode,
  GRANTABLE_WORDS,
  PLANS,
  type RateTier,
  SCOPE_NAMES,
  type Scope,
} from '@reqbase/auth/contract';
import * as z from 'zod';
import {
  Cursor,
  Id,
  Instant,
  Limit,
  MAX_INT,
  OrganizationRef,
  ProjectRef,
  pageOf,
  storable,
  Timestamp,
} from '../../schema-kit.ts';

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
const scopeShape = {
  permission: z.string(),
  resourceType: z.string().max(80).check(storable).nullish(),
  resourceId: z.uuid().nullish(),
  serviceId: z.uuid().nullish(),
  environmentId: z.uuid().nullish(),
  workflowId: z.uuid().nullish(),
  resourceConstraints: ResourceConstraints.nullish(),
};
/** Strict: a constraint that is misspelt must not make a key of what was to be bound. */
const StoredScope = z.strictObject(scopeShape);
export type StoredScope = z.infer<typeof StoredScope>;
/** What an answer shows of a scope beside what is stored: accepted back, so that a scope can be copied as it was read. */
const ShownId = z.string().max(200).check(storable).optional();
export const ApiKeyScope = z
  .object({ id: z.string().meta({ description: 'Of this scope of this key' }), ...scopeShape })
  .meta({ id: 'ApiKeyScope', description: 'Constraints narrow the scope to one resource' });

export const RequestedScope = z.union([
  Permission,
  StoredScope.extend({
    permission: Permission,
    id: ShownId.meta({ description: 'As answers have it, so that a scope of one key can be given to another; ignored' }),
  }).meta({ id: 'RequestedApiKeyScope' }),
]);
export type RequestedScope = z.infer<typeof RequestedScope>;

const MOST_ALLOWED_IPS = 50;
/** The longest CIDR is one of IPv6 with an IPv4 address at its end. */
const Cidr = z
  .string()
  .max(49)
  .check(storable)
  .overwrite((text) => canonicalCidr(text) ?? text)
  .refine((text) => canonicalCidr(text) !== null, 'Must be an address or a network such as 203.0.113.0/24 or 2001:db8::/32.');
export const AllowedIps = z
  .array(Cidr)
  .max(MOST_ALLOWED_IPS)
  .overwrite((networks) => [...new Set(networks)])
  .meta({
    description: 'Networks (CIDR) and addresses that may use the key; none: any. The bits of a host are cleared',
    examples: [['203.0.113.0/24']],
  });

const RateLimitTier = z.enum(Object.values(PLANS).map(({ tier }) => tier) as [RateTier, ...RateTier[]]);
/** The other key of a rotation. */
const KeyLink = z.object({ id: Id, prefix: z.string() });

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
    allowedIps: z.array(z.string()).meta({ description: 'Networks that may use the key; none: any' }),
    rateLimitTier: RateLimitTier.meta({ description: 'By the plan of the organization' }),
    status: z.enum(['active', 'expired', 'revoked']),
    expiresAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable().meta({ description: 'To the minute' }),
    lastUsedIp: z.string().nullable(),
    revokedAt: Timestamp.nullable(),
    revokedById: Id.nullable().meta({ description: 'The person who revoked it, or in whose name a key did' }),
    revokedReason: z.enum(['manual', 'leaked', 'with_parent']).nullable().meta({
      description: 'leaked: somebody reported it as such, by showing it; with_parent: with the key that it was made with',
    }),
    parentKeyId: Id.nullable().meta({
      description: 'The key with which it was made, or the successor of that one: it may no more, and dies with it',
    }),
    replaces: KeyLink.nullable().meta({ description: 'The key whose place it takes' }),
    replacedBy: KeyLink.nullable().meta({ description: 'The key that takes its place; it expires by itself' }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    version: z.int().meta({ description: 'Grows with every change of the key' }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyPage = pageOf(ApiKey).meta({ id: 'ApiKeyPage' });

export const CreatedApiKey = ApiKey.extend({
  rawKey: z.string().meta({ description: 'Returned once. Store it immediately.' }),
  warning: z.string(),
}).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

export const RotatedApiKey = CreatedApiKey.extend({
  formerExpiresAt: Timestamp.meta({ description: 'Until then the former key works, too' }),
}).meta({ id: 'RotatedApiKey' });
export type RotatedApiKey = z.infer<typeof RotatedApiKey>;

const KeyName = z.string().trim().min(1).max(120).check(storable);
const newKey = {
  name: KeyName,
  scopes: z.array(RequestedScope).min(1).max(100),
  expiresAt: Instant.nullish(),
  allowedIps: AllowedIps.default([]),
  ownerPrincipalType: z.enum(['user', 'service_account']).default('user'),
  ownerPrincipalId: Id.nullish().meta({ description: 'Of a service account; a person makes keys for nobody else' }),
};
const CreateKey = z.strictObject(newKey);
export type CreateKey = z.infer<typeof CreateKey>;

const ofProject = { projectId: ProjectRef };
const ofOrganization = { organizationId: OrganizationRef };
const paging = {
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({ description: 'For incremental sync: created or revoked at this instant or later' }),
  parentKeyId: Id.optional().meta({ description: 'Those that were made with this key, for whichever project' }),
  limit: Limit,
  cursor: Cursor,
};

export const ListProjectKeys = z.object({ ...ofProject, ...paging });
export const ListOrganizationKeys = z.object({ ...ofOrganization, ...paging });
export type ListKeys = Omit<z.infer<typeof ListProjectKeys>, 'projectId'>;

export const CreateProjectKey = z.strictObject({ ...ofProject, ...newKey });
export const CreateOrganizationKey = z.strictObject({ ...ofOrganization, ...newKey });

export const ProjectKeyRef = z.object({ ...ofProject, id: Id });
export const OrganizationKeyRef = z.object({ ...ofOrganization, id: Id });
export type KeyRef = { id: string };

const rotation = {
  overlapHours: z
    .int()
    .min(0)
    .max(168)
    .default(24)
    .meta({ description: 'How long the former key works beside the new one; 0: it ends at once' }),
};
export const RotateProjectKey = ProjectKeyRef.extend(rotation);
export const RotateOrganizationKey = OrganizationKeyRef.extend(rotation);
export type RotateKey = Omit<z.infer<typeof RotateProjectKey>, 'projectId'>;

const changes = {
  name: KeyName.optional(),
  allowedIps: AllowedIps.optional(),
  ifVersion: z
    .int()
    .min(0)
    .max(MAX_INT)
    .optional()
    .meta({ description: 'Refused with PRECONDITION_FAILED when the key has changed' }),
};
export const UpdateProjectKey = ProjectKeyRef.extend(changes);
export const UpdateOrganizationKey = OrganizationKeyRef.extend(changes);
export type UpdateKey = Omit<z.infer<typeof UpdateProjectKey>, 'projectId'>;

/** As long as anything that somebody may take for a key; what is none is answered like one. */
export const LeakedKey = z.object({ key: z.string().min(1).max(1_000) });

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
export const ExplainKey = z.object({
  ...ofProject,
  id: Id,
  scope: RequiredScope,
  ip: z
    .union([z.ipv4(), z.ipv6().max(45)])
    .optional()
    .meta({ description: 'The address that the call would come from; that of the caller unless given' }),
});
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
    reach: z
      .array(z.object({ serviceId: Id.nullable(), environmentId: Id.nullable(), workflowId: Id.nullable() }))
      .nullable()
      .meta({ description: 'Where it is allowed of some services, environments and workflows only: of which. Null otherwise' }),
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
