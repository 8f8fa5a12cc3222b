import { describe, expect, it } from 'vitest';
import { type MailContent, readMail } from './read-mail.ts';

const addresses = ['hello@acme.example', '@replies.example'];
const bytesOf = (mail: string) => new Uint8Array(Buffer.from(mail.replace(/\r?\n/g, '\r\n'), 'latin1'));
const read = (mail: string) => readMail({ bytes: bytesOf(mail), addresses });
const contentOf = async (mail: string): Promise<MailContent> => {
  const content = await read(mail);
  if (typeof content === 'string') throw new Error(content);
  return content;
};
const textOf = async (mail: string) => (await contentOf(mail)).text;
const HEAD = 'From: Mallory <mallory@mail.example>\nMessage-ID: <1@mail.example>\nMIME-Version: 1.0\n';
const plain = (body: string, more = '') => `${HEAD}${more}Content-Type: text/plain; charset=utf-8\n\n${body}`;
const multipart = (kind: string, ...parts: string[]) =>
  `${HEAD}Content-Type: multipart/${kind}; boundary="b"\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;
const file = (name: string, type = 'image/png') =>
  `Content-Type: ${type}; name="${name}"\nContent-Disposition: attachment; filename="${name}"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=`;

describe('the text of an e-mail', () => {
  it.each([
    [
      'ISO-8859-1, as it is',
      'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nGr\xfc\xdfe',
      'Grüße',
    ],
    [
      'UTF-8 in base64',
      `Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${btoa('Gr\xc3\xbc\xc3\x9fe \xf0\x9f\x91\x8d')}`,
      'Grüße 👍',
    ],
    [
      'Windows-1252, quoted printable',
      'Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe =80 5=\n0',
      'Grüße € 50',
    ],
    ['Shift_JIS', 'Content-Type: text/plain; charset=shift_jis\n\n\x93\xfa\x96{', '日本'],
    ['ISO-2022-JP', 'Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$BF|K\\\x1b(B', '日本'],
    [
      'flowed',
      'Content-Type: text/plain; charset=utf-8; format=flowed\n\nOne line \nof two.\nAnother.',
      'One line of two.\nAnother.',
    ],
    ['of no known charset', 'Content-Type: text/plain; charset=x-nowhere\n\nHello', 'Hello'],
    ['without a type', '\nHello', 'Hello'],
  ])('is read, %s', async (_what, rest, text) => {
    expect(await textOf(HEAD + rest)).toBe(text);
  });

  it('is HTML as text where there is nothing else, and where there is an empty one', async () => {
    const html =
      'Content-Type: text/html; charset=utf-8\n\n<style>p { color: red }</style><h1>Hello</h1><p>It&nbsp;is <b>here</b>:<br><a href="https://a.example/x">this</a>, <a href="https://b.example">https://b.example</a> &lt;b&gt;</p><ul><li>one<li>two</ul><img src="https://a.example/pixel" alt="pixel"><script>alert(1)</script>';
    const text = 'Hello\n\nIt\u00a0is here:\nthis <https://a.example/x>, https://b.example <b>\n\n * one\n * two';
    expect(await textOf(HEAD + html)).toBe(text);
    for (const kind of ['alternative', 'mixed', 'related']) expect(await textOf(multipart(kind, html))).toBe(text);
    expect(await textOf(multipart('alternative', 'Content-Type: text/plain\n\n \n', html))).toBe(text);
    expect(await textOf(multipart('alternative', 'Content-Type: text/plain\n\nHello', html))).toBe('Hello');
  });

  it('is all of it, when it is in several parts', async () => {
    const parts = [
      'Content-Type: text/plain\n\nOne',
      'Content-Type: text/html\n\n<p>Two &amp; a half</p>',
      'Content-Type: text/plain\n\nThree',
    ];
    expect((await textOf(multipart('mixed', ...parts))).split(/\s*\n\s*/)).toEqual(['One', 'Two & a half', 'Three']);
  });

  it.each([
    ['as text', plain('It works.\n\nOn 3/14/26 10:20, Acme wrote:\n> Try again.\n')],
    [
      'as HTML of Gmail',
      `${HEAD}Content-Type: text/html\n\n<div dir="ltr">It works.</div><br><div class="gmail_quote"><div class="gmail_attr">On Sat, Mar 14, 2026 at 10:20 AM Acme &lt;<a href="mailto:hello@acme.example">hello@acme.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">Try<br>again.</blockquote></div>`,
    ],
    [
      'as HTML of Outlook',
      `${HEAD}Subject: RE: Ada replied =?utf-8?Q?=C2=B7?= Acme\nContent-Type: text/html\n\n<div><p>It works.</p></div><hr><div><p><b>Von:</b> Acme &lt;hello@acme.example&gt;<br><b>Gesendet:</b> Samstag<br><b>An:</b> Grace<br><b>Betreff:</b> Ada replied</p></div><p>Try again.</p>`,
    ],
    [
      'as HTML of Apple Mail',
      `${HEAD}Content-Type: text/html\n\n<div>It works.</div><div><br><blockquote type="cite"><div>On Mar 14, 2026, at 10:20, Acme &lt;hello@acme.example&gt; wrote:</div><br><div>Try again.</div></blockquote></div>`,
    ],
  ])('has nothing of what it quotes, %s', async (_what, mail) => {
    expect(await textOf(mail)).toBe('It works.');
  });

  it('says what was attached, but not of pictures and signatures of its own', async () => {
    const text = 'Content-Type: text/plain\n\nSee this.';
    expect(await textOf(multipart('mixed', text, file('error.png'), file('log\t\u0001.txt', 'text/plain')))).toBe(
      'See this.\n\n[Attached, and not kept: error.png, log .txt]',
    );
    expect(await textOf(multipart('mixed', text, ...Array.from({ length: 12 }, (_, n) => file(`${n}.png`))))).toMatch(
      /\[Attached, and not kept: 0\.png, .*, 9\.png and 2 more\]$/,
    );
    const logo = 'Content-Type: image/png\nContent-ID: <logo>\nContent-Disposition: inline; filename="logo.png"\n\nx';
    expect(await textOf(multipart('related', text, logo))).toBe('See this.');
    expect(await textOf(multipart('signed', text, file('smime.p7s', 'application/pkcs7-signature')))).toBe('See this.');
    // By itself it is no message.
    expect(await textOf(multipart('mixed', file('error.png')))).toBe('');
  });

  it('is empty in what has none, or is encrypted', async () => {
    expect(await textOf(plain(''))).toBe('');
    expect(await textOf(HEAD)).toBe('');
    expect(await textOf('')).toBe('');
    const encrypted = [
      'Content-Type: application/pgp-encrypted\n\nVersion: 1',
      'Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----',
    ];
    expect(await textOf(multipart('encrypted', ...encrypted))).toBe('');
  });

  it('of more than a mebibyte is too long', async () => {
    expect(await read(plain('a'.repeat(1_048_577)))).toBe('too_long');
    expect(await read(`${HEAD}Content-Type: text/html\n\n${'<br>'.repeat(262_145)}`)).toBe('too_long');
    // Each line of it is quoted as often as it is deep.
    const deep = `${'<blockquote>a'.repeat(190)}${'</blockquote>'.repeat(190)}`;
    expect(await read(`${HEAD}Content-Type: text/html\n\n${deep.repeat(30)}`)).toBe('too_long');
    expect(await read(plain('a'.repeat(1_048_576)))).toMatchObject({ text: expect.stringMatching(/^a{1048576}$/) });
  });
});

