import { DomainError } from '@reqbase/auth';
import { keyCredential, readClientKey, revokeClientKey, type Services } from '@reqbase/core';
import type { FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import type { Dispatched } from './dispatch.ts';
import { findKnownClient, json, noSuchClient } from './token-endpoint.ts';

// What a device was given is an API key, of which the library knows nothing: it is asked after and revoked here.

type Ctx = { readonly services: Services; readonly provider: Provider };

/** Says whether a token can be an API key, which none of the library's can: it is not as long. */
export function isKey(token: string | null): token is string {
  return token !== null && keyCredential(token).kind === 'key';
}

/** Tells a client of a key that it was given (RFC 7662 §2.2); of any other, that it is not active. */
export async function introspectKey(ctx: Ctx, { ip }: FastifyRequest, form: URLSearchParams, token: string): Promise<Dispatched> {
  const { services } = ctx;
  const clientId = await clientIdIn(ctx, ip, form);
  if (clientId === null) return noSuchClient(form);
  const key = await readClientKey(services, clientId, token);
  if (key === null) return json(200, { active: false });
  const { publicUrl } = services;
  return json(200, {
    active: true,
    client_id: clientId,
    token_type: 'Bearer',
    scope: key.scopes.join(' '),
    ...(key.userId !== null && { sub: key.userId }),
    iss: publicUrl,
    // It opens what its organization has here, by every surface.
    aud: publicUrl,
    iat: seconds(key.createdAt),
    ...(key.expiresAt !== null && { exp: seconds(key.expiresAt) }),
  });
}

/** Revokes a key that the client was given; whatever else it is, the answer is the same (RFC 7009 §2.2). */
export async function revokeKey(
  ctx: Ctx,
  { id: requestId, ip, headers }: FastifyRequest,
  form: URLSearchParams,
  token: string,
): Promise<Dispatched> {
  const { services } = ctx;
  const clientId = await clientIdIn(ctx, ip, form);
  if (clientId === null) return noSuchClient(form);
  await revokeClientKey(services, { requestId, ip, userAgent: headers['user-agent'] ?? null }, clientId, token);
  return { status: 200, headers: {}, cookies: [], body: '' };
}

/**
 * The id of the client; null for one that there is not. One whose document cannot be read for the moment may be known by its device
 * alone: it is taken at its word, since the key says whose it is.
 */
async function clientIdIn(ctx: Ctx, ip: string, form: URLSearchParams): Promise<string | null> {
  const clientId = form.get('client_id');
  try {
    return (await findKnownClient(ctx, ip, clientId)) === null ? null : clientId;
  } catch (error) {
    if (error instanceof DomainError && error.appCode === 'UNAVAILABLE') return clientId;
    throw error;
  }
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1_000);
}
