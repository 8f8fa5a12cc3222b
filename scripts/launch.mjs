#!/usr/bin/env node
// `node scripts/launch.mjs <task> [arguments]`: the one way into this repository. It needs nothing but some Node >= 18 and npm,
// brings the pinned Node and pnpm where the machine's are missing or too old, installs what is stale, and runs the task.
import { join } from 'node:path';
import { installDependencies, runTurbo } from './install.mjs';
import { withLock } from './lock.mjs';
import { handOver, ROOT } from './process.mjs';
import { readyRuntime, runtimePath } from './runtime.mjs';

/**
 * `before` lists the Turborepo tasks that a task needs (each does nothing when its inputs are unchanged), `run` is what Node runs.
 *
 * @type {Record<string, { about: string, before: string[], run: string[] }>}
 */
const TASKS = {
  start: {
    about: 'build what is stale and serve everything on one port',
    before: ['generate', 'build'],
    run: ['apps/api/src/main.ts'],
  },
  dev: { about: 'the API and the admin, both reloading on change', before: ['generate'], run: ['scripts/dev.ts'] },
  test: { about: 'check, then all tests but the browser tests', before: ['generate'], run: ['scripts/test.ts'] },
  check: { about: 'types, lint, format, dead code, dependencies, migrations', before: ['generate'], run: ['scripts/check.ts'] },
  e2e: { about: 'the browser tests', before: ['generate', 'build'], run: ['scripts/e2e.ts'] },
  bench: { about: 'measure against hand-written peers', before: ['generate'], run: ['bench/run.ts'] },
  format: {
    about: 'format and sort imports in place',
    before: [],
    run: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write'],
  },
  'db:migration': {
    about: 'write the schema change as a migration',
    before: ['generate'],
    run: ['packages/db/scripts/migration.ts', 'create'],
  },
  'db:check': {
    about: 'compare schema and migrations',
    before: ['generate'],
    run: ['packages/db/scripts/migration.ts', 'check'],
  },
  openapi: { about: 'write the OpenAPI documents', before: ['generate'], run: ['apps/api/scripts/openapi.ts'] },
  owner: { about: 'make a user the owner of an organization', before: ['generate'], run: ['apps/api/src/owner.ts'] },
};

async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  if (task === undefined && name !== 'env') {
    const lines = Object.entries(TASKS).map(([key, { about }]) => `  ${key.padEnd(15)}${about}`);
    console.error(
      `Usage: npm run <task> [-- arguments]\n\n${lines.join('\n')}\n  ${'env'.padEnd(15)}print the PATH for a shell: eval "$(node scripts/launch.mjs env)"`,
    );
    return 1;
  }
  process.chdir(ROOT);
  await readyRuntime();
  const env = {
    PATH: runtimePath(),
    // Turborepo and Prisma would report home.
    DO_NOT_TRACK: '1',
    CHECKPOINT_DISABLE: '1',
    // What is freed goes back to the system. Left to itself, glibc raises this to 64 MB and keeps what compiling took for good.
    MALLOC_TRIM_THRESHOLD_: '131072',
    // What Node has compiled is kept: a third of what a start takes is for compiling.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(ROOT, '.runtime/compile-cache'),
  };
  if (task === undefined) {
    for (const [key, value] of Object.entries(env)) console.log(`export ${key}='${value.replaceAll("'", "'\\''")}'`);
    return 0;
  }
  Object.assign(process.env, env);
  await withLock(async () => {
    await installDependencies();
    if (task.before.length > 0) await runTurbo(task.before);
  });
  return handOver('node', [...task.run, ...args]);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
