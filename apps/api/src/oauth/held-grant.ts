import { hashOAuthToken } from '@reqbase/auth';
import type { HeldGrant, Services } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';
import type { FastifyRequest } from 'fastify';

type Presented = { readonly code: string | null; readonly refreshToken: string | null };

/** Locks the grant that a code or refresh token is of, so that all that is done with it is done one after another. */
export async function holdGrant(
  services: Services,
  tx: Transaction,
  { code, refreshToken }: Presented,
): Promise<HeldGrant | null> {
  const select = { grantId: true };
  const row =
    code !== null
      ? await tx.oAuthAuthorizationCode.findFirst({ where: hashedAs(services, code), select })
      : refreshToken !== null
        ? await tx.oAuthRefreshToken.findFirst({ where: hashedAs(services, refreshToken), select })
        : null;
  if (row === null) return null;
  await tx.$queryRaw`select id from oauth_grant where id = ${row.grantId}::uuid for update`;
  return tx.oAuthGrant.findUnique({
    where: { id: row.grantId },
    select: {
      id: true,
      client: { select: { clientId: true, name: true } },
      user: { select: { id: true, name: true } },
      project: { select: { id: true, orgId: true, slug: true } },
    },
  });
}

/** By what a token is found that is stored as its HMAC alone. */
export function hashedAs({ secrets }: Pick<Services, 'secrets'>, token: string) {
  return { hash: { in: hashOAuthToken(secrets, token) } };
}

/** Where a request comes from, for the log of what it has done. */
export function originOf({ clock, newId }: Services, { id: requestId, ip, headers }: FastifyRequest) {
  return { requestId, ip, userAgent: headers['user-agent'] ?? null, clock, newId };
}
