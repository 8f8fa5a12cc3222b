import { createHash, randomUUID } from 'node:crypto';
import { PLANS, type Role } from '@reqbase/auth';
import { seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, runJobs, type TestCore } from '../../testing.ts';
import { requireAtMost } from './invite.ts';
import { expireInvitations } from './jobs.ts';
import type { GivenRole } from './schema.ts';
import { seedInvitation, seedPerson } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core, { plan: 'scale' });
  me = callAsUser(core, tenant.user);
});

const ofProject = () => ({ projectId: tenant.project.id });
const address = () => `${randomUUID()}@example.test`;
const invite = (email = address(), role: GivenRole = 'developer', caller = me) =>
  caller.members.invite({ ...ofProject(), email, role });
const seats = () => me.members.seats(ofProject());
const setPlan = (plan: 'free' | 'pro' | 'scale' | 'enterprise') =>
  core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan } });

/** The e-mails that an address has got, oldest first. */
async function mailsTo(email: string) {
  await runJobs(core.core);
  return core.outbox.filter(({ to }) => to === email);
}
const tokenIn = (text: unknown) => String(text).split(`${core.core.publicUrl}/invitations/`)[1]?.split('\n', 1)[0] ?? '';

describe('an invitation', () => {
  it('goes to the address in lower case, for seven days, and says by whom and as what', async () => {
    const invited = await invite('Grace.Hopper@Example.TEST', 'admin');
    expect(invited).toEqual({
      id: expect.any(String),
      email: 'grace.hopper@example.test',
      role: 'admin',
      state: 'open',
      invitedBy: { userId: tenant.user.id, name: tenant.user.name },
      createdAt: '2026-03-14T10:20:30.250Z',
      expiresAt: '2026-03-21T10:20:30.250Z',
      acceptedAt: null,
    });
    expect((await me.members.listInvitations(ofProject())).items).toEqual([invited]);
  });

  it('is sent with a link of 256 bits, of which nothing but the hash stays', async () => {
    const { id, email } = await invite();
    const mails = await mailsTo(email);
    expect(mails).toHaveLength(1);
    const token = tokenIn(mails[0]?.text);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const row = await core.db.prisma.invitation.findUniqueOrThrow({ where: { id } });
    expect(Buffer.from(row.tokenHash)).toEqual(createHash('sha256').update(token).digest());
    expect(JSON.stringify(await core.db.prisma.auditEntry.findMany())).not.toContain(token);
  });

  it('goes out though a name is cut within what would be half a character', async () => {
    const name = `a${'😀'.repeat(150)}`;
    await core.db.prisma.user.update({ where: { id: tenant.user.id }, data: { name } });
    const [mail] = await mailsTo((await invite()).email);
    expect(mail?.subject).toBe(`a${'😀'.repeat(99)}… invites you to Project`);
  });

  it('cannot be made to say something else by a name', async () => {
    await core.db.prisma.user.update({ where: { id: tenant.user.id }, data: { name: 'Ada\r\nBcc: all@example.test\u2028x' } });
    const [mail] = await mailsTo((await invite()).email);
    expect(mail?.subject).toBe('Ada Bcc: all@example.test x invites you to Project');
    expect(String(mail?.text).split('\n')[0]).toBe(
      'Ada Bcc: all@example.test x invites you to the project "Project" as a developer.',
    );
  });

  it('leaves an audit entry and a notice, which does not tell viewers the address', async () => {
    const { id, email } = await invite();
    expect(await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } })).toMatchObject([
      { action: 'member.invited', resourceType: 'invitation', resourceId: id, diff: { email, role: 'developer' } },
    ]);
    const notices = await core.db.prisma.notification.findMany({ where: { projectId: tenant.project.id } });
    expect(notices).toMatchObject([
      { type: 'member.invited', audience: 'team', isPrivate: false, title: `${tenant.user.name} invited a new developer` },
    ]);
    expect(JSON.stringify(notices)).not.toContain(email);
  });

  it('is not made twice for an address, however it is spelled, until the first is over', async () => {
    const { id, email } = await invite();
    expect(await outcomeOf(invite(email.toUpperCase()))).toBe('ALREADY_INVITED');
    await me.members.revokeInvitation({ ...ofProject(), id });
    expect(await outcomeOf(invite(email))).toBe('admitted');
    core.clock.advance(7 * 86_400_000);
    // No job has been by: the address is free by the instant.
    expect(await outcomeOf(invite(email))).toBe('admitted');
    expect((await me.members.listInvitations(ofProject())).items.map(({ state }) => state)).toEqual([
      'open',
      'expired',
      'revoked',
    ]);
  });

  it('to another project of the organization is another', async () => {
    const { email } = await invite();
    const project = await seedProject(core, tenant.organization);
    expect(await outcomeOf(me.members.invite({ projectId: project.id, email, role: 'developer' }))).toBe('admitted');
  });

  it.each<[GivenRole, { organization?: Role; project?: Role }, string]>([
    ['developer', { project: 'developer' }, 'ALREADY_MEMBER'],
    ['viewer', { project: 'admin' }, 'ALREADY_MEMBER'],
    ['admin', { organization: 'owner' }, 'ALREADY_MEMBER'],
    ['viewer', { organization: 'viewer' }, 'ALREADY_MEMBER'],
    ['developer', { organization: 'viewer' }, 'admitted'],
    ['admin', { organization: 'viewer', project: 'developer' }, 'admitted'],
    ['viewer', {}, 'admitted'],
  ])('as %s to who has %j ends in %s', async (role, roles, outcome) => {
    const { email } = await seedPerson(core, tenant, roles);
    expect(await outcomeOf(invite(email, role))).toBe(outcome);
  });

  it.each([
    ['email', { email: 'grace' }],
    ['email', { email: `${'a'.repeat(250)}@example.test` }],
    ['role', { role: 'owner' }],
    ['role', { role: 'king' }],
  ])('with a wrong %s is refused by the field', async (path, input) => {
    const call = me.members.invite({ ...ofProject(), email: address(), role: 'viewer', ...input } as never);
    expect(await refusalOf(call)).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path }] });
    expect(await core.db.prisma.invitation.count({ where: { projectId: tenant.project.id } })).toBe(0);
  });

  it('is for owners to send, in person or by a key with members:write', async () => {
    const key = await callAsKey(core, tenant, { scopes: ['members:write'] });
    expect(await outcomeOf(invite(address(), 'viewer', key))).toBe('admitted');
    for (const role of ['viewer', 'developer', 'admin'] as const) {
      await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
      expect(await outcomeOf(invite())).toBe('FORBIDDEN');
    }
  });

  it('gives no more than the inviter has, whatever the table of roles lets invite', () => {
    const outcome = (own: Role | null, given: Role) => outcomeOf(Promise.resolve().then(() => requireAtMost(own, given)));
    return expect(
      Promise.all([outcome('owner', 'admin'), outcome('admin', 'admin'), outcome('developer', 'admin'), outcome(null, 'viewer')]),
    ).resolves.toEqual(['admitted', 'admitted', 'FORBIDDEN', 'FORBIDDEN']);
  });

  it('is the hundredth at most', async () => {
    await Promise.all(Array.from({ length: 99 }, () => seedInvitation(core, tenant, { role: 'viewer' })));
    expect(await outcomeOf(invite(address(), 'viewer'))).toBe('admitted');
    expect(await outcomeOf(invite(address(), 'viewer'))).toBe('CONFLICT');
  });
});