describe('an e-mail that a program sent is known by', () => {
  it.each([
    'Auto-Submitted: auto-replied\n',
    'Auto-Submitted: auto-generated (by a program)\n',
    'auto-submitted:\n Auto-Replied; owner-email="ada@mail.example"\n',
    'Auto-Submitted: no\nAuto-Submitted: auto-replied\n',
    'Precedence: bulk\n',
    'Precedence: JUNK\n',
    'precedence: list\n',
    'Precedence: auto_reply\n',
  ])('%j', async (header) => {
    expect(await contentOf(plain('I am away.', header))).toMatchObject({ isAutomatic: true });
  });

  it('its type, when it is a report', async () => {
    expect(await contentOf(multipart('report', 'Content-Type: text/plain\n\nRead.'))).toMatchObject({ isAutomatic: true });
  });

  it.each([
    '',
    'Auto-Submitted: no\n',
    'Auto-Submitted: No (really)\n',
    'Auto-Submitted:\n',
    'Precedence: first-class\n',
    'X-Precedence: bulk\n',
  ])('and one by a person is not, %j', async (header) => {
    expect(await contentOf(plain('Hello', header))).toMatchObject({ isAutomatic: false });
  });
});

describe('the identity of an e-mail', () => {
  const identityOf = async (mail: string) => (await contentOf(mail)).identity;

  it('is its Message-ID, whatever else differs', async () => {
    expect(await identityOf(plain('Hello'))).toBe('<1@mail.example>');
    expect(await identityOf(`Received: from elsewhere\n${plain('Hello!')}`)).toBe('<1@mail.example>');
  });

  it('without one is that of its bytes', async () => {
    const identities = await Promise.all(['\nHello', '\nHello', '\nHello!', 'Message-ID:\n\nHello'].map(identityOf));
    expect(new Set(identities).size).toBe(3);
    expect(identities[0]).toBe(identities[1]);
  });
});

describe('what is made to break readers is', () => {
  it.each([
    ['unreadable: thousands of parts', multipart('mixed', ...Array(5_000).fill('\na'))],
    ['unreadable: thousands of attachments', multipart('mixed', ...Array(5_000).fill(file('a.png')))],
    [
      'unreadable: parts in parts',
      `${HEAD}Content-Type: multipart/mixed; boundary=b0\n\n${Array.from({ length: 5_000 }, (_, n) => `--b${n}\nContent-Type: multipart/mixed; boundary=b${n + 1}\n\n`).join('')}`,
    ],
    ['unreadable: a header of megabytes', `Subject: ${'a'.repeat(1_000_000)}\n\nHello`],
    ['unreadable: a hundred thousand headers', `${'X-A: b\n'.repeat(100_000)}\nHello`],
  ])('%s', async (_what, mail) => {
    expect(await read(mail)).toBe('unreadable');
  });

  it.each([
    ['half a multipart', `${HEAD}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nHello`, 'Hello'],
    ['a multipart without a boundary', `${HEAD}Content-Type: multipart/mixed\n\nHello`, ''],
    ['a charset of its own', `${HEAD}Content-Type: text/plain; charset="${'x'.repeat(1_000)}"\n\nHello`, 'Hello'],
    ['no base64', `${HEAD}Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!`, ''],
    [
      'prototypes',
      `${HEAD}__proto__: a\nconstructor: b\nList-__proto__: c\nContent-Type: text/plain; __proto__=d\n\nHello`,
      'Hello',
    ],
  ])('read as far as it goes: %s', async (_what, mail, text) => {
    expect(await textOf(mail)).toBe(text);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
