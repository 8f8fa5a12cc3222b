import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize, type Requirement } from './authorize.ts';
import type { Facts, GrantedScope } from './credential.ts';
import { grantsScope, isWithin, isWithinOwn, type Place, reachOf } from './reach.ts';
import { SCOPE_NAMES, type Scope, scopesCoveredBy } from './scopes.ts';

const [A, B] = ['service-a', 'service-b'];
const KEY: NonNullable<Facts['key']> = {
  ...{
    id: 'k',
    name: 'CI',
    prefix: 'riq_live_abcdefghijkl',
    oauthClientId: null,
    secretMatches: true,
    orgId: 'o',
    projectId: null,
  },
  ...{ scopes: [], expiresAt: null, revokedAt: null, allowedIps: [], serviceAccountId: null },
};
const factsOf = (scopes: readonly GrantedScope[]): Facts => ({
  key: { ...KEY, scopes },
  user: { id: 'u', name: 'Ada' },
  organization: { id: 'o', slug: 'org', plan: 'scale' },
  project: null,
  organizationRole: 'owner',
  projectRole: null,
});
const reach = (scopes: readonly GrantedScope[], ...asked: Scope[]) => reachOf(factsOf(scopes), asked);
const NOW = new Date('2026-03-14T10:20:30.250Z');
const call = (scopes: readonly GrantedScope[], need: Omit<Requirement, 'target'>) =>
  authorize(factsOf(scopes), { ...need, target: 'organization' }, { organization: 'o' }, NOW);

describe('what a scope opens that is bound to a place of the catalogue', () => {
  it('is exactly what it names, whichever way that was written', () => {
    for (const bound of [
      { serviceId: A },
      { resourceType: 'service', resourceId: A },
      { resourceType: 'service', resourceId: A, serviceId: A.toUpperCase() },
    ]) {
      const opened = reach([{ permission: 'services:read', ...bound }], 'services:read');
      expect(opened).toEqual([[{ serviceId: A }]]);
      expect([isWithin(opened, { serviceId: A }), isWithin(opened, { serviceId: B })]).toEqual([true, false]);
    }
  });

  it('all that it names holds together', () => {
    const opened = reach([{ permission: 'scans:read', serviceId: A, environmentId: 'e' }], 'scans:read');
    expect(isWithin(opened, { serviceId: A, environmentId: 'e', workflowId: 'w' })).toBe(true);
    for (const other of [{ serviceId: A }, { serviceId: B, environmentId: 'e' }, { environmentId: 'e' }, {}])
      expect(isWithin(opened, other)).toBe(false);
  });

  it('is nothing with a constraint that is not known, or two that cannot both hold', () => {
    for (const bound of [
      { resourceConstraints: { region: 'eu' } },
      { serviceId: A, resourceConstraints: { region: 'eu' } },
      { serviceId: A, resourceType: 'service', resourceId: B },
      { serviceId: A, resourceType: 'planet', resourceId: A },
      { serviceId: A, resourceType: 'service' },
      { serviceId: A, resourceType: 'organization', resourceId: 'another' },
      { serviceId: A, region: 'eu' } as never,
    ]) {
      expect(call([{ permission: 'services:read', ...bound }], { scope: 'services:read' })).toMatchObject({
        code: 'INSUFFICIENT_SCOPE',
        detail: { requiredScope: 'services:read' },
      });
    }
  });

  it('is nothing that is not about services; but it may ask what it may do', () => {
    for (const scope of SCOPE_NAMES) {
      const isAboutServices = /^(scans|services|endpoints|findings|self):/.test(scope);
      expect(grantsScope(factsOf([{ permission: 'admin', serviceId: A }]), scope), scope).toBe(isAboutServices);
    }
    expect(reach([{ permission: 'admin', serviceId: A }], 'self:read')).toEqual([]);
  });

  it('is everything where another scope of the key is not bound, and to a person', () => {
    expect(reach([{ permission: 'services:read', serviceId: A }, { permission: 'read' }], 'services:read')).toEqual([]);
    expect(reachOf({ ...factsOf([]), key: null }, ['services:read', 'findings:write'])).toEqual([]);
  });

  it('has to be opened by each of the scopes that are asked for', () => {
    const scopes = [
      { permission: 'scans:read', serviceId: A },
      { permission: 'scans:read', serviceId: B },
      { permission: 'endpoints:read', serviceId: B },
    ];
    const decision = call(scopes, { scope: 'scans:read', also: ['endpoints:read'] });
    if (!decision.allowed) return expect.fail('refused');
    const { reach: both } = decision.grant;
    expect([isWithin(both, { serviceId: A }), isWithin(both, { serviceId: B })]).toEqual([false, true]);
    expect(call(scopes, { scope: 'scans:read', also: ['services:read'] })).toMatchObject({
      detail: { requiredScope: 'services:read' },
    });
  });
});

