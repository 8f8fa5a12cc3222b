import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openInstallation, projectApi, type TestInstallation } from '../testing.ts';
import { browse } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation);
});

const config = (headers: Record<string, string> = {}) =>
  browse(installation, tenant.project.slug, { id: null }).get('/config', undefined, headers);
const patch = async (body: object) => {
  const key = await seedKey(installation, tenant, { scopes: ['widget:write'] });
  expect((await projectApi(installation, tenant, key).patch('/project/widget', body)).status).toBe(200);
};

it('has an ETag, is kept by browsers for a minute, and is not sent again unchanged', async () => {
  const { headers, body } = await config();
  expect(headers).toMatchObject({
    'cache-control': 'max-age=60',
    vary: 'Origin',
    'content-type': 'application/json; charset=utf-8',
  });
  expect(body.data).toMatchObject({ color: '#4F46E5', project: { id: tenant.project.id, slug: tenant.project.slug } });
  const again = await config({ 'if-none-match': String(headers['etag']) });
  expect([again.status, again.text]).toEqual([304, '']);
  expect(again.headers).toMatchObject({
    etag: headers['etag'],
    vary: 'Origin',
    'access-control-allow-origin': 'https://shop.example',
  });
});

it('that is changed is another at once, and so is one that the plan takes from', async () => {
  const { headers } = await config();
  await patch({ color: '#00FF00', showBranding: false, customCss: '.launcher{color:red}' });
  const changed = await config({ 'if-none-match': String(headers['etag']) });
  expect(changed).toMatchObject({
    status: 200,
    body: { data: { color: '#00FF00', showBranding: false, customCss: '.launcher{color:red}' } },
  });
  await installation.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
  const lapsed = await config({ 'if-none-match': String(changed.headers['etag']) });
  expect(lapsed).toMatchObject({ status: 200, body: { data: { color: '#00FF00', showBranding: true, customCss: null } } });
});

it('is one statement, and a hundred at once are two', async () => {
  await config();
  installation.statements.length = 0;
  await config();
  expect(installation.statements).toHaveLength(1);
  installation.statements.length = 0;
  const answers = await Promise.all(Array.from({ length: 100 }, () => config()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(installation.statements.length).toBeLessThanOrEqual(3);
});

it('and every list is one statement, besides the look-up of the project and the count of the address', async () => {
  const visitor = browse(installation, tenant.project.slug);
  const { conversationId } = (await visitor.post('/submit', { category: 'OTHER', text: 'How?' })).body.data.request;
  for (const path of [
    '/features',
    '/features?similar=how',
    '/mine',
    '/conversations',
    `/conversations/${conversationId}/messages`,
    '/notifications',
  ]) {
    installation.statements.length = 0;
    expect((await visitor.get(path)).status).toBe(200);
    expect([path, installation.statements.length]).toEqual([path, 3]);
  }
});

it('of a project that was deleted is not there', async () => {
  await installation.db.prisma.project.update({
    where: { id: tenant.project.id },
    data: { deletedAt: installation.clock.now() },
  });
  expect((await config()).body.error.code).toBe('PROJECT_NOT_FOUND');
});
