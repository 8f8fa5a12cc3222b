import { deriveSecrets } from '@reqbase/auth';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationIn, isReplyLocalPart, replyLocalPart, type Thread, withoutReplyAddresses } from './reply-address.ts';

const secrets = deriveSecrets('the SECRET of this installation');
const threads = fc.record({ conversationId: fc.uuid(), requesterId: fc.uuid() });
const HEX = '0123456789abcdef';

/** The text with the character at `at` replaced by another one, which is any of `alphabet`. */
function flipped(text: string, at: number, alphabet: string, n: number): string {
  const others = [...alphabet].filter((character) => character !== text[at]);
  return text.slice(0, at) + others[n % others.length] + text.slice(at + 1);
}

describe('the local part of an address for answers', () => {
  it('names its conversation and is that of its requester, in whatever case it arrives', () => {
    fc.assert(
      fc.property(threads, fc.infiniteStream(fc.boolean()), (thread, isUpper) => {
        const local = replyLocalPart(secrets, thread);
        const arrived = [...local].map((character) => (isUpper.next().value ? character.toUpperCase() : character)).join('');
        expect(conversationIn(arrived)).toBe(thread.conversationId);
        expect(isReplyLocalPart(secrets, arrived, thread)).toBe(true);
      }),
    );
  });

  it('is one that every mail server takes: 64 characters at most, lower-case letters, digits, a hyphen', () => {
    fc.assert(
      fc.property(threads, (thread) => {
        expect(replyLocalPart(secrets, thread)).toMatch(/^[a-z0-9-]{1,64}$/);
      }),
    );
  });

  it('with one character changed, left out or added is that of nobody', () => {
    fc.assert(
      fc.property(threads, fc.nat(61), fc.nat(1_000), (thread, at, n) => {
        const local = replyLocalPart(secrets, thread);
        for (const alphabet of [HEX, 'ghiz-_.@ \u00e9'])
          expect(isReplyLocalPart(secrets, flipped(local, at, alphabet, n), thread)).toBe(false);
        expect(isReplyLocalPart(secrets, local.slice(0, at) + local.slice(at + 1), thread)).toBe(false);
        expect(isReplyLocalPart(secrets, `${local.slice(0, at)}${HEX[n % 16]}${local.slice(at)}`, thread)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is no other conversation’s, nor the same one’s of another requester', () => {
    fc.assert(
      fc.property(threads, threads, (thread, other) => {
        fc.pre(thread.conversationId !== other.conversationId && thread.requesterId !== other.requesterId);
        const local = replyLocalPart(secrets, thread);
        const mixed: Thread[] = [
          other,
          { ...thread, requesterId: other.requesterId },
          { ...other, requesterId: thread.requesterId },
        ];
        for (const each of mixed) expect(isReplyLocalPart(secrets, local, each)).toBe(false);
      }),
    );
  });

  it('names no conversation when it is none of ours', () => {
    const [id, mac] = ['0'.repeat(32), 'a'.repeat(24)];
    for (const given of [
      '',
      'reply-',
      `reply-${id}`,
      `${id}${mac}`,
      `reply-${id}${mac}0`,
      `x-reply-${id}${mac}`,
      `reply-${id}${mac}\n`,
    ])
      expect(conversationIn(given)).toBeNull();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (given) => {
        expect(conversationIn(given)).toBeNull();
      }),
    );
  });
});

describe('a changed SECRET', () => {
  const thread = { conversationId: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de', requesterId: '01a200a4-972a-74b4-ba6b-0967b5d4058b' };
  const local = replyLocalPart(secrets, thread);

  it('lets the addresses of the former one work while that is listed, and no longer', () => {
    const both = deriveSecrets('new, the SECRET of this installation');
    expect(isReplyLocalPart(both, local, thread)).toBe(true);
    expect(isReplyLocalPart(deriveSecrets('new'), local, thread)).toBe(false);
  });

  it('makes addresses with the first in the list', () => {
    expect(replyLocalPart(deriveSecrets('new, the SECRET of this installation'), thread)).toBe(
      replyLocalPart(deriveSecrets('new'), thread),
    );
  });
});

it('a text keeps no address that could be used, however it is written, and the rest as it is', () => {
  const local = replyLocalPart(secrets, { conversationId: crypto.randomUUID(), requesterId: crypto.randomUUID() });
  for (const given of [local, local.toUpperCase()]) {
    const text = `To: Acme <${given}@replies.example>, then mailto:${given}@replies.example and ada@example.test`;
    expect(withoutReplyAddresses(text)).toBe(
      'To: Acme <reply-…@replies.example>, then mailto:reply-…@replies.example and ada@example.test',
    );
  }
  for (const text of ['reply-all', 'Please reply-to me', `reply-${'a'.repeat(55)}@x`])
    expect(withoutReplyAddresses(text)).toBe(text);
});
