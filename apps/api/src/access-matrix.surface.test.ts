import {
  can,
  covers,
  ERRORS,
  type ErrorCode,
  formatKey,
  generateKey,
  PLANS,
  type PlanName,
  planIncludes,
  ROLES,
  type Role,
  SCOPE_NAMES,
  SCOPES,
} from '@reqbase/auth';
import { countersOf, seedKey, seedProject, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { listProcedures, type ProcedureFacts } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  knock,
  openInstallation,
  refusalIn,
  startAnew,
  surfacesOf,
  type TestedSurface,
  type TestInstallation,
} from './testing.ts';

// Every procedure on every surface that it is bound to, called with a key, in every state that a key can be in. What is
// expected is computed here from the procedure's declared requirement, not asked of the gates.

type Need = ProcedureFacts['need'];
type Refusal = { readonly code: ErrorCode; readonly detail?: Record<string, unknown> };
type BoundKey = TestKey & { readonly boundTo: string | null };
type Caller = { readonly raw: string | null; readonly key?: BoundKey; readonly tenant?: TestTenant };
type Case = {
  readonly name: string;
  /** Who calls; the call is about the live tenant unless `tenant` says otherwise. */
  readonly caller: (need: Need) => Caller | Promise<Caller>;
  /** Null: let in. */
  readonly refusal: (need: Need, surface: TestedSurface) => Refusal | null;
  /** Whether the refusal is the business of the key's organization, and so in its log. */
  readonly isAudited: boolean;
};

const PLAN: PlanName = 'scale';
const ALL_SCOPES = [...SCOPE_NAMES];
const now = '2026-03-14T10:20:30.250Z';

let installation: TestInstallation;
type Home = { readonly tenant: TestTenant; readonly keys: Keys };
let live: TestTenant;
let liveKeys: Keys;
let ofOtherProject: BoundKey;
let homes: Record<'foreign' | 'lapsed' | 'left', Home>;
let demoted: Record<Exclude<Role, 'owner'>, Home>;
type Keys = Record<Need['target'], BoundKey>;

/** Keys as each kind of procedure is called with: of the project, and of the whole organization. */
async function seedKeys(tenant: TestTenant, options: Parameters<typeof seedKey>[2] = {}): Promise<Keys> {
  const seed = async (boundTo: string | null): Promise<BoundKey> => ({
    ...(await seedKey(installation, tenant, { scopes: ALL_SCOPES, ...options, projectId: boundTo })),
    boundTo,
  });
  const [project, organization] = [await seed(tenant.project.id), await seed(null)];
  return { project, organization, any: project };
}

/** Keys of the live tenant, made once for all procedures that are tried with the same. */
function liveKeysWith(options: NonNullable<Parameters<typeof seedKey>[2]>): Promise<Keys> {
  const name = JSON.stringify(options);
  const keys = kept.get(name) ?? seedKeys(live, options);
  kept.set(name, keys);
  return keys;
}
const kept = new Map<string, Promise<Keys>>();

beforeAll(async () => {
  installation = await openInstallation();
  const { prisma } = installation.db;
  live = await seedTenant(installation, { plan: PLAN });
  liveKeys = await seedKeys(live);
  const seedHome = async (): Promise<Home> => {
    const tenant = await seedTenant(installation, { plan: PLAN });
    return { tenant, keys: await seedKeys(tenant) };
  };
  const [foreign, lapsed, left] = [await seedHome(), await seedHome(), await seedHome()];
  await prisma.organization.update({ where: { id: lapsed.tenant.organization.id }, data: { plan: 'free' } });
  await prisma.organizationMember.deleteMany({ where: { userId: left.tenant.user.id } });
  homes = { foreign, lapsed, left };
  ofOtherProject = (await seedKeys({ ...live, project: await seedProject(installation, live.organization) })).project;
  const demote = async (role: Role) => {
    const home = await seedHome();
    await prisma.organizationMember.updateMany({ where: { userId: home.tenant.user.id }, data: { role } });
    return home;
  };
  demoted = { viewer: await demote('viewer'), developer: await demote('developer'), admin: await demote('admin') };
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.set(now);
  await startAnew(installation);
  installation.statements.length = 0;
});

