import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { tell } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(t);
  me = callAsUser(t, tenant.user);
});

const projectId = () => tenant.project.id;
const unread = async (caller = me) => (await caller.notifications.unreadCount({ projectId: projectId() })).unreadCount;
/** Marks what there is as seen, unless it is up to an earlier entry. */
const see = async (until = t.clock.now().toISOString(), caller = me) =>
  (await caller.notifications.markSeen({ projectId: projectId(), until })).seenAt;
/** Something that another has caused, a second after whatever was before. */
async function happen(): Promise<string> {
  t.clock.advance(1_000);
  await tell(t, tenant, {}, { kind: 'REQUESTER', id: randomUUID(), name: 'Ada' });
  return t.clock.now().toISOString();
}
async function member(): Promise<Caller> {
  const { user } = await seedTenant(t);
  await t.db.prisma.projectMember.create({ data: { projectId: projectId(), userId: user.id, role: 'viewer' } });
  return callAsUser(t, user);
}

describe('what is unread', () => {
  it('is what others have caused since the feed was last seen, whatever I did', async () => {
    await happen();
    await tell(t, tenant);
    await tell(t, tenant, {}, { kind: 'SYSTEM', id: null, name: 'Reqbase' });
    expect(await unread()).toBe(2);
    expect(await see()).toBe('2026-03-14T10:20:31.250Z');
    expect(await unread()).toBe(0);
    await happen();
    await tell(t, tenant);
    expect(await unread()).toBe(1);
  });

  it('is each member’s own, and each project’s', async () => {
    const other = await member();
    await happen();
    await see();
    expect([await unread(), await unread(other)]).toEqual([0, 1]);
    const elsewhere = await seedTenant(t);
    await tell(t, elsewhere, {}, { id: null });
    expect(await unread(other)).toBe(1);
  });

  it('is the person’s through their key too, and everything to a service account', async () => {
    await happen();
    await see();
    await happen();
    expect(await unread(await callAsKey(t, tenant, { scopes: ['notifications:read'] }))).toBe(1);
    const account = await callAsKey(t, tenant, { scopes: ['notifications:read'], serviceAccount: { role: 'viewer' } });
    expect(await unread(account)).toBe(2);
    expect(await outcomeOf(see(undefined, account))).toBe('FORBIDDEN');
  });

  it('is counted among the latest thousand', async () => {
    await t.db.script(`
      insert into notification (id, project_id, type, title, actor_kind, audience, is_private, channels, created_at)
      select gen_random_uuid(), '${projectId()}', 'feature.created', 'Entry', 'REQUESTER', 'team', false, '{in_app}',
        timestamptz '2026-01-01' + n * interval '1 minute' from generate_series(1, 1200) as n;`);
    expect(await unread()).toBe(1_000);
    await see('2026-01-01T19:58:00Z');
    expect(await unread()).toBe(2);
  });
});

describe('the mark', () => {
  it('goes up to the entry that was seen, and no further', async () => {
    const [first] = [await happen(), await happen(), await happen()];
    expect(await see(first)).toBe(first);
    expect(await unread()).toBe(2);
  });

  it('is at the entry that was seen: one of before now that is committed later is unread', async () => {
    const seen = await happen();
    t.clock.advance(1_000);
    await tell(t, tenant, {}, { kind: 'SYSTEM', id: null, name: 'Reqbase' });
    t.clock.advance(1_000);
    expect(await see(seen)).toBe(seen);
    expect(await unread()).toBe(1);
    // @ts-expect-error: the present is no entry
    expect(await outcomeOf(me.notifications.markSeen({ projectId: projectId() }))).toBe('BAD_REQUEST');
  });

  it('never goes back, and never beyond now', async () => {
    const [first, second] = [await happen(), await happen()];
    expect(await see(second)).toBe(second);
    expect(await see(first)).toBe(second);
    expect(await see('2030-01-01T00:00:00Z')).toBe(second);
    await happen();
    expect(await unread()).toBe(1);
  });

  it('leaves one audit entry when it moves, and none when it does not', async () => {
    await happen();
    for (let n = 0; n < 3; n++) await see();
    const entries = await t.db.prisma.auditEntry.findMany({ where: { projectId: projectId() } });
    expect(entries.map(({ action, diff }) => [action, diff])).toEqual([
      ['notifications.seen', { seenAt: '2026-03-14T10:20:31.250Z' }],
    ]);
  });

  it('is where the last of many at once has put it', async () => {
    const instants = [];
    for (let n = 0; n < 8; n++) instants.push(await happen());
    await Promise.all(instants.toReversed().map((until) => see(until)));
    const key = await seedKey(t, tenant, { scopes: ['notifications:read'] });
    expect([await unread(), await unread(callAs(t, key.credential))]).toEqual([0, 0]);
  });
});
