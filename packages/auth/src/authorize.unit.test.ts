import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  authorize,
  checkCredential,
  type Decision,
  GATES,
  type Gate,
  mayAlso,
  type Requirement,
  roleAllows,
} from './authorize.ts';
import type { Facts, GrantedScope, TargetRef } from './credential.ts';
import type { ErrorCode } from './errors.ts';
import { PLAN_NAMES, type PlanName } from './plans.ts';
import { ROLES, type Role } from './roles.ts';
import { SCOPE_NAMES, type Scope, type TargetKind } from './scopes.ts';

const NOW = new Date('2026-03-14T10:20:30.250Z');
const LIVE_KEY: NonNullable<Facts['key']> = {
  id: 'k',
  name: 'CI',
  prefix: 'riq_live_abcdefghijkl',
  oauthClientId: null,
  secretMatches: true,
  orgId: 'o',
  projectId: null,
  scopes: [{ permission: 'backlog:read' }],
  expiresAt: null,
  revokedAt: null,
  allowedIps: [],
  serviceAccountId: null,
};
const PROJECT = { id: 'p', orgId: 'o', slug: 'project' };
const FOREIGN_PROJECT = { id: 'p2', orgId: 'o2', slug: 'foreign' };
const KEY_FACTS: Facts = {
  key: LIVE_KEY,
  user: { id: 'u', name: 'Ada' },
  organization: { id: 'o', slug: 'org', plan: 'pro' },
  project: PROJECT,
  organizationRole: 'owner',
  projectRole: null,
};
const PERSON_FACTS: Facts = { ...KEY_FACTS, key: null };
const keyFacts = (key: Partial<typeof LIVE_KEY>, rest: Partial<Facts> = {}): Facts => ({
  ...KEY_FACTS,
  ...rest,
  key: { ...LIVE_KEY, ...key },
});
const onPlan = (plan: PlanName) => ({ organization: { id: 'o', slug: 'org', plan } });

const READ: Requirement = { scope: 'backlog:read', target: 'project' };
const READ_ORGANIZATION: Requirement = { scope: 'backlog:read', target: 'organization' };
const P: TargetRef = { project: 'p' };
const O: TargetRef = { organization: 'o' };

function refusal(decision: Decision): [gate: Gate, code: ErrorCode] | 'allowed' {
  return decision.allowed ? 'allowed' : [decision.gate, decision.code];
}

type Refused = [name: string, facts: Facts | null, need: Requirement, target: TargetRef, gate: Gate, code: ErrorCode];

