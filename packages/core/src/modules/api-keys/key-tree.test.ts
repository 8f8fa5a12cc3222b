import { randomUUID } from 'node:crypto';
import { authorize, isWithin, lookUp, type Place, SCOPE_NAMES } from '@reqbase/auth';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyCredential } from '../../services.ts';
import { type Caller, callAs, callAsUser, openTestCore, outcomeOf, refusalOf, runJobs, type TestCore } from '../../testing.ts';
import { seedService } from '../catalogue/testing.ts';
import { reportLeakedKey } from './report-leak.ts';
import type { StoredScope } from './schema.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
let organizationId: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core, { plan: 'scale' });
  organizationId = tenant.organization.id;
  me = callAsUser(core, tenant.user);
});

type Wanted = { scopes?: readonly (string | StoredScope)[]; allowedIps?: readonly string[]; expiresAt?: string | null };
const MAKER = ['keys:admin', 'backlog:read'];
const IP = '203.0.113.7';
const holding = (rawKey: string, ip = IP) => callAs(core, keyCredential(rawKey), { change: (ctx) => ({ ...ctx, ip }) });
const seedRoot = (options: Parameters<typeof seedKey>[2] = {}) =>
  seedKey(core, tenant, { scopes: MAKER, projectId: null, ...options });
const make = (raw: string, { scopes = MAKER, allowedIps = [], ...wanted }: Wanted = {}) =>
  holding(raw).organizationKeys.create({
    organizationId,
    name: 'A child',
    scopes: [...scopes],
    allowedIps: [...allowedIps],
    ...wanted,
  });
const use = (raw: string) => outcomeOf(holding(raw).members.me({}));
const revoke = (id: string) => me.organizationKeys.revoke({ organizationId, id });
const report = ({ raw }: TestKey) =>
  reportLeakedKey(core.core, { requestId: 'req_leaked', ip: '198.51.100.9', userAgent: 'scanner/1' }, raw);
const rotate = (id: string, by: Caller = me) => by.organizationKeys.rotate({ organizationId, id, overlapHours: 24 });
const read = (id: string) => me.organizationKeys.get({ organizationId, id });

