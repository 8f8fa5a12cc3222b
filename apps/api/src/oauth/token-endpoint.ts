import { createHmac, createSecretKey } from 'node:crypto';
import { DomainError, seal, unseal } from '@reqbase/auth';
import { type HeldGrant, noteReuse, type Services, transact } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';
import type { FastifyRequest } from 'fastify';
import { type Client, errors, type Provider } from 'oidc-provider';
import * as z from 'zod';
import { askedFrom } from './client-documents.ts';
import { publicClient } from './client-metadata.ts';
import { type Dispatch, type Dispatched, postedForm } from './dispatch.ts';
import { hashedAs, holdGrant, originOf } from './held-grant.ts';
import { inTransaction, type KnownClient } from './storage.ts';

/** How long a refresh whose answer was lost can be asked for again. */
const RETRY_MS = 60_000;
const SEAL_CONTEXT = 'oauth refresh answer';

type Ctx = { readonly services: Services; readonly provider: Provider; readonly dispatch: Dispatch };
type Form = URLSearchParams;

const Answer = z.looseObject({ access_token: z.string(), expires_in: z.number(), scope: z.string().default('') });
const KeptAnswer = z.object({ at: z.number(), body: Answer });

/** Carries a refusal out of the transaction that it undoes. */
class Undone extends Error {
  readonly answer: Dispatched;
  constructor(answer: Dispatched) {
    super('refused');
    this.answer = answer;
  }
}

/**
 * What is asked for by a form: what has no value counts as left out, and nothing but `resource` (RFC 8707 §2) comes twice
 * (RFC 6749 §3.2). Null where something does.
 */
export function readForm(posted: Form): Form | null {
  const form = new URLSearchParams([...posted].filter(([, value]) => value !== ''));
  const names = [...form.keys()].filter((name) => name !== 'resource');
  return new Set(names).size === names.length ? form : null;
}

/**
 * Exchanges a code or refreshes. The library's own handlers run in one transaction that holds the grant: of requests at the same
 * time, in whichever process, one redeems and the others find it redeemed. A refusal undoes what the handler did before it
 * refused, so that no wrong parameter burns a token; but for a revocation, which holds.
 */
export async function redeem(ctx: Ctx, request: FastifyRequest, form: Form): Promise<Dispatched> {
  const { services } = ctx;
  const client = await findKnownClient(ctx, request.ip, form.get('client_id'));
  if (client === null) return noSuchClient(form);
  try {
    return await transact(services.access.db, async (tx) => {
      // By what is asked for, and not by what else is in the form: a stray parameter must not keep the grant from being held.
      const held = await holdGrant(services, tx, { code: codeIn(form), refreshToken: refreshTokenIn(form) });
      const { output, hasRevoked } = await inTransaction({ tx, client }, () => redeemHeld(ctx, tx, request, form, held));
      if (output.status >= 400 && !hasRevoked) throw new Undone(output);
      if (hasRevoked && held !== null) await noteReuse(tx, originOf(services, request), held);
      return output;
    });
  } catch (error) {
    if (error instanceof Undone) return error.answer;
    throw error;
  }
}

/**
 * Reads a client before anything is held; null for one that there is not. For the person who decides on a request, from no address:
 * they are not charged for its document.
 *
 * @throws {DomainError} RATE_LIMITED; UNAVAILABLE for one whose document cannot be read for the moment
 */
export async function findClient(provider: Provider, ip: string | null, clientId: string | null): Promise<Client | null> {
  try {
    return (await askedFrom(ip, () => provider.Client.find(clientId ?? ''))) ?? null;
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    if (error.cause instanceof DomainError) throw error.cause;
    return null;
  }
}

/**
 * The same, but one that somebody has let in is known without its document as well, where that cannot be read for the moment. To
 * redeem or end what it was given it takes nothing that a newer document could say: were it told that there is no such client, it
 * would throw away what is good.
 *
 * @throws {DomainError} RATE_LIMITED; UNAVAILABLE for one that nobody has let in
 */
export async function findKnownClient(
  { services, provider }: Pick<Ctx, 'services' | 'provider'>,
  ip: string,
  clientId: string | null,
): Promise<KnownClient | null> {
  try {
    return await findClient(provider, ip, clientId);
  } catch (error) {
    if (clientId === null || !(error instanceof DomainError) || error.appCode !== 'UNAVAILABLE') throw error;
    const row = await services.access.db.prisma.oAuthClient.findFirst({ where: { clientId, kind: 'document' } });
    if (row === null) throw error;
    const { name, uri, redirectUris } = row;
    const said = { client_name: name ?? undefined, client_uri: uri ?? undefined, redirect_uris: redirectUris };
    return { clientId, metadata: () => ({ client_id: clientId, ...publicClient(said) }) };
  }
}

export function noSuchClient(form: Form): Dispatched {
  return form.has('client_id')
    ? json(401, { error: 'invalid_client', error_description: 'there is no such client' })
    : json(400, { error: 'invalid_request', error_description: 'client_id is missing' });
}

async function redeemHeld(
  ctx: Ctx,
  tx: Transaction,
  request: FastifyRequest,
  form: Form,
  held: HeldGrant | null,
): Promise<Dispatched> {
  const token = refreshTokenIn(form);
  const repeated = token === null ? null : await repeatedAnswer(ctx.services, tx, token, form);
  if (repeated !== null) return repeated;
  const body = (await withRedirect(ctx.services, tx, form)).toString();
  const answer = await ctx.dispatch({ ...postedForm(request), body });
  if (answer.status !== 200) return answer;
  if (Answer.parse(JSON.parse(answer.body)).scope === '') return nothingLeft(form);
  if (token !== null) await keepAnswer(ctx.services, tx, token, answer.body);
  if (held !== null) await noteUse(ctx.services, tx, held);
  return answer;
}