describe('a call is refused', () => {
  it.each<Refused>([
    ['no credential', null, READ, P, 'credential', 'UNAUTHORIZED'],
    ['a wrong secret', keyFacts({ secretMatches: false }), READ, P, 'credential', 'UNAUTHORIZED'],
    ['a revoked key', keyFacts({ revokedAt: NOW }), READ, P, 'credential', 'API_KEY_REVOKED'],
    ['an expired key', keyFacts({ expiresAt: new Date(NOW.getTime() - 1) }), READ, P, 'credential', 'API_KEY_EXPIRED'],
    ['a key at the very instant of its expiry', keyFacts({ expiresAt: new Date(NOW) }), READ, P, 'credential', 'API_KEY_EXPIRED'],
    ['a key both revoked and expired', keyFacts({ revokedAt: NOW, expiresAt: NOW }), READ, P, 'credential', 'API_KEY_REVOKED'],
    [
      'a wrong secret of a revoked key',
      keyFacts({ secretMatches: false, revokedAt: NOW }),
      READ,
      P,
      'credential',
      'UNAUTHORIZED',
    ],
    [
      'a wrong secret of an expired key',
      keyFacts({ secretMatches: false, expiresAt: NOW }),
      READ,
      P,
      'credential',
      'UNAUTHORIZED',
    ],

    [
      "a key on a foreign organization's project",
      keyFacts({}, { project: FOREIGN_PROJECT }),
      READ,
      P,
      'tenant',
      'API_KEY_ORG_MISMATCH',
    ],
    ['a key on a missing project', keyFacts({}, { project: null }), READ, P, 'tenant', 'API_KEY_ORG_MISMATCH'],
    ['a key bound to another project', keyFacts({ projectId: 'p9' }), READ, P, 'tenant', 'API_KEY_PROJECT_MISMATCH'],
    [
      'a bound key on a foreign project',
      keyFacts({ projectId: 'p' }, { project: FOREIGN_PROJECT }),
      READ,
      P,
      'tenant',
      'API_KEY_ORG_MISMATCH',
    ],
    ['a key on another organization', KEY_FACTS, READ_ORGANIZATION, { organization: 'o2' }, 'tenant', 'API_KEY_ORG_MISMATCH'],
    ['a key on no named organization', KEY_FACTS, READ_ORGANIZATION, {}, 'tenant', 'API_KEY_ORG_MISMATCH'],
    ['a bound key on its organization', keyFacts({ projectId: 'p' }), READ_ORGANIZATION, O, 'tenant', 'API_KEY_PROJECT_MISMATCH'],
    [
      'a person on a missing project',
      { ...PERSON_FACTS, project: null, organization: null },
      READ,
      P,
      'tenant',
      'PROJECT_NOT_FOUND',
    ],
    [
      'a person on a foreign project',
      { ...PERSON_FACTS, project: FOREIGN_PROJECT, organizationRole: null },
      READ,
      P,
      'tenant',
      'PROJECT_NOT_FOUND',
    ],
    [
      'a person on a missing organization',
      { ...PERSON_FACTS, organization: null },
      READ_ORGANIZATION,
      O,
      'tenant',
      'ORGANIZATION_NOT_FOUND',
    ],
    [
      'a person with a part in a project only, on its organization',
      { ...PERSON_FACTS, organizationRole: null, projectRole: 'owner' },
      READ_ORGANIZATION,
      O,
      'tenant',
      'ORGANIZATION_NOT_FOUND',
    ],

    ['a key without the scope', KEY_FACTS, { ...READ, scope: 'status:write' }, P, 'scope', 'INSUFFICIENT_SCOPE'],
    ['a key without any scope', keyFacts({ scopes: [] }), READ, P, 'scope', 'INSUFFICIENT_SCOPE'],
    [
      'a writing key that deletes',
      keyFacts({ scopes: [{ permission: 'write' }] }),
      { ...READ, scope: 'features:delete' },
      P,
      'scope',
      'INSUFFICIENT_SCOPE',
    ],
    [
      'a key without the scope, about nothing in particular',
      KEY_FACTS,
      { scope: 'keys:read', target: 'any' },
      {},
      'scope',
      'INSUFFICIENT_SCOPE',
    ],

    ['a key whose organization fell back to Free', keyFacts({}, onPlan('free')), READ, P, 'plan', 'PLAN_REQUIRED'],
    [
      'a key on a scope above its plan',
      keyFacts({ scopes: [{ permission: 'audit:read' }] }),
      { ...READ, scope: 'audit:read' },
      P,
      'plan',
      'PLAN_REQUIRED',
    ],
    ['a key on a procedure above its plan', KEY_FACTS, { ...READ, plan: 'scale' }, P, 'plan', 'PLAN_REQUIRED'],
    [
      'a person on a feature above the plan',
      { ...PERSON_FACTS, ...onPlan('free') },
      { ...READ, scope: 'comments:write' },
      P,
      'plan',
      'PLAN_REQUIRED',
    ],
    [
      'a person on a procedure above the plan',
      { ...PERSON_FACTS, ...onPlan('free') },
      { ...READ, plan: 'pro' },
      P,
      'plan',
      'PLAN_REQUIRED',
    ],

    [
      'a key whose owner was demoted',
      adminKey({ organizationRole: 'viewer' }),
      { ...READ, scope: 'status:write' },
      P,
      'role',
      'FORBIDDEN',
    ],
    ['a key whose owner is no member any more', adminKey({ organizationRole: null }), READ, P, 'role', 'FORBIDDEN'],
    [
      'a key of a disabled service account',
      { ...adminKey({ organizationRole: null }), user: null },
      READ,
      P,
      'role',
      'FORBIDDEN',
    ],
    [
      "a project owner's key on the organization's keys",
      adminKey({ organizationRole: 'developer', projectRole: 'owner' }),
      { scope: 'keys:read', target: 'organization' },
      O,
      'role',
      'FORBIDDEN',
    ],
    [
      "an admin's key on a project's keys",
      adminKey({ organizationRole: 'admin' }),
      { scope: 'keys:read', target: 'project' },
      P,
      'role',
      'FORBIDDEN',
    ],
    [
      'a person beyond their role',
      { ...PERSON_FACTS, organizationRole: 'developer' },
      { ...READ, scope: 'members:write' },
      P,
      'role',
      'FORBIDDEN',
    ],
  ])('%s', (_name, facts, need, target, gate, code) => {
    expect(refusal(authorize(facts, need, target, NOW))).toEqual([gate, code]);
  });

  it.each<[string, Partial<NonNullable<Facts['key']>>, string | null, string | undefined]>([
    ['an address of its list', {}, '203.0.113.255', undefined],
    ['another of its list', {}, '2001:db8::1', undefined],
    ['a mapped address of its list', {}, '::ffff:203.0.113.1', undefined],
    ['an address beside its list', {}, '203.0.114.0', 'IP_NOT_ALLOWED'],
    ['no known address', {}, null, 'IP_NOT_ALLOWED'],
    ['what is no address', {}, 'unknown', 'IP_NOT_ALLOWED'],
    ['an address beside its list, without the secret', { secretMatches: false }, '203.0.114.0', 'UNAUTHORIZED'],
    ['an address beside its list, once revoked', { revokedAt: NOW }, '203.0.114.0', 'API_KEY_REVOKED'],
    ['an address beside its list, once expired', { expiresAt: NOW }, '203.0.114.0', 'API_KEY_EXPIRED'],
    ['any address, without a list', { allowedIps: [] }, '203.0.114.0', undefined],
    ['no known address, without a list', { allowedIps: [] }, null, undefined],
  ])('a key with a list of addresses, from %s', (_name, key, ip, code) => {
    const facts = keyFacts({ allowedIps: ['203.0.113.0/24', '2001:db8::/32'], ...key });
    expect(refusal(authorize(facts, READ, P, NOW, ip))).toEqual(code === undefined ? 'allowed' : ['credential', code]);
  });

  it('at the credential, before its body is read, with the same code as in the whole', () => {
    const bound = keyFacts({ allowedIps: ['203.0.113.0/24'] });
    const ended = [keyFacts({ secretMatches: false }), keyFacts({ revokedAt: NOW }), keyFacts({ expiresAt: NOW })];
    for (const facts of [null, ...ended, bound]) {
      const decision = authorize(facts, READ, P, NOW, '203.0.114.1');
      expect(checkCredential({ facts, now: NOW, ip: '203.0.114.1' })?.code).toBe(decision.allowed ? undefined : decision.code);
    }
    expect(checkCredential({ facts: KEY_FACTS, now: NOW, ip: null })).toBeNull();
  });

  it('with what was required and what was granted', () => {
    const detail = (facts: Facts, need: Requirement) => {
      const decision = authorize(facts, need, P, NOW);
      return decision.allowed ? null : decision.detail;
    };
    const scopes = [{ permission: 'backlog:read' }, { permission: 'notes:write', resourceType: 'project', resourceId: 'p9' }];
    expect(detail(keyFacts({ scopes }), { ...READ, scope: 'notes:write' })).toEqual({
      requiredScope: 'notes:write',
      grantedScopes: ['backlog:read', 'notes:write'],
    });
    expect(detail(keyFacts({}, onPlan('free')), READ)).toEqual({ requiredPlan: 'pro' });
    expect(detail(keyFacts({}, onPlan('free')), { ...READ, plan: 'enterprise' })).toEqual({ requiredPlan: 'enterprise' });
    expect(detail(adminKey({ organizationRole: 'viewer' }), { ...READ, scope: 'status:write' })).toEqual({
      requiredRole: 'developer',
    });
  });
});