describe('developer seats', () => {
  it('are taken by developers, admins and open invitations to become one; not by viewers, the owner or the organization', async () => {
    expect(await seats()).toEqual({ used: 0, limit: 15 });
    for (const project of ['owner', 'admin', 'developer', 'viewer'] as const) await seedPerson(core, tenant, { project });
    for (const organization of ['admin', 'developer', 'viewer'] as const) await seedPerson(core, tenant, { organization });
    expect((await seats()).used).toBe(2);
    for (const role of ['admin', 'developer', 'viewer'] as const) await invite(address(), role);
    const over = { expiresAt: core.clock.now() };
    await seedInvitation(core, tenant, over);
    await seedInvitation(core, tenant, { endedAt: core.clock.now() });
    await seedInvitation(core, tenant, { acceptedAt: core.clock.now() });
    await seedInvitation(core, { project: await seedProject(core, tenant.organization) });
    expect((await seats()).used).toBe(4);
  });

  it.each([
    ['free', 0, 'pro'],
    ['pro', 3, 'scale'],
    ['scale', 15, 'enterprise'],
  ] as const)('on %s are %i; one more needs %s, and viewers are free', async (plan, limit, requiredPlan) => {
    await setPlan(plan);
    for (let n = 0; n < limit; n++) await invite();
    expect(await refusalOf(invite())).toMatchObject({
      status: 403,
      code: 'PLAN_REQUIRED',
      detail: { requiredPlan, seats: { used: limit, limit } },
    });
    expect(await outcomeOf(invite(address(), 'viewer'))).toBe('admitted');
    expect(await core.db.prisma.invitation.count({ where: { projectId: tenant.project.id } })).toBe(limit + 1);
  });

  it('have no end on enterprise', async () => {
    await setPlan('enterprise');
    for (let n = 0; n < 17; n++) await invite();
    expect(await seats()).toEqual({ used: 17, limit: null });
  });

  it('are free again when an invitation is revoked or runs out', async () => {
    await setPlan('pro');
    const [first] = [await invite(), await invite(), await invite()];
    expect(await outcomeOf(invite())).toBe('PLAN_REQUIRED');
    await me.members.revokeInvitation({ ...ofProject(), id: first.id });
    expect(await outcomeOf(invite())).toBe('admitted');
    expect(await outcomeOf(invite())).toBe('PLAN_REQUIRED');
    core.clock.advance(7 * 86_400_000);
    expect([await seats(), await outcomeOf(invite())]).toEqual([{ used: 0, limit: 3 }, 'admitted']);
  });

  it('are never more than the plan has, however many invite at once', async () => {
    await setPlan('pro');
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => outcomeOf(invite())));
    expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(3);
    expect(new Set(outcomes)).toEqual(new Set(['admitted', 'PLAN_REQUIRED']));
    expect(await seats()).toEqual({ used: 3, limit: PLANS.pro.developerSeats });
  });

  it('are one for an address, however many invite it at once', async () => {
    const email = address();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(invite(email))));
    expect(outcomes.toSorted()).toEqual([...Array(7).fill('ALREADY_INVITED'), 'admitted'].toSorted());
    expect((await seats()).used).toBe(1);
  });
});