describe('a key that was made with a key', () => {
  it('says with which, for whichever project; what a person makes has none', async () => {
    const root = await seedRoot();
    const child = await make(root.raw);
    const ofProject = await holding(root.raw).apiKeys.create({
      projectId: tenant.project.id,
      name: 'B',
      scopes: ['backlog:read'],
    });
    const grandchild = await make(child.rawKey);
    expect([child, ofProject, grandchild].map(({ parentKeyId }) => parentKeyId)).toEqual([root.id, root.id, child.id]);
    expect((await read(root.id)).parentKeyId).toBeNull();
    const children = await me.organizationKeys.list({ organizationId, parentKeyId: root.id });
    expect(children.items.map(({ id }) => id).toSorted()).toEqual([child.id, ofProject.id].toSorted());
    expect((await me.apiKeys.list({ projectId: tenant.project.id, parentKeyId: root.id })).items).toMatchObject([
      { id: ofProject.id, parentKeyId: root.id },
    ]);
  });

  it('has scopes with constraints where that one has them, the same or narrower', async () => {
    const [serviceId, other] = [await seedService(core, tenant), await seedService(core, tenant)];
    const environment = await me.services.createEnvironment({ organizationId, id: serviceId, name: 'staging' });
    const workflow = await me.services.createWorkflow({ organizationId, id: serviceId, name: 'nightly' });
    const elsewhere = await me.services.createEnvironment({ organizationId, id: other, name: 'staging' });
    const root = await seedRoot({ scopes: ['keys:admin', { permission: 'services:write', serviceId }] });
    const within = [
      { permission: 'services:read', serviceId },
      { permission: 'services:update', resourceType: 'service', resourceId: serviceId },
      { permission: 'services:read', serviceId, environmentId: environment.id },
      { permission: 'services:read', environmentId: environment.id },
      { permission: 'services:read', resourceType: 'workflow', resourceId: workflow.id },
    ];
    const by = holding(root.raw);
    for (const scope of within) {
      const { id } = await make(root.raw, { scopes: [scope] });
      expect(await outcomeOf(by.organizationKeys.update({ organizationId, id, name: 'Renamed' }))).toBe('admitted');
      expect(await outcomeOf(by.organizationKeys.rotate({ organizationId, id }))).toBe('admitted');
      const ofAccount = await seedKey(core, tenant, { scopes: [scope], projectId: null, serviceAccount: { role: 'viewer' } });
      const row = await core.db.prisma.apiKey.findUniqueOrThrow({ where: { id: ofAccount.id } });
      const account = { organizationId, id: row.serviceAccountId ?? '' };
      expect(await outcomeOf(by.serviceAccounts.enable(account))).toBe('admitted');
    }
    for (const scope of [
      'services:read',
      { permission: 'services:read', serviceId: other },
      { permission: 'services:read', environmentId: elsewhere.id },
      { permission: 'services:read', environmentId: randomUUID() },
      { permission: 'scans:read', serviceId },
    ])
      expect((await refusalOf(make(root.raw, { scopes: [scope] }))).detail?.offenders).toMatchObject([
        { reason: 'The key that asks does not have it.' },
      ]);
  });

  it('dies with it, however far below, also as leaked; each with an entry that says with which', async () => {
    for (const end of [(root: TestKey) => revoke(root.id), report]) {
      const root = await seedRoot();
      const child = await make(root.raw);
      const grandchild = await make(child.rawKey);
      const ofProject = await holding(child.rawKey).apiKeys.create({
        ...{ projectId: tenant.project.id, name: 'B', scopes: ['backlog:read'] },
      });
      const apart = await make((await seedRoot()).raw);
      await end(root);
      for (const { rawKey } of [child, grandchild, ofProject]) expect(await use(rawKey)).toBe('API_KEY_REVOKED');
      expect([await use(root.raw), await use(apart.rawKey)]).toEqual(['API_KEY_REVOKED', 'admitted']);
      expect(await read(grandchild.id)).toMatchObject({ status: 'revoked', revokedReason: 'with_parent', version: 2 });
      const entries = await core.db.prisma.auditEntry.findMany({
        where: { action: 'api_key.revoked', resourceId: { in: [child.id, grandchild.id, ofProject.id] } },
      });
      expect(entries).toHaveLength(3);
      for (const { diff } of entries)
        expect(diff).toMatchObject({ reason: 'with_parent', revokedWith: { id: root.id, prefix: root.prefix } });
      expect(entries.find(({ resourceId }) => resourceId === ofProject.id)?.projectId).toBe(tenant.project.id);
    }
  });

  it('lives on when a key beside or beneath it dies', async () => {
    const root = await seedRoot();
    const [child, sibling] = [await make(root.raw), await make(root.raw)];
    const grandchild = await make(child.rawKey);
    await revoke(grandchild.id);
    await revoke(sibling.id);
    expect([await use(root.raw), await use(child.rawKey)]).toEqual(['admitted', 'admitted']);
  });

  it('dies with one that was revoked before, only once', async () => {
    const root = await seedRoot();
    const child = await make(root.raw);
    await make(child.rawKey);
    await revoke(child.id);
    const before = await core.db.prisma.auditEntry.count({ where: { action: 'api_key.revoked' } });
    await revoke(root.id);
    expect(await core.db.prisma.auditEntry.count({ where: { action: 'api_key.revoked' } })).toBe(before + 1);
  });

  it('dies with it, however many there are, each in the chain of the log', async () => {
    const root = await seedRoot();
    const ids: string[] = [];
    for (let n = 0; n < 250; n++) ids.push((await seedRoot()).id);
    await core.db.prisma.apiKey.updateMany({ where: { id: { in: ids } }, data: { parentKeyId: root.id } });
    await revoke(root.id);
    expect(await core.db.prisma.apiKey.count({ where: { id: { in: ids }, revokedAt: null } })).toBe(0);
    const entries = await core.db.prisma.auditEntry.findMany({ where: { orgId: organizationId }, orderBy: { seq: 'asc' } });
    expect(entries.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 251 }, (_, n) => n + 1));
    for (const [n, { prevHash }] of entries.entries()) expect(prevHash).toBe(entries[n - 1]?.hash ?? '0'.repeat(64));
  });

  it('is told to webhooks when it dies, as the one above it', async () => {
    const webhook = { projectId: tenant.project.id, url: 'https://hooks.example.test/', events: ['api_key.revoked' as const] };
    await me.webhooks.create(webhook);
    const root = await seedRoot();
    const child = await make(root.raw);
    await revoke(root.id);
    await runJobs(core.core);
    const events = await core.db.prisma.webhookEvent.findMany({ where: { projectId: tenant.project.id } });
    expect(events.map(({ body }) => (JSON.parse(String(body)) as { data: { id: string } }).data.id).toSorted()).toEqual(
      [root.id, child.id].toSorted(),
    );
  });

  it('is used from no other addresses than that one, whatever is changed of the two', async () => {
    const root = await seedRoot({ allowedIps: ['203.0.113.0/24'] });
    const child = await make(root.raw, { allowedIps: ['203.0.113.0/28'] });
    const change = (id: string, allowedIps: string[]) => me.organizationKeys.update({ organizationId, id, allowedIps });
    for (const wide of [[], ['198.51.100.0/24'], ['203.0.113.0/24', '198.51.100.1']])
      expect(await refusalOf(change(child.id, wide))).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'allowedIps' }] });
    expect(await refusalOf(change(root.id, ['203.0.113.0/30']))).toMatchObject({ issues: [{ path: 'allowedIps' }] });
    expect(await outcomeOf(change(child.id, ['203.0.113.7/32']))).toBe('admitted');
    expect(await outcomeOf(change(root.id, ['203.0.113.0/28']))).toBe('admitted');
    await revoke(child.id);
    expect(await outcomeOf(change(root.id, ['203.0.113.1/32']))).toBe('admitted');
  });
});

