import { initTRPC } from '@trpc/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Credential } from './credential.ts';
import { DomainError, toPublic } from './domain-error.ts';
import type { ErrorCode } from './errors.ts';
import { type AccessMeta, type AuthContext, guardFor, identify, type Metered, peek } from './guard.ts';
import { generateKey } from './key-format.ts';
import { PLANS } from './plans.ts';
import {
  countersOf,
  emptyAuditLog,
  emptyCounters,
  openTestAccess,
  requestBy,
  seedKey,
  seedProject,
  seedTenant,
  seedToken,
  setUsed,
  type TestAccess,
  type TestKey,
  type TestTenant,
} from './testing.ts';

let access: TestAccess;
let tenant: TestTenant;
let key: TestKey;

beforeAll(async () => {
  access = await openTestAccess();
}, 60_000);
afterAll(() => access.db.close());
beforeEach(async () => {
  access.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(access);
  key = await seedKey(access, tenant, { scopes: ['backlog:read', 'status:write'] });
  await emptyCounters(access);
  await emptyAuditLog(access);
  access.statements.length = 0;
  resolved.length = 0;
});

/** The procedures whose resolver was reached. */
const resolved: string[] = [];
const t = initTRPC.context<AuthContext>().meta<AccessMeta>().create();
const OfProject = z.object({ projectId: z.string().max(100), limit: z.number().max(100).optional() });
const router = t.router({
  list: t.procedure
    .concat(guardFor({ scope: 'backlog:read', target: 'project' }))
    .input(OfProject)
    .query(({ ctx, path }) => {
      resolved.push(path);
      return { project: ctx.tenant.project.id, organization: ctx.tenant.organization.id, role: ctx.grant.role };
    }),
  close: t.procedure
    .concat(guardFor({ scope: 'status:write', target: 'project' }))
    .input(OfProject)
    .mutation(({ path }) => resolved.push(path)),
  audit: t.procedure
    .concat(guardFor({ scope: 'audit:read', target: 'project' }))
    .input(OfProject)
    .query(({ path }) => resolved.push(path)),
  keys: t.procedure
    .concat(guardFor({ scope: 'keys:read', target: 'organization' }))
    .input(z.object({ organizationId: z.string().max(100) }))
    .query(({ path }) => resolved.push(path)),
  mine: t.procedure.concat(guardFor({ scope: 'project:read', target: 'any' })).query(({ path }) => resolved.push(path)),
  refuse: t.procedure
    .concat(guardFor({ scope: 'status:write', target: 'project' }))
    .input(OfProject.extend({ code: z.string().max(40) }))
    .mutation(({ input }) => {
      throw new DomainError(input.code as ErrorCode);
    }),
});
const callerOf = t.createCallerFactory(router);
type Caller = ReturnType<typeof callerOf>;

const requestOf = (credential: Credential, overrides?: Partial<AuthContext>) => requestBy(access, credential, overrides);
const session = (): Credential => ({ kind: 'session', userId: tenant.user.id });

/** What becomes of one call in a request of its own: `admitted`, or the code of its refusal. */
async function outcome(
  credential: Credential,
  call: (caller: Caller) => Promise<unknown>,
  overrides?: Partial<AuthContext>,
): Promise<'admitted' | ErrorCode> {
  return call(callerOf(requestOf(credential, overrides))).then(
    () => 'admitted',
    (error: unknown) => toPublic(error).code,
  );
}
const list = (caller: Caller) => caller.list({ projectId: tenant.project.id });
const close = (caller: Caller) => caller.close({ projectId: tenant.project.id });

const useUpMinute = () => setUsed(access, { keyId: key.id, minute: PLANS.pro.callsPerMinute });
const useUpDay = () => setUsed(access, { projectId: tenant.project.id, day: PLANS.pro.callsPerDay ?? 0 });
const counters = () => countersOf(access);
const denials = () => access.db.prisma.auditEntry.findMany({ where: { outcome: 'denied' }, orderBy: { at: 'asc' } });
const secretOf = (other: TestKey): Credential => ({ kind: 'key', key: { ...other.parsed, secret: generateKey('riq').secret } });

