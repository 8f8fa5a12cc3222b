import { describe, expect, it } from 'vitest';
import { bareText, bareUrl } from './redact.ts';

describe('a URL', () => {
  it.each([
    ['https://u:p@x.example:8443/a/b?q=1#f', 'https://x.example:8443/a/b'],
    ['/a?q=1', '/a'],
    ['a?q', 'a'],
    ['//u:p@x.example/a#b', '//x.example/a'],
    ['data:text/plain,secret', 'data:'],
    ['blob:https://x.example/123', 'blob:'],
    ['wss://x.example/live?ticket=1', 'wss://x.example/live'],
    ['', ''],
  ])('%s is kept as %s', (url, bare) => {
    expect(bareUrl(url)).toBe(bare);
  });

  it('is taken for one of the page that it is called from', () => {
    expect(bareUrl('/api/x?y=1', 'https://shop.example/cart?z=1')).toBe('https://shop.example/api/x');
  });

  it('keeps no query, no fragment and no user, and stays the same the second time', () => {
    const ends = ['', '?a=1', '#b', '?a=1#b', '?', '#?', '??', '?a=//u:p@x'];
    for (const start of [
      'https://u:p@x.example/a',
      'http://x.example',
      '/a',
      'a',
      '//u:p@x/a',
      'mailto:u@x',
      'x:y',
      '\u0000',
      '%',
    ])
      for (const end of ends) {
        const bare = bareUrl(start + end);
        expect(bare).not.toMatch(/[?#]|u:p/);
        expect(bareUrl(bare)).toBe(bare);
      }
  });
});

describe('a text', () => {
  const SECRET = 'hunter2-very-secret';
  it.each([
    `failed: https://x.example/a?code=${SECRET}#${SECRET}`,
    `Authorization: Bearer ${SECRET}`,
    `authorization=Basic ${SECRET}`,
    `{"access_token":"${SECRET}"}`,
    `Set-Cookie: sid=${SECRET}`,
    `password = '${SECRET}'`,
    `x-api-key: ${SECRET}`,
    `GET /a/b?code=${SECRET} 500`,
    `sent with Bearer ${SECRET}`,
  ])('loses the secret in %s', (text) => {
    expect(bareText(text)).not.toContain(SECRET);
  });

  it('keeps what is none', () => {
    for (const text of ['TypeError: x is not a function', 'GET https://x.example/a 500', 'Is it on? Yes.', '12:30 p.m.'])
      expect(bareText(text)).toBe(text);
  });
});
