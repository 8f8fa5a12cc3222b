import { expect, it } from 'vitest';
import { constraintsOf } from './constraints.ts';

const scope = { id: 'a-scope', permission: 'scans:read' };

it('tells what a scope is bound to, the service before its places', () => {
  expect(constraintsOf({ ...scope, environmentId: 'e', serviceId: 's', workflowId: null })).toEqual([
    { kind: 'service', value: 's' },
    { kind: 'environment', value: 'e' },
  ]);
  expect(constraintsOf({ ...scope, resourceType: 'project', resourceId: 'p' })).toEqual([{ kind: 'project', value: 'p' }]);
});

it('tells of constraints that nobody here knows too, as they are, and of none where there is none', () => {
  expect(
    constraintsOf({ ...scope, resourceConstraints: { regions: ['eu', 'us'], workflowId: 'w', isTest: false, gone: null } }),
  ).toEqual([
    { kind: 'regions', value: 'eu, us' },
    { kind: 'workflow', value: 'w' },
    { kind: 'isTest', value: 'false' },
  ]);
  expect(constraintsOf({ ...scope, resourceConstraints: {}, serviceId: null })).toEqual([]);
});
