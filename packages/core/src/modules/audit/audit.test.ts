import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { publishedKeys } from '@reqbase/auth';
import { verifyAuditLog } from '@reqbase/auth/audit-verify';
import { seedKey, seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';
import { exportAudit } from './export-audit.ts';

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

const create = (title: string, caller = me, projectId = tenant.project.id) => caller.backlog.create({ projectId, title });
const list = (filters: object = {}, caller = me) => caller.audit.list({ organizationId: tenant.organization.id, ...filters });
const seqsOf = async (filters: object) => (await list(filters)).items.map(({ seq }) => seq);

describe('the log', () => {
  it('tells who did what, with which key, from where, newest first, and what was refused', async () => {
    const key = await seedKey(core, tenant, { scopes: ['backlog:write'] });
    const byKey = callAs(core, key.credential, { change: (ctx) => ({ ...ctx, ip: '203.0.113.7', userAgent: 'curl/8' }) });
    const { id } = await create('Dark mode', byKey);
    core.clock.advance(1);
    expect(await outcomeOf(byKey.backlog.remove({ projectId: tenant.project.id, id }))).toBe('INSUFFICIENT_SCOPE');
    const { items } = await list();
    expect(items).toMatchObject([
      { seq: 2, action: 'backlog.remove', outcome: 'denied', code: 'INSUFFICIENT_SCOPE', resourceId: null, diff: null },
      {
        seq: 1,
        at: '2026-03-14T10:20:30.250Z',
        projectId: tenant.project.id,
        actor: { type: 'api_key', id: tenant.user.id, name: tenant.user.name },
        apiKey: { id: key.id, name: key.name, prefix: key.prefix },
        action: 'feature.created',
        resourceType: 'feature',
        resourceId: id,
        outcome: 'allowed',
        code: null,
        ip: '203.0.113.7',
        userAgent: 'curl/8',
        diff: { title: 'Dark mode', category: 'FEATURE' },
      },
    ]);
    expect(items[0]?.prevHash).toBe(items[1]?.hash);
  });

  it('calls a service account by its name, and who is gone by none', async () => {
    const robot = await callAsKey(core, tenant, { scopes: ['backlog:write'], serviceAccount: { role: 'developer' } });
    await create('By a robot', robot);
    const gone = await seedPerson(core, tenant, { project: 'developer' });
    await create('By somebody', callAsUser(core, gone));
    await core.db.prisma.user.delete({ where: { id: gone.id } });
    const { items } = await list();
    const account = await core.db.prisma.serviceAccount.findFirstOrThrow({ where: { orgId: tenant.organization.id } });
    expect(items.map(({ actor }) => actor.name)).toEqual([null, account.name]);
  });

  it('is filtered by each of what it tells, and by several at once', async () => {
    const other = await seedProject(core, tenant.organization);
    const key = await seedKey(core, tenant, { scopes: ['backlog:write'] });
    const first = await create('One');
    core.clock.advance(1_000);
    await create('Two', callAs(core, key.credential));
    core.clock.advance(1_000);
    await create('Three', me, other.id);
    await me.backlog.changeStatus({ projectId: tenant.project.id, id: first.id, status: 'IN_PROGRESS' });
    await outcomeOf(callAs(core, key.credential).usage.today({ projectId: tenant.project.id }));
    const requestId = (await list({ limit: 1 })).items[0]?.requestId;
    const [status, created] = ['feature.status_changed', 'feature.created'];
    for (const [filters, expected] of [
      [{}, [5, 4, 3, 2, 1]],
      [{ principalId: tenant.user.id }, [5, 4, 3, 2, 1]],
      [{ principalId: randomUUID() }, []],
      [{ keyId: key.id }, [5, 2]],
      [{ action: [status] }, [4]],
      [{ action: [created, status, created] }, [4, 3, 2, 1]],
      [{ action: [created, status], limit: 2 }, [4, 3]],
      [{ action: [] }, [5, 4, 3, 2, 1]],
      [{ resourceType: 'feature' }, [4, 3, 2, 1]],
      [{ resourceId: first.id }, [4, 1]],
      [{ outcome: 'denied' }, [5]],
      [{ projectId: other.id }, [3]],
      [{ requestId }, [5]],
      [{ createdAfter: '2026-03-14T10:20:30.250Z', createdBefore: '2026-03-14T10:20:32.250Z' }, [2]],
      [{ action: [created], keyId: key.id, outcome: 'allowed' }, [2]],
    ] as const)
      expect([filters, await seqsOf(filters)]).toEqual([filters, expected]);
  });

  it('pages through several actions without a gap, and takes no cursor of other filters', async () => {
    for (const title of ['One', 'Two', 'Three']) {
      const { id } = await create(title);
      await me.backlog.changeStatus({ projectId: tenant.project.id, id, status: 'IN_PROGRESS' });
    }
    const action = ['feature.created', 'feature.status_changed'];
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ action, limit: 2, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map(({ seq }) => seq));
      cursor = page.nextCursor ?? undefined;
      if (cursor !== undefined) expect((await refusalOf(list({ cursor }))).code).toBe('INVALID_CURSOR');
    } while (cursor !== undefined);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it('is for admins of an organization on Scale, and shows no other organization', async () => {
    await create('Ours');
    const [stranger, developer] = [
      await seedTenant(core, { plan: 'scale' }),
      await seedTenant(core, { plan: 'scale', organizationRole: 'developer' }),
    ];
    const pro = await seedTenant(core, { plan: 'pro' });
    const ofTheirs = ({ organization, user }: TestTenant) =>
      outcomeOf(callAsUser(core, user).audit.list({ organizationId: organization.id }));
    expect(await outcomeOf(list({}, callAsUser(core, stranger.user)))).toBe('ORGANIZATION_NOT_FOUND');
    expect(await ofTheirs(developer)).toBe('FORBIDDEN');
    expect(await ofTheirs(pro)).toBe('PLAN_REQUIRED');
    expect((await callAsUser(core, stranger.user).audit.list({ organizationId: stranger.organization.id })).items).toEqual([]);
  });
});

describe('an export', () => {
  it('has every entry, in as many pages as it takes, and verifies with the published keys', async () => {
    await Promise.all(Array.from({ length: 1_100 }, (_, index) => core.services.audit(entry(index))));
    const text: string[] = [];
    for await (const page of exportAudit(core.core, tenant.organization.id)) text.push(page);
    expect(text).toHaveLength(4);
    const verified = await verifyAuditLog([Buffer.from(text.join(''))], { publicKeys: publishedKeys(core.core.secrets) });
    const checkpoint = await me.audit.checkpoint({ organizationId: tenant.organization.id });
    expect(verified).toEqual({ isIntact: true, entries: 1_100, checkpoint });
  });

  it('of a log without entries is its checkpoint', async () => {
    const text: string[] = [];
    for await (const page of exportAudit(core.core, tenant.organization.id)) text.push(page);
    expect(text.map((line) => JSON.parse(line))).toEqual([
      { checkpoint: expect.objectContaining({ orgId: tenant.organization.id, seq: 0, hash: '0'.repeat(64) }) },
    ]);
    const verified = await verifyAuditLog([Buffer.from(text.join(''))], { publicKeys: publishedKeys(core.core.secrets) });
    expect(verified).toMatchObject({ isIntact: true, entries: 0 });
  });

  it('ends where the log ended when it was begun', async () => {
    await create('One');
    const pages = exportAudit(core.core, tenant.organization.id);
    const first = await pages.next();
    await create('Two');
    const rest = await Readable.from(pages).toArray();
    expect([first.value, ...rest].join('').trim().split('\n')).toHaveLength(2);
  });

  const entry = (index: number) => ({
    orgId: tenant.organization.id,
    content: JSON.stringify({
      action: 'test.made',
      actor_type: 'system',
      at: core.clock.now().toISOString(),
      diff: { index },
      id: randomUUID(),
      org_id: tenant.organization.id,
      outcome: 'allowed',
      request_id: 'req_test',
    }),
  });
});
