import fc from 'fast-check';
import { expect, it } from 'vitest';
import { authorize } from './authorize.ts';
import type { Facts } from './credential.ts';
import { PLAN_NAMES } from './plans.ts';
import { ROLES } from './roles.ts';
import { GRANTABLE_WORDS, SCOPE_NAMES, type TargetKind } from './scopes.ts';

const NOW = new Date('2026-03-14T10:20:30.250Z');

/** A call with a key that is bound to the project `p` of the organization `o`. */
const calls = fc.record({
  scope: fc.constantFrom(...SCOPE_NAMES),
  words: fc.subarray([...GRANTABLE_WORDS], { minLength: 1 }),
  about: fc.constantFrom<TargetKind>('project', 'project', 'organization', 'any'),
  named: fc.constantFrom('own', 'own', 'own', 'foreign', 'missing'),
  plan: fc.constantFrom(...PLAN_NAMES),
  organizationRole: fc.constantFrom(null, ...ROLES),
  projectRole: fc.constantFrom(null, ...ROLES),
  lifeLeft: fc.constantFrom(null, 1, 60_000, -1),
  isMcp: fc.boolean(),
});

it('an app’s token of equal grants is decided on as a key of its project is, and is none where that key is none', () => {
  fc.assert(
    fc.property(calls, ({ scope, words, about, named, plan, organizationRole, projectRole, lifeLeft, isMcp }) => {
      const project = { own: { id: 'p', orgId: 'o' }, foreign: { id: 'p2', orgId: 'o2' }, missing: null }[named];
      const key = {
        ...{ id: 'k', name: 'CI', prefix: 'riq_live_abcdefghijkl', oauthClientId: null, secretMatches: true, orgId: 'o' },
        ...{ projectId: 'p', revokedAt: null, allowedIps: [], serviceAccountId: null },
        scopes: words.map((permission) => ({ permission })),
        expiresAt: lifeLeft === null ? null : new Date(NOW.getTime() + lifeLeft),
      };
      const byKey: Facts = {
        ...{ key, organizationRole, projectRole, user: { id: 'u', name: 'Ada' }, organization: { id: 'o', slug: 'org', plan } },
        project: about !== 'project' || project === null ? null : { ...project, slug: project.id },
      };
      const byToken: Facts = { ...byKey, key: { ...key, oauthClientId: 'app_1' } };
      const target =
        about === 'any' ? {} : { [about]: about === 'project' ? (project?.id ?? 'p9') : named === 'own' ? 'o' : 'o2' };
      const decide = (facts: Facts) => authorize(facts, { scope, target: about }, target, NOW, null, isMcp);
      const [ofKey, ofToken] = [decide(byKey), decide(byToken)];
      if (ofKey.allowed) return ofToken.allowed;
      const isEarly = ofKey.gate === 'credential' || ofKey.gate === 'tenant';
      expect(ofToken).toEqual(isEarly ? { allowed: false, gate: ofKey.gate, code: 'INVALID_TOKEN' } : ofKey);
      return true;
    }),
    { numRuns: 2_000 },
  );
});
