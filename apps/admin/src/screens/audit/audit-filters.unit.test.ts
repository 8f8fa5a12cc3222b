import { describe, expect, it } from 'vitest';
import { isNarrowed, queryOf, readAuditFilters } from './audit-filters.ts';

const ID = '0198c0de-0000-7000-8000-000000000001';

describe('the filters of an address', () => {
  it('are read as they were written', () => {
    const filters = {
      action: ['api_key.created'],
      outcome: 'denied',
      person: ID,
      request: 'req_1',
      from: '2026-11-01',
      to: '2026-11-02',
    };
    expect(readAuditFilters(filters)).toMatchObject(filters);
    expect(readAuditFilters({ action: 'api_key.created' })).toMatchObject({ action: ['api_key.created'] });
  });

  it('leave it where the API would refuse them', () => {
    const wrong = {
      action: [''],
      outcome: 'perhaps',
      project: 'demo',
      person: '1',
      key: 'x',
      request: '',
      from: 'today',
      to: '2026-1-1',
    };
    expect(isNarrowed(readAuditFilters(wrong))).toBe(false);
    expect(isNarrowed(readAuditFilters({}))).toBe(false);
  });
});

describe('what is asked of the API', () => {
  it('has both days whole, in the reader’s own calendar', () => {
    const { createdAfter, createdBefore } = queryOf({ from: '2026-03-01', to: '2026-03-01' });
    const [after, before] = [new Date(createdAfter ?? ''), new Date(createdBefore ?? '')];
    expect(new Date(after.getTime() + 1)).toEqual(new Date(2026, 2, 1));
    expect(before).toEqual(new Date(2026, 2, 2));
  });

  it('has nothing that the address does not say', () => {
    expect(queryOf({ action: undefined, outcome: 'denied' })).toEqual({ outcome: 'denied' });
  });
});
