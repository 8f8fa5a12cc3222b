import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mailbox, readMailbox } from './mailbox.ts';

const APPS = fileURLToPath(new URL('../apps/', import.meta.url));
const API = fileURLToPath(new URL('../apps/api/', import.meta.url));
const START_TIMEOUT_MS = 60_000;

export const PASSWORD = 'a password for tests';

/** The real server with its demo, in a process and a data folder of its own. */
export type Server = {
  readonly url: string;
  /** The organization key with every scope that the banner shows. */
  readonly demoKey: string;
  /** The e-mails that went out. */
  readonly mailTo: Mailbox;
  readonly stop: () => Promise<void>;
};

export async function startServer(): Promise<Server> {
  buildIfStale('admin', 'index.html');
  buildIfStale('widget', 'widget.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'reqbase-e2e-'));
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: API,
    // Nothing of the caller's: no database, no Redis, no secret of another installation. As behind a proxy, so that a test can
    // call from another address than its browser.
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', DEMO_PASSWORD: PASSWORD, LOG_LEVEL: 'info', TRUST_PROXY: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const mailTo = readMailbox(child.stdout);
  const banner = await readBanner(child);
  return {
    url: match(banner, /Admin\s+(http\S+)/),
    demoKey: match(banner, /Demo key\s+(\S+)/),
    mailTo,
    stop: async () => {
      const hasEnded = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await hasEnded;
      process.off('exit', kill);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** All that is printed up to the banner's last line. @throws when the server ends or takes too long before that */
function readBanner(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`the server does not start:\n${printed}`)), START_TIMEOUT_MS);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${printed}`)));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (!printed.includes('curl -H')) return;
      clearTimeout(timer);
      resolve(printed);
    });
  });
}

function match(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${pattern} in the banner:\n${text}`);
  return found;
}

const SHARED = '../../packages/{auth,core}/src/**/{schema,schema-kit,contract,scopes,plans,roles,errors}.ts';

/** The tests are about the sources as they are, not about the last build. */
function buildIfStale(app: 'admin' | 'widget', made: string): void {
  const cwd = join(APPS, app);
  const built = join(cwd, 'dist', made);
  const sources = globSync(['{src,public}/**/*.*', '*.{html,ts,json}', SHARED], { cwd });
  const changedAt = Math.max(...sources.map((file) => statSync(join(cwd, file)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > changedAt) return;
  execFileSync(process.execPath, [join(cwd, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'], {
    cwd,
    // Vitest's `test` would make it a build for development.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: 'inherit',
  });
}