describe('a rotation', () => {
  it('hands what was made with the former to the successor, with which it dies then', async () => {
    const root = await seedRoot();
    const child = await make(root.raw);
    const grandchild = await make(child.rawKey);
    const successor = await rotate(child.id);
    expect([successor.parentKeyId, (await read(grandchild.id)).parentKeyId]).toEqual([root.id, successor.id]);
    await revoke(successor.id);
    expect([await use(grandchild.rawKey), await use(child.rawKey), await use(root.raw)]).toEqual([
      'API_KEY_REVOKED',
      'admitted',
      'admitted',
    ]);
  });

  it('takes nothing that was made with the former out of its revocation; the successor that a person made lives on', async () => {
    const root = await seedRoot();
    const child = await make(root.raw);
    const grandchild = await make(child.rawKey);
    const successor = await rotate(child.id);
    const later = await make(successor.rawKey);
    await revoke(child.id);
    expect([await use(grandchild.rawKey), await use(successor.rawKey), await use(later.rawKey), await use(root.raw)]).toEqual([
      'API_KEY_REVOKED',
      'admitted',
      'admitted',
      'admitted',
    ]);
  });

  it('of a key by itself takes nothing out of its revocation or report, not even once it has expired', async () => {
    const wanted = { scopes: ['keys:admin', 'services:read'] };
    for (const hours of [0, 48])
      for (const end of [(root: TestKey) => revoke(root.id), report]) {
        core.clock.set('2026-03-14T10:20:30.250Z');
        const root = await seedRoot(wanted);
        const child = await make(root.raw, wanted);
        const successor = await holding(root.raw).organizationKeys.rotate({ organizationId, id: root.id, overlapHours: 24 });
        const again = await rotate(successor.id, holding(successor.rawKey));
        const late = await make(again.rawKey, wanted);
        core.clock.advance(hours * 3_600_000);
        await end(root);
        for (const { rawKey } of [child, successor, again, late]) expect(await use(rawKey)).toBe('API_KEY_REVOKED');
        expect(await read(root.id)).toMatchObject({ status: 'revoked' });
      }
  });

  it('by a key leaves nothing behind that outlives the one that asked, though that one is rotated itself', async () => {
    const root = await seedRoot();
    const child = await make(root.raw);
    const grandchild = await make(child.rawKey);
    const successor = await rotate(grandchild.id, holding(child.rawKey));
    await rotate(child.id);
    await revoke(child.id);
    expect([await use(successor.rawKey), await use(root.raw)]).toEqual(['API_KEY_REVOKED', 'admitted']);
  });

  it('of a key by itself stays beneath the same key', async () => {
    const root = await seedRoot();
    const child = await make(root.raw);
    const successor = await rotate(child.id, holding(child.rawKey));
    expect(successor.parentKeyId).toBe(root.id);
    await revoke(root.id);
    expect(await use(successor.rawKey)).toBe('API_KEY_REVOKED');
  });

  it('by another key leaves nothing behind that outlives that one', async () => {
    const [root, other] = [await seedRoot(), await seedRoot()];
    const successor = await rotate(other.id, holding(root.raw));
    expect(successor.parentKeyId).toBe(root.id);
    await revoke(root.id);
    expect(await use(successor.rawKey)).toBe('API_KEY_REVOKED');
  });

  it('by another key is not of what is beneath a third, nor of what is above it', async () => {
    const root = await seedRoot();
    const child = await make(root.raw);
    expect(await outcomeOf(rotate(root.id, holding(child.rawKey)))).toBe('FORBIDDEN');
    expect(await outcomeOf(rotate(child.id, holding((await seedRoot()).raw)))).toBe('FORBIDDEN');
    expect(await outcomeOf(rotate(child.id, holding(root.raw)))).toBe('admitted');
  });

  it('lets nothing live longer than what it stands beneath', async () => {
    const [soon, late] = ['2026-04-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'];
    const root = await seedRoot({ expiresAt: new Date(late) });
    const child = await make(root.raw, { expiresAt: late });
    // Made long after: a life as long as the former's would end later than the root's.
    core.clock.set('2026-05-31T00:00:00.000Z');
    expect((await rotate(child.id)).expiresAt).toBe(late);
    core.clock.set('2026-03-14T10:20:30.250Z');
    const above = await seedRoot();
    const beneath = await make(above.raw);
    const deeper = await make(beneath.rawKey, { expiresAt: late });
    const asking = await seedRoot({ expiresAt: new Date(soon) });
    expect((await rotate(above.id, holding(asking.raw))).expiresAt).toBe(soon);
    expect([(await read(beneath.id)).expiresAt, (await read(deeper.id)).expiresAt]).toEqual([soon, soon]);
  });
});

