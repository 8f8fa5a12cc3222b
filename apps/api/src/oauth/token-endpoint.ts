import { createHmac, createSecretKey } from 'node:crypto';
import { seal, unseal } from '@reqbase/auth';
import { type HeldGrant, noteReuse, type Services, transact } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';
import type { FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import * as z from 'zod';
import { type Dispatch, type Dispatched, postedForm } from './dispatch.ts';
import { hashedAs, holdGrant, originOf } from './held-grant.ts';
import { inTransaction } from './storage.ts';

/** How long a refresh whose answer was lost can be asked for again. */
const RETRY_MS = 60_000;
const SEAL_CONTEXT = 'oauth refresh answer';

type Ctx = { readonly services: Services; readonly provider: Provider; readonly dispatch: Dispatch };
type Form = URLSearchParams;

const Answer = z.looseObject({ expires_in: z.number() });
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
 * Exchanges a code or refreshes. The library's own handlers run in one transaction that holds the grant: of requests at the same
 * time, in whichever process, one redeems and the others find it redeemed. A refusal undoes what the handler did before it
 * refused, so that no wrong parameter burns a token; but for a revocation, which holds.
 */
export async function redeem(ctx: Ctx, request: FastifyRequest, form: Form): Promise<Dispatched> {
  const { services, provider } = ctx;
  // A client that is described by a document is read now: nothing is waited for while the grant is held.
  await provider.Client.find(form.get('client_id') ?? '').catch(() => undefined);
  try {
    return await transact(services.access.db, async (tx) => {
      const held = await holdGrant(services, tx, { code: form.get('code'), refreshToken: form.get('refresh_token') });
      const { output, hasRevoked } = await inTransaction(tx, () => redeemHeld(ctx, tx, request, form, held));
      if (output.status >= 400 && !hasRevoked) throw new Undone(output);
      if (hasRevoked && held !== null) await noteReuse(tx, originOf(services, request), held);
      return output;
    });
  } catch (error) {
    if (error instanceof Undone) return error.answer;
    throw error;
  }
}

async function redeemHeld(
  ctx: Ctx,
  tx: Transaction,
  request: FastifyRequest,
  form: Form,
  held: HeldGrant | null,
): Promise<Dispatched> {
  const token = form.get('grant_type') === 'refresh_token' ? (form.get('refresh_token') ?? '') : null;
  const repeated = token === null ? null : await repeatedAnswer(ctx.services, tx, token, form);
  if (repeated !== null) return repeated;
  const answer = await ctx.dispatch(await withRedirect(ctx.services, tx, postedForm(request), form));
  if (answer.status !== 200) return answer;
  if (token !== null) await keepAnswer(ctx.services, tx, token, answer.body);
  if (held !== null)
    await tx.oAuthClient.updateMany({ where: { clientId: held.client.clientId }, data: { lastUsedAt: ctx.services.clock() } });
  return answer;
}

/** OAuth 2.1 has no `redirect_uri` here (§4.1.3), the library wants it: PKCE has bound the code to who began. */
async function withRedirect(
  services: Services,
  tx: Transaction,
  posted: ReturnType<typeof postedForm>,
  form: Form,
): Promise<ReturnType<typeof postedForm>> {
  const code = form.get('code');
  if (code === null || form.has('redirect_uri')) return posted;
  const row = await tx.oAuthAuthorizationCode.findFirst({ where: hashedAs(services, code), select: { redirectUri: true } });
  if (row === null) return posted;
  const completed = new URLSearchParams(posted.body);
  completed.set('redirect_uri', row.redirectUri);
  return { ...posted, body: completed.toString() };
}

/** The answer that this token has been refreshed with a moment ago; null where there is none: then it is a second use. */
async function repeatedAnswer(services: Services, tx: Transaction, token: string, form: Form): Promise<Dispatched | null> {
  const row = await tx.oAuthRefreshToken.findFirst({
    where: hashedAs(services, token),
    select: { resource: true, consumedAt: true, answer: true, grant: { select: { client: { select: { clientId: true } } } } },
  });
  if (row === null || row.consumedAt === null || row.answer === null) return null;
  const now = services.clock().getTime();
  if (row.consumedAt.getTime() + RETRY_MS < now || row.grant.client.clientId !== form.get('client_id')) return null;
  const resources = form.getAll('resource');
  if (resources.some((resource) => resource !== row.resource))
    return json(400, { error: 'invalid_target', error_description: 'the resource is not the one that was granted' });
  const kept = openAnswer(services, token, row.answer);
  if (kept === null) return null;
  const elapsed = Math.floor((now - kept.at) / 1_000);
  return json(200, { ...kept.body, expires_in: Math.max(1, kept.body.expires_in - elapsed) });
}

async function keepAnswer(services: Services, tx: Transaction, token: string, body: string): Promise<void> {
  const kept = JSON.stringify({ at: services.clock().getTime(), body: JSON.parse(body) as unknown });
  const [sealed] = [seal([sealingKey(services, token)], SEAL_CONTEXT, kept)];
  await tx.oAuthRefreshToken.updateMany({ where: hashedAs(services, token), data: { answer: sealed } });
}

function openAnswer(services: Services, token: string, sealed: Uint8Array): z.infer<typeof KeptAnswer> | null {
  const text = unseal([sealingKey(services, token)], SEAL_CONTEXT, sealed);
  return text === null ? null : KeptAnswer.parse(JSON.parse(text));
}

/** Of the token itself, which is kept nowhere: who reads the database opens nothing with it. */
function sealingKey({ secrets: { peppers } }: Services, token: string) {
  const [{ key }] = peppers;
  return { id: '00000000', key: createSecretKey(createHmac('sha256', key).update(`oauth answer ${token}`).digest()) };
}

export function json(status: number, body: object): Dispatched {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, cookies: [], body: JSON.stringify(body) };
}
