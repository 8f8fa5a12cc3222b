import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanName } from './plans.ts';
import type { Role } from './roles.ts';
import {
  COARSE_SCOPES,
  capabilityOf,
  covers,
  GRANTABLE_WORDS,
  isCoarse,
  lowestRoleWith,
  planOf,
  SCOPE_NAMES,
  SCOPES,
  type Scope,
  scopesCoveredBy,
} from './scopes.ts';

const words = fc.constantFrom(...GRANTABLE_WORDS);
const scopes = fc.constantFrom(...SCOPE_NAMES);
const includesAll = (all: ReadonlySet<Scope> = new Set(), some: ReadonlySet<Scope> = new Set()) =>
  [...some].every((scope) => all.has(scope));

// reference/scopes-codes-limits, Scopes: class, lowest plan, lowest role (on a project).
const TABLE: readonly [Scope, 'read' | 'write' | 'admin', PlanName, Role][] = [
  ['backlog:read', 'read', 'free', 'viewer'],
  ['backlog:write', 'write', 'pro', 'developer'],
  ['status:write', 'write', 'free', 'developer'],
  ['notes:write', 'write', 'pro', 'developer'],
  ['comments:write', 'write', 'pro', 'developer'],
  ['comments:delete', 'admin', 'pro', 'developer'],
  ['features:delete', 'admin', 'pro', 'developer'],
  ['conversations:read', 'read', 'pro', 'viewer'],
  ['conversations:write', 'write', 'pro', 'developer'],
  ['broadcasts:write', 'admin', 'pro', 'developer'],
  ['requesters:read', 'read', 'pro', 'viewer'],
  ['contacts:read', 'read', 'pro', 'viewer'],
  ['contacts:write', 'write', 'pro', 'developer'],
  ['notifications:read', 'read', 'pro', 'viewer'],
  ['widget:read', 'read', 'free', 'viewer'],
  ['widget:write', 'write', 'pro', 'developer'],
  ['project:read', 'read', 'free', 'viewer'],
  ['project:write', 'write', 'pro', 'owner'],
  ['members:read', 'read', 'pro', 'developer'],
  ['members:write', 'admin', 'pro', 'owner'],
  ['members:delete', 'admin', 'pro', 'owner'],
  ['agent:claim', 'write', 'pro', 'developer'],
  ['webhooks:read', 'read', 'pro', 'admin'],
  ['webhooks:write', 'write', 'pro', 'admin'],
  ['keys:read', 'read', 'pro', 'owner'],
  ['keys:admin', 'admin', 'pro', 'owner'],
  ['audit:read', 'read', 'scale', 'admin'],
  ['scans:create', 'write', 'free', 'developer'],
  ['scans:read', 'read', 'free', 'viewer'],
  ['services:read', 'read', 'free', 'viewer'],
  ['services:create', 'write', 'free', 'developer'],
  ['services:update', 'write', 'free', 'developer'],
  ['endpoints:read', 'read', 'free', 'viewer'],
  ['endpoints:write', 'write', 'free', 'developer'],
  ['findings:write', 'write', 'pro', 'developer'],
  // Of our own: deletions are of class admin, so `conversations:write` is not enough.
  ['conversations:delete', 'admin', 'pro', 'developer'],
  // Of our own: every credential may ask who it is.
  ['self:read', 'read', 'free', 'viewer'],
  // Of our own: deleting a project, erasing a person, and the usage screen's figures.
  ['project:delete', 'admin', 'pro', 'owner'],
  ['contacts:delete', 'admin', 'pro', 'admin'],
  ['usage:read', 'read', 'pro', 'developer'],
];

describe('the table of scopes', () => {
  it.each(TABLE)('has %s as class %s, from plan %s, from role %s', (scope, level, plan, role) => {
    expect(COARSE_SCOPES.filter((word) => covers(word, scope))).toEqual(COARSE_SCOPES.slice(COARSE_SCOPES.indexOf(level)));
    expect(planOf(scope, 'key')).toBe(plan);
    expect(lowestRoleWith(capabilityOf(scope, 'project'))).toBe(role);
  });

  it('has no scope that the reference does not name', () => {
    expect(SCOPE_NAMES.toSorted()).toEqual(TABLE.map(([scope]) => scope).toSorted());
  });

  it('lets an admin of the organization see to its keys, but only the owner to those of a project', () => {
    for (const scope of ['keys:read', 'keys:admin'] as const) {
      expect(lowestRoleWith(capabilityOf(scope, 'organization'))).toBe('admin');
      expect(lowestRoleWith(capabilityOf(scope, 'project'))).toBe('owner');
      expect(lowestRoleWith(capabilityOf(scope, 'any'))).toBe('owner');
    }
  });

  it('asks people for a plan only where the feature itself needs one: comments, notes and the audit log', () => {
    const asked = SCOPE_NAMES.filter((scope) => planOf(scope, 'session') !== null);
    expect(asked.map((scope) => [scope, planOf(scope, 'session')])).toEqual([
      ['comments:write', 'pro'],
      ['notes:write', 'pro'],
      ['audit:read', 'scale'],
    ]);
  });

  it('describes every scope to whoever chooses', () => {
    for (const scope of SCOPE_NAMES) expect(SCOPES[scope].title.length).toBeGreaterThan(5);
  });
});