describe('sending an invitation again', () => {
  const resend = (id: string, caller = me) => caller.members.resendInvitation({ ...ofProject(), id });

  it('makes a new link for seven more days, and the old one dead', async () => {
    const { id, email } = await invite();
    core.clock.advance(86_400_000);
    expect(await resend(id)).toMatchObject({ id, state: 'open', expiresAt: '2026-03-22T10:20:30.250Z' });
    const tokens = (await mailsTo(email)).map(({ text }) => tokenIn(text));
    expect(new Set(tokens).size).toBe(2);
    const bob = await seedPerson(core, tenant);
    const outcomes = [];
    for (const token of tokens) outcomes.push(await outcomeOf(callAsUser(core, bob).invitations.accept({ token })));
    expect(outcomes).toEqual(['INVITATION_NOT_FOUND', 'INVITATION_FOR_ANOTHER']);
  });

  it('waits a minute, so that nobody’s mailbox is filled', async () => {
    const { id } = await invite();
    core.clock.advance(59_000);
    expect(await refusalOf(resend(id))).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 1 });
    core.clock.advance(1_000);
    expect(await outcomeOf(resend(id))).toBe('admitted');
    expect(await outcomeOf(resend(id))).toBe('RATE_LIMITED');
  });

  it('opens an expired one anew, if there is still room', async () => {
    await setPlan('pro');
    const { id, email } = await invite();
    core.clock.advance(7 * 86_400_000);
    for (let n = 0; n < 3; n++) await invite();
    expect(await outcomeOf(resend(id))).toBe('PLAN_REQUIRED');
    await setPlan('scale');
    expect(await resend(id)).toMatchObject({ state: 'open' });
    await me.members.revokeInvitation({ ...ofProject(), id });
    const again = await seedInvitation(core, tenant, { email, expiresAt: core.clock.now(), endedAt: core.clock.now() });
    await invite(email);
    expect(await outcomeOf(resend(again.id))).toBe('ALREADY_INVITED');
  });

  it('does not bring back what was revoked or accepted', async () => {
    const now = core.clock.now();
    for (const end of [{ endedAt: now }, { acceptedAt: now }]) {
      const { id } = await seedInvitation(core, tenant, end);
      expect(await outcomeOf(resend(id))).toBe('GONE');
    }
  });
});

