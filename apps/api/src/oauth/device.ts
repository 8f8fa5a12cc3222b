import { GRANTABLE_WORDS } from '@reqbase/auth';
import { chargeCodes, type DevicePoll, pollDevice, requestCodes, type Services } from '@reqbase/core';
import type { FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import type { Dispatched } from './dispatch.ts';
import { findClient, json, noSuchClient } from './token-endpoint.ts';

// RFC 8628 over the same requests as `/api/auth/device`. What a device gets is an API key of the organization: to a client, an
// opaque token like any other.

export const DEVICE_PATH = '/api/oauth/device_authorization';
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Begins a device's request (§3.1). @throws {DomainError} RATE_LIMITED */
export async function authorizeDevice(
  services: Services,
  provider: Provider,
  { ip }: FastifyRequest,
  form: URLSearchParams,
): Promise<Dispatched> {
  // Before a document is read for whoever asks.
  await chargeCodes(services, ip);
  const client = await findClient(provider, ip, form.get('client_id'));
  if (client === null) return noSuchClient(form);
  const words = (form.get('scope') ?? '').split(' ').filter((word) => GRANTABLE_WORDS.includes(word));
  const clientName = client.clientName ?? URL.parse(client.clientId)?.host ?? 'An app without a name';
  const asked = { clientName, scopes: words, oauthClientId: client.clientId };
  return json(200, await requestCodes(services, { ip }, asked));
}

/** Answers a device's poll (§3.4, §3.5). */
export async function pollForDevice(services: Services, request: FastifyRequest, form: URLSearchParams): Promise<Dispatched> {
  const deviceCode = form.get('device_code');
  if (deviceCode === null || deviceCode === '' || deviceCode.length > 200)
    return json(400, { error: 'invalid_request', error_description: 'device_code is missing' });
  const { id: requestId, ip, headers } = request;
  const call = { requestId, ip, userAgent: headers['user-agent'] ?? null };
  return told(await pollDevice(services, call, deviceCode, form.get('client_id')), services.clock());
}

function told(poll: DevicePoll, now: Date): Dispatched {
  switch (poll.outcome) {
    case 'granted': {
      const { rawKey, expiresAt, scopes } = poll.key;
      return json(200, {
        access_token: rawKey,
        token_type: 'Bearer',
        ...(expiresAt !== null && { expires_in: Math.floor((Date.parse(expiresAt) - now.getTime()) / 1_000) }),
        scope: scopes.map(({ permission }) => permission).join(' '),
      });
    }
    case 'pending':
      return json(400, { error: 'authorization_pending' });
    case 'too early':
      return json(400, { error: 'slow_down' });
    case 'denied':
    case 'lapsed':
      return json(400, { error: 'access_denied' });
    case 'expired':
      return json(400, { error: 'expired_token' });
  }
}
