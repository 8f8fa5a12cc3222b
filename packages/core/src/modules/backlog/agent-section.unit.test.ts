import { type Node, Parser } from 'commonmark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAgentSection, withAgentSection } from './agent-section.ts';

/** Lines that matter here, ends of lines of every kind, and anything else. */
const lines = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('## Reqio agent', ' ## Reqio agent', '# Plan', '## Next', '   ## Next', '    ## Code'),
    },
    { weight: 4, arbitrary: fc.constantFrom('===', '---', ' -', '   ==  ', '##', '#', '### Steps', '#tag', '\t# Tab') },
    {
      weight: 4,
      arbitrary: fc.constantFrom('```', '````', '``` js', '~~~', '  ```', '- ```', '1. ~~~', '<!--', '-->', '<!-- a -->'),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom('', ' ', 'text', '- item', '> said', '  more', '\\# escaped', '\\\\===', '\\```', ' \\## x'),
    },
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  ),
  { maxLength: 9 },
);
const text = fc
  .tuple(lines, fc.array(fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\r', '\u2028'), { minLength: 1, maxLength: 9 }))
  .map(([parts, ends]) =>
    parts.map((part, index) => part + (index < parts.length - 1 ? ends[index % ends.length] : '')).join(''),
  );
/** A note as anyone may have left it. */
const note = fc.oneof(fc.constant(null), text);

// Notes made of parts, so that it is known which of them are the team's.
const blocks = (...texts: string[]) => fc.array(fc.constantFrom(...texts), { maxLength: 3 }).map((some) => some.join('\n\n'));
/** None of the first two levels, whoever reads it. */
const PLAIN = ['words', '### Third level', '- item\n- item', '> said', '```\n# comment\n===\n```', '- ~~~ sh\n  # c\n  ~~~'];
const before = blocks(
  ...PLAIN,
  '    ## code',
  '# Title',
  'Title\n===',
  '```\n## Reqio agent\nmine\n```',
  '~~~~\n```\n## Reqio agent\n~~~~',
).chain((head) =>
  fc.constantFrom(head, `${head}\n\n<!--\n## Reqio agent\n-->`, `${head}\n\n- \`\`\`\n  ## Reqio agent\n  \`\`\``),
);
const section = blocks(...PLAIN);
const heading = fc.constantFrom(
  '# One',
  '## Two',
  ' # One',
  '  ## Two',
  '   ## Three',
  '##',
  'Human notes\n====',
  'Human\nnotes\n---',
  ' Notes\n  -',
);
const after = fc
  .tuple(heading, blocks(...PLAIN, '## Reqio agent\nmine', '# Title', '```\nnever closed'))
  .map((parts) => parts.join('\n'));

/** The headings of the first two levels as the reference implementation of CommonMark reads them: their lines, from 1. */
function headingsIn(markdown: string): { line: number; words: string; isNested: boolean }[] {
  const found = [];
  const walker = new Parser().parse(markdown).walker();
  for (let step = walker.next(); step !== null; step = walker.next()) {
    const { node, entering } = step;
    if (entering && node.type === 'heading' && node.level <= 2)
      found.push({ line: node.sourcepos[0][0], words: wordsOf(node), isNested: node.parent?.type !== 'document' });
  }
  return found;
}

function wordsOf(of: Node): string {
  const walker = of.walker();
  let words = '';
  for (let step = walker.next(); step !== null; step = walker.next()) words += step.node.literal ?? '';
  return words;
}

/**
 * Whether lines alone tell what a reader sees: not whether an indented fence is part of the item before it. And white
 * space that is none in CommonMark is so to its reference implementation.
 */
const isForLines = (of: string) => !/[\u2028\u2029\f\v]|^ +(```|~~~)/m.test(of);

const numberOfLines = (of: string) => of.split(/\r\n|\n|\r/).length;

describe('the agent’s section', () => {
  it('is read to the character as it was put, whatever the note and the text', () => {
    fc.assert(
      fc.property(note, text, (was, put) => {
        expect(readAgentSection(withAgentSection(was, put))).toBe(put);
      }),
    );
  });

  it('is replaced in a note and leaves the team’s part byte for byte, whatever it is made of', () => {
    fc.assert(
      fc.property(before, section, after, text, (head, old, tail, put) => {
        const start = `${head}\n\n## Reqio agent\n`;
        const became = withAgentSection(`${start}${old}\n\n${tail}`, put);
        expect(became.startsWith(start)).toBe(true);
        expect(became.endsWith(`\n\n${tail}`)).toBe(true);
        expect(readAgentSection(became)).toBe(put);
        // All of the old is gone: what is there is what the same text makes of a note without any.
        expect(became).toBe(`${withAgentSection(`${head}\n\n`, put)}\n\n${tail}`);
      }),
    );
  });

  it('is added to a note without one, which stays byte for byte before it', () => {
    fc.assert(
      fc.property(before, text, (was, put) => {
        const became = withAgentSection(was, put);
        expect(became.startsWith(was)).toBe(true);
        expect(readAgentSection(was)).toBe(null);
      }),
    );
  });

  it('has no heading of the first two levels to a reader of CommonMark, and takes none of the team’s from them', () => {
    fc.assert(
      fc.property(before, after, text, (head, tail, put) => {
        fc.pre(isForLines(put));
        const start = `${head}\n\n## Reqio agent\n`;
        const became = withAgentSection(`${start}old\n\n${tail}`, put);
        const tailBegins = numberOfLines(became.slice(0, became.length - tail.length));
        const isOwn = (line: number) => line >= numberOfLines(start) && line < tailBegins;
        // What stands in an item of a list or in a quotation ends no section.
        expect(headingsIn(became).filter(({ line, isNested }) => isOwn(line) && !isNested)).toEqual([]);
        const wordsAfter = headingsIn(became).flatMap(({ line, words }) => (line >= tailBegins ? [words] : []));
        expect(wordsAfter).toEqual(headingsIn(tail).map(({ words }) => words));
      }),
      // A last line of white space alone, without an end of line, ends no item either.
      { examples: [['', '  ## Two\n', '- ```\n ']] },
    );
  });

  it('stands under a heading that a reader of CommonMark sees, whatever the note before it', () => {
    fc.assert(
      fc.property(text, text, (was, put) => {
        fc.pre(readAgentSection(was) === null && isForLines(was));
        const became = withAgentSection(was, put);
        expect(became.startsWith(was)).toBe(true);
        expect(headingsIn(became).map(({ words }) => words)).toContain('Reqio agent');
      }),
    );
  });

  it('once there, takes the place of the one before it and of nothing else', () => {
    fc.assert(
      fc.property(note, text, text, (was, first, second) => {
        expect(withAgentSection(withAgentSection(was, first), second)).toBe(withAgentSection(was, second));
        expect(withAgentSection(withAgentSection(was, first), first)).toBe(withAgentSection(was, first));
      }),
    );
  });

  it.each([
    ['nothing', null, '## Reqio agent\nnew'],
    ['a note without an end of line', 'mine', 'mine\n\n## Reqio agent\nnew'],
    ['a note that ends its line', 'mine\n', 'mine\n\n## Reqio agent\nnew'],
    ['a note that ends in a blank line', 'mine\r\n\r\n', 'mine\r\n\r\n## Reqio agent\nnew'],
    ['a section', 'mine\n## Reqio agent\nold\nolder\n', 'mine\n## Reqio agent\nnew'],
    ['a section of Windows', 'mine\r\n## Reqio agent\r\nold\r\n', 'mine\r\n## Reqio agent\r\nnew'],
    ['a line of its own, and no more', '## Reqio agent', '## Reqio agent\nnew'],
    [
      'a section with the team’s next one after it',
      '## Reqio agent\nold\n\n## Next\r\nmine',
      '## Reqio agent\nnew\n\n## Next\r\nmine',
    ],
    ['a section with a chapter of the team’s after it', '## Reqio agent\n# Next\nmine', '## Reqio agent\nnew\n\n# Next\nmine'],
    [
      'a section with an indented heading after it',
      '## Reqio agent\nold\n\n  ## Human notes\nprecious',
      '## Reqio agent\nnew\n\n  ## Human notes\nprecious',
    ],
    [
      'a section with an underlined heading after it',
      '## Reqio agent\nold\n\nHuman notes\n====\nprecious',
      '## Reqio agent\nnew\n\nHuman notes\n====\nprecious',
    ],
    [
      'a section with an underlined heading of two lines after it',
      '## Reqio agent\nold\n\nHuman\nnotes\n---\nprecious',
      '## Reqio agent\nnew\n\nHuman\nnotes\n---\nprecious',
    ],
    [
      'a section that opens a fence, and never ends it, before the team’s next one',
      '## Reqio agent\n```\nold\n## Next\nmine',
      '## Reqio agent\nnew\n\n## Next\nmine',
    ],
    [
      'a section with a fence in a list, and another after the team’s next heading',
      '## Reqio agent\n- ```\n  old\n  ```\n\n## Next\n\n- ```\n  mine\n  ```',
      '## Reqio agent\nnew\n\n## Next\n\n- ```\n  mine\n  ```',
    ],
    ['a section with comments in code', '## Reqio agent\n```sh\n# comment\n```\n', '## Reqio agent\nnew'],
    ['a section with deeper headings', '## Reqio agent\n### Steps\nold\n#hash', '## Reqio agent\nnew'],
    ['two such lines', '## Reqio agent\na\n## Reqio agent\nb', '## Reqio agent\nnew\n\n## Reqio agent\nb'],
    ['another title', '## Reqio agents\nmine', '## Reqio agents\nmine\n\n## Reqio agent\nnew'],
    [
      'a note that shows the line in a fence',
      '```\n## Reqio agent\nmine\n```\nmine',
      '```\n## Reqio agent\nmine\n```\nmine\n\n## Reqio agent\nnew',
    ],
    [
      'a note that shows the line in a fence, with the section after it',
      '```\n## Reqio agent\n```\n## Reqio agent\nold',
      '```\n## Reqio agent\n```\n## Reqio agent\nnew',
    ],
    [
      'a note whose last fence is never ended',
      'mine\n```\n## Reqio agent\nmine',
      'mine\n```\n## Reqio agent\nmine\n```\n\n## Reqio agent\nnew',
    ],
    ['a note that hides the line', '<!--\n## Reqio agent\n-->', '<!--\n## Reqio agent\n-->\n\n## Reqio agent\nnew'],
  ])('put into %s', (_what, was, becomes) => {
    expect(withAgentSection(was, 'new')).toBe(becomes);
  });

  it('keeps headings of its own as text, and what is no heading as it is', () => {
    const plan = '# Plan\nSummary\n---\n### One\n ## Two\n\\# Three\n## Reqio agent\n```sh\n# comment\n```\n\n---\n``` open';
    const became = withAgentSection('mine', plan);
    expect(became).toBe(
      'mine\n\n## Reqio agent\n\\# Plan\nSummary\n\\---\n### One\n \\## Two\n\\\\# Three\n\\## Reqio agent\n```sh\n# comment\n```\n\n---\n\\``` open',
    );
    expect(readAgentSection(became)).toBe(plan);
  });

  it.each(['```', '<!--', '- ```', '~~~ a', '````\n```'])('of many lines "%s" takes no time to speak of', (line) => {
    const long = `${line}x\n`.repeat(20_000 / (line.length + 2));
    const began = performance.now();
    expect(readAgentSection(withAgentSection(long, long))).toBe(long);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each([
    ['a note without one', 'mine', null],
    ['nothing', null, null],
    ['a line and no text', '## Reqio agent', ''],
    ['what a person typed below it', '## Reqio agent\r\nby hand\r\n', 'by hand\r\n'],
    ['what a person typed between it and the next heading', '## Reqio agent\nby hand\n## Next', 'by hand'],
  ])('read from %s', (_what, was, section) => {
    expect(readAgentSection(was)).toBe(section);
  });
});
