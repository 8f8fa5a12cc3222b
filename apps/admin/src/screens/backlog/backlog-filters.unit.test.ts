import { describe, expect, it } from 'vitest';
import { isFiltered, readFilters, sortBy, withFilters } from './backlog-filters.ts';

describe('the filters of an address', () => {
  it('are read from single and from repeated parameters', () => {
    expect(
      readFilters({
        status: 'COMPLETED',
        category: ['ERROR', 'OTHER'],
        tag: 'billing',
        q: ' dark mode ',
        sort: 'votes',
        order: 'asc',
      }),
    ).toEqual({
      status: ['COMPLETED'],
      category: ['ERROR', 'OTHER'],
      tag: ['billing'],
      q: 'dark mode',
      sort: 'votes',
      order: 'asc',
    });
  });

  it('are dropped, each by itself, where the API would refuse them', () => {
    expect(
      readFilters({
        status: 'DONE',
        category: 'ERROR',
        tag: ['x'.repeat(41)],
        q: 'x'.repeat(201),
        sort: 'name',
        order: 'up',
        cursor: 'abc',
      }),
    ).toEqual({
      category: ['ERROR'],
    });
  });

  it('leave the defaults out', () => {
    expect(readFilters({ q: '', status: [], sort: 'createdAt', order: 'desc' })).toEqual({});
    expect(withFilters({ q: 'a', tag: ['b'] }, { q: undefined })).toEqual({ tag: ['b'] });
  });

  it('narrow the list, unlike its order', () => {
    expect(isFiltered({ sort: 'votes', order: 'asc' })).toBe(false);
    expect(isFiltered({ q: 'a' })).toBe(true);
  });
});

describe('a click on a column', () => {
  it('sorts by it from the top, and then the other way round', () => {
    const once = sortBy({ q: 'a' }, 'votes');
    expect(once).toEqual({ q: 'a', sort: 'votes' });
    expect(sortBy(once, 'votes')).toEqual({ q: 'a', sort: 'votes', order: 'asc' });
    expect(sortBy({ q: 'a', sort: 'votes', order: 'asc' }, 'votes')).toEqual(once);
  });

  it('turns the default order round', () => {
    expect(sortBy({}, 'createdAt')).toEqual({ order: 'asc' });
  });
});
