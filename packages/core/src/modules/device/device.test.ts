import { parseKey } from '@reqbase/auth';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, runJobs, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';
import { type DevicePoll, pollDevice } from './poll.ts';
import { askAndAllow, askForCodes } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  // Of each limit, a new window.
  core.clock.advance(15 * 60_000);
});

const me = () => callAsUser(core, tenant.user);
const organizationId = () => tenant.organization.id;
const CALL = { requestId: 'req_of_the_device', ip: '203.0.113.9', userAgent: 'reqbase-cli/1' };
const poll = (codes: { device_code: string }) => pollDevice(core.core, CALL, codes.device_code);
const entries = (action: string) =>
  core.db.prisma.auditEntry.findMany({ where: { orgId: organizationId(), action }, orderBy: { at: 'asc' } });

async function granted(codes: { device_code: string }): Promise<DevicePoll & { outcome: 'granted' }> {
  const answer = await poll(codes);
  if (answer.outcome !== 'granted') throw new Error(`not granted but ${answer.outcome}`);
  return answer;
}

describe('a device’s request', () => {
  it('has the contract’s shape, and both codes are stored hashed alone', async () => {
    const codes = await askForCodes(core);
    expect(codes).toEqual({
      device_code: expect.stringMatching(/^[\w-]{48}$/),
      user_code: expect.stringMatching(/^\w{4}-\w{4}$/),
      verification_uri: 'http://localhost:3100/device',
      verification_uri_complete: `http://localhost:3100/device?code=${codes.user_code}`,
      expires_in: 900,
      interval: 5,
    });
    const stored = JSON.stringify(await core.db.sql.query('select d::text from device_authorization d'));
    for (const secret of [codes.device_code, codes.user_code, codes.user_code.replace('-', '')])
      expect(stored).not.toContain(secret);
  });

  it('asks to read where it says nothing', async () => {
    const { user_code: userCode } = await askForCodes(core, { scopes: [] });
    expect((await me().device.lookUp({ userCode })).scopes).toEqual(['read']);
  });

  it('is made five times a minute from an address', async () => {
    const ip = '198.51.100.4';
    const outcomes = [];
    for (let n = 0; n < 6; n++) outcomes.push(await outcomeOf(askForCodes(core, { ip })));
    expect(outcomes).toEqual([...Array(5).fill('admitted'), 'RATE_LIMITED']);
    const { retryAfter = 0 } = await refusalOf(askForCodes(core, { ip }));
    expect(await outcomeOf(askForCodes(core))).toBe('admitted');
    core.clock.advance(retryAfter * 1_000);
    expect(await outcomeOf(askForCodes(core, { ip }))).toBe('admitted');
  });
});

