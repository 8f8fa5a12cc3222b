import { COARSE_SCOPES, GRANTABLE_WORDS } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import { boundScopes, EVERY_SERVICE, faultOfBound, isBindable } from './bound.ts';

const [serviceId, id] = ['a-service', 'a-place'];

describe('a scope', () => {
  it('can be bound to a service when it is about services alone', () => {
    const bindable = GRANTABLE_WORDS.filter(isBindable).map((word) => word.split(':')[0]);
    expect(new Set(bindable)).toEqual(new Set(['scans', 'services', 'endpoints', 'findings']));
    for (const word of [...COARSE_SCOPES, 'backlog:read', 'self:read', 'keys:admin', 'no:such'])
      expect(isBindable(word)).toBe(false);
  });

  it('stays a word where nothing is bound, and where it cannot be', () => {
    expect(boundScopes(['services:read', 'backlog:read'], EVERY_SERVICE)).toEqual(['services:read', 'backlog:read']);
    expect(boundScopes(['services:read', 'backlog:read', 'read'], { serviceId, place: null })).toEqual([
      { permission: 'services:read', serviceId },
      'backlog:read',
      'read',
    ]);
  });

  it('that opens services among other things is not taken for bound, nor is a bound that binds nothing', () => {
    const bound = { serviceId, place: null };
    expect(faultOfBound(['services:read', 'backlog:read'], bound)).toBeNull();
    expect(faultOfBound(['services:read', 'read'], bound)).toContain('“read” opens every service');
    expect(faultOfBound(['backlog:read'], bound)).toContain('None');
    expect(faultOfBound(['read', 'backlog:read'], EVERY_SERVICE)).toBeNull();
  });

  it('is bound to a place of the service too', () => {
    expect(boundScopes(['scans:read'], { serviceId, place: { kind: 'environment', id } })).toEqual([
      { permission: 'scans:read', serviceId, environmentId: id },
    ]);
    expect(boundScopes(['scans:read'], { serviceId, place: { kind: 'workflow', id } })).toEqual([
      { permission: 'scans:read', serviceId, workflowId: id },
    ]);
  });
});
