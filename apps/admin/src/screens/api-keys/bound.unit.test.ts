import { COARSE_SCOPES, GRANTABLE_WORDS } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import { boundScopes, EVERY_SERVICE, faultOfBound, isBindable, missingForScan } from './bound.ts';

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

  it('of scans is bound to a place of the service too, and what is of the whole service to that', () => {
    const place = { kind: 'environment', id } as const;
    expect(boundScopes(['scans:read', 'services:read', 'findings:write', 'backlog:read'], { serviceId, place })).toEqual([
      { permission: 'scans:read', serviceId, environmentId: id },
      { permission: 'services:read', serviceId },
      { permission: 'findings:write', serviceId },
      'backlog:read',
    ]);
    expect(boundScopes(['scans:write'], { serviceId, place: { kind: 'workflow', id } })).toEqual([
      { permission: 'scans:write', serviceId, workflowId: id },
    ]);
    expect(faultOfBound(['scans:read', 'services:read'], { serviceId, place })).toBeNull();
    expect(faultOfBound(['services:read', 'backlog:read'], { serviceId, place })).toContain('bound to one environment');
  });
});

describe('a key that is to send scans', () => {
  it('takes all six scopes, however they are written, bound so that they reach the service', () => {
    expect(missingForScan(['scans:read', 'services:read'])).toEqual([]);
    const missing = missingForScan(['scans:create', 'services:read']);
    expect(missing).toEqual(['services:create', 'services:update', 'endpoints:read', 'endpoints:write']);
    expect(missingForScan(['scans:create', 'services:write', 'endpoints:write'])).toEqual([]);
    expect(missingForScan(['write'])).toEqual([]);
    const six = ['scans:create', 'services:read', ...missing];
    expect(missingForScan(six)).toEqual([]);
    expect(boundScopes(six, { serviceId, place: { kind: 'workflow', id } })).toEqual([
      { permission: 'scans:create', serviceId, workflowId: id },
      ...six.slice(1).map((permission) => ({ permission, serviceId })),
    ]);
  });
});
