import { randomUUID } from 'node:crypto';
import { recording, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { publicWidgetConfig } from './public-config.ts';
import { WIDGET_DEFAULTS } from './stored-config.ts';
import { VisitorConfig } from './visitor-schema.ts';

let core: TestCore;
let tenant: TestTenant;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
});

const read = (ref = tenant.project.id) => publicWidgetConfig(core.core, ref);
type Changes = Omit<Parameters<ReturnType<typeof callAsUser>['widget']['update']>[0], 'projectId'>;
const update = (changes: Changes) => callAsUser(core, tenant.user).widget.update({ projectId: tenant.project.id, ...changes });

describe('what a page is told of a project’s widget', () => {
  it('is its looks and offers, and nothing that is the team’s own', async () => {
    const { enabled: _, ...looks } = WIDGET_DEFAULTS;
    const found = await read();
    expect(found).toEqual({
      tenant: {
        project: { ...tenant.project, orgId: tenant.organization.id },
        organization: { ...tenant.organization, plan: 'pro' },
      },
      isEnabled: true,
      allowedOrigins: [],
      config: { project: { ...tenant.project, name: 'Project' }, ...looks },
      version: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect(VisitorConfig.strict().parse(found?.config)).toEqual(found?.config);
  });

  it('is found by the id or the slug of a project that is there, and by nothing else', async () => {
    expect(await read(tenant.project.slug)).toEqual(await read());
    const { id } = tenant.project;
    for (const ref of [randomUUID(), 'nowhere', '', "' or true --", 'a\0', `${id} `, 'x'.repeat(200)])
      expect(await read(ref)).toBeNull();
    await core.db.prisma.project.update({ where: { id }, data: { deletedAt: core.clock.now() } });
    expect(await read()).toBeNull();
  });

  it('applies on the plan: what is lost with it is off, as for the team', async () => {
    await update({ commentsEnabled: true, showBranding: false, customCss: '.a {}', enabled: false });
    const extras = { commentsEnabled: true, showBranding: false, customCss: '.a {}' };
    expect(await read()).toMatchObject({ config: extras, isEnabled: false });
    const before = await read();
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    expect(await read()).toMatchObject({ config: { commentsEnabled: false, showBranding: true, customCss: null } });
    expect((await read())?.version).not.toBe(before?.version);
  });

  it('has another version exactly when it says something else', async () => {
    const versions = [(await read())?.version];
    await update({ color: '#000000' });
    versions.push((await read())?.version);
    await update({ operatingHours: { timezone: 'UTC', days: [{ day: 'mon', from: '09:00', to: '10:00' }] } });
    versions.push((await read())?.version);
    expect(new Set(versions).size).toBe(3);
    // The origins are the server's to check; the page's answer is the same.
    await update({ allowedOrigins: ['https://a.example.com'] });
    expect(await read()).toMatchObject({ version: versions[2], allowedOrigins: ['https://a.example.com'] });
    await update({ color: '#4F46E5', operatingHours: null });
    expect((await read())?.version).toBe(versions[0]);
  });

  it('costs one statement', async () => {
    const sql = recording(core.db.sql);
    const services = createServices({ db: { ...core.db, sql }, secret: TEST_SECRET, defaultPlan: 'free' });
    await publicWidgetConfig(services, tenant.project.slug);
    expect(sql.statements).toHaveLength(1);
  });
});
