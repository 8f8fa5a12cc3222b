import { describe, expect, it } from 'vitest';
import { createVisitor } from './visitor.ts';

const NOW = Date.parse('2026-03-14T10:20:30Z');
const token = (sub: string, livesSeconds = 300, claims = {}) => {
  const part = (value: object) => btoa(JSON.stringify(value)).replace(/=/g, '').replace(/\+/g, '-').replace(/\//g, '_');
  return `${part({ alg: 'HS256' })}.${part({ sub, exp: NOW / 1_000 + livesSeconds, ...claims })}.signature`;
};

function memory(): Storage & { data: Map<string, string> } {
  const data = new Map<string, string>();
  return {
    data,
    getItem: (key: string) => data.get(key) ?? null,
    setItem: (key: string, value: string) => void data.set(key, value),
    removeItem: (key: string) => void data.delete(key),
  } as unknown as Storage & { data: Map<string, string> };
}
const forbidden = {
  getItem() {
    throw new Error('forbidden');
  },
  setItem() {
    throw new Error('forbidden');
  },
  removeItem() {
    throw new Error('forbidden');
  },
};

describe('the anonymous id', () => {
  it('has 256 random bits in base64url, is made when it is needed, and stays in this browser', () => {
    const storage = memory();
    const visitor = createVisitor('demo', storage);
    expect([visitor.isKnown(), storage.data.size]).toEqual([false, 0]);
    const id = visitor.id();
    expect(id).toMatch(/^[\w-]{43}$/);
    expect([visitor.id(), createVisitor('demo', storage).id()]).toEqual([id, id]);
    expect(createVisitor('other', storage).id()).not.toBe(id);
    expect(createVisitor('demo', storage).isKnown()).toBe(true);
  });

  it('lives in memory where nothing may be kept, and is made anew where something else was', () => {
    for (const storage of [null, forbidden]) {
      const visitor = createVisitor('demo', storage);
      expect(visitor.id()).toBe(visitor.id());
    }
    for (const text of ['{', 'null', '7', '{"id":7}', '{"id":"short"}', '{"id":"<script>alert(1)</script>aaaaaaaa"}']) {
      const storage = memory();
      storage.data.set('reqbase:demo', text);
      expect(createVisitor('demo', storage).id()).toMatch(/^[\w-]{43}$/);
    }
  });

  it('goes with who first signs in, and is another for the next one', () => {
    const storage = memory();
    const visitor = createVisitor('demo', storage, () => NOW);
    const anonymous = visitor.id();
    visitor.identify(token('ann'));
    expect(visitor.id()).toBe(anonymous);
    visitor.identify(token('ann'));
    expect(visitor.id()).toBe(anonymous);
    visitor.identify(token('bob'));
    expect(visitor.id()).not.toBe(anonymous);
    visitor.forget();
    expect([visitor.isKnown(), storage.data.size]).toEqual([false, 0]);
  });
});

describe('the identity', () => {
  it('is not kept in the browser', async () => {
    const storage = memory();
    const visitor = createVisitor('demo', storage, () => NOW);
    visitor.identify(token('ann'));
    expect(await visitor.identity()).toBe(token('ann'));
    expect([...storage.data.values()].join()).not.toContain('signature');
    expect(await createVisitor('demo', storage).identity()).toBeNull();
  });

  it('is brought anew by its function when it is about to run out, and not before', async () => {
    let now = NOW;
    let asked = 0;
    const visitor = createVisitor('demo', null, () => now);
    visitor.identify(async () => token('ann', 300 * ++asked));
    expect(await visitor.identity()).toBe(token('ann', 300));
    now += 289_000;
    expect([await visitor.identity(), asked]).toEqual([token('ann', 300), 1]);
    now += 2_000;
    expect([await visitor.identity(), asked]).toEqual([token('ann', 600), 2]);
  });

  it('that has run out is still sent, but not where it would cost what was written', async () => {
    const visitor = createVisitor('demo', null, () => NOW + 301_000);
    visitor.identify(token('ann'));
    expect(await visitor.identity()).toBe(token('ann'));
    expect(await visitor.livingIdentity()).toBeNull();
  });

  it('may be a signed address', async () => {
    const visitor = createVisitor('demo', null);
    visitor.identify({ email: 'grace@example.com', signature: 'ab' });
    const text = (await visitor.identity()) ?? '';
    expect(JSON.parse(Buffer.from(text.replace(/^hmac /, ''), 'base64url').toString())).toEqual({
      email: 'grace@example.com',
      signature: 'ab',
    });
    expect(await visitor.livingIdentity()).toBe(text);
  });

  it('that is no token is sent as it is, for the server to refuse', async () => {
    for (const text of ['nonsense', 'a.b.c', 'a.e30.c', '..']) {
      const visitor = createVisitor('demo', null);
      visitor.identify(text);
      expect(await visitor.identity()).toBe(text);
    }
  });
});

describe('an address', () => {
  it('is known of who is signed in with one, and need not be asked for', async () => {
    const visitor = createVisitor('demo', memory(), () => NOW);
    const known = (source: Parameters<typeof visitor.identify>[0]) => {
      visitor.identify(source);
      return visitor.hasEmail();
    };
    expect(visitor.hasEmail()).toBe(false);
    expect(known(token('ann', 300, { email: 'ann@example.com' }))).toBe(true);
    for (const without of [token('ann'), token('ann', 300, { email: '' }), token('ann', 300, { email: null }), 'no token', null])
      expect(known(without)).toBe(false);
    expect(known({ email: 'ann@example.com', signature: 'ab' })).toBe(true);
    expect(known(async () => token('bob', 300, { email: 'bob@example.com' }))).toBe(false);
    await visitor.identity();
    expect(visitor.hasEmail()).toBe(true);
    visitor.forget();
    expect(visitor.hasEmail()).toBe(false);
  });
});
