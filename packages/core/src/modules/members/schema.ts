import * as z from 'zod';
import { Cursor, Id, Limit, OrganizationRef, ProjectRef, pageOf, Timestamp } from '../../schema-kit.ts';
import { Role } from '../organizations/schema.ts';

export const Caller = z
  .object({
    kind: z.enum(['user', 'api_key']),
    userId: Id.nullable(),
    name: z.string(),
    email: z.string().nullable(),
    apiKey: z.object({ id: Id, name: z.string(), prefix: z.string(), scopes: z.array(z.string()) }).nullable(),
  })
  .meta({ id: 'Caller' });
export type Caller = z.infer<typeof Caller>;

export const Member = z
  .object({
    userId: Id,
    name: z.string(),
    email: z.string(),
    role: Role.meta({ description: 'What counts: the higher of the two' }),
    through: z.enum(['organization', 'project']).meta({ description: 'Where that role comes from' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof Member>;
export const MemberPage = pageOf(Member).meta({ id: 'MemberPage' });

export const ListMembers = z.object({ projectId: ProjectRef, limit: Limit, cursor: Cursor });
export type ListMembers = z.infer<typeof ListMembers>;

export const ServiceAccount = z
  .object({ id: Id, name: z.string(), role: Role, disabledAt: Timestamp.nullable(), createdAt: Timestamp })
  .meta({ id: 'ServiceAccount' });
export type ServiceAccount = z.infer<typeof ServiceAccount>;
export const ServiceAccountPage = pageOf(ServiceAccount).meta({ id: 'ServiceAccountPage' });
export const ListServiceAccounts = z.object({ organizationId: OrganizationRef, limit: Limit, cursor: Cursor });
export type ListServiceAccounts = z.infer<typeof ListServiceAccounts>;

export const Nothing = z.object({});