describe('a call let in', () => {
  it('reaches its resolver with its tenant and grant, and counts once in the minute, the day and the key’s day', async () => {
    const granted = await callerOf(requestOf(key.credential)).list({ projectId: tenant.project.slug });
    expect(granted).toEqual({ project: tenant.project.id, organization: tenant.organization.id, role: 'owner' });
    expect((await counters()).map(({ calls }) => calls)).toEqual([1, 1, 1]);
    expect(await denials()).toEqual([]);
  });

  it('tells the surface its limits and where they stand, and leaves no entry', async () => {
    const told: Metered[] = [];
    const onMetered = (metered: Metered) => told.push(metered);
    for (let n = 1; n <= 2; n++) expect(await outcome(key.credential, list, { onMetered })).toBe('admitted');
    expect(told.map(({ verdict }) => verdict)).toEqual([1, 2].map((n) => ({ admitted: 'yes', minute: n, day: n })));
    expect(told[0]).toMatchObject({
      charge: { callsPerMinute: 3_000, callsPerDay: 10_000, keyId: key.id },
      facts: { organization: { plan: 'pro' } },
    });
  });

  it('counts even if its input is refused then, or its service fails: it has passed every gate', async () => {
    expect(await outcome(key.credential, (caller) => caller.list({ projectId: tenant.project.id, limit: 1_000 }))).toBe(
      'BAD_REQUEST',
    );
    expect(
      await outcome(key.credential, (caller) => caller.refuse({ projectId: tenant.project.id, code: 'FEATURE_NOT_FOUND' })),
    ).toBe('FEATURE_NOT_FOUND');
    expect((await counters()).map(({ calls }) => calls)).toEqual([2, 2, 2]);
    expect(await denials()).toEqual([]);
  });

  it('about no project counts in the minute only, for a key of the whole organization', async () => {
    const wide = await seedKey(access, tenant, { scopes: ['admin'], projectId: null });
    expect(await outcome(wide.credential, (caller) => caller.mine())).toBe('admitted');
    expect(await outcome(wide.credential, (caller) => caller.keys({ organizationId: tenant.organization.slug }))).toBe(
      'admitted',
    );
    expect(await counters()).toEqual([{ counter: `minute of ${wide.id}`, window: '2026-03-14T10:20', calls: 2 }]);
  });
});

type Case = [
  name: string,
  code: ErrorCode,
  credential: () => Credential | Promise<Credential>,
  call?: (caller: Caller) => Promise<unknown>,
];
const keyWith = async (options: Parameters<typeof seedKey>[2]) => (await seedKey(access, tenant, options)).credential;
const foreignProject = async (): Promise<string> => (await seedTenant(access)).project.id;

const REFUSED: Case[] = [
  ['no credential', 'UNAUTHORIZED', () => ({ kind: 'none' })],
  ['a malformed credential', 'UNAUTHORIZED', () => ({ kind: 'malformed' })],
  ['an unknown key', 'UNAUTHORIZED', () => ({ kind: 'key', key: generateKey('riq') })],
  ['a wrong secret', 'UNAUTHORIZED', () => secretOf(key)],
  ['a revoked key', 'API_KEY_REVOKED', () => keyWith({ revokedAt: access.clock.now() })],
  ['an expired key', 'API_KEY_EXPIRED', () => keyWith({ expiresAt: access.clock.now() })],
  [
    "a foreign organization's project",
    'API_KEY_ORG_MISMATCH',
    () => key.credential,
    async (caller) => caller.list({ projectId: await foreignProject() }),
  ],
  ['a missing project', 'API_KEY_ORG_MISMATCH', () => key.credential, (caller) => caller.list({ projectId: 'missing' })],
  [
    'another project than its own',
    'API_KEY_PROJECT_MISMATCH',
    () => key.credential,
    async (caller) => caller.list({ projectId: (await seedProject(access, tenant.organization)).id }),
  ],
  [
    'a bound key on its organization',
    'API_KEY_PROJECT_MISMATCH',
    () => keyWith({ scopes: ['keys:read'] }),
    (caller) => caller.keys({ organizationId: tenant.organization.id }),
  ],
  ['a missing scope', 'INSUFFICIENT_SCOPE', () => keyWith({ scopes: ['notes:write'] })],
  [
    'a lost plan',
    'PLAN_REQUIRED',
    () => keyWith({ scopes: ['audit:read'] }),
    (caller) => caller.audit({ projectId: tenant.project.id }),
  ],
  [
    'a role that does not suffice',
    'FORBIDDEN',
    () => keyWith({ serviceAccount: { role: 'viewer' }, scopes: ['status:write'] }),
    close,
  ],
  [
    'a disabled service account',
    'FORBIDDEN',
    () => keyWith({ serviceAccount: { role: 'owner', disabledAt: access.clock.now() } }),
  ],
];