describe('looking a code up', () => {
  it('tells what the device said of itself and where it asked from, however the code is typed', async () => {
    const { user_code } = await askForCodes(core, {
      clientName: 'CI runner',
      scopes: ['write', 'usage:read'],
      ip: '198.51.100.7',
    });
    const now = core.clock.now();
    const expected = {
      userCode: user_code,
      clientName: 'CI runner',
      scopes: ['write', 'usage:read'],
      status: 'pending',
      requestedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + 900_000).toISOString(),
      ip: '198.51.100.7',
      isFromYourAddress: false,
    };
    for (const userCode of [user_code, user_code.toLowerCase().replace('-', ''), ` ${user_code.replace('-', ' – ')} `])
      expect(await me().device.lookUp({ userCode })).toEqual(expected);
  });

  it('says whether the device is where the person is', async () => {
    const { user_code: userCode } = await askForCodes(core, { ip: '2001:db8:1:2:3::4' });
    const from = (ip: string) =>
      callAs(core, { kind: 'session', userId: tenant.user.id }, { change: (ctx) => ({ ...ctx, ip }) }).device.lookUp({
        userCode,
      });
    expect((await from('2001:db8:1:2::9')).isFromYourAddress).toBe(true);
    expect((await from('2001:db8:1:3::9')).isFromYourAddress).toBe(false);
  });

  it('binds it to who looks first: to all others it is not there, neither to look at nor to decide', async () => {
    const { user_code: userCode } = await askForCodes(core);
    const other = await seedPerson(core, tenant, { organization: 'owner' });
    await me().device.lookUp({ userCode });
    const theirs = callAsUser(core, other).device;
    const calls = [
      theirs.lookUp({ userCode }),
      theirs.authorize({ organizationId: organizationId(), userCode }),
      theirs.deny({ userCode }),
    ];
    expect(new Set(await Promise.all(calls.map(outcomeOf)))).toEqual(new Set(['USER_CODE_NOT_FOUND']));
    expect((await me().device.lookUp({ userCode })).status).toBe('pending');
  });

  it('of two at once, one gets it', async () => {
    const { user_code: userCode } = await askForCodes(core);
    const others = await Promise.all([1, 2, 3, 4].map(() => seedPerson(core, tenant)));
    const outcomes = await Promise.all(others.map((person) => outcomeOf(callAsUser(core, person).device.lookUp({ userCode }))));
    expect(outcomes.toSorted()).toEqual(['USER_CODE_NOT_FOUND', 'USER_CODE_NOT_FOUND', 'USER_CODE_NOT_FOUND', 'admitted']);
  });

  it('is refused after five wrong codes, the right one too, until a quarter of an hour is over', async () => {
    const { user_code: right } = await askForCodes(core);
    for (let n = 0; n < 5; n++)
      expect(await outcomeOf(me().device.lookUp({ userCode: `BCDF-234${n + 2}` }))).toBe('USER_CODE_NOT_FOUND');
    const { code, retryAfter = 0 } = await refusalOf(me().device.lookUp({ userCode: right }));
    expect(code).toBe('RATE_LIMITED');
    expect(await outcomeOf(me().device.deny({ userCode: right }))).toBe('RATE_LIMITED');
    // Another person is not held up by it.
    expect(await outcomeOf(callAsUser(core, await seedPerson(core, tenant)).device.lookUp({ userCode: 'BCDF-2345' }))).toBe(
      'USER_CODE_NOT_FOUND',
    );
    core.clock.advance(retryAfter * 1_000);
    const { user_code: userCode } = await askForCodes(core);
    expect(await outcomeOf(me().device.lookUp({ userCode }))).toBe('admitted');
  });

  it('guesses from one address are counted over all people, at once or not', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => seedPerson(core, tenant)));
    const guess = (userId: string) =>
      outcomeOf(
        callAs(core, { kind: 'session', userId }, { change: (ctx) => ({ ...ctx, ip: '198.51.100.9' }) }).device.lookUp({
          userCode: 'BCDF-2345',
        }),
      );
    const outcomes = await Promise.all(people.flatMap(({ id }) => [guess(id), guess(id), guess(id)]));
    expect(outcomes.filter((outcome) => outcome === 'USER_CODE_NOT_FOUND')).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome === 'RATE_LIMITED')).toHaveLength(4);
  });

  it('costs who is right nothing, however often', async () => {
    const { user_code: userCode } = await askForCodes(core);
    for (let n = 0; n < 12; n++) expect(await outcomeOf(me().device.lookUp({ userCode }))).toBe('admitted');
  });

  it('is for people: a key is refused, and decides nothing', async () => {
    const { user_code: userCode } = await askForCodes(core);
    const key = await callAsKey(core, tenant, { scopes: ['admin'], projectId: null });
    const calls = [
      key.device.lookUp({ userCode }),
      key.device.authorize({ organizationId: organizationId(), userCode }),
      key.device.deny({ userCode }),
    ];
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  });
});

