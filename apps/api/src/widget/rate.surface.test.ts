import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { runJobs } from '@reqbase/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, type TestInstallation } from '../testing.ts';
import { browse, configure } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
/** One whose widget has other pages only, and one that has switched it off. */
let strict: TestTenant;
let off: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
  [tenant, strict, off] = [await seedTenant(installation), await seedTenant(installation), await seedTenant(installation)];
  await installation.db.prisma.project.update({
    where: { id: strict.project.id },
    data: { allowedOrigins: ['https://a.example'] },
  });
  await configure(installation, off, { enabled: false });
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.set('2026-03-14T10:20:30.250Z');
  await installation.db.prisma.widgetRate.deleteMany();
});

let addresses = 0;
const nextIp = () => `198.51.100.${++addresses}`;
const from = (ip: string) => browse(installation, tenant.project.slug, { ip });
const setCalls = (isWrite: boolean, calls: number) =>
  installation.db.prisma.widgetRate.updateMany({ where: { isWrite }, data: { calls } });
const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;
const write = (ip: string) => statusOf(from(ip).post('/features/01a200a4-972f-789c-9aa1-739d1bba6fb7/vote'));

describe('an address', () => {
  it('writes 30 times a minute; the next is told when it may again, and may then', async () => {
    for (let n = 1; n <= 30; n++) expect(await write('203.0.113.7')).toBe(404);
    const refused = await from('203.0.113.7').post('/submit', {});
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED', retryAfter: 30 } } });
    expect(refused.headers).toMatchObject({ 'retry-after': '30', 'access-control-allow-origin': 'https://shop.example' });
    expect((await from('203.0.113.7').get('/features')).status).toBe(200);
    expect(await write('203.0.113.8')).toBe(404);
    installation.clock.advance(30_000);
    expect(await write('203.0.113.7')).toBe(404);
  });

  it('reads 600 times a minute, and the configuration ten times as often', async () => {
    const visitor = from('203.0.113.7');
    expect((await visitor.get('/features')).status).toBe(200);
    await setCalls(false, 599);
    expect((await visitor.get('/mine')).status).toBe(200);
    expect((await visitor.get('/features')).body.error.code).toBe('RATE_LIMITED');
    expect((await visitor.get('/config')).status).toBe(200);
  });

  it('of IPv6 is the network of the household, and a mapped one is the IPv4 address', async () => {
    for (const ip of ['2001:db8:1:2::1', '2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:0001:0002::']) await write(ip);
    expect(await installation.db.prisma.widgetRate.findMany()).toMatchObject([{ calls: 3 }]);
    await write('2001:db8:1:3::1');
    await write('::ffff:203.0.113.7');
    await write('203.0.113.7');
    expect((await installation.db.prisma.widgetRate.findMany({ orderBy: { calls: 'asc' } })).map(({ calls }) => calls)).toEqual([
      1, 2, 3,
    ]);
  });

  it('is counted for all processes, and refused calls move nothing', async () => {
    await write('203.0.113.7');
    await setCalls(true, 25);
    const statuses = await Promise.all(Array.from({ length: 12 }, () => write('203.0.113.7')));
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
    expect(await installation.db.prisma.widgetRate.findMany()).toMatchObject([{ calls: 30 }]);
  });

  it('is not kept: only a hash of it is, and that for an hour', async () => {
    await write('203.0.113.7');
    const [row] = await installation.db.prisma.widgetRate.findMany();
    expect(Buffer.from(row?.ipHash ?? []).toString('latin1')).not.toContain('203.0.113.7');
    installation.clock.advance(2 * 3_600_000);
    await runJobs(installation.core, { withScheduled: true });
    expect(await installation.db.prisma.widgetRate.count()).toBe(0);
  });
});

describe('an address that has called 6,000 times in a minute, whatever it called', () => {
  const CALLS = 6_000;
  const use = async (ip: string, calls: number) => {
    // What there is not, since it is the cheapest.
    for (let n = 0; n < calls; n++) await from(ip).get('/nothing');
  };

  it.each<[string, (ip: string) => Promise<Answer>]>([
    ['the configuration', (ip) => from(ip).get('/config')],
    ['a preflight', (ip) => from(ip).options('/submit')],
    ['a project that there is not', (ip) => browse(installation, 'nowhere', { ip }).get('/config')],
    ['a page that is not let in', (ip) => browse(installation, strict.project.slug, { ip }).get('/config')],
    ['a widget that is switched off', (ip) => browse(installation, off.project.slug, { ip }).get('/config')],
    ['an endpoint', (ip) => from(ip).get('/features')],
    ['a method that it does not have', (ip) => from(ip).put('/submit')],
    ['a path that there is not', (ip) => from(ip).get('/nothing')],
  ])('is told when it may again by %s, and nothing is looked up for it', async (_what, call) => {
    const ip = nextIp();
    await use(ip, CALLS - 1);
    expect((await call(ip)).status).not.toBe(429);
    installation.statements.length = 0;
    const refused = await call(ip);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED', retryAfter: 30 } } });
    // Also to a page that is not let in: nothing is known of the project yet.
    expect(refused.headers).toMatchObject({
      'retry-after': '30',
      'cache-control': 'no-store',
      vary: 'Origin',
      'access-control-allow-origin': 'https://shop.example',
      'access-control-expose-headers': 'Retry-After, X-Request-Id',
    });
    expect(installation.statements).toEqual([]);
    expect((await call(nextIp())).status).not.toBe(429);
    installation.clock.advance(30_000);
    expect((await call(ip)).status).not.toBe(429);
  });

  it('of IPv6 is the network of the household', async () => {
    await use('2001:db8:1:2::1', CALLS / 2);
    await use('2001:db8:1:2::2', CALLS / 2);
    expect((await from('2001:db8:1:2::3').get('/config')).status).toBe(429);
    expect((await from('2001:db8:1:3::3').get('/config')).status).toBe(200);
  });
});
