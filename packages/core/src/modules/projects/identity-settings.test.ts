import { seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { livingSecrets } from '../requesters/identity-secrets.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

const HOUR_MS = 3_600_000;
const status = () => me.projects.identity({ projectId: tenant.project.id });
const reveal = (caller = me) => caller.projects.revealIdentitySecret({ projectId: tenant.project.id });
const rotate = (overlapHours?: number, caller = me) =>
  caller.projects.rotateIdentitySecret({ projectId: tenant.project.id, ...(overlapHours !== undefined && { overlapHours }) });
const accepted = async (services = core.core) =>
  (await livingSecrets(core.db.prisma, services, tenant.project.id)).map(({ text }) => text);
const rows = () => core.db.prisma.identitySecret.findMany({ where: { projectId: tenant.project.id } });
const actions = async () =>
  (await core.db.prisma.auditEntry.findMany({ where: { projectId: tenant.project.id }, orderBy: { id: 'asc' } })).map(
    ({ action, diff }) => [action, diff],
  );

describe('the identity secret', () => {
  it('is made by the first look, however many look at once, and shown again by the next', async () => {
    expect(await status()).toEqual({
      isSet: false,
      createdAt: null,
      rotatingUntil: null,
      audience: `http://localhost:3100/p/${tenant.project.id}`,
    });
    const shown = await Promise.all(Array.from({ length: 6 }, () => reveal()));
    const secrets = new Set(shown.map(({ secret }) => secret));
    expect(secrets.size).toBe(1);
    const [secret] = [...secrets];
    expect(secret).toMatch(/^idsec_[\w-]{43}$/);
    expect(await accepted()).toEqual([secret]);
    expect(await status()).toMatchObject({ isSet: true, createdAt: core.clock.now().toISOString(), rotatingUntil: null });
    expect((await me.projects.get({ projectId: tenant.project.id })).identitySecretSet).toBe(true);
  });

  it('is in the log each time that it is looked at or rotated, and never in it', async () => {
    const shown = [await reveal(), await reveal(), await rotate(1)].map(({ secret }) => secret);
    expect(await actions()).toEqual([
      ['identity_secret.revealed', { isNew: true }],
      ['identity_secret.revealed', { isNew: false }],
      ['identity_secret.rotated', { overlapHours: 1 }],
    ]);
    const log = JSON.stringify(await core.db.sql.query('select t::text from audit_entry t'));
    for (const secret of shown) expect(log).not.toContain(secret);
  });

  it('is rotated with an overlap of a day: both are accepted, then the new one alone', async () => {
    const { secret: former } = await reveal();
    core.clock.advance(HOUR_MS);
    const until = new Date(core.clock.now().getTime() + 24 * HOUR_MS).toISOString();
    const { secret: present, rotatingUntil, createdAt } = await rotate();
    expect([rotatingUntil, createdAt]).toEqual([until, core.clock.now().toISOString()]);
    expect(present).not.toBe(former);
    expect(await accepted()).toEqual([present, former]);
    expect((await reveal()).secret).toBe(present);
    core.clock.set(until);
    expect(await accepted()).toEqual([present]);
    expect(await status()).toMatchObject({ isSet: true, rotatingUntil: null });
  });

  it('is not rotated again while the former one is accepted, which would end the one in use', async () => {
    const { secret: former } = await reveal();
    const outcomes = await Promise.all([outcomeOf(rotate()), outcomeOf(rotate()), outcomeOf(rotate())]);
    expect(outcomes.toSorted()).toEqual(['CONFLICT', 'CONFLICT', 'admitted']);
    expect(await accepted()).toHaveLength(2);
    expect((await accepted())[1]).toBe(former);
    core.clock.advance(24 * HOUR_MS);
    expect(await outcomeOf(rotate())).toBe('admitted');
    // What had ended is not kept.
    expect(await rows()).toHaveLength(2);
  });

  it('is ended at once by a rotation without an overlap, and with it any other', async () => {
    await reveal();
    await rotate();
    const { secret, rotatingUntil } = await rotate(0);
    expect(rotatingUntil).toBeNull();
    expect(await accepted()).toEqual([secret]);
    expect(await rows()).toHaveLength(1);
  });

  it('is made by a rotation where there was none', async () => {
    const { secret, rotatingUntil } = await rotate();
    expect([await accepted(), rotatingUntil]).toEqual([[secret], null]);
  });

  it.each([-1, 169, 1.5])('is not rotated with an overlap of %s hours', async (hours) => {
    expect(await outcomeOf(rotate(hours))).toBe('BAD_REQUEST');
  });

  it('is the owner’s to see and to rotate, by session or by a key of theirs', async () => {
    const service = (role: 'admin' | 'developer') =>
      callAsKey(core, tenant, { scopes: ['project:write'], serviceAccount: { role } });
    for (const caller of [await service('admin'), await service('developer')]) {
      expect([await outcomeOf(reveal(caller)), await outcomeOf(rotate(0, caller))]).toEqual(['FORBIDDEN', 'FORBIDDEN']);
      expect(await outcomeOf(caller.projects.identity({ projectId: tenant.project.id }))).toBe('FORBIDDEN');
    }
    const reader = await callAsKey(core, tenant, { scopes: ['read', 'widget:write'] });
    expect([await outcomeOf(reveal(reader)), await outcomeOf(rotate(0, reader))]).toEqual(Array(2).fill('INSUFFICIENT_SCOPE'));
    expect(await rows()).toEqual([]);
    expect(await outcomeOf(reveal(await callAsKey(core, tenant, { scopes: ['project:write'] })))).toBe('admitted');
    const other = await seedTenant(core);
    expect(await outcomeOf(reveal(callAsUser(core, other.user)))).toBe('PROJECT_NOT_FOUND');
  });
});

describe('a dump of the database', () => {
  it('reveals no secret, in whichever spelling, nor one moved to another row', async () => {
    const { secret } = await reveal();
    const [row] = await rows();
    const dump = Buffer.from(row?.ciphertext ?? []);
    for (const encoding of ['utf8', 'hex', 'base64', 'latin1'] as const)
      expect(dump.toString(encoding)).not.toContain(Buffer.from(secret).toString(encoding).slice(0, 16));
    const other = await seedTenant(core);
    await core.db.prisma.identitySecret.update({ where: { id: row?.id ?? '' }, data: { projectId: other.project.id } });
    const moved = await livingSecrets(core.db.prisma, core.core, other.project.id);
    expect(moved.map(({ text }) => text)).toEqual([null]);
  });
});

describe('a changed SECRET of the installation', () => {
  const servicesOf = (secret: string) => createServices({ db: core.db, secret, defaultPlan: 'free', clock: core.clock.now });

  it('keeps identity secrets while the former one is listed, and seals them anew on use', async () => {
    const { secret } = await reveal();
    const both = servicesOf(`another SECRET, ${TEST_SECRET}`);
    const newOnly = servicesOf('another SECRET');
    expect(await accepted(newOnly)).toEqual([null]);
    expect(await accepted(both)).toEqual([secret]);
    expect(await accepted(newOnly)).toEqual([secret]);
  });

  it('without the former one leaves a secret that cannot be shown, only rotated', async () => {
    await reveal();
    const later = callAsUser({ core: servicesOf('another SECRET') }, tenant.user);
    expect(await outcomeOf(reveal(later))).toBe('CONFLICT');
    const { secret } = await rotate(0, later);
    expect((await reveal(later)).secret).toBe(secret);
  });
});
