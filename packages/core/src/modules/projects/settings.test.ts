import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { originOf } from './settings-schema.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

type Settings = Omit<Parameters<Caller['projects']['update']>[0], 'projectId'>;
const update = (settings: Settings, caller = me) => caller.projects.update({ projectId: tenant.project.id, ...settings });
const entries = () => core.db.prisma.auditEntry.findMany({ where: { projectId: tenant.project.id } });

describe('the settings of a project', () => {
  it('change where they are given, answer as the project does, and are in the log', async () => {
    core.clock.advance(1_000);
    const changed = await update({
      name: ' Shop ',
      domain: 'Shop.Example.com',
      timezone: 'europe/berlin',
      allowedOrigins: ['https://Shop.example.com/', 'https://shop.example.com:443', 'http://localhost:5173'],
      agentPaused: true,
    });
    expect(changed).toMatchObject({
      name: 'Shop',
      domain: 'shop.example.com',
      timezone: 'Europe/Berlin',
      allowedOrigins: ['https://shop.example.com', 'http://localhost:5173'],
      agentPaused: true,
      identitySecretSet: false,
      slug: tenant.project.slug,
      orgId: tenant.organization.id,
      plan: 'pro',
      updatedAt: core.clock.now().toISOString(),
    });
    expect(await me.projects.get({ projectId: tenant.project.id })).toEqual(changed);
    expect(await entries()).toMatchObject([
      {
        action: 'project.updated',
        resourceId: tenant.project.id,
        diff: {
          name: { from: 'Project', to: 'Shop' },
          domain: { from: null, to: 'shop.example.com' },
          timezone: { from: 'UTC', to: 'Europe/Berlin' },
          agentPaused: { from: false, to: true },
        },
      },
    ]);
    expect(await update({ domain: null })).toMatchObject({ domain: null, name: 'Shop', agentPaused: true });
  });

  it('that are given as they are change nothing and leave no entry', async () => {
    const before = await me.projects.get({ projectId: tenant.project.id });
    core.clock.advance(1_000);
    expect(await update({ name: 'Project', timezone: 'UTC', allowedOrigins: [], domain: null })).toEqual(before);
    expect(await entries()).toEqual([]);
  });

  it('that are not given at all are refused', async () => {
    expect(await outcomeOf(update({}))).toBe('NO_UPDATES');
  });

  it.each<[string, object]>([
    ['no name', { name: '  ' }],
    ['a name of 101 characters', { name: 'x'.repeat(101) }],
    ['a time zone that is none', { timezone: 'Europe/Springfield' }],
    ['an offset for a time zone', { timezone: '+01:00' }],
    ['no time zone', { timezone: '' }],
    ['a domain with a path', { domain: 'example.com/shop' }],
    ['a domain with a port', { domain: 'example.com:8080' }],
    ['a domain with a wildcard', { domain: '*.example.com' }],
    ['no domain', { domain: '' }],
    ['21 origins', { allowedOrigins: Array.from({ length: 21 }, (_, n) => `https://a${n}.example.com`) }],
    ['an origin with a path', { allowedOrigins: ['https://example.com/shop'] }],
    ['any origin', { allowedOrigins: ['*'] }],
  ])('do not take %s', async (_what, settings) => {
    expect((await refusalOf(update(settings))).code).toBe('BAD_REQUEST');
  });

  it('are changed by the owner alone, and by a key of theirs that may', async () => {
    const service = (role: 'admin' | 'developer' | 'viewer') =>
      callAsKey(core, tenant, { scopes: ['project:write'], serviceAccount: { role } });
    for (const role of ['admin', 'developer', 'viewer'] as const)
      expect(await outcomeOf(update({ name: role }, await service(role)))).toBe('FORBIDDEN');
    expect(await outcomeOf(update({ name: 'x' }, await callAsKey(core, tenant, { scopes: ['backlog:read'] })))).toBe(
      'INSUFFICIENT_SCOPE',
    );
    expect(await outcomeOf(update({ name: 'y' }, await callAsKey(core, tenant, { scopes: ['project:write'] })))).toBe('admitted');
  });

  it('are those of the one project, also where many change them at once', async () => {
    const other = await seedTenant(core);
    await Promise.all([
      ...['a', 'b', 'c'].map((name) => update({ name })),
      update({ agentPaused: true }),
      update({ allowedOrigins: ['https://a.example.com'] }),
      me.widget.update({ projectId: tenant.project.id, allowedOrigins: ['https://b.example.com'], color: '#000000' }),
    ]);
    expect(await me.projects.get({ projectId: tenant.project.id })).toMatchObject({ agentPaused: true });
    expect((await me.widget.get({ projectId: tenant.project.id })).version).toBe(2);
    expect(await core.db.prisma.project.findUnique({ where: { id: other.project.id } })).toMatchObject({
      name: 'Project',
      agentPaused: false,
    });
  });
});

describe('an origin', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['HTTPS://APP.example.com/', 'https://app.example.com'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://[::1]:80', 'http://[::1]'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://app.example.com:8443', 'https://app.example.com:8443'],
  ])('%s is %s', (text, origin) => {
    expect(originOf(text)).toBe(origin);
  });

  it.each([
    '',
    '*',
    'null',
    'app.example.com',
    '//app.example.com',
    'https://*.example.com',
    'https://%2a.example.com',
    'https://app.example.com/x',
    'https://app.example.com?',
    'https://app.example.com/#',
    'https://user@app.example.com',
    'https://user:password@app.example.com',
    'ftp://app.example.com',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'blob:https://app.example.com/1',
  ])('"%s" is none', (text) => {
    expect(originOf(text)).toBeNull();
  });
});
