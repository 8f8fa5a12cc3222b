import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { WIDGET_DEFAULTS } from './stored-config.ts';

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

type Changes = Omit<Parameters<Caller['widget']['update']>[0], 'projectId'>;
const read = (caller = me) => caller.widget.get({ projectId: tenant.project.id });
const update = (changes: Changes, caller = me) => caller.widget.update({ projectId: tenant.project.id, ...changes });
const setPlan = (plan: 'free' | 'pro' | null) =>
  core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan } });
const entries = () => core.db.prisma.auditEntry.findMany({ where: { projectId: tenant.project.id, outcome: 'allowed' } });
const rowCount = () => core.db.prisma.widgetConfig.count({ where: { projectId: tenant.project.id } });

describe('the configuration', () => {
  it('of a project that never changed it has the defaults, without a row', async () => {
    const { createdAt } = await core.db.prisma.project.findUniqueOrThrow({ where: { id: tenant.project.id } });
    expect(await read()).toEqual({
      projectId: tenant.project.id,
      ...WIDGET_DEFAULTS,
      allowedOrigins: [],
      version: 0,
      updatedAt: createdAt.toISOString(),
    });
    expect(await rowCount()).toBe(0);
  });

  it('has the same defaults as the columns have themselves', async () => {
    await core.db.sql.query('insert into widget_config (project_id, updated_at) values ($1, now())', [tenant.project.id]);
    expect(await read()).toMatchObject({ ...WIDGET_DEFAULTS, version: 1 });
  });

  it('changes where it is given and keeps the rest, normalised, with another version and an entry in the log', async () => {
    await update({ color: '#00ff00', position: 'bottom-left' });
    core.clock.advance(1_000);
    const everything: Changes = {
      enabled: false,
      theme: 'dark',
      locale: 'PT-br',
      welcomeMessage: ' Olá! ',
      showBranding: false,
      launcherLabel: 'Ajuda',
      launcherIcon: 'bulb',
      categoriesEnabled: ['OTHER', 'FEATURE', 'OTHER'],
      chatEnabled: false,
      commentsEnabled: true,
      announcementsEnabled: false,
      screenshotEnabled: false,
      diagnosticsEnabled: false,
      collectEmail: 'required',
      identityRequired: true,
      allowedOrigins: ['https://App.example.com/'],
      operatingHours: { timezone: 'america/sao_paulo', days: [{ day: 'mon', from: '09:00', to: '24:00' }] },
      customCss: '.launcher { border-radius: 0 }',
    };
    const changed = await update(everything);
    expect(changed).toEqual({
      projectId: tenant.project.id,
      ...everything,
      color: '#00ff00',
      position: 'bottom-left',
      locale: 'pt-BR',
      welcomeMessage: 'Olá!',
      categoriesEnabled: ['FEATURE', 'OTHER'],
      allowedOrigins: ['https://app.example.com'],
      operatingHours: { timezone: 'America/Sao_Paulo', days: [{ day: 'mon', from: '09:00', to: '24:00' }] },
      version: 2,
      updatedAt: core.clock.now().toISOString(),
    });
    expect(await read()).toEqual(changed);
    expect((await me.projects.get({ projectId: tenant.project.id })).allowedOrigins).toEqual(['https://app.example.com']);
    expect((await entries()).map(({ action, diff }) => [action, diff])).toContainEqual([
      'widget.updated',
      { changed: Object.keys(everything) },
    ]);
  });

  it('that is given as it is changes nothing: no version, no entry', async () => {
    const hours = { timezone: 'UTC', days: [{ day: 'fri' as const, from: '08:00', to: '12:00' }] };
    await update({ operatingHours: hours, customCss: '.a {}' });
    const before = await read();
    core.clock.advance(1_000);
    expect(await update({ operatingHours: hours, customCss: '.a {}', enabled: true, allowedOrigins: [] })).toEqual(before);
    expect(await entries()).toHaveLength(1);
  });

  it('takes operating hours and a style sheet back', async () => {
    await update({ operatingHours: { timezone: 'UTC', days: [] }, customCss: '.a {}' });
    expect(await update({ operatingHours: null, customCss: '' })).toMatchObject({ operatingHours: null, customCss: null });
  });

  it('has the origins of the project’s settings, and another version when they change there', async () => {
    await me.projects.update({ projectId: tenant.project.id, allowedOrigins: ['https://a.example.com'] });
    expect(await read()).toMatchObject({ ...WIDGET_DEFAULTS, allowedOrigins: ['https://a.example.com'], version: 1 });
    await me.projects.update({ projectId: tenant.project.id, name: 'Other' });
    expect((await read()).version).toBe(1);
  });

  it('is refused without a change, and with an older version', async () => {
    expect(await outcomeOf(update({}))).toBe('NO_UPDATES');
    expect(await outcomeOf(update({ ifVersion: 0 }))).toBe('NO_UPDATES');
    expect((await update({ color: '#000000', ifVersion: 0 })).version).toBe(1);
    expect(await outcomeOf(update({ color: '#ffffff', ifVersion: 0 }))).toBe('PRECONDITION_FAILED');
    expect((await read()).color).toBe('#000000');
  });

  it('changed by many at once with the same version is changed by one', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) => outcomeOf(update({ color: `#00000${n}`, ifVersion: 0 }))),
    );
    expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['admitted', 'PRECONDITION_FAILED']));
    await Promise.all(Array.from({ length: 6 }, (_, n) => update({ launcherLabel: `Label ${n}` })));
    expect((await read()).version).toBe(7);
  });

  it.each<[string, object]>([
    ['a color by name', { color: 'red' }],
    ['a color with more behind it', { color: '#000000;}' }],
    ['a locale that is none', { locale: 'english please' }],
    ['a locale of nothing', { locale: '' }],
    ['a welcome of 281 characters', { welcomeMessage: 'x'.repeat(281) }],
    ['a label of 25 characters', { launcherLabel: 'x'.repeat(25) }],
    ['an icon that is none', { launcherIcon: '<svg>' }],
    ['a category that is none', { categoriesEnabled: ['BUG'] }],
    ['an origin with a path', { allowedOrigins: ['https://example.com/x'] }],
    [
      'hours that end before they begin',
      { operatingHours: { timezone: 'UTC', days: [{ day: 'mon', from: '10:00', to: '09:00' }] } },
    ],
    [
      'hours of a day that is none',
      { operatingHours: { timezone: 'UTC', days: [{ day: 'someday', from: '10:00', to: '11:00' }] } },
    ],
    ['an hour that is none', { operatingHours: { timezone: 'UTC', days: [{ day: 'mon', from: '25:00', to: '26:00' }] } }],
    ['hours in no time zone', { operatingHours: { timezone: 'Mars/Base', days: [] } }],
    ['a style sheet of more than 10 kB', { customCss: 'ä'.repeat(5_001) }],
    ['a style sheet that fetches', { customCss: '.a { background: url(https://evil.example) }' }],
    ['a style sheet that ends its element', { customCss: '</style><script>' }],
  ])('does not take %s', async (_what, changes) => {
    expect((await refusalOf(update(changes))).code).toBe('BAD_REQUEST');
    expect(await rowCount()).toBe(0);
  });
});