describe('a call that asks for several scopes', () => {
  const SEVERAL: Requirement = { scope: 'scans:create', also: ['audit:read', 'endpoints:read'], target: 'organization' };
  const holding = (...words: string[]) => keyFacts({ scopes: words.map((permission) => ({ permission })) }, onPlan('scale'));

  it('is told of all that are missing, at once and in their order', () => {
    expect(authorize(holding('scans:create', 'read'), { ...SEVERAL, also: ['services:read'] }, O, NOW).allowed).toBe(true);
    expect(authorize(holding('audit:read'), SEVERAL, O, NOW)).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      detail: { requiredScope: 'scans:create endpoints:read', grantedScopes: ['audit:read'] },
    });
  });

  it('needs the plan and the role of each of them', () => {
    const all = holding('scans:create', 'audit:read', 'endpoints:read');
    expect(refusal(authorize(all, SEVERAL, O, NOW))).toBe('allowed');
    expect(authorize({ ...all, ...onPlan('pro') }, SEVERAL, O, NOW)).toMatchObject({
      code: 'PLAN_REQUIRED',
      detail: { requiredPlan: 'scale' },
    });
    expect(authorize({ ...all, organizationRole: 'developer' }, SEVERAL, O, NOW)).toMatchObject({
      code: 'FORBIDDEN',
      detail: { requiredRole: 'admin' },
    });
  });
});