describe('a constraint of a new key', () => {
  it('is to what the organization has: any other is refused by its field', async () => {
    const foreign = await seedTenant(core, { plan: 'pro' });
    const [own, theirs] = [await seedService(core, tenant), await seedService(core, foreign)];
    const create = (...scopes: StoredScope[]) => me.organizationKeys.create({ organizationId, name: 'A', scopes });
    const permission = 'services:read';
    expect(await refusalOf(create({ permission, serviceId: own }, { permission, serviceId: theirs }))).toMatchObject({
      code: 'BAD_REQUEST',
      issues: [{ path: 'scopes.1.serviceId', message: 'The organization has no such service.' }],
    });
    for (const [scope, path] of [
      [{ resourceType: 'service', resourceId: theirs }, 'scopes.0.resourceId'],
      [{ environmentId: own }, 'scopes.0.environmentId'],
      [{ serviceId: own, workflowId: own }, 'scopes.0.workflowId'],
      [{ resourceType: 'workflow', resourceId: own }, 'scopes.0.resourceId'],
    ] as const)
      expect(await refusalOf(create({ permission, ...scope }))).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path }] });
    const environment = await me.services.createEnvironment({ organizationId, id: own, name: 'staging' });
    const places = { serviceId: own, environmentId: environment.id };
    expect((await create({ permission, ...places })).scopes).toMatchObject([{ permission, ...places }]);
  });
});

