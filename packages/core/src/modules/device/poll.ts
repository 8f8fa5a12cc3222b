import { API_KEY_PLAN, admit, auditDenial, type CallOrigin, toPublic } from '@reqbase/auth';
import { contextFor, type Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { prepareKey } from '../api-keys/create-key.ts';
import type { CreatedApiKey } from '../api-keys/schema.ts';
import { homeOf } from '../api-keys/service.ts';
import { hashDeviceCode } from './codes.ts';
import { paced } from './pace.ts';

/** What a device is answered. Each dialect has its own words for it (contract RogerIQ; RFC 8628 §3.5). */
export type DevicePoll =
  | { readonly outcome: 'granted'; readonly key: CreatedApiKey; readonly organization: { slug: string; name: string } }
  /** `interval` seconds before the next. */
  | { readonly outcome: 'pending' | 'too early'; readonly interval: number }
  | { readonly outcome: 'denied' }
  /** Allowed by somebody who may make no such key any more. */
  | { readonly outcome: 'lapsed' }
  /** Run out, used, or never given: not told apart. */
  | { readonly outcome: 'expired' };

type Call = Pick<CallOrigin, 'requestId' | 'ip' | 'userAgent'>;

type Approval = {
  readonly id: string;
  readonly clientName: string;
  readonly personId: string;
  readonly orgId: string;
  readonly scopes: string[];
  readonly expiresAt: Date | null;
  readonly oauthClientId: string | null;
};

/** As refusals of it are named in the audit log. */
const OPERATION = 'device.redeem';

/**
 * Answers a device that asks for its key. The key is made now, by who has allowed it, if they still may. Of polls that come at
 * the same time, in whichever process, one gets it; nobody gets it again, also when that answer is lost. What an OAuth client has
 * asked for, that client alone is given.
 */
export async function pollDevice(
  services: Services,
  call: Call,
  deviceCode: string,
  oauthClientId: string | null = null,
): Promise<DevicePoll> {
  const standing = await standingOf(services, deviceCode, oauthClientId);
  if ('outcome' in standing) return standing;
  try {
    return await redeem(services, call, standing);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return lapse(services, standing);
  }
}

/** What a poll finds; it is counted while the request is open. What has been decided is told however early it is asked for. */
function standingOf(
  { access, clock }: Services,
  deviceCode: string,
  oauthClientId: string | null,
): Promise<DevicePoll | Approval> {
  const deviceCodeHash = hashDeviceCode(deviceCode);
  return transact(access.db, async (tx) => {
    // One after another: of polls at the same time, all but the first come too early.
    await tx.$queryRaw`select id from device_authorization where device_code_hash = ${deviceCodeHash} for update`;
    const row = await tx.deviceAuthorization.findUnique({ where: { deviceCodeHash } });
    const now = clock();
    // Another's code is none (RFC 8628 §3.4).
    if (row !== null && row.oauthClientId !== null && row.oauthClientId !== oauthClientId) return { outcome: 'expired' };
    if (row?.status === 'denied' || row?.status === 'lapsed') return { outcome: row.status };
    if (row === null || row.status === 'redeemed' || row.expiresAt <= now) return { outcome: 'expired' };
    const { id, clientName, status, decidedById, orgId, grantedScopes: scopes, keyExpiresAt: expiresAt } = row;
    if (status === 'approved' && decidedById !== null && orgId !== null)
      return { id, clientName, personId: decidedById, orgId, scopes, expiresAt, oauthClientId: row.oauthClientId };
    const { isTooEarly, ...pace } = paced(row, now);
    await tx.deviceAuthorization.update({ where: { id }, data: pace });
    return { outcome: isTooEarly ? 'too early' : 'pending', interval: pace.interval };
  });
}

async function redeem(services: Services, call: Call, approval: Approval): Promise<DevicePoll> {
  const ctx = await approverContext(services, call, approval);
  const { id, clientName, scopes, expiresAt, oauthClientId } = approval;
  const wanted = {
    name: `${clientName} (device flow)`,
    scopes,
    expiresAt: expiresAt?.toISOString() ?? null,
    allowedIps: [],
    ownerPrincipalType: 'user' as const,
  };
  const makeKey = await prepareKey(ctx, homeOf(ctx, 'organization'), wanted, { deviceAuthorizationId: id, oauthClientId });
  const { id: orgId, slug } = ctx.tenant.organization;
  const { name } = await services.access.db.prisma.organization.findUniqueOrThrow({
    where: { id: orgId },
    select: { name: true },
  });
  const key = await write(ctx, async (tx, audit) => {
    const { count } = await tx.deviceAuthorization.updateMany({
      where: { id, status: 'approved', expiresAt: { gt: ctx.clock() } },
      data: { status: 'redeemed' },
    });
    if (count === 0) return null;
    const made = await makeKey(tx, audit);
    await tx.deviceAuthorization.update({ where: { id }, data: { apiKeyId: made.id } });
    return made;
  }).catch(async (error: unknown) => {
    // As the guard does for a service that refuses.
    if (isRefusal(error)) await auditDenial(services.access.audit, ctx, ctx.grant.facts, OPERATION, toPublic(error).code);
    throw error;
  });
  return key === null ? { outcome: 'expired' } : { outcome: 'granted', key, organization: { slug, name } };
}

/**
 * A call by who has allowed it, through the gates that making a key has: their role, and the plan, are those of now.
 *
 * @throws {DomainError} as the gates do, after recording the denial
 */
async function approverContext(services: Services, call: Call, { personId, orgId }: Approval): Promise<OrganizationContext> {
  const ctx = contextFor(services, { ...call, surface: 'rpc', credential: { kind: 'session', userId: personId } });
  const need = { scope: 'keys:admin', target: 'organization', plan: API_KEY_PLAN } as const;
  const grant = await admit(ctx, need, { organization: orgId }, OPERATION);
  const { project, organization } = grant.facts;
  if (organization === null) throw new Error('the tenant gate let a call through without its tenant');
  return { ...ctx, grant, tenant: { project, organization } };
}

function isRefusal(error: unknown): boolean {
  return [401, 403, 404].includes(toPublic(error).status);
}

async function lapse({ access }: Services, { id }: Approval): Promise<DevicePoll> {
  const { count } = await access.db.prisma.deviceAuthorization.updateMany({
    where: { id, status: 'approved' },
    data: { status: 'lapsed' },
  });
  return { outcome: count > 0 ? 'lapsed' : 'expired' };
}
