import type { apiKeySchemas } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import { stateOf, whyNotRotate } from './key-state.ts';

const now = new Date('2026-11-21T09:30:00.000Z');
const key = (changes: Partial<apiKeySchemas.ApiKey> = {}) =>
  ({
    status: 'active',
    revokedReason: null,
    replacedBy: null,
    expiresAt: null,
    ownerPrincipalType: 'user',
    ownerPrincipalId: 'me',
    ownerDisplayName: 'Ada',
    ...changes,
  }) as apiKeySchemas.ApiKey;
const other = { id: 'k2', prefix: 'riq_live_x' };

describe('the state of a key', () => {
  it.each<[string, Partial<apiKeySchemas.ApiKey>]>([
    ['Active', {}],
    ['Active', { expiresAt: '2026-11-28T09:30:00.001Z' }],
    ['Ends soon', { expiresAt: '2026-11-28T09:30:00.000Z' }],
    ['Rotating', { expiresAt: '2026-11-22T09:30:00.000Z', replacedBy: other }],
    ['Rotated', { status: 'expired', replacedBy: other }],
    ['Expired', { status: 'expired' }],
    ['Revoked', { status: 'revoked', revokedReason: 'manual' }],
    ['Revoked', { status: 'revoked' }],
    ['Leaked', { status: 'revoked', revokedReason: 'leaked', replacedBy: other }],
  ])('is told as %s', (label, changes) => {
    expect(stateOf(key(changes), now).label).toBe(label);
  });
});

describe('a rotation', () => {
  const me = { meId: 'me', hasPlan: true };

  it('is offered for one’s own living keys, and those of service accounts', () => {
    expect(whyNotRotate(key(), me)).toBeNull();
    expect(whyNotRotate(key({ ownerPrincipalType: 'service_account', ownerPrincipalId: 'sa' }), me)).toBeNull();
  });

  it('is not offered where the server would refuse it', () => {
    expect(whyNotRotate(key({ ownerPrincipalId: 'ada' }), me)).toBe('Only Ada can');
    expect(whyNotRotate(key({ replacedBy: other }), me)).toBe('It has been rotated');
    expect(whyNotRotate(key({ status: 'revoked' }), me)).toBe('It has ended');
    expect(whyNotRotate(key(), { meId: 'me', hasPlan: false })).toBe('Needs the plan Pro');
  });
});
