import { noteRevoked, type Services, transact } from '@reqbase/core';
import type { FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import { type Dispatch, type Dispatched, postedForm } from './dispatch.ts';
import { holdGrant, originOf } from './held-grant.ts';
import { inTransaction } from './storage.ts';
import { findKnownClient, noSuchClient } from './token-endpoint.ts';

type Ctx = { readonly services: Services; readonly provider: Provider; readonly dispatch: Dispatch };

/**
 * Revokes a token (RFC 7009). Where it is a refresh token, its grant ends, and the log says so as of a person who disconnects
 * the app: both in one transaction.
 */
export async function revoke(ctx: Ctx, request: FastifyRequest, form: URLSearchParams): Promise<Dispatched> {
  const { services, dispatch } = ctx;
  const client = await findKnownClient(ctx, request.ip, form.get('client_id'));
  if (client === null) return noSuchClient(form);
  return transact(services.access.db, async (tx) => {
    const held = await holdGrant(services, tx, { code: null, refreshToken: form.get('token') });
    const { output, hasRevoked } = await inTransaction({ tx, client }, () =>
      dispatch({ ...postedForm(request), body: form.toString() }),
    );
    if (hasRevoked && held !== null) await noteRevoked(tx, originOf(services, request), held);
    return output;
  });
}
