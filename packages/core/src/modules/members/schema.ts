import * as z from 'zod';
import { Cursor, Id, Instant, Limit, ProjectRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';
import { PlanName, Role } from '../organizations/schema.ts';

export const Caller = z
  .object({
    kind: z.enum(['user', 'api_key', 'oauth_client']),
    userId: Id.nullable(),
    name: z.string(),
    email: z.string().nullable(),
    apiKey: z
      .object({
        id: Id,
        name: z.string(),
        prefix: z.string(),
        scopes: z.array(z.string()),
        projectId: Id.nullable().meta({ description: 'Of a key that opens one project' }),
        expiresAt: Timestamp.nullable(),
      })
      .nullable(),
    app: z
      .object({ clientId: z.string(), name: z.string(), scopes: z.array(z.string()) })
      .nullable()
      .meta({ description: 'That acts in the person’s name, by a token' }),
    organization: z
      .object({ id: Id, slug: z.string(), plan: PlanName })
      .nullable()
      .meta({ description: 'That the key or the token belongs to' }),
  })
  .meta({ id: 'Caller' });
export type Caller = z.infer<typeof Caller>;

export const Member = z
  .object({
    userId: Id,
    projectId: Id.nullable().meta({ description: 'Where the role comes from, if from the project itself' }),
    orgId: Id.nullable().meta({ description: 'Where the role comes from, if from the organization' }),
    name: z.string(),
    email: z.string(),
    role: Role.meta({ description: 'What counts: the higher of the two' }),
    through: z.enum(['organization', 'project']).meta({ description: 'Where that role comes from' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof Member>;
export const MemberPage = pageOf(Member).meta({ id: 'MemberPage' });

export const ListMembers = z.object({
  projectId: ProjectRef,
  createdAfter: Instant.optional().meta({ description: 'With the role since after this instant' }),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({
    description: 'For incremental sync: with another role, name or address since this instant, or a member since then',
  }),
  limit: Limit,
  cursor: Cursor,
});
export type ListMembers = z.infer<typeof ListMembers>;

export const ProjectOnly = z.object({ projectId: ProjectRef });
export const Nothing = z.object({});
export const Done = z.void();

export const Seats = z
  .object({
    used: z.int().meta({ description: 'Developers and admins of the project, and open invitations to become one' }),
    limit: z.int().nullable().meta({ description: 'By the plan; null: as many as you like' }),
  })
  .meta({ id: 'Seats' });
export type Seats = z.infer<typeof Seats>;

/** The roles that can be given: the owner's is only handed over. */
export const GivenRole = z.enum(['viewer', 'developer', 'admin']).meta({ id: 'GivenRole' });
export type GivenRole = z.infer<typeof GivenRole>;

const Address = z
  .email()
  .max(254)
  .meta({ examples: ['grace@example.com'] });

const MemberRef = z.object({ projectId: ProjectRef, id: Id.meta({ description: "The member's `userId`" }) });
export const GetMember = MemberRef;
export type GetMember = z.infer<typeof GetMember>;
export const ChangeRole = MemberRef.extend({
  role: GivenRole,
  ifMatch: z.string().max(100).check(storable).optional().meta({
    description: 'The ETag of the member as they were read: refused with PRECONDITION_FAILED when it is another by now',
  }),
});
export type ChangeRole = z.infer<typeof ChangeRole>;
export const RemoveMember = MemberRef;
export type RemoveMember = z.infer<typeof RemoveMember>;
export const TransferOwnership = MemberRef;
export type TransferOwnership = z.infer<typeof TransferOwnership>;
export const Leave = ProjectOnly.extend({
  confirm: z.literal(true).meta({ description: 'Only an invitation leads back' }),
});

export const Invitation = z
  .object({
    id: Id,
    email: z.string(),
    role: Role,
    state: z.enum(['open', 'accepted', 'revoked', 'expired']),
    invitedBy: z.object({ userId: Id, name: z.string() }).nullable(),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    acceptedAt: Timestamp.nullable(),
  })
  .meta({
    id: 'Invitation',
    examples: [
      {
        id: '01a200c3-52f1-7b60-8a3e-9e1b6c1f2d43',
        email: 'grace@example.com',
        role: 'developer',
        state: 'open',
        invitedBy: { userId: '01a200a5-7658-7f9a-bd63-96d88375e00c', name: 'Ada' },
        createdAt: '2026-11-20T09:12:00.000Z',
        expiresAt: '2026-11-27T09:12:00.000Z',
        acceptedAt: null,
      },
    ],
  });
export type Invitation = z.infer<typeof Invitation>;

export const InviteMember = ProjectOnly.extend({ email: Address, role: GivenRole });
export type InviteMember = z.infer<typeof InviteMember>;
export const InvitationRef = ProjectOnly.extend({ id: Id });
export type InvitationRef = z.infer<typeof InvitationRef>;
export const ListInvitations = ProjectOnly.extend({
  open: z.boolean().optional().meta({ description: 'Only those that can be accepted, or only the others' }),
  limit: Limit,
  cursor: Cursor,
});
export type ListInvitations = z.infer<typeof ListInvitations>;
export const InvitationPage = pageOf(Invitation).meta({ id: 'InvitationPage' });

/** What a link to an invitation ends in. */
const Token = z.string().min(1).max(100).check(storable);
export const InvitationToken = z.object({ token: Token });
export type InvitationToken = z.infer<typeof InvitationToken>;

export const InvitationPreview = z
  .object({
    projectName: z.string(),
    inviterName: z.string().nullable(),
    email: z.string(),
    role: Role,
    expiresAt: Timestamp,
    hasAccount: z.boolean().meta({ description: 'Someone with this address can sign in, and accepts so' }),
  })
  .meta({ id: 'InvitationPreview' });
export type InvitationPreview = z.infer<typeof InvitationPreview>;

export const AcceptedInvitation = z
  .object({ projectId: Id, projectSlug: z.string(), role: Role })
  .meta({ id: 'AcceptedInvitation' });
export type AcceptedInvitation = z.infer<typeof AcceptedInvitation>;

/** For who has no account yet. */
export const AcceptAsNewUser = InvitationToken.extend({
  name: z.string().trim().min(1).max(100).check(storable),
  // As the session library has them.
  password: z.string().min(8).max(128).check(storable),
});
export type AcceptAsNewUser = z.infer<typeof AcceptAsNewUser>;
