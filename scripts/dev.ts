// `npm run dev`: the API restarts on change, the admin reloads in place, the widget is built anew. All end together.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const host = process.env['HOST'] ?? '127.0.0.1';
const port = process.env['PORT'] ?? '3100';
const adminUrl = 'http://127.0.0.1:5173';

const api = run('api   ', ['--watch', '--watch-preserve-output', 'apps/api/src/main.ts'], '.', {
  // The browser talks to Vite, which hands calls on: that is the address that cookies and links are for.
  PUBLIC_URL: process.env['PUBLIC_URL'] ?? adminUrl,
});
const admin = run(
  'admin ',
  ['node_modules/vite/bin/vite.js', '--clearScreen', 'false', '--host', '127.0.0.1', '--port', '5173', '--strictPort'],
  'apps/admin',
  { API_URL: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}` },
);
const widget = run('widget', ['node_modules/vite/bin/vite.js', 'build', '--watch', '--logLevel', 'warn'], 'apps/widget', {});
const children = [api, admin, widget];
let isEnding = false;

function endAll(code: number): void {
  if (isEnding) return;
  isEnding = true;
  process.exitCode = code;
  for (const child of children) child.kill('SIGTERM');
}

function run(label: string, args: string[], cwd: string, env: Record<string, string>) {
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn('node', args, { cwd, env: { ...process.env, ...color, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => process.stdout.write(`${label} | ${line}\n`));
  }
  child.on('exit', (code) => endAll(code ?? 1));
  return child;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endAll(0));