describe('a call is let in', () => {
  it.each<[name: string, facts: Facts, need: Requirement, target: TargetRef]>([
    ['a key of the organization on its project', KEY_FACTS, READ, P],
    ['a key bound to this project', keyFacts({ projectId: 'p' }), READ, P],
    ['a key a millisecond before its expiry', keyFacts({ expiresAt: new Date(NOW.getTime() + 1) }), READ, P],
    ['a key on its organization by id', KEY_FACTS, READ_ORGANIZATION, O],
    ['a key on its organization by slug', KEY_FACTS, READ_ORGANIZATION, { organization: 'org' }],
    ['a bound key about nothing in particular', keyFacts({ projectId: 'p' }), { ...READ, target: 'any' }, {}],
    ['a key on the plan that the procedure asks for', keyFacts({}, onPlan('scale')), { ...READ, plan: 'scale' }, P],
    ['a key by its owner’s role on the project alone', adminKey({ organizationRole: null, projectRole: 'viewer' }), READ, P],
    [
      'a key by the higher of two roles',
      adminKey({ organizationRole: 'owner', projectRole: 'viewer' }),
      { ...READ, scope: 'keys:admin' },
      P,
    ],
    [
      "an admin's key on the organization's keys",
      adminKey({ organizationRole: 'admin' }),
      { scope: 'keys:admin', target: 'organization' },
      O,
    ],
    ['a person on Free, where no plan is asked for', { ...PERSON_FACTS, ...onPlan('free') }, READ, P],
    ['a person without any scope', PERSON_FACTS, { ...READ, scope: 'features:delete' }, P],
    [
      'a person in no tenant, about what is theirs',
      { ...PERSON_FACTS, organization: null, project: null, organizationRole: null },
      { scope: 'project:read', target: 'any' },
      {},
    ],
  ])('%s', (_name, facts, need, target) => {
    expect(authorize(facts, need, target, NOW)).toMatchObject({ allowed: true, grant: { facts, scope: need.scope } });
  });

  it('by MCP on Free, where the scope begins there, and is so to whatever it goes on to ask', () => {
    const free = keyFacts({ scopes: [{ permission: 'backlog:read' }, { permission: 'conversations:read' }] }, onPlan('free'));
    const decision = authorize(free, READ, P, NOW, null, true);
    if (!decision.allowed) return expect.fail('refused');
    expect([mayAlso(decision.grant, 'project:read'), mayAlso(decision.grant, 'conversations:read')]).toEqual([true, false]);
    const planned = (need: Requirement) => authorize(free, need, P, NOW, null, true);
    expect(planned({ ...READ, scope: 'conversations:read' })).toMatchObject({
      code: 'PLAN_REQUIRED',
      detail: { requiredPlan: 'pro' },
    });
    expect(planned({ ...READ, plan: 'scale' })).toMatchObject({ code: 'PLAN_REQUIRED', detail: { requiredPlan: 'scale' } });
  });

  it('with its higher role, by which it may go on asking', () => {
    const decision = authorize({ ...PERSON_FACTS, organizationRole: 'viewer', projectRole: 'developer' }, READ, P, NOW);
    if (!decision.allowed) return expect.fail('refused');
    expect(decision.grant.role).toBe('developer');
    expect([roleAllows(decision.grant, 'changeStatus'), roleAllows(decision.grant, 'issueTokens')]).toEqual([true, false]);
  });
});