describe('a request that is allowed', () => {
  it('gets a key of the organization, once, that names where it comes from and does what was allowed', async () => {
    const codes = await askAndAllow(
      core,
      tenant,
      { clientName: 'CI runner', scopes: ['write', 'usage:read'] },
      { scopes: ['usage:read'] },
    );
    expect(await core.db.prisma.apiKey.count({ where: { orgId: organizationId() } })).toBe(0);
    const { key, organization } = await granted(codes);
    expect(organization.slug).toBe(tenant.organization.slug);
    const expiresAt = new Date(core.clock.now().getTime() + 90 * 86_400_000).toISOString();
    expect(key).toMatchObject({
      kind: 'organization',
      orgId: organizationId(),
      name: 'CI runner (device flow)',
      source: 'device_flow',
      ownerPrincipalType: 'user',
      ownerPrincipalId: tenant.user.id,
      scopes: [{ permission: 'usage:read' }],
      expiresAt,
    });
    const parsed = parseKey(key.rawKey);
    if (parsed === null) throw new Error('no key');
    const caller = callAs(core, { kind: 'key', key: parsed });
    expect(await outcomeOf(caller.usage.today({ projectId: tenant.project.id }))).toBe('admitted');
    expect(await outcomeOf(caller.backlog.list({ projectId: tenant.project.id }))).toBe('INSUFFICIENT_SCOPE');

    expect((await poll(codes)).outcome).toBe('expired');
    expect((await me().device.lookUp({ userCode: codes.user_code })).status).toBe('redeemed');
    const { items } = await me().organizationKeys.list({ organizationId: organizationId() });
    expect(items).toMatchObject([{ id: key.id, source: 'device_flow' }]);
    expect(await me().organizationKeys.get({ organizationId: organizationId(), id: key.id })).toMatchObject({
      source: 'device_flow',
    });
    const stored = JSON.stringify(await core.db.sql.query('select d::text from device_authorization d'));
    expect(stored).not.toContain(key.rawKey);
    expect(stored).toContain(key.id);
  });

  it('is in the audit log, the key under the id of the request', async () => {
    const codes = await askAndAllow(core, tenant, { clientName: 'CI runner', ip: '198.51.100.7' });
    const { key } = await granted(codes);
    const [approved] = await entries('device.approved');
    expect(approved).toMatchObject({
      actorType: 'user',
      actorId: tenant.user.id,
      resourceType: 'device_authorization',
      outcome: 'allowed',
      diff: { clientName: 'CI runner', scopes: ['read'], grantedScopes: ['read'], deviceIp: '198.51.100.7' },
    });
    expect(await entries('api_key.created')).toMatchObject([
      {
        actorId: tenant.user.id,
        resourceId: key.id,
        ...CALL,
        diff: { prefix: key.prefix, deviceAuthorizationId: approved?.resourceId },
      },
    ]);
  });

  it('may end later, earlier or never, but not before the device can come for it', async () => {
    const { user_code: userCode } = await askForCodes(core);
    const soon = new Date(core.clock.now().getTime() + 900_000).toISOString();
    expect(await refusalOf(me().device.authorize({ organizationId: organizationId(), userCode, expiresAt: soon }))).toMatchObject(
      {
        code: 'BAD_REQUEST',
        issues: [{ path: 'expiresAt' }],
      },
    );
    const never = await askAndAllow(core, tenant, {}, { expiresAt: null });
    expect((await granted(never)).key.expiresAt).toBeNull();
    const inADay = new Date(core.clock.now().getTime() + 86_400_000).toISOString();
    expect((await granted(await askAndAllow(core, tenant, {}, { expiresAt: inADay }))).key.expiresAt).toBe(inADay);
  });

  it('has no more than the device asked for, and than its person may give', async () => {
    const { user_code: userCode } = await askForCodes(core, { scopes: ['write'] });
    const authorize = (scopes: string[]) =>
      refusalOf(me().device.authorize({ organizationId: organizationId(), userCode, scopes }));
    expect(await authorize(['read', 'admin', 'keys:admin'])).toMatchObject({
      code: 'SCOPE_NOT_GRANTABLE',
      detail: { offenders: [{ scope: 'admin', reason: 'The device did not ask for it.' }, { scope: 'keys:admin' }] },
    });
    const admin = await seedPerson(core, tenant, { organization: 'admin' });
    const asked = await askForCodes(core, { scopes: ['admin', 'write'] });
    const theirs = callAsUser(core, admin).device;
    expect(await refusalOf(theirs.authorize({ organizationId: organizationId(), userCode: asked.user_code }))).toMatchObject({
      code: 'SCOPE_NOT_GRANTABLE',
      detail: { offenders: [{ scope: 'admin', reason: 'Needs the role owner.' }] },
    });
    await theirs.authorize({ organizationId: organizationId(), userCode: asked.user_code, scopes: ['conversations:read'] });
    const { key } = await granted(asked);
    expect(key.scopes).toEqual([{ id: `${key.id}:0`, permission: 'conversations:read' }]);
    expect(await entries('device.authorize')).toMatchObject([{ code: 'SCOPE_NOT_GRANTABLE' }, { code: 'SCOPE_NOT_GRANTABLE' }]);
  });

  it.each([
    ['a developer', { organization: 'developer' }, 'FORBIDDEN'],
    ['an owner of a project only', { project: 'owner' }, 'ORGANIZATION_NOT_FOUND'],
  ] as const)('is not allowed by %s', async (_who, roles, code) => {
    const { user_code: userCode } = await askForCodes(core);
    const person = await seedPerson(core, tenant, roles);
    expect(await outcomeOf(callAsUser(core, person).device.authorize({ organizationId: organizationId(), userCode }))).toBe(code);
  });

  it('is not allowed on a plan without keys', async () => {
    const free = await seedTenant(core, { plan: 'free' });
    const { user_code: userCode } = await askForCodes(core);
    const allow = callAsUser(core, free.user).device.authorize({ organizationId: free.organization.id, userCode });
    expect(await refusalOf(allow)).toMatchObject({ code: 'PLAN_REQUIRED', detail: { requiredPlan: 'pro' } });
  });

  it('is decided once', async () => {
    const { user_code: userCode } = await askForCodes(core);
    const decide = () => [
      me().device.authorize({ organizationId: organizationId(), userCode }),
      me().device.deny({ userCode }),
      me().device.authorize({ organizationId: organizationId(), userCode }),
    ];
    const outcomes = await Promise.all(decide().map(outcomeOf));
    expect(outcomes.toSorted()).toEqual(['CONFLICT', 'CONFLICT', 'admitted']);
    expect(await Promise.all(decide().map(outcomeOf))).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT']);
    expect([...(await entries('device.approved')), ...(await entries('device.denied'))]).toHaveLength(1);
  });

  it('is decided ten times a minute by a person', async () => {
    const outcomes = [];
    for (let n = 0; n < 11; n++) {
      const { user_code: userCode } = await askForCodes(core);
      outcomes.push(await outcomeOf(me().device.authorize({ organizationId: organizationId(), userCode })));
    }
    expect(outcomes).toEqual([...Array(10).fill('admitted'), 'RATE_LIMITED']);
  });
});