const presenting = (key: BoundKey, tenant?: TestTenant): Caller => ({
  raw: key.raw,
  key,
  ...(tenant !== undefined && { tenant }),
});
const text = (raw: string | null): Caller => ({ raw });
const always = (code: ErrorCode) => (): Refusal => ({ code });

/** The last digit of a key belongs to its checksum. */
const mistyped = ({ raw }: TestKey) => raw.slice(0, -1) + (raw.endsWith('0') ? '1' : '0');

const capabilityOf = ({ scope, target }: Need) => {
  const { capability } = SCOPES[scope];
  return typeof capability === 'string' ? capability : target === 'organization' ? capability.organization : capability.project;
};
const roleRefusal = (need: Need, role: Role | null): Refusal | null => {
  const capability = capabilityOf(need);
  return can(role, capability)
    ? null
    : { code: 'FORBIDDEN', detail: { requiredRole: ROLES.find((enough) => can(enough, capability)) } };
};
/** Keys begin with Pro, but for MCP; a scope or the procedure may ask for more. */
const planFor = ({ scope, plan = 'free' }: Need, surface: TestedSurface) =>
  ([surface === 'mcp' ? 'free' : 'pro', SCOPES[scope].plan, plan] as const).reduce((a, b) => (planIncludes(a, b) ? a : b));
const scopesWithout = ({ scope }: Need) => ALL_SCOPES.filter((word) => !covers(word, scope));

const CASES: Case[] = [
  { name: 'no credential', caller: () => text(null), refusal: always('UNAUTHORIZED'), isAudited: false },
  { name: 'a malformed key', caller: () => text('riq_live_abc'), refusal: always('UNAUTHORIZED'), isAudited: false },
  {
    name: 'a key that fails its checksum',
    caller: ({ target }) => text(mistyped(liveKeys[target])),
    refusal: always('UNAUTHORIZED'),
    isAudited: false,
  },
  {
    name: 'an unknown key',
    caller: () => text(formatKey(generateKey('riq'))),
    refusal: always('UNAUTHORIZED'),
    isAudited: false,
  },
  {
    name: 'a wrong secret',
    caller: ({ target }) => text(formatKey({ ...liveKeys[target].parsed, secret: generateKey('riq').secret })),
    refusal: always('UNAUTHORIZED'),
    isAudited: false,
  },
  {
    name: 'an expired key',
    caller: async ({ target }) => presenting((await liveKeysWith({ expiresAt: new Date(now) }))[target]),
    refusal: always('API_KEY_EXPIRED'),
    isAudited: true,
  },
  {
    name: 'a revoked key',
    caller: async ({ target }) => presenting((await liveKeysWith({ revokedAt: new Date(now) }))[target]),
    refusal: always('API_KEY_REVOKED'),
    isAudited: true,
  },
  {
    name: 'a key that is bound to other addresses',
    caller: async ({ target }) => presenting((await liveKeysWith({ allowedIps: ['203.0.113.0/24'] }))[target]),
    refusal: always('IP_NOT_ALLOWED'),
    isAudited: true,
  },
  {
    name: "a foreign organization's key",
    caller: () => presenting(homes.foreign.keys.organization),
    refusal: ({ target }) => (target === 'any' ? null : { code: 'API_KEY_ORG_MISMATCH' }),
    isAudited: true,
  },
  {
    name: 'a key of another project of the organization',
    caller: () => presenting(ofOtherProject),
    refusal: ({ target }) => (target === 'any' ? null : { code: 'API_KEY_PROJECT_MISMATCH' }),
    isAudited: true,
  },
  {
    name: 'every scope but the one that it needs',
    caller: async (need) => presenting((await liveKeysWith({ scopes: scopesWithout(need) }))[need.target]),
    refusal: (need) => ({
      code: 'INSUFFICIENT_SCOPE',
      detail: { requiredScope: need.scope, grantedScopes: scopesWithout(need) },
    }),
    isAudited: true,
  },
  {
    name: 'a plan that has been lost',
    caller: ({ target }) => presenting(homes.lapsed.keys[target], homes.lapsed.tenant),
    refusal: (need, surface) => {
      const requiredPlan = planFor(need, surface);
      return requiredPlan === 'free' ? null : { code: 'PLAN_REQUIRED', detail: { requiredPlan } };
    },
    isAudited: true,
  },
  ...(['viewer', 'developer', 'admin'] as const).map(
    (role): Case => ({
      name: `an owner who is now ${role}`,
      caller: ({ target }) => presenting(demoted[role].keys[target], demoted[role].tenant),
      refusal: (need) => roleRefusal(need, role),
      isAudited: true,
    }),
  ),
  {
    name: 'an owner who has been removed',
    caller: ({ target }) => presenting(homes.left.keys[target], homes.left.tenant),
    refusal: (need) => roleRefusal(need, null),
    isAudited: true,
  },
  {
    name: 'an exhausted minute',
    async caller({ target }) {
      const key = (await seedKeys(live))[target];
      await setUsed(installation, { keyId: key.id, minute: PLANS[PLAN].callsPerMinute });
      return presenting(key);
    },
    refusal: () => ({ code: 'RATE_LIMITED', detail: { retryAfter: 30 } }),
    isAudited: true,
  },
  {
    name: 'an exhausted day',
    async caller({ target }) {
      const key = (await seedKeys(live))[target];
      await setUsed(installation, { projectId: live.project.id, day: PLANS[PLAN].callsPerDay ?? 0 });
      return presenting(key);
    },
    // A call about the organization is about no project, so no project's day is asked.
    refusal: ({ target }) => (target === 'organization' ? null : { code: 'API_QUOTA_EXCEEDED', detail: { retryAfter: 49_170 } }),
    isAudited: true,
  },
  { name: 'everything it needs', caller: ({ target }) => presenting(liveKeys[target]), refusal: () => null, isAudited: false },
];

