import * as z from 'zod';
import { Cursor, Id, Instant, Limit, MAX_INT, OrganizationRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';
import { Role } from '../organizations/schema.ts';

const Count = z.int();

export const ServiceAccount = z
  .object({
    id: Id,
    name: z.string(),
    role: Role.meta({ description: 'On the organization and all its projects: what its keys may do at most' }),
    disabledAt: Timestamp.nullable().meta({ description: 'Since when its keys are refused' }),
    keyCount: Count.meta({ description: 'Of all keys that it owns, of the organization and of its projects' }),
    activeKeyCount: Count.meta({ description: 'Of those that are neither revoked nor expired' }),
    activeDependentKeyCount: Count.meta({
      description: 'Of active keys that others own and that were made with its keys: refused with those while it is disabled',
    }),
    createdBy: z.string().nullable().meta({ description: 'The person; null for one who is gone, and for a key that made it' }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    version: z.int().meta({ description: 'Grows with every change of the account' }),
  })
  .meta({
    id: 'ServiceAccount',
    examples: [
      {
        id: '01a200d1-2f43-7c1e-9a64-5b1d8f0e3a77',
        name: 'Nightly sync',
        role: 'developer',
        disabledAt: null,
        keyCount: 3,
        activeKeyCount: 1,
        activeDependentKeyCount: 0,
        createdBy: 'Ada',
        createdAt: '2026-11-20T09:12:00.000Z',
        updatedAt: '2026-11-20T09:12:00.000Z',
        version: 1,
      },
    ],
  });
export type ServiceAccount = z.infer<typeof ServiceAccount>;
export const ServiceAccountPage = pageOf(ServiceAccount).meta({ id: 'ServiceAccountPage', description: 'By name' });

const ofOrganization = { organizationId: OrganizationRef };

export const ListServiceAccounts = z.object({
  ...ofOrganization,
  q: z.string().max(120).check(storable).optional().meta({ description: 'A part of the name' }),
  disabled: z.boolean().optional().meta({ description: 'Only those that are disabled, or only the others' }),
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({ description: 'For incremental sync: changed at this instant or later' }),
  limit: Limit,
  cursor: Cursor,
});
export type ListServiceAccounts = z.infer<typeof ListServiceAccounts>;

const Name = z.string().trim().min(1).max(120).check(storable).meta({ description: 'One of a kind in the organization' });
export const CreateServiceAccount = z.strictObject({ ...ofOrganization, name: Name, role: Role });
export type CreateServiceAccount = z.infer<typeof CreateServiceAccount>;

/** Strict, as is what extends it: who misspells a change must not be told that it was made. */
export const ServiceAccountRef = z.strictObject({ ...ofOrganization, id: Id });
export type ServiceAccountRef = z.infer<typeof ServiceAccountRef>;

export const UpdateServiceAccount = ServiceAccountRef.extend({
  name: Name.optional(),
  role: Role.optional(),
  ifVersion: z
    .int()
    .min(0)
    .max(MAX_INT)
    .optional()
    .meta({ description: 'Refused with PRECONDITION_FAILED when the account has changed' }),
});
export type UpdateServiceAccount = z.infer<typeof UpdateServiceAccount>;
