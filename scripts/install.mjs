import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, step } from './process.mjs';

const STAMP = join(ROOT, 'node_modules', '.launch-stamp');

/** Installs the dependencies as the lockfile says, unless that was done for the same lockfile and manifests. */
export async function installDependencies() {
  const wanted = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  // Gone before the work and back after it: an interrupted installation is done again.
  rmSync(STAMP, { force: true });
  await step('Installing dependencies', 'pnpm', ['install', '--frozen-lockfile'], {
    attempts: 2,
    advice: `If a package.json was changed, bring the lockfile along: eval "$(node scripts/launch.mjs env)" && pnpm install`,
    // pnpm asks before it replaces a folder, and has nobody to ask here.
    env: { ...process.env, CI: 'true' },
  });
  writeFileSync(`${STAMP}.new`, wanted);
  renameSync(`${STAMP}.new`, STAMP);
}

/**
 * Runs Turborepo tasks; those whose inputs are unchanged cost nothing.
 *
 * @param {string[]} tasks
 */
export function runTurbo(tasks) {
  const args = ['node_modules/turbo/bin/turbo', 'run', ...tasks, '--output-logs=errors-only'];
  return step(`Building (${tasks.join(', ')})`, 'node', args, { advice: 'The lines above say why.' });
}

/** Changes with everything that decides what is installed. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()]) {
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

function manifests() {
  const folders = ['', ...subfolders(''), ...subfolders('packages'), ...subfolders('apps')];
  return folders.map((folder) => join(folder, 'package.json')).filter((file) => existsSync(join(ROOT, file)));
}

/** @param {string} folder */
function subfolders(folder) {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name)).map(({ name }) => name);
  return names.sort().map((name) => join(folder, name));
}
