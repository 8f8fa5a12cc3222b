// The pinned Node and pnpm, from npm into `.runtime/`: nothing is installed outside this folder.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { ROOT, step } from './process.mjs';

const MODULES = join(ROOT, '.runtime', 'node_modules');

/** @typedef {{ engines: { node: string }, devEngines: { runtime: { version: string }, packageManager: { version: string } } }} Manifest */
const { engines, devEngines } = /** @type {Manifest} */ (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

const nodePackage = `node-${process.platform}-${process.arch}`;
const nodeBin = join(MODULES, nodePackage, 'bin');
// A shell that has our Node on its PATH starts us with it; its package must stay then.
const needsNode = isOlder(process.versions.node, engines.node.replace('>=', '')) || process.execPath.startsWith(MODULES);

/** Installs what is missing of the pinned runtime; on a warm run this reads one file. */
export async function readyRuntime() {
  if (isReady()) return;
  if (process.platform === 'win32') throw new Error('Windows is not supported: use WSL.');
  await withLock(async () => {
    if (isReady()) return;
    const wanted = [`pnpm@${devEngines.packageManager.version}`];
    if (needsNode) wanted.push(`${nodePackage}@${devEngines.runtime.version}`);
    // Without install scripts: pnpm's links its binary over a placeholder, and we take the binary from its own package.
    const options = ['--ignore-scripts', '--save-exact', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
    const advice = 'npm must be able to reach its registry.';
    await step(
      `Installing ${wanted.join(' and ')}`,
      'npm',
      ['install', '--prefix', join(ROOT, '.runtime'), ...options, ...wanted],
      { attempts: 2, advice },
    );
    if (!isReady())
      throw new Error(
        `npm installed no runtime for ${process.platform} on ${process.arch}. Install Node ${engines.node} yourself.`,
      );
    if (needsNode && spawnSync(join(nodeBin, 'node'), ['--version']).status !== 0) {
      throw new Error(
        `The Node of npm's package ${nodePackage} does not run on this machine. Install Node ${engines.node} yourself and run this again.`,
      );
    }
  });
}

/** PATH with the pinned runtime and the repository's own tools in front. */
export function runtimePath() {
  const pnpmBins = readdirSync(join(MODULES, '@pnpm')).map((name) => join(MODULES, '@pnpm', name));
  const front = [...(needsNode ? [nodeBin] : []), ...pnpmBins, join(ROOT, 'node_modules', '.bin')];
  const rest = (process.env.PATH ?? '').split(delimiter).filter((folder) => !front.includes(folder));
  return [...front, ...rest].join(delimiter);
}

// npm writes this file when an installation is complete: a killed one leaves none, or the one before.
function isReady() {
  try {
    const lock = readFileSync(join(MODULES, '.package-lock.json'), 'utf8');
    const { packages } = /** @type {{ packages: Record<string, { version: string }> }} */ (JSON.parse(lock));
    const hasNode =
      packages[`node_modules/${nodePackage}`]?.version === devEngines.runtime.version && existsSync(join(nodeBin, 'node'));
    const hasPnpm =
      packages['node_modules/pnpm']?.version === devEngines.packageManager.version && existsSync(join(MODULES, '@pnpm'));
    return hasPnpm && (hasNode || !needsNode);
  } catch {
    return false;
  }
}

/**
 * @param {string} version
 * @param {string} minimum both `major.minor[.patch]`
 */
function isOlder(version, minimum) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = minimum.split('.').map(Number);
  return major === minimumMajor ? minor < minimumMinor : major < minimumMajor;
}