describe('who allowed it and may not any more', () => {
  const lostIn: [string, () => Promise<unknown>, string][] = [
    [
      'was made a developer',
      () => core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'developer' } }),
      'FORBIDDEN',
    ],
    [
      'was made an admin, who gives no admin',
      () => core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'admin' } }),
      'SCOPE_NOT_GRANTABLE',
    ],
    [
      'has left the plan with keys',
      () => core.db.prisma.organization.update({ where: { id: organizationId() }, data: { plan: 'free' } }),
      'PLAN_REQUIRED',
    ],
  ];
  it.each(lostIn)('%s: the device gets no key, then or later, and the log says why', async (_how, lose, code) => {
    const codes = await askAndAllow(core, tenant, { scopes: ['admin'] });
    await lose();
    expect(await poll(codes)).toEqual({ outcome: 'lapsed' });
    expect(await entries('device.redeem')).toMatchObject([{ outcome: 'denied', code, actorId: tenant.user.id, ...CALL }]);
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'owner' } });
    expect(await poll(codes)).toEqual({ outcome: 'lapsed' });
    expect(await core.db.prisma.apiKey.count({ where: { orgId: organizationId() } })).toBe(0);
    expect((await me().device.lookUp({ userCode: codes.user_code })).status).toBe('lapsed');
  });

  it('was removed, or is gone with their account or the organization: no key either', async () => {
    const [removed, gone, dissolved] = [
      await askAndAllow(core, tenant),
      await askAndAllow(core, tenant),
      await askAndAllow(core, tenant),
    ];
    await core.db.prisma.organizationMember.deleteMany({ where: { userId: tenant.user.id } });
    expect(await poll(removed)).toEqual({ outcome: 'lapsed' });
    await core.db.prisma.organization.delete({ where: { id: organizationId() } });
    expect(await poll(dissolved)).toEqual({ outcome: 'expired' });
    await core.db.prisma.user.delete({ where: { id: tenant.user.id } });
    expect(await poll(gone)).toEqual({ outcome: 'expired' });
  });
});

