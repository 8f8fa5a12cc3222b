import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fitted } from './picture.ts';
import { pauseMs } from './ui/poll.ts';

const SOURCES = globSync('**/*.{ts,tsx}', { cwd: import.meta.dirname }).filter((file) => !file.includes('.test.'));

it('nothing in the sources reads a text as HTML or as a script, or a style out of one', () => {
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\(|new Function|createContextualFragment|DOMParser|javascript:|document\.cookie/;
  const found = SOURCES.filter((file) => forbidden.test(readFileSync(join(import.meta.dirname, file), 'utf8')));
  expect([SOURCES.length > 20, found]).toEqual([true, []]);
});

it('a picture fits, in its own proportion', () => {
  expect(fitted(5_120, 2_880, 2_560)).toEqual({ width: 2_560, height: 1_440 });
  expect(fitted(800, 600, 2_560)).toEqual({ width: 800, height: 600 });
  expect(fitted(10_000, 1, 480)).toEqual({ width: 480, height: 1 });
  expect(fitted(0, 0, 480)).toEqual({ width: 1, height: 1 });
});

it('after failures it is asked again more and more seldom, up to two minutes', () => {
  expect([0, 1, 2, 3, 4, 50].map((failures) => pauseMs(10_000, failures))).toEqual([
    10_000, 20_000, 40_000, 80_000, 120_000, 120_000,
  ]);
});