/**
 * For what a later consent has left nothing of: tokens without a scope open nothing, and an answer without one would say that all is
 * granted that was asked for (RFC 6749 §5.1). The grant goes on, and what it leaves of another scope the same token may ask for.
 */
function nothingLeft(form: Form): Dispatched {
  return form.has('scope')
    ? json(400, { error: 'invalid_scope', error_description: 'nothing of the scope is granted any more' })
    : json(400, { error: 'invalid_grant', error_description: 'nothing of what was granted is left' });
}

/**
 * Notes that a client has come, unless somebody holds its row, who notes the same. They are not waited for: a consent holds it
 * first and then waits for the grant, which is held here.
 */
async function noteUse({ clock }: Services, tx: Transaction, { client: { clientId } }: HeldGrant): Promise<void> {
  await tx.$executeRaw`
    update oauth_client set last_used_at = ${clock()}::timestamptz
    where id = (select id from oauth_client where client_id = ${clientId} for no key update skip locked)`;
}

/** OAuth 2.1 has no `redirect_uri` here (§4.1.3), the library wants it: PKCE has bound the code to who began. */
async function withRedirect(services: Services, tx: Transaction, form: Form): Promise<Form> {
  const code = codeIn(form);
  if (code === null || form.has('redirect_uri')) return form;
  const row = await tx.oAuthAuthorizationCode.findFirst({ where: hashedAs(services, code), select: { redirectUri: true } });
  return row === null ? form : new URLSearchParams([...form, ['redirect_uri', row.redirectUri]]);
}

function codeIn(form: Form): string | null {
  return form.get('grant_type') === 'authorization_code' ? form.get('code') : null;
}

function refreshTokenIn(form: Form): string | null {
  return form.get('grant_type') === 'refresh_token' ? form.get('refresh_token') : null;
}

/** The answer that this token has been refreshed with a moment ago; null where there is none: then it is a second use. */
async function repeatedAnswer(services: Services, tx: Transaction, token: string, form: Form): Promise<Dispatched | null> {
  const row = await tx.oAuthRefreshToken.findFirst({
    where: hashedAs(services, token),
    select: {
      resource: true,
      scopes: true,
      consumedAt: true,
      answer: true,
      grant: { select: { client: { select: { clientId: true } } } },
    },
  });
  if (row === null || row.consumedAt === null || row.answer === null) return null;
  const now = services.clock().getTime();
  if (row.consumedAt.getTime() + RETRY_MS < now || row.grant.client.clientId !== form.get('client_id')) return null;
  const resources = form.getAll('resource');
  if (resources.some((resource) => resource !== row.resource))
    return json(400, { error: 'invalid_target', error_description: 'the resource is not the one that was granted' });
  const scopes = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  if (scopes.some((scope) => !row.scopes.includes(scope)))
    return json(400, { error: 'invalid_scope', error_description: 'the scope is more than was granted' });
  const kept = openAnswer(services, token, row.answer);
  const scope = kept === null ? null : await scopeLeft(services, tx, kept.body);
  // A retry all the same, and no theft: what cannot be answered again ends no grant.
  if (kept === null || scope === null)
    return json(400, { error: 'invalid_grant', error_description: 'the answer to this refresh is lost' });
  const elapsed = Math.floor((now - kept.at) / 1_000);
  if (scope === '') return nothingLeft(form);
  return json(200, { ...kept.body, scope, expires_in: Math.max(1, kept.body.expires_in - elapsed) });
}

/**
 * What an answer's access token still has of its scope: what a consent has taken from it since does not come back to it. Null for one
 * that has been revoked.
 */
async function scopeLeft(
  services: Services,
  tx: Transaction,
  { access_token: token, scope }: z.infer<typeof Answer>,
): Promise<string | null> {
  const row = await tx.oAuthAccessToken.findFirst({ where: hashedAs(services, token), select: { scopes: true } });
  if (row === null) return null;
  return scope
    .split(' ')
    .filter((word) => row.scopes.includes(word))
    .join(' ');
}

async function keepAnswer(services: Services, tx: Transaction, token: string, body: string): Promise<void> {
  const kept = JSON.stringify({ at: services.clock().getTime(), body: JSON.parse(body) as unknown });
  const sealed = seal(sealingKeys(services, token), SEAL_CONTEXT, kept);
  await tx.oAuthRefreshToken.updateMany({ where: hashedAs(services, token), data: { answer: sealed } });
}

function openAnswer(services: Services, token: string, sealed: Uint8Array): z.infer<typeof KeptAnswer> | null {
  const text = unseal(sealingKeys(services, token), SEAL_CONTEXT, sealed);
  return text === null ? null : KeptAnswer.parse(JSON.parse(text));
}

/**
 * Of the token itself, which is kept nowhere: who reads the database opens nothing with it. The first seals, the others open what was
 * sealed under a former SECRET, by which the token is still found.
 */
function sealingKeys({ secrets: { peppers } }: Services, token: string) {
  const [current, ...former] = peppers;
  const of = ({ id, key }: typeof current) => ({
    id,
    key: createSecretKey(createHmac('sha256', key).update(`oauth answer ${token}`).digest()),
  });
  return [of(current), ...former.map(of)] as const;
}

export function json(status: number, body: object): Dispatched {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, cookies: [], body: JSON.stringify(body) };
}
