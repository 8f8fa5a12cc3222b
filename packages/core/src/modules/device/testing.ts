import { type Caller, callAsUser, type TestCore } from '../../testing.ts';
import { chargeCodes, requestCodes } from './request-codes.ts';
import type { DeviceCodes } from './schema.ts';

/** A device's request as the endpoints take it, made from an address of its own, so that no limit is met. */
export async function askForCodes(
  { core }: Pick<TestCore, 'core'>,
  {
    clientName = 'reqbase on laptop',
    scopes = ['read'],
    ip = randomAddress(),
  }: { clientName?: string; scopes?: string[]; ip?: string } = {},
): Promise<DeviceCodes> {
  await chargeCodes(core, ip);
  return requestCodes(core, { ip }, { clientName, scopes });
}

/** The same, allowed by the person for the organization. */
export async function askAndAllow(
  core: Pick<TestCore, 'core'>,
  { user, organization }: { readonly user: { readonly id: string }; readonly organization: { readonly id: string } },
  asked: Parameters<typeof askForCodes>[1] = {},
  allowed: Partial<Parameters<Caller['device']['authorize']>[0]> = {},
): Promise<DeviceCodes> {
  const codes = await askForCodes(core, asked);
  await callAsUser(core, user).device.authorize({ organizationId: organization.id, userCode: codes.user_code, ...allowed });
  return codes;
}

const octet = () => Math.floor(Math.random() * 256);
function randomAddress(): string {
  return `10.${octet()}.${octet()}.${octet()}`;
}
