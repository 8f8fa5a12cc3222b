import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSecret, signatureHeaders } from './signature.ts';

const EVENT_ID = '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de';
const texts = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
const instants = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
const secrets = fc.constant(null).map(() => newSecret());

/** As a receiver does it, by the description alone: docs/webhooks.md. */
const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text, 'utf8').digest('hex');

describe('a signature', () => {
  it('of the contract is the HMAC of the raw body by the present secret', () => {
    fc.assert(
      fc.property(texts, instants, secrets, (body, at, secret) => {
        const headers = signatureHeaders({ eventId: EVENT_ID, body, at, secrets: [secret] });
        expect(headers['x-rogeriq-signature']).toBe(`sha256=${hmac(secret, body)}`);
        expect(headers).not.toHaveProperty('x-rogeriq-signature-former');
      }),
    );
  });

  it('with the time is of the time, the id and the body, and changes with each', () => {
    fc.assert(
      fc.property(texts, texts, instants, secrets, (body, other, at, secret) => {
        const of = (change: object) =>
          signatureHeaders({ eventId: EVENT_ID, body, at, secrets: [secret], ...change })['x-reqbase-signature'];
        const seconds = Math.floor(at.getTime() / 1_000);
        expect(of({})).toBe(`t=${seconds},v1=${hmac(secret, `${seconds}.${EVENT_ID}.${body}`)}`);
        const v1 = (header: string | undefined) => header?.split('v1=')[1];
        expect(v1(of({ at: new Date(at.getTime() + 1_000) }))).not.toBe(v1(of({})));
        expect(v1(of({ eventId: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0df' }))).not.toBe(v1(of({})));
        if (other !== body) expect(v1(of({ body: other }))).not.toBe(v1(of({})));
        expect(v1(of({ secrets: [newSecret()] }))).not.toBe(v1(of({})));
      }),
    );
  });

  it('is there for both secrets while one is rotated', () => {
    const [present, former] = [newSecret(), newSecret()];
    const at = new Date('2026-03-14T10:20:30.250Z');
    const headers = signatureHeaders({ eventId: EVENT_ID, body: '{}', at, secrets: [present, former] });
    const dated = (secret: string) => hmac(secret, `1773483630.${EVENT_ID}.{}`);
    expect(headers).toEqual({
      'x-rogeriq-signature': `sha256=${hmac(present, '{}')}`,
      'x-rogeriq-signature-former': `sha256=${hmac(former, '{}')}`,
      'x-reqbase-signature': `t=1773483630,v1=${dated(present)},v1=${dated(former)}`,
    });
  });
});

it('a secret is new each time, and says what it is', () => {
  const made = Array.from({ length: 100 }, newSecret);
  expect(new Set(made).size).toBe(100);
  for (const secret of made) expect(secret).toMatch(/^whsec_[\w-]{43}$/);
});
