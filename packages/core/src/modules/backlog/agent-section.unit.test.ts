import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAgentSection, withAgentSection } from './agent-section.ts';

/** Lines that matter here, ends of lines of every kind, and anything else. */
const lines = fc.array(
  fc.oneof(
    fc.constantFrom(
      '## Reqio agent',
      '## Reqio agent  ',
      '##  Reqio agent',
      ' ## Reqio agent',
      '# Plan',
      '## Next',
      '   ## Next',
      '##',
      '#',
      '### Steps',
      '#tag',
      '',
      ' ',
      'text',
      '```',
      '# a comment',
    ),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  ),
  { maxLength: 9 },
);
const text = fc
  .tuple(lines, fc.array(fc.constantFrom('\n', '\r\n', '\n\n', '\r', '\u2028'), { minLength: 1, maxLength: 9 }))
  .map(([parts, ends]) =>
    parts.map((part, index) => part + (index < parts.length - 1 ? ends[index % ends.length] : '')).join(''),
  );
/** A note as anyone may have left it. */
const note = fc.oneof(fc.constant(null), text);

/** A second, plainer reading of the rule, line by line, to hold the first against. */
function teamsPart(of: string): { before: string; after: string } | null {
  const linesOf = of.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const isHeading = (line: string) => /^##?([ \t\r\n]|$)/.test(line);
  const marker = linesOf.findIndex((line) => /^## Reqio agent[ \t]*\r?\n?$/.test(line));
  if (marker === -1) return null;
  const next = linesOf.findIndex((line, index) => index > marker && isHeading(line));
  return { before: linesOf.slice(0, marker + 1).join(''), after: next === -1 ? '' : linesOf.slice(next).join('') };
}

describe('the agent’s section', () => {
  it('is read to the character as it was put, whatever the note and the text', () => {
    fc.assert(
      fc.property(note, text, (was, put) => {
        expect(readAgentSection(withAgentSection(was, put))).toBe(put);
      }),
    );
  });

  it('leaves what stands before its line and after it byte for byte', () => {
    fc.assert(
      fc.property(note, text, (was, put) => {
        const became = withAgentSection(was, put);
        const { before, after } = teamsPart(was ?? '') ?? { before: was ?? '', after: '' };
        expect(became.startsWith(before)).toBe(true);
        expect(became.endsWith(after)).toBe(true);
        expect(became.length).toBeGreaterThanOrEqual(before.length + after.length);
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

  it('is there once it is put, and never before', () => {
    fc.assert(
      fc.property(note, text, (was, put) => {
        fc.pre(!(was ?? '').includes('## Reqio agent'));
        expect(readAgentSection(was)).toBe(null);
        expect(readAgentSection(withAgentSection(was, put))).not.toBe(null);
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
    ['a section with deeper headings', '## Reqio agent\n### Steps\nold\n#hash', '## Reqio agent\nnew'],
    ['two such lines', '## Reqio agent\na\n## Reqio agent\nb', '## Reqio agent\nnew\n\n## Reqio agent\nb'],
    ['another title', '## Reqio agents\nmine', '## Reqio agents\nmine\n\n## Reqio agent\nnew'],
  ])('put into %s', (_what, was, becomes) => {
    expect(withAgentSection(was, 'new')).toBe(becomes);
  });

  it('keeps headings of its own, which cannot be taken for the team’s', () => {
    const plan = '# Plan\n## Steps\n### One\n ## Two\n## Reqio agent';
    const became = withAgentSection('mine', plan);
    expect(became).toBe('mine\n\n## Reqio agent\n # Plan\n ## Steps\n### One\n  ## Two\n ## Reqio agent');
    expect(readAgentSection(became)).toBe(plan);
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
