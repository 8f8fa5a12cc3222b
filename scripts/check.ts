// What can be said about the code without running it. Independent steps, two at a time.
import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { capture } from './process.mjs';

const AT_ONCE = 2;

/** What runs in a browser has a program of its own; all else is one, since a program for each package would check again what it imports. */
const browserApps = globSync('apps/*/tsconfig.json').map((file) => dirname(file));

/** The longest first. */
const STEPS: [name: string, command: string, ...args: string[]][] = [
  ['types', 'tsc', '-p', '.'],
  ...browserApps.map((app): [string, string, ...string[]] => [`types of ${app}`, 'tsc', '-p', app]),
  ['dead code', 'knip', '--treat-config-hints-as-errors'],
  ['lint by types', 'oxlint'],
  ['migrations', 'node', 'packages/db/scripts/migration.ts', 'check'],
  ['lint and format', 'biome', 'check', '--error-on-warnings'],
  ['package boundaries', 'turbo', 'boundaries'],
  ['dependencies', 'sherif', '--fail-on-warnings'],
];

const failed: string[] = [];
const queue = [...STEPS];

async function work(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, command, ...args] = next;
    const startedAt = Date.now();
    const { code, output } = await capture(command, args, process.env);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    console.error(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
    if (code === 0) continue;
    failed.push(name);
    console.error(`${output.trim()}\n`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
if (failed.length > 0) console.error(`check: failed: ${failed.join(', ')}. \`npm run format\` mends what is only format.`);
process.exitCode = failed.length > 0 ? 1 : 0;
