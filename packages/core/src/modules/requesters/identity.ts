import { createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError, type Issue } from '@reqbase/auth';
import * as z from 'zod';
import { storable } from '../../schema-kit.ts';
import { type SignedEmail, TraitsInput } from './schema.ts';

/** Who the project's own backend says that a visitor is. */
export type Identity = {
  readonly method: 'jwt' | 'hmac';
  /** `sub` of the token; a signed e-mail address has none. */
  readonly externalId: string | null;
  /** Lower case; vouched for by the project's backend. */
  readonly email: string | null;
  readonly name: string | null;
  readonly traits: TraitsInput | null;
};

/** Longer ones are refused before anything of them is read. */
const MAX_TOKEN_LENGTH = 8_192;
const MAX_LIFETIME_SECONDS = 300;
const SKEW_SECONDS = 30;

const Claims = z.object({
  aud: z.string(),
  sub: z.string().min(1).max(200).check(storable),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
  // Backends fill in what they have: no address is often an empty one.
  email: z.union([z.literal(''), z.email().max(320)]).nullish(),
  name: z.string().max(200).check(storable).nullish(),
  traits: TraitsInput.nullish(),
});

/** The one `aud` that tokens for a project carry: by its id, which never changes, and not by its slug. */
export function audienceOf(publicUrl: string, projectId: string): string {
  return `${publicUrl}/p/${projectId}`;
}

/**
 * Reads an identity token: a JWT signed with HS256 and one of the secrets, for this audience, living at most 300 s, with
 * 30 s of grace for clocks that differ. Source: wire-facts, Reqio, Identity; domain-model, Requester.
 *
 * @throws {DomainError} INVALID_IDENTITY; what is wrong with the claims is told only of a token whose signature is right
 */
export async function readIdentityToken(
  token: string,
  { secrets, audience, now }: { readonly secrets: readonly string[]; readonly audience: string; readonly now: Date },
): Promise<Identity> {
  const payload = isToken(token) ? await signedPayload(token, secrets) : null;
  if (payload === null) throw new DomainError('INVALID_IDENTITY');
  const parsed = Claims.safeParse(payload);
  if (!parsed.success)
    throw new DomainError('INVALID_IDENTITY', {
      issues: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    });
  const claims = parsed.data;
  const issues = issuesOf(claims, audience, now.getTime() / 1_000);
  if (issues.length > 0) throw new DomainError('INVALID_IDENTITY', { issues });
  return {
    method: 'jwt',
    externalId: claims.sub,
    email: textOf(claims.email?.toLowerCase()),
    name: textOf(claims.name?.trim()),
    traits: claims.traits ?? null,
  };
}

/** Three parts of base64url. */
function isToken(token: string): boolean {
  return token.length <= MAX_TOKEN_LENGTH && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/** What a token says, if one of the secrets signed it. The algorithm is ours to choose, whatever the header names. */
async function signedPayload(token: string, secrets: readonly string[]): Promise<unknown> {
  // Loaded with the first token: where there is none it would only take memory.
  const { compactVerify, errors } = await import('jose');
  for (const secret of secrets) {
    try {
      const { payload } = await compactVerify(token, new TextEncoder().encode(secret), { algorithms: ['HS256'] });
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue;
      return null;
    }
  }
  return null;
}

function issuesOf({ aud, iat, exp, nbf }: z.infer<typeof Claims>, audience: string, nowSeconds: number): Issue[] {
  const issues: Issue[] = [];
  if (aud !== audience) issues.push({ path: 'aud', message: `Must be ${audience}` });
  if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS)
    issues.push({ path: 'exp', message: `Must lie at most ${MAX_LIFETIME_SECONDS} seconds after iat.` });
  if (exp + SKEW_SECONDS <= nowSeconds) issues.push({ path: 'exp', message: 'The token has expired.' });
  if (iat - SKEW_SECONDS > nowSeconds) issues.push({ path: 'iat', message: 'Must not lie in the future.' });
  if (nbf !== undefined && nbf - SKEW_SECONDS > nowSeconds) issues.push({ path: 'nbf', message: 'The token is not valid yet.' });
  return issues;
}

/**
 * Reads a signed e-mail address: hex HMAC-SHA-256 of the lower-cased address (wire-facts, RogerIQ, Identity). It never
 * runs out; rotating the secret ends it. The secret signs tokens too, but neither passes for the other: a token's text is
 * no address, and the base64url of a header with `alg` is never lower case throughout.
 *
 * @throws {DomainError} INVALID_IDENTITY
 */
export function readSignedEmail({ email, signature, name }: SignedEmail, secrets: readonly string[]): Identity {
  const address = email.toLowerCase();
  const given = Buffer.from(signature, 'hex');
  const isGenuine = secrets
    .map((secret) => createHmac('sha256', secret).update(address).digest())
    .some((expected) => expected.length === given.length && timingSafeEqual(expected, given));
  if (!isGenuine) throw new DomainError('INVALID_IDENTITY');
  return { method: 'hmac', externalId: null, email: address, name: textOf(name), traits: null };
}

/** An empty text is none. */
function textOf(text: string | null | undefined): string | null {
  return text == null || text === '' ? null : text;
}
