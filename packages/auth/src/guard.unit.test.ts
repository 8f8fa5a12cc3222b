import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPublic } from './domain-error.ts';
import { refusalOf, targetOf } from './guard.ts';

describe('the target of a call', () => {
  it('is the project or the organization that the input names, by whatever it is called', () => {
    expect(targetOf({ projectId: 'my-project', organizationId: 'my-org' }, 'project')).toEqual({
      project: 'my-project',
      organization: 'my-org',
    });
    expect(targetOf({ projectId: 'my-project', organizationId: 'my-org' }, 'organization')).toEqual({ organization: 'my-org' });
    expect(targetOf({ projectId: '019541c2-0000-7000-8000-000000000000' }, 'project')).toEqual({
      project: '019541c2-0000-7000-8000-000000000000',
    });
  });

  it('is none for a call about nothing in particular, whatever the input names', () => {
    expect(targetOf({ projectId: 'my-project', organizationId: 'my-org' }, 'any')).toEqual({});
  });

  it.each([
    ['absent', {}],
    ['null', { projectId: null }],
    ['a number', { projectId: 7 }],
    ['a list', { projectId: ['my-project'] }],
    ['an object', { projectId: { toString: () => 'my-project' } }],
    ['empty', { projectId: '' }],
    ['with a slash', { projectId: 'a/b' }],
    ['with a newline', { projectId: 'my-project\n' }],
    ['with a null byte', { projectId: 'my\u0000project' }],
    ['too long', { projectId: 'a'.repeat(101) }],
    ['in a list', [{ projectId: 'my-project' }]],
  ])('that is %s is one that does not exist, and not no target', (_what, input) => {
    expect(targetOf(input, 'project')).toEqual({ project: '' });
  });

  it('that is named by the organization only is one that does not exist, and not no target', () => {
    expect(targetOf({ organizationId: 'my-org' }, 'project')).toEqual({ project: '', organization: 'my-org' });
  });

  it('is a name that can stand in a path, or none, whatever the input is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ projectId: fc.anything() }), fc.record({ projectId: fc.string({ unit: 'binary' }) })),
        (input) => {
          expect(targetOf(input, 'project').project ?? '').toMatch(/^[\w-]{0,100}$/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('the refusal of a verdict', () => {
  const at = new Date('2026-03-14T23:59:12.400Z');

  it.each([
    ['minute exhausted', 'RATE_LIMITED', 48],
    ['day exhausted', 'API_QUOTA_EXCEEDED', 48],
  ] as const)('%s is %s, with the seconds until a retry can succeed', (admitted, code, retryAfter) => {
    expect(toPublic(refusalOf({ admitted, minute: 1, day: 1 }, at))).toMatchObject({ status: 429, code, retryAfter });
  });

  it('of the day waits for midnight UTC, not for the minute', () => {
    expect(
      toPublic(refusalOf({ admitted: 'day exhausted', minute: 1, day: 1 }, new Date('2026-03-14T12:00:59.000Z'))).retryAfter,
    ).toBe(11 * 3_600 + 59 * 60 + 1);
  });

  it('is none for an admitted call', () => {
    expect(refusalOf({ admitted: 'yes', minute: 1, day: 1 }, at)).toBeNull();
  });
});
