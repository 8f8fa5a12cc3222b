import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';

// Service accounts as callers of the two REST surfaces meet them. What they may do is the slice's to test.

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'pro' });
  key = await seedKey(installation, tenant, { scopes: ['keys:admin', 'backlog:read'], projectId: null });
});

type Method = 'GET' | 'POST' | 'PATCH';
const call = (method: Method, url: string, body?: object, headers: Record<string, string> = {}) =>
  send(installation, {
    method,
    url,
    headers: { authorization: `Bearer ${key.raw}`, ...headers },
    ...(body !== undefined && { payload: body }),
  });

describe.each(['org', 'platform'] as const)('on the surface %s', (surface) => {
  const isOrg = surface === 'org';
  const at = (path = '') => `${isOrg ? `/api/v1/orgs/${tenant.organization.slug}` : '/api'}/service-accounts${path}`;
  const itemOf = (body: any) => (isOrg ? body.data : body);
  const disabledAt = isOrg ? 'disabled_at' : 'disabledAt';

  it('one is made, found where the answer says, and listed', async () => {
    const made = await call('POST', at(), { name: 'Robot', role: 'developer' });
    expect(made.status).toBe(201);
    const account = itemOf(made.body);
    expect(account).toMatchObject({ name: 'Robot', role: 'developer', version: 1, [isOrg ? 'key_count' : 'keyCount']: 0 });
    // Named as it was asked for, or by its id.
    expect(String(made.headers['location'])).toMatch(new RegExp(`/service-accounts/${account.id}$`));
    expect(itemOf((await call('GET', String(made.headers['location']))).body)).toEqual(account);
    const { body } = await call('GET', `${at()}?limit=1&disabled=false&q=rob`);
    expect(body).toEqual(
      isOrg ? { data: [account], cursor: null, has_more: false } : expect.objectContaining({ serviceAccounts: [account] }),
    );
  });

  it('one is changed as it was read, disabled and enabled again', async () => {
    const { id } = itemOf((await call('POST', at(), { name: 'Robot', role: 'viewer' })).body);
    const etag = String((await call('GET', at(`/${id}`))).headers['etag']);
    const change = (headers: Record<string, string>) => call('PATCH', at(`/${id}`), { role: 'developer' }, headers);
    const changed = await change({ 'if-match': etag });
    expect([changed.status, itemOf(changed.body).role]).toEqual([200, 'developer']);
    expect((await change({ 'if-match': etag })).status).toBe(412);
    expect(itemOf((await call('POST', at(`/${id}/disable`))).body)[disabledAt]).toBe(installation.clock.now().toISOString());
    expect(itemOf((await call('POST', at(`/${id}/enable`))).body)[disabledAt]).toBeNull();
  });

  it('names and roles are bounded: N−1, N and N+1 characters, no role that there is not', async () => {
    const status = async (name: string, role = 'viewer') => (await call('POST', at(), { name, role })).status;
    expect([await status(''), await status('a'), await status('b'.repeat(119))]).toEqual([400, 201, 201]);
    expect([await status('c'.repeat(120)), await status('d'.repeat(121))]).toEqual([201, 400]);
    expect([await status('e', 'robot'), await status('a')]).toEqual([400, 409]);
  });

  it('no member is taken that there is not, nor one of another call', async () => {
    const { id } = itemOf((await call('POST', at(), { name: 'Robot', role: 'viewer' })).body);
    const refused = await Promise.all([
      call('POST', at(), { name: 'Other', role: 'viewer', colour: 'red' }),
      call('PATCH', at(`/${id}`), { role: 'developer', colour: 'red' }),
      call('POST', at(`/${id}/disable`), { colour: 'red' }),
    ]);
    for (const { status, body } of refused) expect([status, body.error.issues?.[0]?.path ?? 'colour']).toEqual([400, 'colour']);
    expect(itemOf((await call('GET', at(`/${id}`))).body)).toMatchObject({ role: 'viewer', version: 1, [disabledAt]: null });
    expect((await call('PATCH', at(`/${id}`), { role: 'developer', id: tenant.user.id })).status).toBe(200);
  });

  it('its keys are refused on the next call once it is disabled', async () => {
    const { id } = itemOf((await call('POST', at(), { name: 'Robot', role: 'viewer' })).body);
    const newKey = { name: 'K', scopes: ['backlog:read'], owner_principal_type: 'service_account', owner_principal_id: id };
    const { body } = await call('POST', `/api/v1/orgs/${tenant.organization.slug}/keys`, newKey);
    const asRobot = async () => {
      const headers = { authorization: `Bearer ${body.data.raw_key}` };
      const { status } = await send(installation, { method: 'GET', url: `/p/${tenant.project.id}/api/v1/features`, headers });
      return status;
    };
    expect(await asRobot()).toBe(200);
    await call('POST', at(`/${id}/disable`));
    expect(await asRobot()).toBe(403);
  });
});
