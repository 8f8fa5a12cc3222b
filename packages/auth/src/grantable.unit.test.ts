import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize } from './authorize.ts';
import type { Facts } from './credential.ts';
import { allGrantability, type Grantee, grantability } from './grantable.ts';
import { PLAN_NAMES, type PlanName } from './plans.ts';
import { ROLES, type Role } from './roles.ts';
import { GRANTABLE_WORDS, isCoarse, SCOPE_NAMES, scopesCoveredBy } from './scopes.ts';

const kinds = fc.constantFrom('project' as const, 'organization' as const);
const roles = fc.constantFrom(...ROLES);
const plans = fc.constantFrom(...PLAN_NAMES);
const grantees: fc.Arbitrary<Grantee> = fc.record({ kind: kinds, role: fc.option(roles, { nil: null }), plan: plans });
const words = fc.constantFrom(...GRANTABLE_WORDS);
const wordsAndOthers = fc.oneof(
  { weight: 5, arbitrary: words },
  fc.string(),
  fc.constantFrom('backlog', 'READ', '*', 'constructor'),
);

const isGrantable = (word: string, grantee: Grantee) => grantability(word, grantee).grantable;
const YES = null;

describe('a scope may be granted', () => {
  // The lowest role on Pro that may have each; null: nobody, on that plan.
  it.each<[word: string, forProject: Role | null, forOrganization: Role | null]>([
    ['backlog:read', 'viewer', 'viewer'],
    ['conversations:read', 'viewer', 'viewer'],
    ['backlog:write', 'developer', 'developer'],
    ['status:write', 'developer', 'developer'],
    ['features:delete', 'developer', 'developer'],
    ['backlog:admin', 'developer', 'developer'],
    ['members:read', 'developer', 'developer'],
    ['usage:read', 'developer', 'developer'],
    ['scans:create', 'developer', 'developer'],
    ['webhooks:write', 'admin', 'admin'],
    ['keys:read', 'owner', 'admin'],
    ['keys:admin', 'owner', 'admin'],
    ['project:write', 'owner', 'admin'],
    ['project:delete', 'owner', 'owner'],
    ['members:write', 'owner', 'owner'],
    ['members:admin', 'owner', 'owner'],
    ['audit:read', null, null],
    ['read', null, 'viewer'],
    ['write', null, 'developer'],
    ['admin', null, 'owner'],
  ])('on Pro: %s for a project from role %s, for an organization from role %s', (word, forProject, forOrganization) => {
    const lowest = (kind: Grantee['kind']) => ROLES.find((role) => isGrantable(word, { kind, role, plan: 'pro' })) ?? null;
    expect([lowest('project'), lowest('organization')]).toEqual([forProject, forOrganization]);
  });

  it.each<[word: string, grantee: Grantee, reason: string | null]>([
    ['backlog:read', { kind: 'project', role: 'owner', plan: 'free' }, 'Needs the plan pro.'],
    ['scans:create', { kind: 'organization', role: 'owner', plan: 'free' }, 'Needs the plan pro.'],
    ['read', { kind: 'organization', role: 'owner', plan: 'free' }, 'Needs the plan pro.'],
    ['backlog:read', { kind: 'project', role: 'viewer', plan: 'pro' }, YES],
    ['status:write', { kind: 'project', role: 'viewer', plan: 'pro' }, 'Needs the role developer.'],
    ['status:write', { kind: 'project', role: 'developer', plan: 'pro' }, YES],
    ['audit:read', { kind: 'project', role: 'admin', plan: 'pro' }, 'Needs the plan scale.'],
    ['audit:read', { kind: 'project', role: 'admin', plan: 'scale' }, YES],
    ['audit:read', { kind: 'project', role: 'developer', plan: 'scale' }, 'Needs the role admin.'],
    ['keys:admin', { kind: 'project', role: 'admin', plan: 'enterprise' }, 'Needs the role owner.'],
    ['keys:admin', { kind: 'organization', role: 'admin', plan: 'pro' }, YES],
    ['webhooks:read', { kind: 'project', role: 'developer', plan: 'pro' }, 'Needs the role admin.'],
    ['members:admin', { kind: 'project', role: 'admin', plan: 'pro' }, 'Needs the role owner.'],
    ['admin', { kind: 'organization', role: 'admin', plan: 'pro' }, 'Needs the role owner.'],
    ['admin', { kind: 'organization', role: 'owner', plan: 'pro' }, YES],
    ['admin', { kind: 'project', role: 'owner', plan: 'scale' }, 'Only keys of an organization can have this scope.'],
    ['backlog:read', { kind: 'project', role: null, plan: 'scale' }, 'Needs the role viewer.'],
    ['read', { kind: 'organization', role: null, plan: 'scale' }, 'Needs the role viewer.'],
    ['backlog:everything', { kind: 'project', role: 'owner', plan: 'scale' }, 'There is no such scope.'],
    ['', { kind: 'organization', role: 'owner', plan: 'scale' }, 'There is no such scope.'],
  ])('or is refused with its reason: %s for %o → %s', (word, grantee, reason) => {
    expect(grantability(word, grantee)).toEqual({ scope: word, grantable: reason === null, reason });
  });

  it('never on Free, whatever the role', () => {
    for (const kind of ['project', 'organization'] as const) {
      for (const role of ROLES)
        expect(allGrantability({ kind, role, plan: 'free' }).filter(({ grantable }) => grantable)).toEqual([]);
    }
  });

  it('never without a role', () => {
    for (const plan of PLAN_NAMES) {
      for (const kind of ['project', 'organization'] as const) {
        expect(allGrantability({ kind, role: null, plan }).filter(({ grantable }) => grantable)).toEqual([]);
      }
    }
  });
});

