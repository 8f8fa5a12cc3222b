import { seedTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { holdOpen, waiting } from '../../testing-locks.ts';
import { newInvitationToken } from './invitation-token.ts';
import { lockMembers } from './seats.ts';
import { seedInvitation, seedPerson } from './testing.ts';

let core: TestCore;
beforeAll(async () => {
  core = await openTestCore('postgres');
});
afterAll(() => core.db.close());

it('a link is worth nothing any more when the invitation is sent again at the very moment', async () => {
  const tenant = await seedTenant(core);
  const bob = await seedPerson(core, tenant);
  const { id, token } = await seedInvitation(core, tenant, { email: bob.email });
  const resend = await holdOpen(core, async (tx) => {
    const { project, organization } = tenant;
    const held = { project: { ...project, orgId: organization.id }, organization: { ...organization, plan: 'free' as const } };
    await lockMembers(tx, { tenant: held });
    await tx.invitation.update({ where: { id }, data: { tokenHash: newInvitationToken().hash } });
  });
  const accepted = outcomeOf(callAsUser(core, bob).invitations.accept({ token }));
  await waiting(core, 1);
  await resend.commit();
  expect(await accepted).toBe('INVITATION_NOT_FOUND');
});