const id = fc.constantFrom(A, B, 'c');
const places: fc.Arbitrary<Place> = fc.record({ serviceId: id, environmentId: id, workflowId: id }, { requiredKeys: [] });
const words = fc.constantFrom('read', 'write', 'admin', 'scans:read', 'services:write', 'services:read', 'findings:admin');
const granted: fc.Arbitrary<GrantedScope> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ permission: words }) },
  { weight: 5, arbitrary: fc.tuple(words, places).map(([permission, place]) => ({ permission, ...place })) },
);
const several = fc.array(granted, { maxLength: 4 });
const asked = fc.constantFrom<Scope>('scans:read', 'services:read', 'services:update', 'findings:write', 'endpoints:read');

/** By the rule in words: each scope on its own is granted for this very resource by some one grant. */
function opensByHand(scopes: readonly GrantedScope[], needed: readonly Scope[], resource: Place): boolean {
  return needed.every((scope) =>
    scopes.some(
      ({ permission, ...place }) =>
        scopesCoveredBy(permission).has(scope) &&
        Object.entries(place).every(([field, value]) => resource[field as keyof Place] === value),
    ),
  );
}

describe('the reach of a call', () => {
  it('is the union of what is granted for a scope, and the intersection of the scopes', () => {
    fc.assert(
      fc.property(several, fc.array(asked, { minLength: 1, maxLength: 3 }), places, (scopes, needed, resource) => {
        expect(isWithin(reach(scopes, ...needed), resource)).toBe(opensByHand(scopes, needed, resource));
      }),
      { numRuns: 2_000 },
    );
  });

  it('grows with every grant, shrinks with every scope that is asked for besides, and knows no order', () => {
    fc.assert(
      fc.property(several, granted, asked, asked, places, (scopes, more, scope, also, resource) => {
        const [before, after] = [scopes, [...scopes, more]].map((held) => isWithin(reach(held, scope), resource));
        expect(before === true && after === false).toBe(false);
        const together = isWithin(reach(scopes, scope, also), resource);
        expect(together).toBe(isWithin(reach(scopes, scope), resource) && isWithin(reach(scopes, also), resource));
        expect(isWithin(reach(scopes.toReversed(), also, scope), resource)).toBe(together);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is let in by the gate where there is any, and only there', () => {
    fc.assert(
      fc.property(several, asked, places, (scopes, scope, resource) => {
        if (isWithin(reach(scopes, scope), resource)) expect(call(scopes, { scope }).allowed).toBe(true);
        expect(call(scopes, { scope }).allowed).toBe(grantsScope(factsOf(scopes), scope));
      }),
    );
  });
});

describe('a key that passes a scope on', () => {
  it('passes on nothing that it may not itself, on no resource', () => {
    fc.assert(
      fc.property(several, granted, asked, places, (own, passed, scope, resource) => {
        fc.pre(isWithinOwn({ ...KEY, scopes: own }, passed));
        if (isWithin(reach([passed], scope), resource)) expect(isWithin(reach(own, scope), resource)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('passes on what it has as it is, and narrower', () => {
    fc.assert(
      fc.property(granted, places, (own, place) => {
        expect(isWithinOwn({ ...KEY, scopes: [own] }, own)).toBe(true);
        expect(isWithinOwn({ ...KEY, scopes: [own] }, { ...place, ...own })).toBe(true);
      }),
    );
  });

  it('passes on nothing of what is bound to another organization, or by what is not known', () => {
    for (const bound of [{ resourceType: 'organization', resourceId: 'o2' }, { resourceConstraints: { region: 'eu' } }]) {
      const key = { ...KEY, scopes: [{ permission: 'read', ...bound }] };
      expect(isWithinOwn(key, { permission: 'backlog:read' })).toBe(false);
      expect(isWithinOwn(key, { permission: 'backlog:read', ...bound })).toBe(false);
    }
    const own = { ...KEY, scopes: [{ permission: 'read', resourceType: 'organization', resourceId: 'o' }] };
    expect(isWithinOwn(own, { permission: 'backlog:read' })).toBe(true);
  });
});
