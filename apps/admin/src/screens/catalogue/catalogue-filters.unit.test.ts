import { describe, expect, it } from 'vitest';
import {
  findingQueryOf,
  isNarrowed,
  readEndpointFilters,
  readFindingFilters,
  readRunFilters,
  readServiceFilters,
} from './catalogue-filters.ts';

const ID = '0198c0de-0000-7000-8000-000000000001';

describe('the filters of an address', () => {
  it('are read as they were written, one as a list of one', () => {
    expect(readServiceFilters({ q: 'bill', lifecycle: 'production' })).toEqual({ q: 'bill', lifecycle: ['production'] });
    expect(readEndpointFilters({ method: ['GET', 'PUT'], state: 'removed' })).toMatchObject({
      method: ['GET', 'PUT'],
      state: ['removed'],
    });
    const address = { q: 'tls', state: 'ignored', severity: 'high', service: ID, code: 'server-http', sort: 'createdAt' };
    expect(readFindingFilters(address)).toEqual({
      q: 'tls',
      state: 'ignored',
      severity: ['high'],
      service: ID,
      code: 'server-http',
      sort: 'createdAt',
    });
    expect(readRunFilters({ base: ID, severity: ['low', 'info'] })).toEqual({ base: ID, severity: ['low', 'info'] });
  });

  it('leave it where the API would refuse them, and where they say nothing', () => {
    const wrong = {
      q: '',
      lifecycle: 'young',
      method: 'FETCH',
      state: 'lost',
      severity: 'grave',
      service: '1',
      code: '',
      base: 'x',
      sort: 'severity',
    };
    for (const read of [readServiceFilters, readEndpointFilters, readFindingFilters, readRunFilters])
      expect(isNarrowed(read(wrong))).toBe(false);
    expect(isNarrowed(readFindingFilters({ state: 'open', sort: 'createdAt' }))).toBe(false);
  });
});

it('findings are those that are open, unless the address asks for others or for all', () => {
  expect(findingQueryOf({})).toEqual({ state: ['open'] });
  expect(findingQueryOf({ state: 'accepted', service: ID })).toEqual({ state: ['accepted'], serviceId: ID });
  expect(findingQueryOf({ state: 'all', severity: ['high'] })).toEqual({ severity: ['high'] });
  expect(findingQueryOf({ state: 'all', q: 'tls', sort: 'createdAt' })).toEqual({ q: 'tls', sort: 'createdAt' });
});
