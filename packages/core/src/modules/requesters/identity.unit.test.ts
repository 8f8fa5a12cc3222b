import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { toPublic } from '@reqbase/auth';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { audienceOf, type Identity, readIdentityToken, readSignedEmail } from './identity.ts';

const [present, former] = ['idsec_present-secret-of-the-tests-0123456789', 'idsec_former-secret-of-the-tests-0123456789'];
const audience = audienceOf('https://reqbase.example', '01a200a4-9711-7a00-8b3e-5f0c2d1e9a77');
const now = new Date('2026-03-14T10:20:30.250Z');
const NOW = Math.floor(now.getTime() / 1_000);
const good = { aud: audience, sub: 'user_812', iat: NOW, exp: NOW + 300 };
const HS256 = { alg: 'HS256', typ: 'JWT' };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hs256 = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest('base64url');
/** A token as any library makes it. */
function tokenOf(claims: object, { secret = present, header = HS256 }: { secret?: string; header?: object } = {}): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${hs256(secret, text)}`;
}
const read = (token: string, secrets: readonly string[] = [present, former]) =>
  readIdentityToken(token, { secrets, audience, now });
type Outcome = { code: string; issues: string[] } | Identity;
const outcomeOf = async (token: string, secrets?: readonly string[]): Promise<Outcome> =>
  read(token, secrets).catch((error: unknown) => {
    const { code, issues } = toPublic(error);
    return { code, issues: issues.map(({ path }) => path) };
  });
const refused = (...issues: string[]) => ({ code: 'INVALID_IDENTITY', issues });
const without = (claim: keyof typeof good) => Object.fromEntries(Object.entries(good).filter(([name]) => name !== claim));

describe('an identity token', () => {
  it('says who somebody is: by sub, and by an address that is theirs', async () => {
    const token = tokenOf({
      ...good,
      email: 'Grace@Example.com',
      name: ' Grace ',
      traits: { plan: 'team', amount: 4_900, interval: 'year', seats: 7 },
    });
    expect(await read(token)).toEqual({
      method: 'jwt',
      externalId: 'user_812',
      email: 'grace@example.com',
      name: 'Grace',
      traits: { plan: 'team', amount: 4_900, interval: 'year', seats: 7 },
    });
  });

  it('needs to say no more than sub', async () => {
    const nobody = { method: 'jwt', externalId: 'user_812', email: null, name: null, traits: null };
    expect(await read(tokenOf(good))).toEqual(nobody);
    expect(await read(tokenOf({ ...good, email: '', name: null, traits: null, role: 'admin' }))).toEqual(nobody);
  });

  it('is taken as a common library signs it', async () => {
    const token = await new SignJWT({ email: 'a@example.com' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('7')
      .setAudience(audience)
      .setIssuedAt(NOW)
      .setExpirationTime(NOW + 300)
      .sign(new TextEncoder().encode(present));
    expect(await read(token)).toMatchObject({ externalId: '7', email: 'a@example.com' });
  });

  it('may be signed with either of two living secrets', async () => {
    expect(await outcomeOf(tokenOf(good, { secret: former }))).toMatchObject({ externalId: 'user_812' });
  });

  it.each<[what: string, token: string, secrets?: readonly string[]]>([
    ['with a secret that is nobody’s', tokenOf(good, { secret: 'guess' })],
    ['with a retired secret', tokenOf(good, { secret: former }), [present]],
    ['for a project without a secret', tokenOf(good), []],
    ['with the empty secret', tokenOf(good, { secret: '' })],
    ['with its own payload', tokenOf(good, { secret: encode(good) })],
  ])('signed %s is refused, without a reason', async (_what, token, secrets) => {
    expect(await outcomeOf(token, secrets)).toEqual(refused());
  });

  const [header, payload, signature] = tokenOf(good).split('.');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const asHeaded = (head: object, key: string) => tokenOf(good, { header: head, secret: key });
  const hmac = (bits: 384 | 512) => {
    const text = `${encode({ alg: `HS${bits}` })}.${encode(good)}`;
    return `${text}.${createHmac(`sha${bits}`, present).update(text).digest('base64url')}`;
  };
  const rs256 = () => {
    const text = `${encode({ alg: 'RS256' })}.${encode(good)}`;
    return `${text}.${sign('sha256', Buffer.from(text), rsa.privateKey).toString('base64url')}`;
  };

  it.each<[string, string]>([
    ['alg none, unsigned', `${encode({ alg: 'none' })}.${payload}.`],
    ['alg none, with the right signature of HS256', asHeaded({ alg: 'none' }, present)],
    ['alg None, spelled otherwise', `${encode({ alg: 'nOnE' })}.${payload}.`],
    ['no alg', asHeaded({ typ: 'JWT' }, present)],
    ['HS512', hmac(512)],
    ['HS384', hmac(384)],
    ['RS256 of a stranger', rs256()],
    ['RS256 claimed, signed by HMAC with the public key', asHeaded({ alg: 'RS256' }, publicPem)],
    ['a key of its own in the header', asHeaded({ ...HS256, jwk: { kty: 'oct', k: 'AAAA' } }, 'AAAA')],
    ['a critical extension that nobody knows', asHeaded({ ...HS256, crit: ['exp'] }, present)],
    ['an unencoded payload', asHeaded({ ...HS256, b64: false, crit: ['b64'] }, present)],
    ['another payload under its signature', `${header}.${encode({ ...good, sub: 'admin' })}.${signature}`],
    ['no signature', `${header}.${payload}.`],
    ['a part too few', `${header}.${payload}`],
    ['a part too many', `${header}.${payload}.${signature}.x`],
    ['nothing', ''],
    ['spaces around it', ` ${tokenOf(good)}`],
    ['a header that is no JSON', `bm90IGpzb24A.${payload}.${hs256(present, `bm90IGpzb24A.${payload}`)}`],
    ['a payload that is no JSON', `${header}.bm90IGpzb24A.${hs256(present, `${header}.bm90IGpzb24A`)}`],
    ['more than 8 kB', tokenOf({ ...good, name: 'x'.repeat(9_000) })],
    ['a megabyte', 'A.'.repeat(500_000)],
  ])('with %s is refused, without a reason', async (_what, token) => {
    expect(await outcomeOf(token)).toEqual(refused());
  });

  const byOther = (host: string, project: string) => audienceOf(host, project);
  it.each<[string, object, string[]]>([
    ['another project', { ...good, aud: byOther('https://reqbase.example', '01a200a4-9711-7a00-8b3e-5f0c2d1e9a78') }, ['aud']],
    ['the project’s slug', { ...good, aud: byOther('https://reqbase.example', 'demo') }, ['aud']],
    ['another host', { ...good, aud: byOther('https://evil.example', '01a200a4-9711-7a00-8b3e-5f0c2d1e9a77') }, ['aud']],
    ['a slash more', { ...good, aud: `${audience}/` }, ['aud']],
    ['upper case', { ...good, aud: audience.toUpperCase() }, ['aud']],
    ['several, ours among them', { ...good, aud: [audience, 'https://evil.example'] }, ['aud']],
    ['a list of ours', { ...good, aud: [audience] }, ['aud']],
    ['none', without('aud'), ['aud']],
  ])('for the audience of %s is refused', async (_what, claims, issues) => {
    expect(await outcomeOf(tokenOf(claims))).toEqual(refused(...issues));
  });

  it.each<[string, object, string[]]>([
    ['expired, beyond the grace of 30 s', { ...good, iat: NOW - 400, exp: NOW - 30 }, ['exp', 'exp']],
    ['expired', { ...good, iat: NOW - 300, exp: NOW - 31 }, ['exp']],
    ['living 301 s', { ...good, exp: NOW + 301 }, ['exp']],
    ['living for ever', { ...good, exp: 1e300 }, ['exp']],
    ['ending before it begins', { ...good, exp: NOW - 1 }, ['exp']],
    ['issued in the future', { ...good, iat: NOW + 32, exp: NOW + 100 }, ['iat']],
    ['not valid yet', { ...good, nbf: NOW + 32 }, ['nbf']],
    ['without exp', without('exp'), ['exp']],
    ['without iat', without('iat'), ['iat']],
    ['with an exp in words', { ...good, exp: '2030-01-01' }, ['exp']],
    ['without sub', without('sub'), ['sub']],
    ['with an empty sub', { ...good, sub: '' }, ['sub']],
    ['with a number for sub', { ...good, sub: 7 }, ['sub']],
    ['with a sub of 201 characters', { ...good, sub: 'x'.repeat(201) }, ['sub']],
    ['with a sub that cannot be stored', { ...good, sub: 'a\0b' }, ['sub']],
    ['with an address that is none', { ...good, email: 'nobody' }, ['email']],
    ['with half a cent', { ...good, traits: { amount: 0.5 } }, ['traits.amount']],
    ['with a negative amount', { ...good, traits: { amount: -1 } }, ['traits.amount']],
    ['with an interval that is none', { ...good, traits: { interval: 'week' } }, ['traits.interval']],
    ['with a trait that is a list', { ...good, traits: { seats: [1] } }, ['traits.seats']],
    ['with 51 traits', { ...good, traits: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, n])) }, ['traits']],
    ['with a trait of no name', { ...good, traits: { '': 1 } }, ['traits']],
    ['that is a list', [good], ['']],
  ])('%s is refused, and says what is wrong', async (_what, claims, issues) => {
    expect(await outcomeOf(tokenOf(claims))).toEqual(refused(...issues));
  });

  it.each<[string, object]>([
    ['just expired', { ...good, iat: NOW - 300, exp: NOW - 29 }],
    ['issued by a clock that is ahead', { ...good, iat: NOW + 30, exp: NOW + 330 }],
    ['of exactly 300 s', { ...good, iat: NOW - 299, exp: NOW + 1 }],
  ])('%s is taken, within the grace for clocks', async (_what, claims) => {
    expect(await outcomeOf(tokenOf(claims))).toMatchObject({ externalId: 'user_812' });
  });

  it('is taken if and only if its times are right, at any times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -500, max: 500 }), fc.integer({ min: -400, max: 400 }), async (begin, length) => {
        const [iat, exp] = [NOW + begin, NOW + begin + length];
        const isRight = length > 0 && length <= 300 && exp + 30 > now.getTime() / 1_000 && iat - 30 <= now.getTime() / 1_000;
        expect('externalId' in (await outcomeOf(tokenOf({ ...good, iat, exp })))).toBe(isRight);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused with any character changed, and never fails otherwise', async () => {
    const token = tokenOf(good);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }), async (at, text) => {
        const altered = token.slice(0, at) + text + token.slice(at + 1);
        // base64url has several spellings of the same bytes; what is signed is the text of the first two parts.
        const isSameSignature = altered.split('.').slice(0, 2).join('.') === token.split('.').slice(0, 2).join('.');
        const outcome = await outcomeOf(altered);
        if (!isSameSignature) expect(outcome).toEqual(refused());
        else expect('code' in outcome ? outcome : outcome.externalId).toEqual('code' in outcome ? refused() : 'user_812');
      }),
      { numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
        expect(await outcomeOf(text)).toEqual(refused());
      }),
      { numRuns: 300 },
    );
  });
});

describe('a signed e-mail address', () => {
  const hex = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex');
  const readEmail = (email: string, signature: string) =>
    readSignedEmail({ email, signature, name: ' Grace ' }, [present, former]);
  const codeOf = (work: () => unknown) => {
    try {
      work();
      return 'taken';
    } catch (error) {
      return toPublic(error).code;
    }
  };

  it('is taken by the HMAC of its lower-cased text, with either secret', () => {
    const grace = { method: 'hmac', externalId: null, email: 'grace@example.com', name: ' Grace ', traits: null };
    for (const secret of [present, former])
      expect(readEmail('Grace@Example.com', hex(secret, 'grace@example.com').toUpperCase())).toEqual(grace);
  });

  it('is refused with another’s signature, that of the address as it was typed, and a short one', () => {
    for (const [email, signature] of [
      ['grace@example.com', hex(present, 'ada@example.com')],
      ['Grace@Example.com', hex(present, 'Grace@Example.com')],
      ['grace@example.com', hex('guess', 'grace@example.com')],
      ['grace@example.com', hex(present, 'grace@example.com').slice(0, 62)],
      ['grace@example.com', ''],
    ] as const)
      expect(codeOf(() => readEmail(email, signature))).toBe('INVALID_IDENTITY');
  });

  it('never passes for a token: a text that was lower-cased to be signed is none', async () => {
    const text = `${encode(HS256)}.${encode(good)}`.toLowerCase();
    expect(await outcomeOf(`${text}.${hs256(present, text)}`)).toEqual(refused());
  });
});
