import { initTRPC } from '@trpc/server';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { GATES } from './authorize.ts';
import type { GrantedScope } from './credential.ts';
import { toPublic } from './domain-error.ts';
import { type ExplainedGate, explain } from './explain.ts';
import { type AccessMeta, type AuthContext, guardFor, targetOf } from './guard.ts';
import { generateKey } from './key-format.ts';
import { PLAN_NAMES, PLANS, type PlanName } from './plans.ts';
import { ROLES, type Role } from './roles.ts';
import type { Scope, TargetKind } from './scopes.ts';
import {
  countersOf,
  emptyAuditLog,
  openTestAccess,
  requestBy,
  seedKey,
  seedProject,
  seedTenant,
  setUsed,
  type TestAccess,
  type TestKey,
  type TestTenant,
} from './testing.ts';

let access: TestAccess;
let tenant: TestTenant;
let otherProject: TestTenant['project'];
let foreign: TestTenant;

beforeAll(async () => {
  access = await openTestAccess();
  tenant = await seedTenant(access);
  otherProject = await seedProject(access, tenant.organization);
  foreign = await seedTenant(access);
}, 60_000);
afterAll(() => access.db.close());
beforeEach(() => clear());

const clear = async () => {
  await access.db.script(
    'delete from key_rate; delete from usage_day; delete from usage_key_day; delete from api_key; delete from service_account;',
  );
  await emptyAuditLog(access);
};
/** Everything that a call can leave behind. */
const traces = async () => [await countersOf(access), await access.db.prisma.auditEntry.findMany()];

type Use = 'none' | 'all but one' | 'all';
type Situation = {
  plan: PlanName | null;
  organizationRole: Role | null;
  projectRole: Role | null;
  serviceAccount: { role: Role; isDisabled: boolean } | null;
  boundTo: 'nothing' | 'the project' | 'another';
  scopes: readonly (string | GrantedScope)[];
  expiresIn: number | null;
  isRevoked: boolean;
  minuteUsed: Use;
  dayUsed: Use;
  need: { scope: Scope; target: TargetKind; plan?: PlanName };
  names: 'the project' | 'its slug' | 'another' | 'a foreign one' | 'a missing one';
};

/** A call that is let in. */
const WELCOME: Situation = {
  plan: 'pro',
  organizationRole: 'owner',
  projectRole: null,
  serviceAccount: null,
  boundTo: 'nothing',
  scopes: ['write'],
  expiresIn: null,
  isRevoked: false,
  minuteUsed: 'none',
  dayUsed: 'all but one',
  need: { scope: 'status:write', target: 'project' },
  names: 'the project',
};

const mostly = <T>(usual: fc.Arbitrary<T>, others: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: others });
const roles = fc.constantFrom(...ROLES);
const uses = fc.constantFrom<Use>('none', 'none', 'all but one', 'all');
const situations: fc.Arbitrary<Situation> = fc.record({
  plan: mostly<PlanName | null>(fc.constantFrom('pro', 'scale'), fc.constantFrom(null, ...PLAN_NAMES)),
  organizationRole: mostly<Role | null>(fc.constantFrom('admin', 'owner'), fc.constantFrom(null, ...ROLES)),
  projectRole: fc.option(roles, { nil: null, freq: 2 }),
  serviceAccount: fc.option(fc.record({ role: roles, isDisabled: mostly(fc.constant(false), fc.constant(true)) }), {
    nil: null,
    freq: 3,
  }),
  boundTo: mostly<Situation['boundTo']>(fc.constant('nothing'), fc.constantFrom('the project', 'another')),
  scopes: mostly<Situation['scopes']>(
    fc.constantFrom(['admin'], ['write'], ['backlog:read', 'status:write', 'keys:admin', 'audit:read']),
    fc.constantFrom(
      [],
      ['read'],
      ['nonsense'],
      [{ permission: 'admin', serviceId: 's' }],
      [{ permission: 'admin', resourceType: 'project', resourceId: 'p' }],
    ),
  ),
  expiresIn: mostly<number | null>(fc.constant(null), fc.constantFrom(-1, 0, 1)),
  isRevoked: mostly(fc.constant(false), fc.constant(true)),
  minuteUsed: uses,
  dayUsed: uses,
  need: fc.record(
    {
      scope: fc.constantFrom<Scope>('backlog:read', 'status:write', 'keys:admin', 'audit:read', 'members:write'),
      target: fc.constantFrom<TargetKind>('project', 'project', 'organization', 'any'),
      plan: fc.constantFrom(...PLAN_NAMES),
    },
    { requiredKeys: ['scope', 'target'] },
  ),
  names: mostly<Situation['names']>(
    fc.constantFrom('the project', 'its slug'),
    fc.constantFrom('another', 'a foreign one', 'a missing one'),
  ),
});

