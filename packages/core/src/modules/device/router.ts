import { API_KEY_PLAN } from '@reqbase/auth';
import { caller, organization } from '../../project.ts';
import { router } from '../../trpc.ts';
import { authorizeDevice, denyDevice } from './decide.ts';
import { lookUpDevice } from './find-request.ts';
import * as schema from './schema.ts';

const UNDECIDED = ['USER_CODE_NOT_FOUND', 'DEVICE_CODE_EXPIRED', 'CONFLICT'] as const;

/** What a signed-in person can do with the code that a device shows. The device's own side: `/api/auth/device`. */
export const device = router({
  lookUp: caller
    .scope('project:read')
    .meta({
      summary: 'Read what a device asks for',
      description: 'Who asks first has it to themselves. Too many wrong codes are refused for a while.',
      errors: ['USER_CODE_NOT_FOUND'],
    })
    .input(schema.LookUpDevice)
    .output(schema.DeviceRequest)
    .query(({ ctx, input }) => lookUpDevice(ctx, input)),
  authorize: organization
    .scope('keys:admin', { plan: API_KEY_PLAN })
    .meta({ summary: 'Allow a device a key of the organization', errors: [...UNDECIDED, 'SCOPE_NOT_GRANTABLE'] })
    .input(schema.AuthorizeDevice)
    .output(schema.DeviceRequest)
    .mutation(({ ctx, input }) => authorizeDevice(ctx, input)),
  deny: caller
    .scope('project:read')
    .meta({ summary: 'Refuse a device', errors: UNDECIDED })
    .input(schema.LookUpDevice)
    .output(schema.DeviceRequest)
    .mutation(({ ctx, input }) => denyDevice(ctx, input)),
});