describe('what is grantable', () => {
  it('stays grantable for a higher role and a higher plan', () => {
    fc.assert(
      fc.property(wordsAndOthers, kinds, roles, roles, plans, plans, (word, kind, role, otherRole, plan, otherPlan) => {
        const higher: Grantee = {
          kind,
          role: ROLES[Math.max(ROLES.indexOf(role), ROLES.indexOf(otherRole))] ?? role,
          plan: PLAN_NAMES[Math.max(PLAN_NAMES.indexOf(plan), PLAN_NAMES.indexOf(otherPlan))] ?? plan,
        };
        if (isGrantable(word, { kind, role, plan })) expect(isGrantable(word, higher)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('holds nothing that would not be grantable by itself, the coarse three apart', () => {
    fc.assert(
      fc.property(words, grantees, (word, grantee) => {
        fc.pre(!isCoarse(word));
        const parts = [...scopesCoveredBy(word)];
        expect(isGrantable(word, grantee)).toBe(parts.every((scope) => isGrantable(scope, grantee)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is refused with a reason, and a reason is only given with a refusal', () => {
    fc.assert(
      fc.property(wordsAndOthers, grantees, (word, grantee) => {
        const { scope, grantable, reason } = grantability(word, grantee);
        expect(scope).toBe(word);
        expect(reason === null).toBe(grantable);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is what the gates then let through: each scope of a granted word, for a key with that word alone', () => {
    fc.assert(
      fc.property(words, grantees, (word, grantee) => {
        fc.pre(!isCoarse(word) && isGrantable(word, grantee));
        for (const scope of scopesCoveredBy(word)) {
          const target = grantee.kind === 'project' ? { project: 'p' } : { organization: 'o' };
          const decision = authorize(keyFacts(word, grantee), { scope, target: grantee.kind }, target, new Date(0));
          expect(decision.allowed, `${word} → ${scope}`).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('is all that the gates let through: a scope that is not grantable is refused to a key that has it all the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCOPE_NAMES), grantees, (scope, grantee) => {
        const target = grantee.kind === 'project' ? { project: 'p' } : { organization: 'o' };
        const decision = authorize(keyFacts(scope, grantee), { scope, target: grantee.kind }, target, new Date(0));
        const isAlone = scopesCoveredBy(scope).size === 1;
        if (isAlone) expect(decision.allowed).toBe(isGrantable(scope, grantee));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is listed word by word for the form, each once', () => {
    const listed = allGrantability({ kind: 'project', role: 'developer', plan: 'pro' });
    expect(listed.map(({ scope }) => scope)).toEqual([...GRANTABLE_WORDS]);
    expect(listed.filter(({ grantable }) => grantable).length).toBeGreaterThan(10);
    expect(listed.filter(({ grantable }) => !grantable).length).toBeGreaterThan(10);
  });
});

function keyFacts(word: string, { role, plan }: { role: Role | null; plan: PlanName }): Facts {
  return {
    key: {
      id: 'k',
      name: 'key',
      prefix: 'riq_live_000000000000',
      oauthClientId: null,
      secretMatches: true,
      orgId: 'o',
      projectId: null,
      scopes: [{ permission: word }],
      expiresAt: null,
      revokedAt: null,
      allowedIps: [],
      serviceAccountId: null,
    },
    user: { id: 'u', name: 'Ada' },
    organization: { id: 'o', slug: 'org', plan },
    project: { id: 'p', orgId: 'o', slug: 'project' },
    organizationRole: role,
    projectRole: null,
  };
}