describe('a refusal with 401 or 403', () => {
  it.each(REFUSED)(
    'for %s (%s) moves no counter, tells no counter and reaches no resolver',
    async (_name, code, credential, call = list) => {
      const told: Metered[] = [];
      expect(await outcome(await credential(), call, { onMetered: (metered) => told.push(metered) })).toBe(code);
      expect(await counters()).toEqual([]);
      expect([told, resolved]).toEqual([[], []]);
    },
  );

  it.each(REFUSED)('for %s (%s) comes before 429, with both limits used up', async (_name, code, credential, call = list) => {
    const presented = await credential();
    await useUpDay();
    await access.db.sql.query('insert into key_rate select id, $1, $2 from api_key where org_id = $3', [
      new Date('2026-03-14T10:20:00Z'),
      PLANS.pro.callsPerMinute,
      tenant.organization.id,
    ]);
    const before = await counters();
    expect(await outcome(presented, call)).toBe(code);
    expect(await counters()).toEqual(before);
  });

  it('comes before the input is looked at', async () => {
    const unscoped = await keyWith({ scopes: ['notes:write'] });
    expect(await outcome(unscoped, (caller) => caller.list({ projectId: tenant.project.id, limit: 1_000 }))).toBe(
      'INSUFFICIENT_SCOPE',
    );
  });

  it('of a key whose holder is known leaves one entry, with the key’s id, name and prefix, the operation and the code', async () => {
    const origin = { requestId: 'req_1', ip: '203.0.113.9', userAgent: 'u'.repeat(400) };
    const wide = await seedKey(access, tenant, { scopes: ['notes:write'], projectId: null });
    expect(await outcome(wide.credential, list, origin)).toBe('INSUFFICIENT_SCOPE');
    expect(await denials()).toMatchObject([
      {
        orgId: tenant.organization.id,
        projectId: tenant.project.id,
        actorType: 'api_key',
        actorId: tenant.user.id,
        apiKeyId: wide.id,
        apiKeyName: wide.name,
        apiKeyPrefix: wide.prefix,
        action: 'list',
        outcome: 'denied',
        code: 'INSUFFICIENT_SCOPE',
        requestId: 'req_1',
        ip: '203.0.113.9',
        userAgent: 'u'.repeat(300),
        at: access.clock.now(),
      },
    ]);
  });

  it.each(REFUSED.slice(4))(
    'for %s (%s) leaves exactly one entry, in the log of the key’s own organization',
    async (_name, code, credential, call = list) => {
      await outcome(await credential(), call);
      const entries = await denials();
      expect(entries.map((entry) => [entry.code, entry.orgId])).toEqual([[code, tenant.organization.id]]);
    },
  );

  it.each(REFUSED.slice(0, 4))(
    'for %s (%s) leaves no entry: whoever lacks the secret cannot write into a log',
    async (_name, code, credential, call = list) => {
      expect(await outcome(await credential(), call)).toBe(code);
      expect(await denials()).toEqual([]);
    },
  );

  it("says nothing of a foreign project in the organization's log", async () => {
    const projectId = await foreignProject();
    await outcome(key.credential, (caller) => caller.list({ projectId }));
    expect(await denials()).toMatchObject([{ code: 'API_KEY_ORG_MISMATCH', projectId: null }]);
  });

  it('made by the service itself, within its gates, leaves an entry as well', async () => {
    const refused = await outcome(key.credential, (caller) =>
      caller.refuse({ projectId: tenant.project.id, code: 'SCOPE_NOT_GRANTABLE' }),
    );
    expect(refused).toBe('SCOPE_NOT_GRANTABLE');
    expect(await denials()).toMatchObject([{ action: 'refuse', code: 'SCOPE_NOT_GRANTABLE', apiKeyId: key.id }]);
  });
});

