import type { CallOrigin } from '@reqbase/auth';
import type { Services } from '../../services.ts';
import { addressGroup } from '../widget/visitor-rate.ts';
import { hashDeviceCode, hashUserCode, newDeviceCode, newUserCode } from './codes.ts';
import { INTERVAL_SECONDS } from './pace.ts';
import { CODES_BY_ADDRESS, chargeLimit } from './rate.ts';
import { DEFAULT_SCOPES, type DeviceCodes, type RequestCodes } from './schema.ts';

/** How long both codes live (wire-facts, Device flow). */
const LIFE_SECONDS = 900;

/** Counts a request for codes, before anything is done for it. @throws {DomainError} RATE_LIMITED */
export async function chargeCodes(services: Services, ip: string | null): Promise<void> {
  await chargeLimit(services, CODES_BY_ADDRESS, addressGroup(ip ?? ''));
}

/**
 * Begins a device's request, which has been charged: a code for the device, one for the person. Both are in this answer and
 * nowhere else.
 */
export async function requestCodes(
  services: Services,
  { ip }: Pick<CallOrigin, 'ip'>,
  { clientName, scopes, oauthClientId }: RequestCodes,
): Promise<DeviceCodes> {
  const { access, secrets, clock, newId, publicUrl } = services;
  const now = clock();
  const deviceCode = newDeviceCode();
  const request = {
    deviceCodeHash: hashDeviceCode(deviceCode),
    clientName,
    oauthClientId: oauthClientId ?? null,
    scopes: [...new Set(scopes.length === 0 ? DEFAULT_SCOPES : scopes)],
    ip,
    createdAt: now,
    expiresAt: new Date(now.getTime() + LIFE_SECONDS * 1_000),
  };
  for (;;) {
    const userCode = newUserCode();
    const [userCodeHash] = hashUserCode(secrets, userCode);
    const { count } = await access.db.prisma.deviceAuthorization.createMany({
      data: [{ id: newId(), userCodeHash, ...request }],
      skipDuplicates: true,
    });
    // The same code as another device's, which still waits: once in a blue moon.
    if (count === 0) continue;
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${publicUrl}/device`,
      verification_uri_complete: `${publicUrl}/device?code=${userCode}`,
      expires_in: LIFE_SECONDS,
      interval: INTERVAL_SECONDS,
    };
  }
}
