import { type CallOrigin, DomainError, type Facts, higherRole, type Role } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { type Act, actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import type { CallerContext, ProjectContext } from '../../trpc.ts';
import { type Audit, audited, write } from '../../write.ts';
import { notify } from '../notifications/notify.ts';
import { type FoundInvitation, findInvitation, invitedPerson } from './find-invitation.ts';
import { stateOf } from './invitation-row.ts';
import type { AcceptAsNewUser, AcceptedInvitation } from './schema.ts';
import { lockMembers, takeSeat, takesSeat } from './seats.ts';

type Person = { readonly id: string; readonly name: string };

/**
 * Makes the signed-in person a member. Accepting once more changes nothing; a role that they have is never lowered.
 *
 * @throws {DomainError} INVITATION_NOT_FOUND; GONE when expired, revoked or accepted by somebody; INVITATION_FOR_ANOTHER;
 *   PLAN_REQUIRED when the plan has lost the seat meanwhile; FORBIDDEN for a key
 */
export async function acceptInvitation(ctx: CallerContext, token: string): Promise<AcceptedInvitation> {
  const invitation = await findInvitation(ctx, token);
  const person = await invitedPerson(ctx, invitation);
  const tenant = tenantOf(invitation);
  // The caller has no part in the project yet: it is the invitation that lets them in.
  const joining: ProjectContext = { ...ctx, tenant, grant: { ...ctx.grant, facts: { ...ctx.grant.facts, ...tenant } } };
  return write(joining, async (tx, audit) => {
    await lockMembers(tx, joining);
    return join(tx, actOf(joining), audit, invitation, person);
  });
}

/**
 * Makes an account for an invited address and its owner a member, in one transaction. Who holds the token has read the
 * address's mail: that proves it.
 *
 * @throws {DomainError} INVITATION_NOT_FOUND; GONE; ACCOUNT_EXISTS; PLAN_REQUIRED
 */
export async function acceptAsNewUser(
  services: Services,
  call: Pick<CallOrigin, 'requestId' | 'ip' | 'userAgent'>,
  { token, name, passwordHash }: Pick<AcceptAsNewUser, 'token' | 'name'> & { readonly passwordHash: string },
): Promise<AcceptedInvitation> {
  const invitation = await findInvitation(services, token);
  const tenant = tenantOf(invitation);
  const person = { id: services.newId(), name };
  const act: Act = { ...services, tenant, author: { kind: 'TEAM', ...person }, via: 'dashboard' };
  const facts: Facts = { key: null, user: person, ...tenant, organizationRole: null, projectRole: null };
  const origin = { ...call, clock: services.clock, newId: services.newId };
  return transact(services.access.db, async (tx) => {
    await lockMembers(tx, act);
    await requireNotEnded(tx, invitation, services.clock());
    await createAccount(tx, services, { ...person, email: invitation.email, passwordHash });
    return audited(tx, origin, facts, (audit) => join(tx, act, audit, invitation, person));
  });
}

function tenantOf({ project: { id, orgId, slug }, organization }: FoundInvitation): Act['tenant'] {
  return { project: { id, orgId, slug }, organization };
}

type NewAccount = Person & { readonly email: string; readonly passwordHash: string };

async function createAccount(
  tx: Transaction,
  { clock, newId }: Services,
  { id, name, email, passwordHash }: NewAccount,
): Promise<void> {
  const now = clock();
  // Not told by a look first: of two calls at once for one address, the second finds it taken here.
  const { count } = await tx.user.createMany({
    data: [{ id, name, email, emailVerified: true, createdAt: now, updatedAt: now }],
    skipDuplicates: true,
  });
  if (count === 0) throw new DomainError('ACCOUNT_EXISTS');
  await tx.account.create({
    data: {
      id: newId(),
      accountId: id,
      providerId: 'credential',
      userId: id,
      password: passwordHash,
      createdAt: now,
      updatedAt: now,
    },
  });
}

/** Under the lock of `lockMembers`. */
async function join(
  tx: Transaction,
  act: Act,
  audit: Audit,
  invitation: Pick<FoundInvitation, 'id' | 'tokenHash' | 'role'>,
  person: Person,
): Promise<AcceptedInvitation> {
  const now = act.clock();
  const { project } = act.tenant;
  const { id, role } = invitation;
  const { state, acceptedById } = await requireNotEnded(tx, invitation, now);
  const member = { projectId_userId: { projectId: project.id, userId: person.id } };
  const had: Role | null = (await tx.projectMember.findUnique({ where: member, select: { role: true } }))?.role ?? null;
  if (state === 'accepted') {
    // Who has been removed since does not come back by the old link.
    if (acceptedById !== person.id || had === null) throw new DomainError('GONE');
    return { projectId: project.id, projectSlug: project.slug, role: had };
  }
  const has = higherRole(had, role) ?? role;
  if (takesSeat(has) && (had === null || !takesSeat(had))) await takeSeat(tx, act, id);
  if (had === null) {
    await tx.projectMember.create({ data: { projectId: project.id, userId: person.id, role: has, createdAt: now } });
  } else if (had !== has) await tx.projectMember.update({ where: member, data: { role: has, changedAt: now } });
  await tx.invitation.update({ where: { id }, data: { acceptedAt: now, acceptedById: person.id } });
  await audit({ action: 'member.joined', resourceType: 'user', resourceId: person.id, diff: { invitationId: id, role: has } });
  const title = `${person.name} joined as ${has}`;
  await notify(tx, act, {
    type: 'member.joined',
    title,
    audience: 'team',
    isPrivate: false,
    data: { userId: person.id, role: has },
  });
  await publish(tx, act, { kind: 'member', isPrivate: false });
  return { projectId: project.id, projectSlug: project.slug, role: has };
}

/**
 * Reads the invitation anew, under the lock.
 *
 * @throws {DomainError} GONE when expired or revoked; INVITATION_NOT_FOUND when it has been sent again, by another link
 */
async function requireNotEnded(tx: Transaction, { id, tokenHash }: Pick<FoundInvitation, 'id' | 'tokenHash'>, now: Date) {
  const row = await tx.invitation.findUnique({
    where: { id, tokenHash },
    select: { acceptedAt: true, acceptedById: true, endedAt: true, expiresAt: true },
  });
  if (row === null) throw new DomainError('INVITATION_NOT_FOUND');
  const state = stateOf(row, now);
  if (state === 'expired' || state === 'revoked') throw new DomainError('GONE');
  return { state, acceptedById: row.acceptedById };
}
