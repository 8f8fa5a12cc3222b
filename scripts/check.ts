// What can be said about the code without running it. Independent steps, two at a time.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { capture } from './process.mjs';

const AT_ONCE = 2;

/** The longest first. */
const STEPS: [name: string, command: string, ...args: string[]][] = [
  ['types of the packages', 'turbo', 'run', 'types', '--continue', '--output-logs=errors-only'],
  ['dead code', 'knip', '--treat-config-hints-as-errors'],
  ['lint by types', 'oxlint'],
  ['migrations', 'node', 'packages/db/scripts/migration.ts', 'check'],
  ['lint and format', 'biome', 'check', '--error-on-warnings'],
  ['types of the scripts', 'tsc', '-p', 'scripts'],
  ['package boundaries', 'turbo', 'boundaries'],
  ['dependencies', 'sherif', '--fail-on-warnings'],
];

// Turborepo passes over a package without the script, and would call it checked.
const unchecked = globSync(['{packages,apps}/*/tsconfig.json', '{bench,e2e}/tsconfig.json'])
  .map((file) => file.replace('tsconfig.json', 'package.json'))
  .filter((file) => !existsSync(file) || !readFileSync(file, 'utf8').includes('"types": "tsc'));
if (unchecked.length > 0) throw new Error(`Without a script "types": "tsc": ${unchecked.join(', ')}`);

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