describe('a refusal with 429', () => {
  it('for the minute burns no day, nor the other way round', async () => {
    await useUpMinute();
    const before = await counters();
    expect([await outcome(key.credential, list), await outcome(key.credential, list)]).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(await counters()).toEqual(before);
    access.clock.advance(60_000);
    expect(await outcome(key.credential, list)).toBe('admitted');
    await useUpDay();
    const full = await counters();
    expect([await outcome(key.credential, list), await outcome(key.credential, list)]).toEqual([
      'API_QUOTA_EXCEEDED',
      'API_QUOTA_EXCEEDED',
    ]);
    expect(await counters()).toEqual(full);
    expect(resolved).toEqual(['list']);
  });

  it('is the contract’s, to the letter, with the seconds to wait, and tells the surface where the counters stand', async () => {
    await useUpDay();
    const told: Metered[] = [];
    const error: unknown = await list(callerOf(requestOf(key.credential, { onMetered: (metered) => told.push(metered) }))).catch(
      (thrown: unknown) => thrown,
    );
    expect(toPublic(error)).toEqual({
      status: 429,
      code: 'API_QUOTA_EXCEEDED',
      message: 'Daily API request limit reached for this project. It resets at 00:00 UTC. Upgrade for a higher limit.',
      issues: [],
      retryAfter: 13 * 3_600 + 39 * 60 + 30,
    });
    expect(told.map(({ verdict }) => verdict)).toEqual([{ admitted: 'day exhausted', minute: 0, day: 10_000 }]);
  });

  it('leaves one entry for each window that is used up, however often its caller tries', async () => {
    await useUpMinute();
    for (let i = 0; i < 3; i++) await outcome(key.credential, list);
    expect((await denials()).map(({ code }) => code)).toEqual(['RATE_LIMITED']);
    access.clock.advance(60_000);
    await useUpMinute();
    for (let i = 0; i < 3; i++) await outcome(key.credential, list);
    expect((await denials()).map(({ code, apiKeyId }) => [code, apiKeyId])).toEqual([
      ['RATE_LIMITED', key.id],
      ['RATE_LIMITED', key.id],
    ]);
    await useUpDay();
    for (let i = 0; i < 3; i++) await outcome(key.credential, list);
    expect((await denials()).map(({ code }) => code)).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'API_QUOTA_EXCEEDED']);
  });

  it('leaves one entry for each window also where a caller goes to and fro between two projects', async () => {
    const wide = await seedKey(access, tenant, { projectId: null });
    const other = await seedProject(access, tenant.organization);
    await useUpDay();
    await setUsed(access, { keyId: wide.id, minute: PLANS.pro.callsPerMinute });
    const both = async () => [
      await outcome(wide.credential, list),
      await outcome(wide.credential, (caller) => caller.list({ projectId: other.id })),
    ];
    for (let i = 0; i < 3; i++) expect(await both()).toEqual(['API_QUOTA_EXCEEDED', 'RATE_LIMITED']);
    expect((await denials()).map(({ code }) => code).toSorted()).toEqual(['API_QUOTA_EXCEEDED', 'RATE_LIMITED']);
    await setUsed(access, { projectId: other.id, day: PLANS.pro.callsPerDay ?? 0 });
    for (let i = 0; i < 3; i++) await both();
    expect((await denials()).filter(({ code }) => code === 'API_QUOTA_EXCEEDED').map(({ projectId }) => projectId)).toEqual([
      tenant.project.id,
      other.id,
    ]);
  });
});

describe('a replay', () => {
  it('counts in the minute only, and is given though the day is used up', async () => {
    await useUpDay();
    expect(await outcome(key.credential, list, { isReplay: true })).toBe('admitted');
    expect(await counters()).toEqual([
      { counter: `day of ${tenant.project.id}`, window: '2026-03-14', calls: 10_000 },
      { counter: `minute of ${key.id}`, window: '2026-03-14T10:20', calls: 1 },
    ]);
  });

  it('is refused as any call when the minute is used up, or its key revoked', async () => {
    await useUpMinute();
    expect(await outcome(key.credential, list, { isReplay: true })).toBe('RATE_LIMITED');
    await access.db.prisma.apiKey.update({ where: { id: key.id }, data: { revokedAt: access.clock.now() } });
    expect(await outcome(key.credential, list, { isReplay: true })).toBe('API_KEY_REVOKED');
  });
});

describe('a call by MCP', () => {
  it('has a day of its own on Free, on the counter that all share', async () => {
    await access.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    expect(await outcome(key.credential, list)).toBe('PLAN_REQUIRED');
    await setUsed(access, { projectId: tenant.project.id, day: 499 });
    expect(await outcome(key.credential, list, { isMcp: true })).toBe('admitted');
    expect(await outcome(key.credential, list, { isMcp: true })).toBe('API_QUOTA_EXCEEDED');
  });
});