describe('any tree of keys', () => {
  type Node = { readonly id: string; readonly raw: string; parent: Node | null; readonly maker: Node | null };
  const above = ({ parent }: Node): readonly Node[] => (parent === null ? [] : [parent, ...above(parent)]);
  const diesWith = (node: Node | null, dead: Node): boolean =>
    node !== null && (node === dead || diesWith(node.parent, dead) || diesWith(node.maker, dead));

  it('holds nothing that may do what a key above it may not; and of a node that is revoked, it, all beneath it and all made with it die, and no other', async () => {
    const services = [await seedService(core, tenant), await seedService(core, tenant)] as const;
    const environments = await Promise.all(
      services.map(async (id) => (await me.services.createEnvironment({ organizationId, id, name: 'staging' })).id),
    );
    const place: fc.Arbitrary<Place> = fc.record(
      { serviceId: fc.constantFrom(...services), environmentId: fc.constantFrom(...environments) },
      { requiredKeys: [] },
    );
    const word = fc.constantFrom('scans:read', 'services:read', 'services:write', 'backlog:read', 'read', 'endpoints:read');
    const scope = fc.tuple(word, fc.oneof(fc.constant({}), place)).map(([permission, bound]) => ({ permission, ...bound }));
    const nets = fc.constantFrom(
      [],
      ['203.0.113.0/24'],
      ['203.0.113.0/28'],
      ['203.0.113.7/32'],
      ['198.51.100.0/24', '203.0.113.7'],
    );
    const lives = fc.constantFrom(null, '2026-03-15T00:00:00.000Z', '2026-04-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z');
    const wanted = fc.record({
      beneath: fc.nat(),
      scopes: fc.array(scope, { minLength: 1, maxLength: 3 }),
      isMaker: fc.boolean(),
      allowedIps: nets,
      expiresAt: lives,
    });
    const rotated = fc.record({
      rotated: fc.nat(),
      by: fc.oneof(fc.constantFrom('person' as const, 'itself' as const), fc.nat()),
    });
    const step = fc.oneof({ weight: 3, arbitrary: wanted }, { weight: 2, arbitrary: rotated });
    const resources: readonly Place[] = [
      ...[{}, { serviceId: services[0] }, { serviceId: services[1] }],
      ...services.map((serviceId, n) => ({ serviceId, environmentId: environments[n] ?? '' })),
    ];
    // Each scope that any of the keys opens, and some that none does.
    const needable = SCOPE_NAMES.filter((name) => /^(backlog|conversations|keys|scans|services|endpoints|findings):/.test(name));
    const times = ['2026-03-20', '2026-04-10', '2026-07-01'].map((at) => new Date(at));
    /** All that a key may do, told in words: by scope, resource, address and time. */
    const rightsOf = async ({ raw }: Node) => {
      const facts = await lookUp(core.services.source, keyCredential(raw), {});
      const rights = new Set<string>();
      for (const at of times)
        for (const ip of [IP, '203.0.113.200', '198.51.100.3', '192.0.2.1'])
          for (const needed of needable) {
            const decision = authorize(
              facts,
              { scope: needed, target: 'organization' },
              { organization: organizationId },
              at,
              ip,
            );
            if (!decision.allowed) continue;
            for (const resource of resources)
              if (isWithin(decision.grant.reach, resource)) rights.add(JSON.stringify([needed, resource, ip, at]));
          }
      return rights;
    };

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 9 }), fc.nat(), async (plan, revoked) => {
        const root = await seedRoot({
          scopes: ['keys:admin', 'read', 'services:write'],
          allowedIps: ['203.0.113.0/24', '198.51.100.0/24'],
        });
        const nodes: Node[] = [{ id: root.id, raw: root.raw, parent: null, maker: null }];
        const nth = (n: number) => nodes[n % nodes.length] ?? expect.fail();
        for (const each of plan)
          if ('rotated' in each) {
            const former = nth(each.rotated);
            const maker = typeof each.by === 'number' ? nth(each.by) : each.by === 'itself' ? former : null;
            const made = await rotate(former.id, maker === null ? me : holding(maker.raw)).catch(() => null);
            if (made === null) continue;
            // What a key rotates that is neither itself nor beneath it becomes its own.
            const isInPlace = maker === null || maker === former || above(former).includes(maker);
            const successor = { id: made.id, raw: made.rawKey, parent: isInPlace ? former.parent : maker, maker };
            for (const node of nodes) if (node.parent === former) node.parent = successor;
            nodes.push(successor);
          } else {
            const { beneath, scopes, isMaker, ...limits } = each;
            const parent = nth(beneath);
            const all = [...scopes, ...(isMaker ? ['keys:admin'] : [])];
            const made = await make(parent.raw, { scopes: all, ...limits }).catch(() => null);
            if (made !== null) nodes.push({ id: made.id, raw: made.rawKey, parent, maker: parent });
          }
        const rights = new Map<string, Set<string>>();
        for (const node of nodes) rights.set(node.id, await rightsOf(node));
        for (const node of nodes)
          for (const { id } of above(node))
            expect([...(rights.get(node.id) ?? [])].filter((right) => rights.get(id)?.has(right) !== true)).toEqual([]);

        const dead = nth(revoked);
        await revoke(dead.id);
        for (const node of nodes) expect(await use(node.raw)).toBe(diesWith(node, dead) ? 'API_KEY_REVOKED' : 'admitted');
      }),
      {
        numRuns: 15,
        examples: [
          [
            [
              { rotated: 0, by: 'person' },
              { rotated: 1, by: 0 },
              { rotated: 2, by: 'person' },
            ],
            0,
          ],
        ],
      },
    );
  });
});
