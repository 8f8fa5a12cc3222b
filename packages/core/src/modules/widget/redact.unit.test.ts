import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareText, bareUrl, redacted } from './redact.ts';

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
    `Authorization: Token ${SECRET}`,
    `Authorization: ApiKey zzz ${SECRET}`,
    `Proxy-Authorization:Negotiate ${SECRET}`,
    `authorization=Basic ${SECRET}`,
    `authorization => Custom one two ${SECRET}`,
    `authorization:\n  Token ${SECRET}`,
    `Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260314/eu/s3/aws4_request, SignedHeaders=host;x, Signature=${SECRET}`,
    `Authorization: Digest username="Mufasa", realm="", nonce="x", response="${SECRET}", opaque="${SECRET}"`,
    `headers were {"authorization":"Digest username="Mufasa", response="${SECRET}""}`,
    JSON.stringify(JSON.stringify({ headers: { Authorization: `Token ${SECRET}` } })),
    `authorization="Digest username="Mufasa", response="${SECRET}""`,
    `[["authorization","Token ${SECRET}"]]`,
    `['Cookie', 'a=1; sid=${SECRET}']`,
    `{"cookie":["a=1","sid=${SECRET}"]}`,
    `{ authorization: {\n scheme: 'Token',\n parameters: '${SECRET}'\n} }`,
    `curl -H 'X-API-Key: a b ${SECRET}'`,
    `Map { "x-api-key" => "a ${SECRET}" }`,
    `the header was cut off: {"Authorization":"Token ${SECRET}`,
    `{"access_token":"${SECRET}"}`,
    `{"password":"a\\"b ${SECRET}"}`,
    `{"password":"a"b ${SECRET}"}`,
    `Set-Cookie: a=1; sid=${SECRET}`,
    `password = '${SECRET}'`,
    `x-api-key: ${SECRET}`,
    `GET /a/b?code=${SECRET} 500`,
    `GET /reset?${SECRET} failed`,
    `/a?x&${SECRET}`,
    `/a?x=(${SECRET})`,
    `"/a?x='${SECRET}'&y" said no`,
    `location is ?${SECRET}`,
    `reset?${SECRET} failed`,
    `{"url":"/a?x=1\u0026code=${SECRET}","status":500}`,
    `/callback#access_token=${SECRET}`,
    `postgres://u:${SECRET}@db/x is down`,
    `data:text/plain;base64,${SECRET}`,
    `sent with Bearer ${SECRET}`,
    `sent with Token ${SECRET}`,
    `sent with Digest username="u", response="${SECRET}"`,
    `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}`,
  ])('loses the secret in %s', (text) => {
    expect(bareText(text)).not.toContain(SECRET);
  });

  it('keeps what is none, also where it asks', () => {
    for (const text of [
      'TypeError: x is not a function',
      'GET https://x.example/a 500',
      'Is it on? Yes.',
      'What?! Really?? (Are you sure?) "Why?" he said.',
      'Dark mode and/or light mode? Either/or?',
      '可以吗?谢谢',
      '¿Qué pasa?',
      'Unexpected token < in JSON at position 0',
      'AuthorizationError: you may not read orders',
      'Authorization failed, the token expired',
      'Basic settings, digest mails, issue #12, C# and F#',
      "undefined is not an object (evaluating 'cart?.items.length')",
      'Cannot read private member #x from an object whose class did not declare it',
      '12:30 p.m.',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      'en-US',
      'America/Argentina/Buenos_Aires',
    ])
      expect(bareText(text)).toBe(text);
  });

  it('keeps the rest of what it cuts', () => {
    expect(bareText('GET /reset?abcdef0123456 failed')).toBe('GET /reset failed');
    expect(bareText('/a?x&token then /b')).toBe('/a then /b');
    expect(bareText('{"authorization":"Token abc","status":500}')).toBe('{"authorization":[removed],"status":500}');
    expect(bareText('Authorization: Token abc\nstatus 500')).toBe('Authorization: [removed]\nstatus 500');
    expect(bareText('{"url":"/a?b=1","status":500}')).toBe('{"url":"/a","status":500}');
  });

  const words = (alphabet: string, minLength = 1) => fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength: 20 });
  const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  /** A part of a credential or query, found again wherever it is left. */
  const canary = words(LETTERS, 8).map((text) => `Zq${text}9`);
  const scheme = fc.oneof(
    fc.constantFrom(
      'Bearer',
      'Basic',
      'Token',
      'ApiKey',
      'Digest',
      'AWS4-HMAC-SHA256',
      'Negotiate',
      'Hawk',
      'OAuth',
      'SSWS',
      'Key',
    ),
    words(`${LETTERS}-`),
  );
  const credentials = fc.oneof(
    canary,
    fc.tuple(words(LETTERS), canary).map(([name, value]) => `${name}="${value}"`),
    fc.tuple(words(LETTERS), words(`${LETTERS}=+/`), canary).map(([name, other, value]) => `${name}=${other}, response=${value}`),
    fc.tuple(words(LETTERS), canary).map(([name, value]) => `username="${name}", realm="", nonce='', response="${value}"`),
  );
  const header = fc.tuple(
    fc.constantFrom(
      'Authorization',
      'authorization',
      'Proxy-Authorization',
      'X-API-Key',
      'Cookie',
      'Set-Cookie',
      'X-Amz-Authorization',
    ),
    fc.tuple(scheme, credentials).map((parts) => parts.join(' ')),
  );
  const printed = header.chain(([name, value]) =>
    fc.constantFrom(
      `${name}: ${value}`,
      `${name}:${value}`,
      `${name} = ${value}`,
      `${name} => ${value}`,
      `'${name}: ${value}'`,
      JSON.stringify({ [name]: value, status: 500 }),
      JSON.stringify([[name, value]]),
      JSON.stringify({ headers: { [name]: [value] } }, null, 2),
      JSON.stringify(JSON.stringify({ [name]: value })),
      `{ ${name}: '${value}' }`,
      `'${name}', "${value}"`,
    ),
  );
  const around = fc.constantFrom('', 'failed', 'POST failed: ', 'Is it on? ', '\n', '{"a":1} ');

  it('has no credential of any scheme left, however it is printed', () => {
    fc.assert(
      fc.property(around, printed, around, (before, text, after) => {
        expect(bareText(`${before} ${text} ${after}`)).not.toMatch(/Zq[A-Za-z0-9]{8,}9/);
      }),
      { numRuns: 2_000 },
    );
  });

  const IN_PATH = `${LETTERS}-._~!$&()*+,;=:@%`;
  const path = fc
    .tuple(
      fc.constantFrom('/', './', '../', 'https://x.example/', '//x.example/', 'api/', '/a/b/', 'webpack:///'),
      fc.string({ unit: fc.constantFrom(...IN_PATH), maxLength: 20 }),
    )
    .map((parts) => parts.join(''));
  /** Whatever RFC 3986 allows, and what browsers let through. */
  const query = fc
    .tuple(fc.string({ unit: fc.constantFrom(...`${IN_PATH}/?[]{}|^'`), maxLength: 20 }), canary)
    .map((parts) => parts.join(''));

  it('has no query and no fragment left', () => {
    fc.assert(
      fc.property(around, path, fc.constantFrom('?', '#'), query, around, (before, start, mark, tail, after) => {
        const bare = bareText(`${before} ${start}${mark}${tail} ${after}`);
        expect(bare).not.toMatch(/Zq[A-Za-z0-9]{8,}9/);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(words(LETTERS), words(LETTERS), canary, (start, name, value) => {
        for (const text of [`${start}?${value}`, `${start}?${name}=${value}`, `?${name}&${value}`, `${start}#${name}=${value}`])
          expect(bareText(`see ${text} there`)).not.toContain(value);
      }),
    );
  });

  it('keeps prose, with whatever marks its sentences end', () => {
    const word = words('abcdefghijklmnopqrstuvwxyz').filter((text) => bareText(`${text}: x`) === `${text}: x`);
    const end = fc.constantFrom('?', '??', '?!', '?"', '?)', '…?', '.', '!', '?;', '?,');
    const sentence = fc
      .tuple(fc.array(word, { minLength: 1, maxLength: 6 }), end)
      .map(([all, mark]) => `${all.join(' ')}${mark}`);
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 5 }), (sentences) => {
        const prose = sentences.join(' ');
        expect(bareText(prose)).toBe(prose);
      }),
    );
  });

  it('stays the same the second time, and takes no longer for what is made to take long', () => {
    fc.assert(
      fc.property(fc.oneof(printed, path, query, fc.string()), (text) => {
        const bare = bareText(text);
        expect(bareText(bare)).toBe(bare);
      }),
    );
    const started = performance.now();
    for (const part of [
      '/',
      '?',
      '"',
      '\\"',
      'token',
      'authorization',
      "='",
      '//',
      '?=',
      'a-',
      'aws4-',
      'eyJaaaaaaaaa.',
      'authorization"\\',
    ])
      bareText(part.repeat(2_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('diagnostics', () => {
  it('lose what is private in every text that they have', () => {
    const at = '2026-03-14T10:20:30.250Z';
    const text = 'Authorization: Token Zq12345678';
    const kept = redacted({
      errors: [{ at, message: text, source: `/${text}` }],
      network: [{ at, url: `/${text}`, method: 'GET', status: 500, durationMs: 1 }],
      referrer: `/${text}`,
      userAgent: text,
      language: text,
      timezone: text,
      connection: text,
      online: true,
      capturedAt: at,
    });
    expect(JSON.stringify(kept)).not.toContain('Zq');
    expect(kept).toMatchObject({ online: true, capturedAt: at, network: [{ status: 500 }] });
  });
});