describe('a session', () => {
  it('is not metered, and is let in with every limit used up', async () => {
    await useUpDay();
    const before = await counters();
    const told: Metered[] = [];
    for (let i = 0; i < 3; i++)
      expect(await outcome(session(), close, { onMetered: (metered) => told.push(metered) })).toBe('admitted');
    expect([await counters(), told]).toEqual([before, []]);
  });

  it('beyond its role is refused and leaves an entry in its own name', async () => {
    await access.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } });
    expect(await outcome(session(), close)).toBe('FORBIDDEN');
    expect(await denials()).toMatchObject([
      { actorType: 'user', actorId: tenant.user.id, apiKeyId: null, apiKeyName: null, apiKeyPrefix: null, code: 'FORBIDDEN' },
    ]);
  });

  it('of a stranger finds nothing, and cannot write into the log of those who do not know it', async () => {
    const foreign = await seedTenant(access);
    expect(await outcome(session(), (caller) => caller.list({ projectId: foreign.project.id }))).toBe('PROJECT_NOT_FOUND');
    expect(await outcome(session(), (caller) => caller.list({ projectId: 'missing' }))).toBe('PROJECT_NOT_FOUND');
    expect(await outcome(session(), (caller) => caller.keys({ organizationId: foreign.organization.id }))).toBe(
      'ORGANIZATION_NOT_FOUND',
    );
    expect(await denials()).toEqual([]);
  });
});

describe('the very next call', () => {
  const update = () => access.db.prisma;
  it.each<[string, ErrorCode, () => Promise<unknown>]>([
    [
      'its key is revoked',
      'API_KEY_REVOKED',
      () => update().apiKey.update({ where: { id: key.id }, data: { revokedAt: access.clock.now() } }),
    ],
    ['its key is deleted', 'UNAUTHORIZED', () => update().apiKey.delete({ where: { id: key.id } })],
    [
      'its key loses the scope',
      'INSUFFICIENT_SCOPE',
      () => update().apiKey.update({ where: { id: key.id }, data: { scopes: [{ permission: 'notes:write' }] } }),
    ],
    ['its owner is removed', 'FORBIDDEN', () => update().organizationMember.deleteMany({ where: { userId: tenant.user.id } })],
    [
      'its owner is made a viewer',
      'FORBIDDEN',
      () => update().organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } }),
    ],
    [
      'the plan is lowered',
      'PLAN_REQUIRED',
      () => update().organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } }),
    ],
    [
      'the project is deleted',
      'API_KEY_ORG_MISMATCH',
      () => update().project.update({ where: { id: tenant.project.id }, data: { deletedAt: access.clock.now() } }),
    ],
  ])('after %s is refused: %s', async (_what, code, change) => {
    expect(await outcome(key.credential, close)).toBe('admitted');
    await change();
    expect(await outcome(key.credential, close)).toBe(code);
    expect((await counters()).filter(({ counter }) => counter.startsWith('minute')).map(({ calls }) => calls)).toEqual(
      code === 'UNAUTHORIZED' ? [] : [1],
    );
  });
});

describe('a call whose credential ends before it is charged', () => {
  const ending = (end: () => Promise<unknown>): Partial<AuthContext> => {
    const { meter } = access.services;
    const charge: typeof meter.charge = async (due) => {
      await end();
      return meter.charge(due);
    };
    return { access: { ...access.services, meter: { ...meter, charge } } };
  };

  it('is refused as one by an unknown key, and leaves nothing', async () => {
    const end = () => access.db.prisma.apiKey.delete({ where: { id: key.id } });
    expect(await outcome(key.credential, list, ending(end))).toBe('UNAUTHORIZED');
    expect([resolved, await counters(), await denials()]).toEqual([[], [], []]);
  });

  it.each([
    ['on its first call', 0],
    ['on a later one', 1],
  ])('is refused as one by an unknown token %s', async (_when, before) => {
    const token = await seedToken(access, tenant);
    for (let n = 0; n < before; n++) expect(await outcome(token.credential, list)).toBe('admitted');
    const end = () => access.db.prisma.oAuthGrant.delete({ where: { id: token.id } });
    expect(await outcome(token.credential, list, ending(end))).toBe('INVALID_TOKEN');
    expect([resolved.length, await denials()]).toEqual([before, []]);
  });
});

