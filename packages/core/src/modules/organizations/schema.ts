import { PLAN_NAMES, ROLES } from '@reqbase/auth/contract';
import * as z from 'zod';
import { Id, OrganizationRef, Timestamp } from '../../schema-kit.ts';

export const PlanName = z.enum(PLAN_NAMES).meta({ id: 'Plan' });
export const Role = z.enum(ROLES).meta({ id: 'Role' });

export const Organization = z
  .object({
    id: Id,
    name: z.string(),
    slug: z.string(),
    plan: PlanName.meta({ description: "The organization's own, or the installation's default" }),
    keyPrefix: z.string(),
    role: Role.nullable().meta({ description: "The caller's role; null for one who is only in some of its projects" }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Organization' });
export type Organization = z.infer<typeof Organization>;
export const Organizations = z.object({ items: z.array(Organization) });

export const OrganizationOnly = z.object({ organizationId: OrganizationRef });
export const Nothing = z.object({});