/** A wrong tenant looks like a wrong key on the project surface and by MCP (contract Reqio); the quota answer has no particulars there. */
function publicRefusal({ code, detail = {} }: Refusal, surface: TestedSurface): Required<Refusal> {
  if (surface !== 'project' && surface !== 'mcp') return { code, detail };
  if (code === 'API_KEY_ORG_MISMATCH' || code === 'API_KEY_PROJECT_MISMATCH') return { code: 'UNAUTHORIZED', detail: {} };
  return { code, detail: code === 'API_QUOTA_EXCEEDED' && surface === 'project' ? {} : detail };
}

/** By MCP, what only another credential mends is told by HTTP, and the rest in the result of the tool. */
function statusOf(code: ErrorCode, surface: TestedSurface): number {
  const [status] = ERRORS[code];
  const isOfCredential = status === 401 || code === 'INSUFFICIENT_SCOPE' || code === 'IP_NOT_ALLOWED';
  return surface === 'mcp' && !isOfCredential ? 200 : status;
}

/** Before the body is read nobody knows which tool is called. */
const ANY_TOOL = ['API_KEY_EXPIRED', 'API_KEY_REVOKED', 'IP_NOT_ALLOWED'];

/** A call about the key's own organization cannot be about another. */
function reaches({ meta }: ProcedureFacts, surface: TestedSurface, refusal: Refusal | null): Refusal | null {
  const isOwn = surface === 'platform' && meta.rest?.platform?.isOwnOrganization === true;
  return isOwn && refusal?.code === 'API_KEY_ORG_MISMATCH' ? null : refusal;
}

const denials = () => installation.db.prisma.auditEntry.findMany({ where: { outcome: 'denied' } });

