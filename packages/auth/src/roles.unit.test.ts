import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES, type Capability, can, higherRole, ROLES } from './roles.ts';

const roles = fc.constantFrom(...ROLES);
const capabilities = fc.constantFrom(...CAPABILITIES.owner);

describe('capabilities', () => {
  it('never shrink with a higher role', () => {
    fc.assert(
      fc.property(roles, roles, capabilities, (a, b, capability) => {
        if (can(a, capability)) expect(can(higherRole(a, b), capability)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('grow with every step, up to the owner, who has all of them', () => {
    const counts = ROLES.map((role) => CAPABILITIES.owner.filter((capability) => can(role, capability)).length);
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(CAPABILITIES.owner.length);
  });

  it('are none without a role', () => {
    for (const capability of CAPABILITIES.owner) expect(can(null, capability)).toBe(false);
  });

  it('are none that the list does not have', () => {
    for (const unknown of ['', 'everything', 'constructor', 'has']) expect(can('owner', unknown as Capability)).toBe(false);
  });

  it('that the form shows are those that are asked for', () => {
    for (const role of ROLES) {
      expect(CAPABILITIES.owner.filter((capability) => can(role, capability)).toSorted()).toEqual(
        [...CAPABILITIES[role]].toSorted(),
      );
    }
  });

  // wire-facts, Reqio roles: what Owner and Developer may do, action by action.
  it.each([
    ['see the backlog', 'viewBacklog', true],
    ['see the inbox', 'viewInbox', true],
    ['change a status', 'changeStatus', true],
    ['write internal notes', 'writeNotes', true],
    ['change widget settings', 'manageWidget', true],
    ['delete requests', 'deleteFeatures', true],
    ['delete comments', 'deleteComments', true],
    ['manage chat', 'replyInbox', true],
    ['send announcements', 'sendBroadcasts', true],
    ['invite members', 'inviteMembers', false],
    ['remove members', 'removeMembers', false],
    ['see to billing', 'manageBilling', false],
    ['delete the project', 'deleteProject', false],
    ['issue tokens and keys', 'issueTokens', false],
  ] as const)('let an owner %s, and a developer too: %s → %s', (_action, capability, developerToo) => {
    expect(can('owner', capability)).toBe(true);
    expect(can('developer', capability)).toBe(developerToo);
  });

  it('let a viewer change nothing', () => {
    const changes = CAPABILITIES.owner.filter((capability) => !capability.startsWith('view'));
    expect(changes.filter((capability) => can('viewer', capability))).toEqual([]);
  });

  it('let an admin issue keys of the organization but not of a project (wire-facts, rulings: who issues keys)', () => {
    expect(can('admin', 'issueOrganizationTokens')).toBe(true);
    expect(can('admin', 'issueTokens')).toBe(false);
    expect(can('developer', 'issueOrganizationTokens')).toBe(false);
  });
});

describe('the higher of two roles', () => {
  const maybeRoles = fc.option(roles, { nil: null });

  it('is one of the two, whichever comes first, and no role is below every role', () => {
    fc.assert(
      fc.property(maybeRoles, maybeRoles, (a, b) => {
        const higher = higherRole(a, b);
        expect([a, b]).toContain(higher);
        expect(higherRole(b, a)).toBe(higher);
        expect(higher === null).toBe(a === null && b === null);
        for (const capability of CAPABILITIES.owner)
          expect(can(higher, capability)).toBe(can(a, capability) || can(b, capability));
      }),
    );
  });
});
