import { expect, it } from 'vitest';
import { textParts } from './message-text.ts';

const links = (text: string) => textParts(text).flatMap(({ kind, text: part }) => (kind === 'link' ? [part] : []));

it('finds the web addresses of a text, without the stop that ends the sentence', () => {
  expect(links('See https://example.com/a?b=1#c. Or (http://localhost:3000/x)!')).toEqual([
    'https://example.com/a?b=1#c',
    'http://localhost:3000/x',
  ]);
});

it('loses nothing of the text', () => {
  for (const text of ['', 'plain', 'https://a.example', 'a https://a.example, b\nhttp:// and https://b.example/?q=(x)']) {
    expect(
      textParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  }
});

it('makes no link of any other scheme, nor of what is no address', () => {
  expect(links('javascript:alert(1) data:text/html,x ftp://a.example //a.example http:// https://')).toEqual([]);
});