describe.each(CASES)('with $name', ({ caller: callerOf, refusal: refusalOf, isAudited }) => {
  for (const procedure of listProcedures()) {
    for (const surface of surfacesOf(procedure)) {
      const refusal = reaches(procedure, surface, refusalOf(procedure.need, surface));
      const outcome = refusal === null ? 'is let in and counted' : `is refused with ${publicRefusal(refusal, surface).code}`;
      it(`${procedure.path} on ${surface} ${outcome}`, async () => {
        const { raw, key, tenant = live } = await callerOf(procedure.need);
        const before = await countersOf(installation);
        const target = { project: tenant.project.slug, organization: tenant.organization.slug };
        const answer = await knock(
          installation,
          procedure,
          surface,
          target,
          raw === null ? {} : { authorization: `Bearer ${raw}` },
        );
        const after = await countersOf(installation);

        if (refusal === null) {
          expect([401, 403, 429, 500, 503], answer.text).not.toContain(answer.status);
          expect(callsMoved(before, after)).toEqual(expectedMoves(procedure.need, tenant, key));
          expect(await denials()).toEqual([]);
          return;
        }
        const { code, detail } = publicRefusal(refusal, surface);
        const requestId = answer.headers['x-request-id'];
        expect(refusalIn(answer)).toEqual({
          status: statusOf(code, surface),
          code,
          requestId: code === 'API_QUOTA_EXCEEDED' && surface === 'project' ? null : requestId,
          detail,
        });
        expect(after).toEqual(before);
        const entries = await denials();
        const action = surface === 'mcp' && ANY_TOOL.includes(code) ? 'mcp' : procedure.path;
        expect(
          entries.map((entry) => [
            entry.code,
            entry.action,
            entry.apiKeyId,
            entry.apiKeyName,
            entry.apiKeyPrefix,
            entry.requestId,
          ]),
        ).toEqual(isAudited ? [[refusal.code, action, key?.id, key?.name, key?.prefix, requestId]] : []);
      });
    }
  }
});

describe('a credential that cannot be one', () => {
  for (const procedure of listProcedures()) {
    for (const surface of surfacesOf(procedure)) {
      it(`makes no query on ${procedure.path} on ${surface}`, async () => {
        const target = { project: live.project.slug, organization: live.organization.slug };
        for (const authorization of [null, 'Bearer riq_live_abc', `Bearer ${mistyped(liveKeys.project)}`]) {
          const answer = await knock(installation, procedure, surface, target, authorization === null ? {} : { authorization });
          expect(answer.status).toBe(401);
        }
        expect(installation.statements).toEqual([]);
      });
    }
  }
});

describe('a used-up window', () => {
  it('is entered in the log once, however often the key knocks', async () => {
    const key = await seedKey(installation, live);
    await setUsed(installation, { keyId: key.id, minute: PLANS[PLAN].callsPerMinute });
    const [list] = listProcedures().filter(({ path }) => path === 'backlog.list');
    if (list === undefined) throw new Error('backlog.list is gone');
    const target = { project: live.project.slug, organization: live.organization.slug };
    for (const surface of ['RPC', 'project', 'RPC'] as const) {
      const answer = await knock(installation, list, surface, target, { authorization: `Bearer ${key.raw}` });
      expect(answer.status).toBe(429);
    }
    expect((await denials()).map(({ code }) => code)).toEqual(['RATE_LIMITED']);
  });
});

type Counters = Awaited<ReturnType<typeof countersOf>>;

function callsMoved(before: Counters, after: Counters): Record<string, number> {
  const was = new Map(before.map(({ counter, window, calls }) => [`${counter} ${window}`, calls]));
  const moves = after.map(({ counter, window, calls }) => [counter, calls - (was.get(`${counter} ${window}`) ?? 0)] as const);
  return Object.fromEntries(moves.filter(([, calls]) => calls !== 0));
}

/** Once in the key's minute; and, of a call about a project or by a key of one, once in its day and the key's part of it. */
function expectedMoves({ target }: Need, { project }: TestTenant, key: BoundKey | undefined): Record<string, number> {
  if (key === undefined) return {};
  const projectId = { project: project.id, organization: null, any: key.boundTo }[target];
  return {
    [`minute of ${key.id}`]: 1,
    ...(projectId !== null && { [`day of ${projectId}`]: 1, [`day of ${projectId} by ${key.id}`]: 1 }),
  };
}
