import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ACTION_WORDS } from './audit-words.ts';

const SOURCES = new URL('../../../../../packages/', import.meta.url).pathname;

it('every act that a slice or the pipeline enters in the log has words, by which it can be found', () => {
  const files = globSync('{core,auth}/src/**/*.ts', { cwd: SOURCES, exclude: ['**/*.test.ts', '**/testing*.ts'] });
  const acts = files.flatMap((file) =>
    [...readFileSync(SOURCES + file, 'utf8').matchAll(/\baction: '(?<act>[a-z_]+\.[a-z_]+)'/g)].map(
      ({ groups }) => groups?.['act'] ?? '',
    ),
  );
  expect(acts.length).toBeGreaterThan(30);
  expect([...new Set(acts)].filter((act) => !(act in ACTION_WORDS))).toEqual([]);
});
