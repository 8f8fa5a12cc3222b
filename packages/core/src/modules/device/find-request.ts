import { DomainError } from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import type { CallerContext, OrganizationContext } from '../../trpc.ts';
import { addressGroup } from '../widget/visitor-rate.ts';
import { hashUserCode, readUserCode } from './codes.ts';
import { chargeLimit, GUESSES_BY_ADDRESS, GUESSES_BY_PERSON } from './rate.ts';
import type { DeviceRequest, LookUpDevice } from './schema.ts';

const FIELDS = {
  id: true,
  clientName: true,
  scopes: true,
  status: true,
  ip: true,
  createdAt: true,
  expiresAt: true,
} as const satisfies Prisma.DeviceAuthorizationSelect;

/** A request, with the code by which the person has found it. */
export type FoundRequest = Prisma.DeviceAuthorizationGetPayload<{ select: typeof FIELDS }> & { readonly userCode: string };

type Ctx = CallerContext | OrganizationContext;

/** What a device asks for, to the person who has its code. @throws {DomainError} as `findRequest` does */
export async function lookUpDevice(ctx: Ctx, { userCode }: LookUpDevice): Promise<DeviceRequest> {
  return toDeviceRequest(ctx, await findRequest(ctx, userCode));
}

/**
 * The request of a code. It is bound to the first person who asks for it, and to all others it is not there: a code that was
 * read over a shoulder, or is passed on, is of no use.
 *
 * @throws {DomainError} FORBIDDEN for a key; USER_CODE_NOT_FOUND; RATE_LIMITED for who has given too many wrong codes
 */
export async function findRequest(ctx: Ctx, typed: string): Promise<FoundRequest> {
  const person = personOf(ctx);
  const userCode = readUserCode(typed);
  // What can be no code is no guess.
  if (userCode === null) throw new DomainError('USER_CODE_NOT_FOUND');
  // Before the look, so that many at once do not get past it; given back to who was right.
  const giveBack = [
    await chargeLimit(ctx, GUESSES_BY_PERSON, person.id),
    await chargeLimit(ctx, GUESSES_BY_ADDRESS, addressGroup(ctx.ip ?? '')),
  ];
  const [row] = await ctx.access.db.prisma.deviceAuthorization.updateManyAndReturn({
    where: {
      userCodeHash: { in: hashUserCode(ctx.secrets, userCode) },
      OR: [{ claimedById: null }, { claimedById: person.id }],
    },
    data: { claimedById: person.id },
    select: FIELDS,
  });
  if (row === undefined) throw new DomainError('USER_CODE_NOT_FOUND');
  for (const refund of giveBack) await refund();
  return { ...row, userCode };
}

/** The person who calls: no key decides on what another key may be. @throws {DomainError} FORBIDDEN */
export function personOf({ grant: { facts } }: Ctx): { readonly id: string; readonly name: string } {
  if (facts.key !== null || facts.user === null) throw new DomainError('FORBIDDEN');
  return facts.user;
}

export function toDeviceRequest(ctx: Ctx, row: FoundRequest): DeviceRequest {
  const isOver = row.expiresAt <= ctx.clock() && (row.status === 'pending' || row.status === 'approved');
  return {
    userCode: row.userCode,
    clientName: row.clientName,
    scopes: row.scopes,
    status: isOver ? 'expired' : row.status,
    requestedAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    ip: row.ip,
    isFromYourAddress: row.ip !== null && ctx.ip !== null && addressGroup(row.ip) === addressGroup(ctx.ip),
  };
}