describe('the lattice of scopes', () => {
  it('is reflexive: every scope covers itself', () => {
    for (const scope of SCOPE_NAMES) expect(covers(scope, scope)).toBe(true);
  });

  it('is transitive: what a covered scope covers is covered', () => {
    for (const word of GRANTABLE_WORDS) {
      for (const scope of scopesCoveredBy(word)) expect(includesAll(scopesCoveredBy(word), scopesCoveredBy(scope))).toBe(true);
    }
  });

  it('has admin ⊇ write ⊇ read for the coarse three, each strictly', () => {
    const [read, write, admin] = COARSE_SCOPES.map(scopesCoveredBy);
    expect(includesAll(write, read)).toBe(true);
    expect(includesAll(admin, write)).toBe(true);
    expect(new Set(COARSE_SCOPES.map((word) => scopesCoveredBy(word).size)).size).toBe(3);
    expect([...scopesCoveredBy('admin')].toSorted()).toEqual(SCOPE_NAMES.toSorted());
  });

  it('has <resource>:admin ⊇ :write ⊇ :read, wherever those words exist, and :admin holds all of the resource', () => {
    const resources = new Set(SCOPE_NAMES.map((scope) => scope.split(':')[0] ?? ''));
    for (const resource of resources) {
      const [read, write, admin] = ['read', 'write', 'admin'].map((level) => scopesCoveredBy(`${resource}:${level}`));
      expect(includesAll(write, read), `${resource}:write ⊇ ${resource}:read`).toBe(true);
      expect(includesAll(admin, write), `${resource}:admin ⊇ ${resource}:write`).toBe(true);
      for (const scope of SCOPE_NAMES.filter((name) => name.startsWith(`${resource}:`))) expect(admin?.has(scope)).toBe(true);
    }
    expect(resources.size).toBeGreaterThan(15);
  });

  it('lets <resource>:write read, create and update, and not delete', () => {
    const covered = (word: string) => [...scopesCoveredBy(word)].filter((scope) => scope !== 'self:read').toSorted();
    expect(covered('services:write')).toEqual(['services:create', 'services:read', 'services:update']);
    expect(covered('scans:write')).toEqual(['scans:create', 'scans:read']);
    expect(covered('comments:write')).toEqual(['comments:write']);
    expect(covered('comments:admin')).toEqual(['comments:delete', 'comments:write']);
  });

  // Contract RogerIQ: write is "All *:read + *:write. Not *:admin."; deletes, members and keys are class admin.
  it('never lets write do what is of class admin, nor read what is of class write', () => {
    const classAdmin = [
      'comments:delete',
      'features:delete',
      'conversations:delete',
      'broadcasts:write',
      'members:write',
      'members:delete',
      'keys:admin',
      'contacts:delete',
    ] as const;
    for (const scope of classAdmin) expect(covers('write', scope)).toBe(false);
    for (const scope of SCOPE_NAMES.filter((name) => /:(delete|admin)$/.test(name))) {
      for (const word of GRANTABLE_WORDS.filter((name) => /(^|:)write$/.test(name))) expect(covers(word, scope)).toBe(false);
    }
    for (const scope of scopesCoveredBy('read')) expect(scope).toMatch(/:read$/);
  });

  it('lets whoever is granted anything ask what that is', () => {
    for (const word of GRANTABLE_WORDS) expect(covers(word, 'self:read'), word).toBe(true);
    expect(covers('nothing', 'self:read')).toBe(false);
  });

  it('keeps to the resource of the word but for the aliases of the contracts', () => {
    const leaks = GRANTABLE_WORDS.filter((word) => !isCoarse(word)).flatMap((word) =>
      [...scopesCoveredBy(word)]
        .filter((scope) => scope !== 'self:read' && scope.split(':')[0] !== word.split(':')[0])
        .map((scope) => `${word} → ${scope}`),
    );
    expect(leaks.toSorted()).toEqual([
      'backlog:admin → project:read',
      'backlog:read → project:read',
      'backlog:write → project:read',
      'contacts:admin → requesters:read',
      'contacts:read → requesters:read',
      'contacts:write → requesters:read',
      'requesters:admin → contacts:read',
      'requesters:read → contacts:read',
      'requesters:write → contacts:read',
    ]);
  });

  it('grants no more for more words than the words one by one, and nothing for none', () => {
    fc.assert(
      fc.property(fc.array(words, { maxLength: 6 }), scopes, (granted, scope) => {
        const together = new Set(granted.flatMap((word) => [...scopesCoveredBy(word)]));
        expect(granted.some((word) => covers(word, scope))).toBe(together.has(scope));
      }),
    );
  });
});

describe('a word that no scope is called', () => {
  it('covers nothing, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z]{1,13}:[a-z]{1,6}$/)),
        scopes,
        (word, scope) => {
          fc.pre(!GRANTABLE_WORDS.includes(word));
          expect(covers(word, scope)).toBe(false);
          expect(scopesCoveredBy(word).size).toBe(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '',
    '*',
    '*:*',
    '*:read',
    'backlog',
    'backlog:',
    ':read',
    'backlog:*',
    'READ',
    'Backlog:read',
    'backlog:read ',
    'backlog:read,admin',
    'admin:admin',
    '__proto__',
    'constructor',
    'owner',
  ])('covers nothing: "%s"', (word) => {
    expect(SCOPE_NAMES.filter((scope) => covers(word, scope))).toEqual([]);
  });
});

describe('the words that can be granted', () => {
  it('are each listed once, cover something, and include every scope and the coarse three', () => {
    expect(new Set(GRANTABLE_WORDS).size).toBe(GRANTABLE_WORDS.length);
    for (const word of GRANTABLE_WORDS) expect(scopesCoveredBy(word).size).toBeGreaterThan(0);
    for (const word of [...SCOPE_NAMES, ...COARSE_SCOPES]) expect(GRANTABLE_WORDS).toContain(word);
  });

  it('are coarse only without a resource', () => {
    expect(GRANTABLE_WORDS.filter(isCoarse).toSorted()).toEqual(['admin', 'read', 'write']);
  });
});
