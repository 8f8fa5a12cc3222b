import { expect, it } from 'vitest';
import { describeFailure } from './job-failure.ts';

const DATA = { to: 'ada@example.test', nested: { links: ['https://a.example/accept#t=secret-token'] }, kind: 'a', n: 7 };

it('tells what failed, where, and what caused it', () => {
  const error = new TypeError('outer', { cause: new Error('inner', { cause: 'a text' }) });
  expect(describeFailure(error, DATA)).toMatch(
    /^TypeError: outer\n\s+at [\s\S]*caused by: Error: inner\n\s+at [\s\S]*caused by: a text$/,
  );
  expect(describeFailure('thrown as it is', null)).toBe('thrown as it is');
});

it('leaves out the values of the data, wherever they are quoted', () => {
  const text = `550 <${DATA.to}> refused; args ${JSON.stringify(DATA)}`;
  const told = describeFailure(new Error(text, { cause: new Error(DATA.nested.links[0] ?? '') }), DATA);
  expect(told).toContain('550 <[…]> refused');
  expect(told).not.toMatch(/ada@|secret-token/);
});

it('leaves out texts with quotes and line breaks, as they are and as JSON', () => {
  const data = { text: 'Dear "Ada"\nyour code is 123456' };
  const told = describeFailure(new Error(`${data.text} and ${JSON.stringify(data)}`), data);
  expect(told).not.toContain('123456');
});

it('leaves out addresses for answers, which are in no data', () => {
  const local = `reply-${'0a'.repeat(28)}`;
  const told = describeFailure(new Error(`550 Reply-To: <${local}@replies.example> is not allowed`), DATA);
  expect(told).toContain('Reply-To: <reply-…@replies.example>');
});

it('is never longer than a log line should be', () => {
  expect(describeFailure(new Error('a'.repeat(100_000)), null).length).toBeLessThanOrEqual(4_000);
});
