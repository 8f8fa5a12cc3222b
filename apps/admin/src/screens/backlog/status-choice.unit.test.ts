import { backlogSchemas } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import { faultOf, presentVersion, toStatusChange } from './status-choice.ts';

describe('the status that the form sends', () => {
  it('says how a request was completed', () => {
    expect(toStatusChange({ status: 'COMPLETED', outcome: 'SHIPPED', duplicateOfId: null })).toEqual({
      status: 'COMPLETED',
      completionKind: 'SHIPPED',
      closeReason: null,
      duplicateOfId: null,
    });
    expect(toStatusChange({ status: 'COMPLETED', outcome: 'DECLINED', duplicateOfId: null })).toMatchObject({
      completionKind: null,
      closeReason: 'DECLINED',
    });
    expect(toStatusChange({ status: 'COMPLETED', outcome: 'UNSAID', duplicateOfId: null })).toMatchObject({
      completionKind: null,
      closeReason: null,
    });
  });

  it('clears the outcome of a request that is open again', () => {
    expect(toStatusChange({ status: 'IN_PROGRESS', outcome: 'DUPLICATE', duplicateOfId: 'other' })).toEqual({
      status: 'IN_PROGRESS',
      completionKind: null,
      closeReason: null,
      duplicateOfId: null,
    });
  });

  it('names the original with a duplicate only', () => {
    expect(toStatusChange({ status: 'COMPLETED', outcome: 'DECLINED', duplicateOfId: 'other' }).duplicateOfId).toBeNull();
    expect(toStatusChange({ status: 'COMPLETED', outcome: 'DUPLICATE', duplicateOfId: 'other' }).duplicateOfId).toBe('other');
    expect(faultOf({ status: 'COMPLETED', outcome: 'DUPLICATE', duplicateOfId: null })).toBe(
      'Choose the request that it duplicates.',
    );
  });
});

describe('the version that a change of the status counts on', () => {
  const [example] = (backlogSchemas.Feature.meta()?.examples ?? []) as backlogSchemas.Feature[];
  const seen = { ...backlogSchemas.Feature.parse(example), version: 3 };

  it('is the present one when votes and comments alone have moved it on', () => {
    expect(presentVersion(seen, { ...seen, version: 5, voteCount: 99 })).toBe(5);
    expect(presentVersion(seen, undefined)).toBe(3);
  });

  it('stays the one that was seen when somebody else has changed the status: the change is to be refused', () => {
    const status = seen.status === 'IN_PROGRESS' ? 'NEEDS_ACTION' : 'IN_PROGRESS';
    expect(presentVersion(seen, { ...seen, version: 4, status })).toBe(3);
  });
});
