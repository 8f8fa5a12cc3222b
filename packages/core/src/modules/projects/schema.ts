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
import { BacklogStats } from '../backlog/schema.ts';
import { PlanName, Role } from '../organizations/schema.ts';
import { AllowedOrigins, Domain, Timezone } from './settings-schema.ts';

const projectFields = {
  id: Id,
  orgId: Id,
  name: z.string().meta({ examples: ['Demo'] }),
  slug: z.string().meta({ description: 'Unique in the installation; paths may use it for the id', examples: ['demo'] }),
  domain: z.string().nullable(),
  timezone: z.string().meta({ examples: ['UTC'] }),
  agentPaused: z.boolean().meta({ description: 'Agents may not claim work' }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
};

export const Project = z
  .object({
    ...projectFields,
    identitySecretSet: z.boolean().meta({ description: 'Whether identity tokens can be signed' }),
    allowedOrigins: z.array(z.string()).meta({ description: 'Origins whose pages may load the widget; none: any page' }),
    plan: PlanName,
    stats: BacklogStats,
    version: z.int().meta({ description: 'Grows with every change of the settings' }),
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;

export const ProjectSummary = z
  .object({ ...projectFields, role: Role.nullable().meta({ description: "The caller's role on it" }) })
  .meta({ id: 'ProjectSummary' });
export type ProjectSummary = z.infer<typeof ProjectSummary>;

/** Of a path that names both. */
const ofOrganization = OrganizationRef.optional();

export const GetProject = z.object({ projectId: ProjectRef });
export const ProjectPath = GetProject.extend({ organizationId: ofOrganization });
const paging = {
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({ description: 'For incremental sync: changed at this instant or later' }),
  limit: Limit,
  cursor: Cursor,
};
export const ListOrganizationProjects = z.object({ organizationId: OrganizationRef, ...paging });

const ProjectName = z.string().trim().min(1).max(100).check(storable);
const MAX_SLUG = 60;
export const Slug = z
  .string()
  .max(MAX_SLUG)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'Give lower-case letters, digits and hyphens between them.')
  .refine((text) => !z.uuid().safeParse(text).success && !text.startsWith('deleted-'), 'Must not look like an id.')
  .meta({ description: 'Unique in the installation', examples: ['demo'] });

export const CreateProject = z.object({
  organizationId: OrganizationRef,
  name: ProjectName,
  slug: Slug.optional().meta({ description: 'Unique in the installation; made of the name unless given' }),
  domain: Domain.nullish(),
  timezone: Timezone.default('UTC'),
});
export type CreateProject = z.infer<typeof CreateProject>;
export const Done = z.void();
export const ListProjects = z.object({ organizationId: OrganizationRef.optional(), ...paging });
export type ListProjects = z.infer<typeof ListProjects>;
export const ProjectPage = pageOf(ProjectSummary).meta({ id: 'ProjectPage' });

export const UpdateProject = z.object({
  projectId: ProjectRef,
  organizationId: ofOrganization,
  name: ProjectName.optional(),
  domain: Domain.nullish(),
  timezone: Timezone.optional(),
  allowedOrigins: AllowedOrigins.optional(),
  agentPaused: z.boolean().optional(),
  ifVersion: z
    .int()
    .min(0)
    .max(MAX_INT)
    .optional()
    .meta({ description: 'Refused with PRECONDITION_FAILED when the settings have changed' }),
});
export type UpdateProject = z.infer<typeof UpdateProject>;

const identityFields = {
  isSet: z.boolean(),
  createdAt: Timestamp.nullable(),
  rotatingUntil: Timestamp.nullable().meta({ description: 'Until then the former secret is accepted too' }),
  audience: z.string().meta({ description: 'The `aud` that identity tokens must carry' }),
};
export const IdentityStatus = z.object(identityFields).meta({ id: 'IdentityStatus' });
export type IdentityStatus = z.infer<typeof IdentityStatus>;
export const IdentitySecret = z.object({ ...identityFields, secret: z.string() }).meta({ id: 'IdentitySecret' });
export type IdentitySecret = z.infer<typeof IdentitySecret>;

export const RotateIdentitySecret = z.object({
  projectId: ProjectRef,
  overlapHours: z
    .int()
    .min(0)
    .max(168)
    .default(24)
    .meta({ description: 'How long the former secret is accepted; 0: it ends at once' }),
});
export type RotateIdentitySecret = z.infer<typeof RotateIdentitySecret>;