/** Brings the installation into the situation; the key that is in it, and the input that it calls with. */
async function arrange({ serviceAccount, ...situation }: Situation): Promise<{ key: TestKey; input: Record<string, string> }> {
  await clear();
  const { user, organization, project } = tenant;
  const { db, clock } = access;
  await db.prisma.organization.update({ where: { id: organization.id }, data: { plan: situation.plan } });
  await db.prisma.organizationMember.deleteMany({ where: { userId: user.id } });
  await db.prisma.projectMember.deleteMany({ where: { userId: user.id } });
  if (situation.organizationRole !== null)
    await db.prisma.organizationMember.create({
      data: { orgId: organization.id, userId: user.id, role: situation.organizationRole },
    });
  if (situation.projectRole !== null)
    await db.prisma.projectMember.create({ data: { projectId: project.id, userId: user.id, role: situation.projectRole } });
  const key = await seedKey(access, tenant, {
    scopes: situation.scopes,
    projectId: { nothing: null, 'the project': project.id, another: otherProject.id }[situation.boundTo],
    expiresAt: situation.expiresIn === null ? null : new Date(clock.now().getTime() + situation.expiresIn),
    revokedAt: situation.isRevoked ? clock.now() : null,
    ...(serviceAccount !== null && {
      serviceAccount: { role: serviceAccount.role, ...(serviceAccount.isDisabled && { disabledAt: clock.now() }) },
    }),
  });
  const { callsPerMinute, callsPerDay } = PLANS[situation.plan ?? 'free'];
  const used = (use: Use, limit: number) => Math.max(0, { none: 0, 'all but one': limit - 1, all: limit }[use]);
  await setUsed(access, { keyId: key.id, minute: used(situation.minuteUsed, callsPerMinute) });
  await setUsed(access, { projectId: project.id, day: used(situation.dayUsed, callsPerDay ?? 1_000_000) });
  const index = { 'the project': 0, 'its slug': 1, another: 2, 'a foreign one': 3, 'a missing one': 4 }[situation.names];
  return {
    key,
    input: {
      projectId: [project.id, project.slug, otherProject.id, foreign.project.id, 'missing'][index] ?? '',
      organizationId: [organization.id, organization.slug, organization.id, foreign.organization.id, 'missing'][index] ?? '',
    },
  };
}

const t = initTRPC.context<AuthContext>().meta<AccessMeta>().create();

/** What really becomes of the call, through a guard as every procedure has it. */
async function reallyCall({ need }: Situation, key: TestKey, input: Record<string, string>) {
  const router = t.router({
    operation: t.procedure
      .concat(guardFor(need))
      .input(z.record(z.string(), z.string()))
      .query(() => 'admitted'),
  });
  return t
    .createCallerFactory(router)(requestBy(access, key.credential))
    .operation(input)
    .then(
      () => ({ code: 'admitted', detail: undefined }),
      (error: unknown) => toPublic(error),
    );
}

const explained = ({ need }: Situation, publicId: string, input: Record<string, string>) =>
  explain(access.services, publicId, need, targetOf(input, need.target), access.clock.now());
const refusing = (trace: ExplainedGate[]) => trace.find(({ outcome }) => outcome === 'refused');