describe('the id of an invitation to another project, or of none', () => {
  it('answers INVITATION_NOT_FOUND, and nothing happens to it', async () => {
    const foreign = await seedInvitation(core, await seedTenant(core));
    const sibling = await seedInvitation(core, { project: await seedProject(core, tenant.organization) });
    const before = await core.db.prisma.invitation.findMany({ orderBy: { id: 'asc' } });
    core.clock.advance(120_000);
    for (const id of [foreign.id, sibling.id, randomUUID()]) {
      for (const act of ['revokeInvitation', 'resendInvitation'] as const)
        expect(await outcomeOf(me.members[act]({ ...ofProject(), id }))).toBe('INVITATION_NOT_FOUND');
    }
    expect(await core.db.prisma.invitation.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
  });
});

describe('revoking an invitation', () => {
  it('is done once, to an open one', async () => {
    const { id } = await invite();
    const outcomes = [];
    for (let n = 0; n < 2; n++) outcomes.push(await outcomeOf(me.members.revokeInvitation({ ...ofProject(), id })));
    const { id: over } = await seedInvitation(core, tenant, { expiresAt: core.clock.now() });
    outcomes.push(await outcomeOf(me.members.revokeInvitation({ ...ofProject(), id: over })));
    expect(outcomes).toEqual(['admitted', 'GONE', 'GONE']);
  });
});

describe('the list of invitations', () => {
  it('comes latest first, each once in pages of any size, open ones and the others apart', async () => {
    const now = core.clock.now();
    for (let n = 0; n < 7; n++) {
      const createdAt = new Date(now.getTime() - Math.floor(n / 2) * 60_000);
      await seedInvitation(core, tenant, { createdAt, ...(n % 3 === 0 && { endedAt: now }) });
    }
    await seedInvitation(core, { project: await seedProject(core, tenant.organization) });
    const all = (await me.members.listInvitations(ofProject())).items;
    expect(all).toHaveLength(7);
    expect(all).toEqual(all.toSorted((a, b) => (b.createdAt + b.id < a.createdAt + a.id ? -1 : 1)));
    for (const open of [undefined, true, false]) {
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: Awaited<ReturnType<typeof me.members.listInvitations>> = await me.members.listInvitations({
          ...ofProject(),
          limit: 2,
          ...(open !== undefined && { open }),
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(all.filter(({ state }) => open === undefined || (state === 'open') === open).map(({ id }) => id));
    }
  });

  it('is not paged with the cursor of other invitations', async () => {
    for (let n = 0; n < 2; n++) await seedInvitation(core, tenant);
    const { nextCursor } = await me.members.listInvitations({ ...ofProject(), limit: 1 });
    const cursor = nextCursor ?? '';
    expect(await outcomeOf(me.members.listInvitations({ ...ofProject(), open: true, cursor }))).toBe('INVALID_CURSOR');
    const project = await seedProject(core, tenant.organization);
    expect(await outcomeOf(me.members.listInvitations({ projectId: project.id, cursor }))).toBe('INVALID_CURSOR');
  });

  it('is for developers and above', async () => {
    const outcomes = [];
    for (const role of ['viewer', 'developer'] as const) {
      await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
      outcomes.push(await outcomeOf(me.members.listInvitations(ofProject())), await outcomeOf(seats()));
    }
    expect(outcomes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'admitted', 'admitted']);
  });
});

describe('the job that notes the expired', () => {
  it('ends those whose week is over, once, and no other', async () => {
    const now = core.clock.now();
    const expired = await seedInvitation(core, tenant, { expiresAt: now });
    const live = await seedInvitation(core, tenant);
    await expireInvitations.run(core.core, {});
    core.clock.advance(3_600_000);
    await expireInvitations.run(core.core, {});
    const rows = await core.db.prisma.invitation.findMany({ where: { projectId: tenant.project.id } });
    expect(Object.fromEntries(rows.map(({ id, endedAt }) => [id, endedAt]))).toEqual({ [expired.id]: now, [live.id]: null });
    expect((await me.members.listInvitations({ ...ofProject(), open: false })).items).toMatchObject([{ state: 'expired' }]);
  });
});