describe('a foreign tenant and a missing one', () => {
  it('are refused alike, so that ids cannot be probed', () => {
    const foreign = authorize(keyFacts({}, { project: FOREIGN_PROJECT }), READ, P, NOW);
    expect(foreign).toEqual(authorize(keyFacts({}, { project: null }), READ, P, NOW));
    const stranger = { ...PERSON_FACTS, organizationRole: null };
    expect(authorize(stranger, READ, P, NOW)).toEqual(
      authorize({ ...stranger, project: null, organization: null }, READ, P, NOW),
    );
  });
});

describe('a scope with a resource constraint', () => {
  const opens = (granted: Omit<GrantedScope, 'permission'>, facts: Partial<Facts> = {}, need = READ, target = P) =>
    authorize(keyFacts({ scopes: [{ permission: 'backlog:read', ...granted }] }, facts), need, target, NOW).allowed;

  it.each<[string, Omit<GrantedScope, 'permission'>]>([
    ['another project', { resourceType: 'project', resourceId: 'p9' }],
    ['a project without saying which', { resourceType: 'project' }],
    ['an id without saying of what', { resourceId: 'p' }],
    ['another organization', { resourceType: 'organization', resourceId: 'o9' }],
    ['a kind that is not known', { resourceType: 'planet', resourceId: 'p' }],
    ['a service', { serviceId: 's' }],
    ['an environment', { environmentId: 'e' }],
    ['a workflow', { workflowId: 'w' }],
    ['this project and a service', { resourceType: 'project', resourceId: 'p', serviceId: 's' }],
    ['something else', { resourceConstraints: { region: 'eu' } }],
    ['a kind of constraint that a later version knows', { region: 'eu' } as never],
    ['something that is no object', { resourceConstraints: true as never }],
    ['this project and something else', { resourceType: 'project', resourceId: 'p', resourceConstraints: { x: null } }],
  ])('to %s opens nothing', (_what, granted) => {
    expect(opens(granted)).toBe(false);
  });

  it('to this project opens this project, and not its organization', () => {
    const granted = { resourceType: 'project', resourceId: 'p' };
    expect(opens(granted)).toBe(true);
    expect(opens(granted, { project: { ...PROJECT, id: 'p3' } })).toBe(false);
    expect(opens(granted, { project: null }, READ_ORGANIZATION, O)).toBe(false);
  });

  it('to this organization opens it and its projects', () => {
    const granted = { resourceType: 'organization', resourceId: 'o' };
    expect([opens(granted), opens(granted, {}, READ_ORGANIZATION, O)]).toEqual([true, true]);
  });

  it('that is null or empty in every part is none', () => {
    expect(
      opens({
        resourceType: null,
        resourceId: null,
        serviceId: null,
        environmentId: null,
        workflowId: null,
        resourceConstraints: {},
      }),
    ).toBe(true);
  });

  it('does not narrow another scope of the key that has none', () => {
    const scopes = [{ permission: 'backlog:read', serviceId: 's' }, { permission: 'read' }];
    expect(authorize(keyFacts({ scopes }), READ, P, NOW).allowed).toBe(true);
  });

  it('never opens more than the scope without it', () => {
    const part = fc.constantFrom(null, 'p', 'o', 'project', 'organization', '');
    const constraints = fc.record(
      { resourceType: part, resourceId: part, serviceId: part, environmentId: part, workflowId: part },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        constraints,
        fc.constantFrom('read', 'backlog:read', 'notes:write'),
        fc.constantFrom(...SCOPE_NAMES),
        (granted, permission, scope) => {
          const free = authorize(keyFacts({ scopes: [{ permission }] }), { ...READ, scope }, P, NOW).allowed;
          const bound = authorize(keyFacts({ scopes: [{ permission, ...granted }] }), { ...READ, scope }, P, NOW).allowed;
          expect(bound && !free).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** A call told in plain words, from which the facts are made and, independently, the expected refusal. */
const calls = fc.record({
  who: fc.oneof(
    { weight: 1, arbitrary: fc.constant('nobody') },
    { weight: 5, arbitrary: fc.constant('person') },
    { weight: 14, arbitrary: fc.constant('key') },
  ),
  secretMatches: mostly(true, fc.constant(false)),
  isRevoked: mostly(false, fc.constant(true)),
  lifeLeft: mostly<number | null>(null, fc.constantFrom(-1, 0, 1)),
  about: fc.constantFrom<TargetKind>('project', 'project', 'organization', 'any'),
  names: mostly<'own' | 'foreign' | 'missing'>('own', fc.constantFrom('foreign', 'missing')),
  boundTo: mostly<string | null>(null, fc.constantFrom('p', 'p9')),
  words: fc.subarray(
    [
      'read',
      'write',
      'admin',
      'backlog:read',
      'backlog:admin',
      'status:write',
      'comments:admin',
      'features:delete',
      'keys:admin',
      'audit:read',
      'nonsense',
    ],
    {
      minLength: 1,
    },
  ),
  scope: fc.constantFrom<Asked>('backlog:read', 'status:write', 'comments:write', 'features:delete', 'keys:admin', 'audit:read'),
  plan: fc.constantFrom(...PLAN_NAMES),
  extraPlan: mostly<PlanName | null>(null, fc.constantFrom(...PLAN_NAMES)),
  organizationRole: fc.constantFrom(null, ...ROLES),
  projectRole: mostly<Role | null>(null, fc.constantFrom(...ROLES)),
});
type CallInWords = typeof calls extends fc.Arbitrary<infer T> ? T : never;

type Asked = 'backlog:read' | 'status:write' | 'comments:write' | 'features:delete' | 'keys:admin' | 'audit:read';
// From the reference: who opens each scope, and from which plan (for a key, for a person) and role (project, organization).
const ASKED: Record<Asked, { openedBy: string[]; plans: [PlanName, PlanName | null]; roles: [Role, Role] }> = {
  'backlog:read': {
    openedBy: ['read', 'write', 'admin', 'backlog:read', 'backlog:admin'],
    plans: ['pro', null],
    roles: ['viewer', 'viewer'],
  },
  'status:write': { openedBy: ['write', 'admin', 'status:write'], plans: ['pro', null], roles: ['developer', 'developer'] },
  'comments:write': { openedBy: ['write', 'admin', 'comments:admin'], plans: ['pro', 'pro'], roles: ['developer', 'developer'] },
  'features:delete': { openedBy: ['admin', 'features:delete'], plans: ['pro', null], roles: ['developer', 'developer'] },
  'keys:admin': { openedBy: ['admin', 'keys:admin'], plans: ['pro', null], roles: ['owner', 'admin'] },
  'audit:read': { openedBy: ['read', 'write', 'admin', 'audit:read'], plans: ['scale', 'scale'], roles: ['admin', 'admin'] },
};

function expectedOf(call: CallInWords): [Gate, ErrorCode] | 'allowed' {
  const { who, about, boundTo, names } = call;
  const asked = ASKED[call.scope];
  const isKey = who === 'key';
  const isMissing = names === 'missing' || (isKey && names === 'foreign');
  const onProject = Math.max(rank(call.organizationRole), rank(call.projectRole));
  const role = about === 'organization' ? rank(call.organizationRole) : onProject;
  const plan = Math.max(PLAN_NAMES.indexOf(asked.plans[isKey ? 0 : 1] ?? 'free'), PLAN_NAMES.indexOf(call.extraPlan ?? 'free'));
  const hasOrganization = isKey || (names !== 'missing' && about !== 'any');
  const refusals: [boolean, Gate, ErrorCode][] = [
    [who === 'nobody' || (isKey && !call.secretMatches), 'credential', 'UNAUTHORIZED'],
    [isKey && call.isRevoked, 'credential', 'API_KEY_REVOKED'],
    [isKey && call.lifeLeft !== null && call.lifeLeft <= 0, 'credential', 'API_KEY_EXPIRED'],
    [about === 'project' && !isKey && (isMissing || onProject < 0), 'tenant', 'PROJECT_NOT_FOUND'],
    [about === 'organization' && !isKey && (isMissing || rank(call.organizationRole) < 0), 'tenant', 'ORGANIZATION_NOT_FOUND'],
    [about !== 'any' && isKey && isMissing, 'tenant', 'API_KEY_ORG_MISMATCH'],
    [about === 'project' && isKey && boundTo === 'p9', 'tenant', 'API_KEY_PROJECT_MISMATCH'],
    [about === 'organization' && isKey && boundTo !== null, 'tenant', 'API_KEY_PROJECT_MISMATCH'],
    [isKey && !call.words.some((word) => asked.openedBy.includes(word)), 'scope', 'INSUFFICIENT_SCOPE'],
    [hasOrganization && PLAN_NAMES.indexOf(call.plan) < plan, 'plan', 'PLAN_REQUIRED'],
    [(isKey || about !== 'any') && role < rank(asked.roles[about === 'organization' ? 1 : 0]), 'role', 'FORBIDDEN'],
  ];
  const first = refusals.find(([isRefused]) => isRefused);
  return first === undefined ? 'allowed' : [first[1], first[2]];
}

function factsOf({ who, about, names, ...call }: CallInWords): Facts | null {
  if (who === 'nobody') return null;
  const isKey = who === 'key';
  const isNamed = about !== 'any' && names !== 'missing';
  return {
    key: isKey
      ? {
          ...LIVE_KEY,
          secretMatches: call.secretMatches,
          revokedAt: call.isRevoked ? NOW : null,
          expiresAt: call.lifeLeft === null ? null : new Date(NOW.getTime() + call.lifeLeft),
          projectId: call.boundTo,
          scopes: call.words.map((permission) => ({ permission })),
        }
      : null,
    user: { id: 'u', name: 'Ada' },
    organization: isKey || isNamed ? { id: 'o', slug: 'org', plan: call.plan } : null,
    project: isNamed && about === 'project' ? (isKey && names === 'foreign' ? FOREIGN_PROJECT : PROJECT) : null,
    organizationRole: call.organizationRole,
    projectRole: call.projectRole,
  };
}

describe('the gates', () => {
  it('are credential, tenant, scope, plan and role, and the first that refuses decides the answer', () => {
    expect(GATES).toEqual(['credential', 'tenant', 'scope', 'plan', 'role']);
    const met = new Map<string, number>();
    fc.assert(
      fc.property(calls, (call) => {
        const need = { scope: call.scope, target: call.about, ...(call.extraPlan !== null && { plan: call.extraPlan }) };
        const named = { own: 'own', foreign: 'foreign', missing: 'missing' }[call.names];
        const target = {
          project: { project: named },
          organization: { organization: call.names === 'own' ? 'o' : named },
          any: {},
        }[call.about];
        const actual = refusal(authorize(factsOf(call), need, target, NOW));
        expect(actual).toEqual(expectedOf(call));
        const outcome = actual === 'allowed' ? actual : actual[0];
        met.set(outcome, (met.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 10_000 },
    );
    // The calls were worth asking about: every gate was the first to refuse, and many calls passed.
    for (const outcome of [...GATES, 'allowed']) expect(met.get(outcome) ?? 0, outcome).toBeGreaterThan(200);
  });

  it('are asked again for whatever else a caller wants to see, scope, plan and role alike', () => {
    fc.assert(
      fc.property(calls, fc.constantFrom<Scope>(...SCOPE_NAMES), (call, other) => {
        const facts = factsOf({ ...call, about: 'project' });
        const decision = authorize(facts, { scope: call.scope, target: 'project' }, P, NOW);
        if (!decision.allowed) return;
        expect(mayAlso(decision.grant, other)).toBe(authorize(facts, { scope: other, target: 'project' }, P, NOW).allowed);
      }),
      { numRuns: 10_000 },
    );
  });
});

function adminKey(rest: Partial<Facts>): Facts {
  return keyFacts({ scopes: [{ permission: 'admin' }] }, rest);
}

function rank(role: Role | null): number {
  return role === null ? -1 : ROLES.indexOf(role);
}

/** Seven times in eight the value that passes, so that the later gates are reached too. */
function mostly<T>(usual: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });
}
