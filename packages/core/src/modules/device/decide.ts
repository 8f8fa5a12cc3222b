import { appendEntries, DomainError, grantability, scopesCoveredBy, writeEntry } from '@reqbase/auth';
import type { CallerContext, OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { granteeOf, homeOf } from '../api-keys/service.ts';
import { listOrganizations } from '../organizations/service.ts';
import { type FoundRequest, findRequest, personOf, toDeviceRequest } from './find-request.ts';
import { mayMakeKeys } from './may-make-keys.ts';
import { chargeLimit, DECISIONS_BY_PERSON } from './rate.ts';
import type { AuthorizeDevice, DeviceRequest, LookUpDevice } from './schema.ts';

const KEY_LIFE_MS = 90 * 86_400_000;

/**
 * Allows a device a key of the organization, with what it asked for or less. The key is made when the device comes for it.
 *
 * @throws {DomainError} USER_CODE_NOT_FOUND; DEVICE_CODE_EXPIRED; CONFLICT when it has been decided; SCOPE_NOT_GRANTABLE with
 *   the offenders; BAD_REQUEST for an expiry that is too near; FORBIDDEN for a key; RATE_LIMITED
 */
export async function authorizeDevice(
  ctx: OrganizationContext,
  { userCode, scopes, expiresAt }: AuthorizeDevice,
): Promise<DeviceRequest> {
  const person = personOf(ctx);
  await chargeLimit(ctx, DECISIONS_BY_PERSON, person.id);
  const request = await findRequest(ctx, userCode);
  requireOpen(request, ctx.clock());
  const grantedScopes = [...new Set(scopes ?? request.scopes)];
  refuseOffenders(ctx, request, grantedScopes);
  const keyExpiresAt = expiryOf(ctx, request, expiresAt);
  return write(ctx, async (tx, audit) => {
    const now = ctx.clock();
    const { count } = await tx.deviceAuthorization.updateMany({
      where: { id: request.id, status: 'pending', expiresAt: { gt: now } },
      data: {
        status: 'approved',
        decidedById: person.id,
        decidedAt: now,
        orgId: ctx.tenant.organization.id,
        grantedScopes,
        keyExpiresAt,
      },
    });
    if (count === 0) throw new DomainError('CONFLICT');
    const diff = { ...told(request), grantedScopes, keyExpiresAt: keyExpiresAt?.toISOString() ?? null };
    await audit({ action: 'device.approved', resourceType: 'device_authorization', resourceId: request.id, diff });
    return toDeviceRequest(ctx, { ...request, status: 'approved' });
  });
}

/**
 * Refuses a device for good. Every organization for which the person could have allowed it reads so in its audit log: none
 * has been chosen.
 *
 * @throws {DomainError} USER_CODE_NOT_FOUND; DEVICE_CODE_EXPIRED; CONFLICT when it has been decided; FORBIDDEN for a key; RATE_LIMITED
 */
export async function denyDevice(ctx: CallerContext, { userCode }: LookUpDevice): Promise<DeviceRequest> {
  const person = personOf(ctx);
  const request = await findRequest(ctx, userCode);
  requireOpen(request, ctx.clock());
  const { items } = await listOrganizations(ctx);
  // In one order, whoever denies: each has a log of its own to wait for.
  const concerned = items.filter(mayMakeKeys).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return write(ctx, async (tx) => {
    const now = ctx.clock();
    const { count } = await tx.deviceAuthorization.updateMany({
      where: { id: request.id, status: 'pending', expiresAt: { gt: now } },
      data: { status: 'denied', decidedById: person.id, decidedAt: now },
    });
    if (count === 0) throw new DomainError('CONFLICT');
    const event = { action: 'device.denied', resourceType: 'device_authorization', resourceId: request.id, diff: told(request) };
    for (const organization of concerned) await appendEntries(tx, [writeEntry(ctx, { ...ctx.grant.facts, organization }, event)]);
    return toDeviceRequest(ctx, { ...request, status: 'denied' });
  });
}

/** What the log says of a request. */
function told({ clientName, scopes, ip }: FoundRequest) {
  return { clientName, scopes, deviceIp: ip };
}

function requireOpen({ status, expiresAt }: FoundRequest, now: Date): void {
  if (status !== 'pending') throw new DomainError('CONFLICT');
  if (expiresAt <= now) throw new DomainError('DEVICE_CODE_EXPIRED');
}

/** @throws {DomainError} SCOPE_NOT_GRANTABLE for more than the device asked for, and beyond role ∩ plan */
function refuseOffenders(ctx: OrganizationContext, { scopes: requested }: FoundRequest, granted: readonly string[]): void {
  const asked = new Set(requested.flatMap((word) => [...scopesCoveredBy(word)]));
  const grantee = granteeOf(ctx, homeOf(ctx, 'organization'));
  const offenders = granted.flatMap((scope) => {
    const isAsked = [...scopesCoveredBy(scope)].every((covered) => asked.has(covered));
    const reason = isAsked ? grantability(scope, grantee).reason : 'The device did not ask for it.';
    return reason === null ? [] : [{ scope, reason }];
  });
  if (offenders.length > 0) throw new DomainError('SCOPE_NOT_GRANTABLE', { detail: { offenders } });
}

function expiryOf({ clock }: OrganizationContext, request: FoundRequest, given: AuthorizeDevice['expiresAt']): Date | null {
  if (given === null) return null;
  if (given === undefined) return new Date(clock().getTime() + KEY_LIFE_MS);
  const date = new Date(given);
  // By then the device may only just come for it.
  if (date <= request.expiresAt)
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'expiresAt', message: 'Must lie beyond the end of the request.' }] });
  return date;
}
