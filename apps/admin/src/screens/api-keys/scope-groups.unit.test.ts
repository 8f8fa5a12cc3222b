import { GRANTABLE_WORDS, SCOPE_NAMES } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import { filterGroups, type GrantableScope, groupScopes, includedBy, toggleScope } from './scope-groups.ts';

const items: GrantableScope[] = GRANTABLE_WORDS.map((scope) => ({
  scope,
  title: `Title of ${scope}`,
  grantable: true,
  reason: null,
}));
const wordsOf = (withCoarse: boolean) =>
  groupScopes(items, { withCoarse }).flatMap(({ scopes }) => scopes.map(({ scope }) => scope));

describe('the scopes of the form', () => {
  it('have every named scope, once', () => {
    const words = wordsOf(false);
    expect(new Set(words).size).toBe(words.length);
    expect(words).toEqual(expect.arrayContaining(SCOPE_NAMES));
  });

  it('have the coarse ones for an organization only, and first', () => {
    expect(wordsOf(true).slice(0, 3)).toEqual(['read', 'write', 'admin']);
    expect(wordsOf(false)).not.toContain('admin');
  });

  it('are grouped by resource', () => {
    const members = groupScopes(items, { withCoarse: false }).find(({ resource }) => resource === 'members');
    expect(members).toMatchObject({ title: 'Members' });
    expect(new Set(members?.scopes.map(({ scope }) => scope))).toEqual(
      new Set(['members:read', 'members:admin', 'members:write', 'members:delete']),
    );
  });

  it('leave out words that open the same as a named one', () => {
    expect(wordsOf(false)).not.toContain('status:admin');
    expect(wordsOf(false)).toContain('comments:admin');
  });

  it('can be searched', () => {
    expect(filterGroups(groupScopes(items, { withCoarse: true }), ' BROADCAST ').flatMap(({ scopes }) => scopes)).toHaveLength(1);
  });
});

describe('a selected scope', () => {
  it('includes the narrower ones', () => {
    expect(includedBy(['backlog:write'], 'backlog:read')).toBe('backlog:write');
    expect(includedBy(['read'], 'conversations:read')).toBe('read');
    expect(includedBy(['backlog:read'], 'backlog:write')).toBeNull();
    expect(includedBy(['backlog:read'], 'backlog:read')).toBeNull();
  });

  it('takes the place of those that it includes', () => {
    expect(toggleScope(['backlog:read', 'usage:read'], 'backlog:write')).toEqual(['usage:read', 'backlog:write']);
    expect(toggleScope(['backlog:write', 'usage:read'], 'admin')).toEqual(['admin']);
    expect(toggleScope(['backlog:write'], 'backlog:write')).toEqual([]);
  });
});
