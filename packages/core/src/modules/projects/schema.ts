import * as z from 'zod';
import { Cursor, Id, Limit, OrganizationRef, ProjectRef, pageOf, Timestamp } from '../../schema-kit.ts';
import { BacklogStats } from '../backlog/schema.ts';
import { PlanName, Role } from '../organizations/schema.ts';

const projectFields = {
  id: Id,
  orgId: Id,
  name: z.string().meta({ examples: ['Demo'] }),
  slug: z.string().meta({ description: 'Unique in the installation; paths may use it for the id', examples: ['demo'] }),
  domain: z.string().nullable(),
  timezone: z.string().meta({ examples: ['UTC'] }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
};

export const Project = z.object({ ...projectFields, plan: PlanName, stats: BacklogStats }).meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;

export const ProjectSummary = z
  .object({ ...projectFields, role: Role.nullable().meta({ description: "The caller's role on it" }) })
  .meta({ id: 'ProjectSummary' });
export type ProjectSummary = z.infer<typeof ProjectSummary>;

export const GetProject = z.object({ projectId: ProjectRef });
export const ListProjects = z.object({ organizationId: OrganizationRef.optional(), limit: Limit, cursor: Cursor });
export type ListProjects = z.infer<typeof ListProjects>;
export const ProjectPage = pageOf(ProjectSummary).meta({ id: 'ProjectPage' });
