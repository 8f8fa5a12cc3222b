import { caller, project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { acceptInvitation } from './accept-invitation.ts';
import { changeRole } from './change-role.ts';
import { previewOwnInvitation } from './find-invitation.ts';
import { inviteMember, resendInvitation, revokeInvitation } from './invite.ts';
import { listInvitations } from './list-invitations.ts';
import { leaveProject, removeMember } from './remove-member.ts';
import * as schema from './schema.ts';
import { readSeats } from './seats.ts';
import { getMember, listMembers, whoAmI } from './service.ts';
import { transferOwnership } from './transfer-ownership.ts';

const KEEPS_ITS_OWNER = ['MEMBER_NOT_FOUND', 'ROLE_THROUGH_ORGANIZATION', 'LAST_OWNER'] as const;

export const members = router({
  me: caller
    .scope('self:read')
    .meta({ summary: 'Say who the call is by', rest: { org: { method: 'GET', path: '/me' } } })
    .input(schema.Nothing)
    .output(schema.Caller)
    .query(({ ctx }) => whoAmI(ctx)),
  list: project
    .scope('members:read')
    .meta({
      summary: 'List the members of a project',
      errors: ['INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/members' } },
      mcp: { name: 'list_members', title: 'List the members of the project', hints: { readOnly: true, idempotent: true } },
    })
    .input(schema.ListMembers)
    .output(schema.MemberPage)
    .query(({ ctx, input }) => listMembers(ctx, input)),
  get: project
    .scope('members:read')
    .meta({
      summary: 'Read a member of a project',
      errors: ['MEMBER_NOT_FOUND'],
      rest: { project: { method: 'GET', path: '/members/{id}', etag: 'content' } },
    })
    .input(schema.GetMember)
    .output(schema.Member)
    .query(({ ctx, input }) => getMember(ctx, input)),
  seats: project
    .scope('members:read')
    .meta({ summary: 'Say how many developer seats there are, and are taken' })
    .input(schema.ProjectOnly)
    .output(schema.Seats)
    .query(({ ctx }) => readSeats(ctx)),
  invite: project
    .scope('members:write')
    .meta({
      summary: 'Invite someone to the project by e-mail',
      description: 'The e-mail carries a link that is good for seven days. Developers and admins take a seat of the plan.',
      errors: ['ALREADY_MEMBER', 'ALREADY_INVITED', 'CONFLICT'],
      rest: { project: { method: 'POST', path: '/members', status: 201, location: '/members' } },
      mcp: {
        name: 'invite_member',
        title: 'Invite someone to the project',
        hints: { openWorld: true },
        confirm: { tells: 'This sends an e-mail with a link that makes its reader a member of the project.' },
      },
    })
    .input(schema.InviteMember)
    .output(schema.Invitation)
    .mutation(({ ctx, input }) => inviteMember(ctx, input)),
  changeRole: project
    .scope('members:write')
    .meta({
      summary: 'Give a member another role',
      errors: [...KEEPS_ITS_OWNER, 'PRECONDITION_FAILED'],
      rest: { project: { method: 'PATCH', path: '/members/{id}', etag: 'content' } },
    })
    .input(schema.ChangeRole)
    .output(schema.Member)
    .mutation(({ ctx, input }) => changeRole(ctx, input)),
  remove: project
    .scope('members:delete')
    .meta({
      summary: 'Remove a member from the project',
      description: 'Counts from the next call of the member and of their keys. What they have done stays.',
      errors: KEEPS_ITS_OWNER,
      rest: { project: { method: 'DELETE', path: '/members/{id}', status: 204 } },
      mcp: {
        name: 'remove_member',
        title: 'Remove a member from the project',
        hints: { destructive: true },
        names: { id: 'userId' },
        confirm: { tells: 'This takes the project away from the member and their keys, from their next call on.' },
      },
    })
    .input(schema.RemoveMember)
    .output(schema.Done)
    .mutation(({ ctx, input }) => removeMember(ctx, input)),
  leave: project
    .scope('project:read')
    .meta({ summary: 'Leave the project', errors: ['ROLE_THROUGH_ORGANIZATION', 'LAST_OWNER'] })
    .input(schema.Leave)
    .output(schema.Done)
    .mutation(({ ctx }) => leaveProject(ctx)),
  transferOwnership: project
    .scope('members:write')
    .meta({ summary: 'Make another member the owner', errors: ['MEMBER_NOT_FOUND', 'ROLE_THROUGH_ORGANIZATION'] })
    .input(schema.TransferOwnership)
    .output(schema.Done)
    .mutation(({ ctx, input }) => transferOwnership(ctx, input)),
  listInvitations: project
    .scope('members:read')
    .meta({ summary: 'List the invitations to a project', errors: ['INVALID_CURSOR'] })
    .input(schema.ListInvitations)
    .output(schema.InvitationPage)
    .query(({ ctx, input }) => listInvitations(ctx, input)),
  resendInvitation: project
    .scope('members:write')
    .meta({
      summary: 'Send an invitation again, with a new link',
      errors: ['INVITATION_NOT_FOUND', 'GONE', 'ALREADY_MEMBER', 'ALREADY_INVITED', 'CONFLICT'],
    })
    .input(schema.InvitationRef)
    .output(schema.Invitation)
    .mutation(({ ctx, input }) => resendInvitation(ctx, input)),
  revokeInvitation: project
    .scope('members:write')
    .meta({ summary: 'Withdraw an invitation', errors: ['INVITATION_NOT_FOUND', 'GONE'] })
    .input(schema.InvitationRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => revokeInvitation(ctx, input)),
});

/** What a signed-in person can do with the link that they were sent. For who has no account yet: `/api/auth/invitations`. */
export const invitations = router({
  preview: caller
    .scope('project:read')
    .meta({ summary: 'Read what an invitation offers', errors: ['INVITATION_NOT_FOUND', 'GONE', 'INVITATION_FOR_ANOTHER'] })
    .input(schema.InvitationToken)
    .output(schema.InvitationPreview)
    .query(({ ctx, input }) => previewOwnInvitation(ctx, input.token)),
  accept: caller
    .scope('project:read')
    .meta({ summary: 'Accept an invitation', errors: ['INVITATION_NOT_FOUND', 'GONE', 'INVITATION_FOR_ANOTHER'] })
    .input(schema.InvitationToken)
    .output(schema.AcceptedInvitation)
    .mutation(({ ctx, input }) => acceptInvitation(ctx, input.token)),
});