describe('a request that is denied', () => {
  it('says so to the device, for good, and in the log of each organization that it could have been for', async () => {
    const second = await seedTenant(core, { plan: 'pro', organizationRole: null });
    const third = await seedTenant(core, { plan: 'pro', organizationRole: null });
    const join = (orgId: string, role: 'admin' | 'developer') =>
      core.db.prisma.organizationMember.create({ data: { orgId, userId: tenant.user.id, role } });
    await join(second.organization.id, 'admin');
    await join(third.organization.id, 'developer');
    const codes = await askForCodes(core, { clientName: 'CI runner' });
    expect((await me().device.deny({ userCode: codes.user_code })).status).toBe('denied');
    for (let n = 0; n < 3; n++) expect(await poll(codes)).toEqual({ outcome: 'denied' });
    const denied = await core.db.prisma.auditEntry.findMany({ where: { action: 'device.denied', actorId: tenant.user.id } });
    expect(new Set(denied.map(({ orgId }) => orgId))).toEqual(new Set([organizationId(), second.organization.id]));
    expect(denied[0]).toMatchObject({ diff: { clientName: 'CI runner' } });
  });
});

describe('a poll', () => {
  it('is answered pending, too early, and pending again', async () => {
    const codes = await askForCodes(core);
    expect(await poll(codes)).toEqual({ outcome: 'pending', interval: 5 });
    expect(await poll(codes)).toEqual({ outcome: 'too early', interval: 10 });
    core.clock.advance(5_000);
    expect(await poll(codes)).toEqual({ outcome: 'pending', interval: 5 });
    core.clock.advance(4_500);
    expect(await poll(codes)).toEqual({ outcome: 'pending', interval: 5 });
  });

  it('gets what has been decided, however early', async () => {
    const codes = await askForCodes(core);
    await poll(codes);
    await me().device.authorize({ organizationId: organizationId(), userCode: codes.user_code });
    expect((await poll(codes)).outcome).toBe('granted');
  });

  it('twenty at once get one key', async () => {
    const codes = await askAndAllow(core, tenant);
    const outcomes = (await Promise.all(Array.from({ length: 20 }, () => poll(codes)))).map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual([...Array(19).fill('expired'), 'granted']);
    expect(await core.db.prisma.apiKey.count({ where: { orgId: organizationId() } })).toBe(1);
    expect(await entries('api_key.created')).toHaveLength(1);
  });

  it('with a code that was never given is answered as with one that is over', async () => {
    expect(await poll({ device_code: 'x'.repeat(48) })).toEqual({ outcome: 'expired' });
    expect(await poll({ device_code: '' })).toEqual({ outcome: 'expired' });
  });
});

describe('after a quarter of an hour', () => {
  it('nothing can be decided or had any more, what was allowed neither', async () => {
    const [open, allowed, denied] = [await askForCodes(core), await askAndAllow(core, tenant), await askForCodes(core)];
    await me().device.lookUp({ userCode: open.user_code });
    await me().device.deny({ userCode: denied.user_code });
    core.clock.advance(900_000 - 1);
    expect((await poll(open)).outcome).toBe('pending');
    core.clock.advance(1);
    for (const codes of [open, allowed]) {
      expect(await poll(codes)).toEqual({ outcome: 'expired' });
      expect((await me().device.lookUp({ userCode: codes.user_code })).status).toBe('expired');
    }
    expect(await poll(denied)).toEqual({ outcome: 'denied' });
    const { user_code: userCode } = open;
    const decisions = [me().device.authorize({ organizationId: organizationId(), userCode }), me().device.deny({ userCode })];
    expect(await Promise.all(decisions.map(outcomeOf))).toEqual(['DEVICE_CODE_EXPIRED', 'DEVICE_CODE_EXPIRED']);
    expect(await core.db.prisma.apiKey.count({ where: { orgId: organizationId() } })).toBe(0);
  });

  it('and a day more it is forgotten, with who has called; the key stays', async () => {
    const used = await askAndAllow(core, tenant);
    const { key } = await granted(used);
    const purge = () => runJobs(core.core, { withScheduled: true });
    const left = async () => [await core.db.prisma.deviceAuthorization.count(), await core.db.prisma.deviceRate.count()];
    core.clock.advance(24 * 3_600_000);
    await purge();
    expect(await left()).toEqual([1, 0]);
    core.clock.advance(900_001);
    await purge();
    expect(await left()).toEqual([0, 0]);
    expect(await outcomeOf(me().device.lookUp({ userCode: used.user_code }))).toBe('USER_CODE_NOT_FOUND');
    expect(await outcomeOf(me().organizationKeys.get({ organizationId: organizationId(), id: key.id }))).toBe('admitted');
  });
});