describe('the facts of a request', () => {
  it('are read once, however many gates and calls ask', async () => {
    for (const credential of [key.credential, session()]) {
      access.statements.length = 0;
      const request = requestOf(credential);
      await identify(request, { project: tenant.project.id }, 'list');
      const caller = callerOf(request);
      await Promise.all([list(caller), list(caller), close(caller)]);
      expect(access.statements).toHaveLength(1);
    }
  });

  it('are read anew for another target, and for another request', async () => {
    const request = requestOf(key.credential);
    await identify(request, { project: tenant.project.id }, 'list');
    await callerOf(request).list({ projectId: tenant.project.slug });
    expect(access.statements).toHaveLength(2);
    await outcome(key.credential, list);
    expect(access.statements).toHaveLength(3);
  });

  it('are not read at all without a credential that can be one', async () => {
    for (const credential of [{ kind: 'none' }, { kind: 'malformed' }] as const)
      expect(await outcome(credential, list)).toBe('UNAUTHORIZED');
    expect(access.statements).toEqual([]);
  });

  it('read for no target are not taken for those of a target that cannot be', async () => {
    const request = requestOf(key.credential);
    await identify(request, {}, 'list');
    const refused = await callerOf(request)
      .list({ projectId: 'no/such/name' })
      .catch((error: unknown) => toPublic(error).code);
    expect(refused).toBe('API_KEY_ORG_MISMATCH');
  });
});

describe('identifying a caller before the body is read', () => {
  it.each(REFUSED.slice(0, 6))('refuses %s (%s), and no more than that', async (_name, code, credential) => {
    const refused = await identify(requestOf(await credential()), { project: tenant.project.id }, 'list').catch(
      (error: unknown) => toPublic(error).code,
    );
    expect(refused).toBe(code);
    expect(await denials()).toHaveLength(code === 'UNAUTHORIZED' ? 0 : 1);
  });

  it('lets pass whatever later gates may refuse, and counts nothing', async () => {
    const unscoped = await keyWith({ scopes: [] });
    await identify(requestOf(unscoped), { project: 'missing' }, 'list');
    expect([await counters(), await denials()]).toEqual([[], []]);
  });
});

describe('a look at the counters', () => {
  it('tells an identified caller where they stand, and moves none', async () => {
    await outcome(key.credential, list);
    const before = await counters();
    const told: Metered[] = [];
    const request = requestOf(await keyWith({ scopes: [] }), { onMetered: (metered) => told.push(metered) });
    await list(callerOf(request)).catch(() => {});
    await peek(request);
    expect(told.map(({ verdict }) => verdict)).toEqual([{ admitted: 'yes', minute: 0, day: 1 }]);
    expect(await counters()).toEqual(before);
  });

  it('tells a stranger, a wrong secret, a dead key and a person nothing', async () => {
    const told: Metered[] = [];
    const dead = await keyWith({ revokedAt: access.clock.now() });
    for (const credential of [{ kind: 'none' } as const, secretOf(key), dead, session()]) {
      const request = requestOf(credential, { onMetered: (metered) => told.push(metered) });
      await list(callerOf(request)).catch(() => {});
      await peek(request);
    }
    expect(told).toEqual([]);
  });
});

describe('the raw secret', () => {
  it('is in no audit entry and in no error, whatever was refused', async () => {
    const seen: string[] = [];
    for (const [, , credential, call = list] of REFUSED) {
      const presented = await credential();
      const error: unknown = await call(callerOf(requestOf(presented))).catch((thrown: unknown) => thrown);
      seen.push(JSON.stringify([error, toPublic(error)]), String(error), error instanceof Error ? (error.stack ?? '') : '');
      if (presented.kind === 'key') expect(seen.join()).not.toContain(presented.key.secret);
    }
    await useUpDay();
    await outcome(key.credential, list);
    const everything = JSON.stringify([seen, await access.db.prisma.auditEntry.findMany()]);
    expect(everything).toContain(key.prefix);
    const keys = await access.db.prisma.apiKey.findMany();
    expect(everything).not.toContain(key.parsed.secret);
    for (const { secretHash } of keys) expect(everything).not.toContain(Buffer.from(secretHash).toString('hex'));
  });
});