describe('an explanation', () => {
  const EXAMPLES: [gate: string, Situation][] = [
    ['admitted', WELCOME],
    ['credential', { ...WELCOME, isRevoked: true }],
    ['credential', { ...WELCOME, expiresIn: 0 }],
    ['tenant', { ...WELCOME, names: 'a foreign one' }],
    ['tenant', { ...WELCOME, boundTo: 'another' }],
    ['scope', { ...WELCOME, scopes: ['backlog:read'] }],
    ['plan', { ...WELCOME, plan: 'free' }],
    ['plan', { ...WELCOME, need: { ...WELCOME.need, plan: 'scale' } }],
    ['role', { ...WELCOME, organizationRole: 'viewer' }],
    ['role', { ...WELCOME, serviceAccount: { role: 'owner', isDisabled: true } }],
    ['rate', { ...WELCOME, minuteUsed: 'all' }],
    ['quota', { ...WELCOME, dayUsed: 'all' }],
    ['quota', { ...WELCOME, minuteUsed: 'all', dayUsed: 'all' }],
  ];

  it('says exactly what then happens, and until then nothing has: no counter moved, no entry written', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(situations, async (situation) => {
        const { key, input } = await arrange(situation);
        const before = await traces();
        const trace = await explained(situation, key.publicId, input);
        expect(await traces()).toEqual(before);
        const refusal = refusing(trace);
        const { code, detail } = await reallyCall(situation, key, input);
        expect([refusal?.code ?? 'admitted', refusal?.detail]).toEqual([code, detail]);
        met.add(refusal?.gate ?? 'admitted');
      }),
      { numRuns: 150, examples: EXAMPLES.map(([, situation]) => [situation]) },
    );
    expect([...met].toSorted()).toEqual([...GATES, 'rate', 'quota', 'admitted'].toSorted());
  }, 120_000);

  it.each(EXAMPLES)('names the gate, and what comes before and after it: %s', async (gate, situation) => {
    const { key, input } = await arrange(situation);
    const trace = await explained(situation, key.publicId, input);
    expect(trace.map((step) => step.gate)).toEqual(['credential', 'tenant', 'scope', 'plan', 'role', 'rate', 'quota']);
    const at = gate === 'admitted' ? trace.length : trace.findIndex((step) => step.gate === gate);
    expect(trace.map(({ outcome }) => outcome)).toEqual(
      trace.map((_, i) => (i < at ? 'passed' : i === at ? 'refused' : 'not reached')),
    );
    for (const step of trace) expect('code' in step).toBe(step.outcome === 'refused');
  });

  it('takes the last unit of a limit for one that is there, as often as it is asked', async () => {
    const situation: Situation = { ...WELCOME, minuteUsed: 'all but one', dayUsed: 'all but one' };
    const { key, input } = await arrange(situation);
    for (let i = 0; i < 3; i++) expect(refusing(await explained(situation, key.publicId, input))).toBeUndefined();
    expect((await reallyCall(situation, key, input)).code).toBe('admitted');
    expect(refusing(await explained(situation, key.publicId, input))?.code).toBe('API_QUOTA_EXCEEDED');
  });

  it('of a key that does not exist is that it is not known', async () => {
    expect(refusing(await explained(WELCOME, generateKey('riq').keyId, { projectId: tenant.project.id }))).toEqual({
      gate: 'credential',
      outcome: 'refused',
      code: 'UNAUTHORIZED',
    });
  });

  it('says what is lacking', async () => {
    const detailOf = async (situation: Situation) => {
      const { key, input } = await arrange(situation);
      return refusing(await explained(situation, key.publicId, input))?.detail;
    };
    expect(await detailOf({ ...WELCOME, scopes: ['backlog:read'] })).toEqual({
      requiredScope: 'status:write',
      grantedScopes: ['backlog:read'],
    });
    expect(await detailOf({ ...WELCOME, plan: 'free' })).toEqual({ requiredPlan: 'pro' });
    expect(await detailOf({ ...WELCOME, organizationRole: 'viewer' })).toEqual({ requiredRole: 'developer' });
  });
});