describe('what needs the plan Pro', () => {
  const extras = [{ commentsEnabled: true }, { showBranding: false }, { customCss: '.a {}' }];

  it.each(extras)('%j is refused below it, and leaves nothing', async (extra) => {
    await setPlan('free');
    expect(await refusalOf(update({ ...extra, color: '#000000' }))).toMatchObject({
      status: 403,
      code: 'PLAN_REQUIRED',
      detail: { requiredPlan: 'pro' },
    });
    expect(await rowCount()).toBe(0);
    await setPlan('pro');
    expect(await update(extra)).toMatchObject(extra);
  });

  it('is off when the plan is lost, given up without one, and otherwise back with it', async () => {
    await update({ commentsEnabled: true, showBranding: false, customCss: '.a {}' });
    await setPlan('free');
    const off = { commentsEnabled: false, showBranding: true, customCss: null };
    expect(await read()).toMatchObject(off);
    expect(await update({ color: '#000000', commentsEnabled: false })).toMatchObject({ ...off, color: '#000000' });
    await setPlan('pro');
    expect(await read()).toMatchObject({ commentsEnabled: false, showBranding: false, customCss: '.a {}' });
  });

  it('is decided by the default plan of the installation for an organization without one', async () => {
    await setPlan(null);
    expect(await outcomeOf(update({ showBranding: false }))).toBe('PLAN_REQUIRED');
  });
});

describe('who may', () => {
  it('read: everybody of the team; change: developers and above, and keys that may', async () => {
    const service = (role: 'viewer' | 'developer') =>
      callAsKey(core, tenant, { scopes: ['widget:write'], serviceAccount: { role } });
    expect(await outcomeOf(read(await service('viewer')))).toBe('admitted');
    expect(await outcomeOf(update({ color: '#000000' }, await service('viewer')))).toBe('FORBIDDEN');
    expect(await outcomeOf(update({ color: '#000000' }, await service('developer')))).toBe('admitted');
    const reader = await callAsKey(core, tenant, { scopes: ['widget:read'] });
    expect(await outcomeOf(update({ color: '#000001' }, reader))).toBe('INSUFFICIENT_SCOPE');
  });

  it('is no stranger', async () => {
    const other = await seedTenant(core);
    const stranger = callAsUser(core, other.user);
    expect([await outcomeOf(read(stranger)), await outcomeOf(update({ color: '#000000' }, stranger))]).toEqual(
      Array(2).fill('PROJECT_NOT_FOUND'),
    );
  });
});
