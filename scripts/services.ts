import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';

/** Where the tests' Redis is looked for. */
export const TEST_REDIS_URL = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** Where the browser tests' Chromium is looked for. */
export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Says whether a Redis server answers at `TEST_REDIS_URL`. */
export function redisAnswers(): Promise<boolean> {
  const { hostname, port } = new URL(TEST_REDIS_URL);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port) || 6379, timeout: 2_000 });
    const finish = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.on('connect', () => socket.write('PING\r\n'));
    // "+PONG", or an error that asks for the password of the URL: either way it is Redis.
    socket.on('data', (reply) => finish(/^[+]PONG|^-NOAUTH/.test(reply.toString())));
    socket.on('error', () => finish(false));
    socket.on('timeout', () => finish(false));
  });
}

export function chromiumIsInstalled(): boolean {
  return existsSync(CHROMIUM);
}

/** Says loudly what is not run for want of a service; with `CI=true`, where nothing may be skipped, ends the process. */
export function announceSkipped(skipped: readonly string[]): void {
  if (skipped.length === 0) return;
  const isCi = process.env['CI'] === 'true';
  const lines = skipped.map((what) => `!! ${isCi ? 'MISSING, and CI=true makes it mandatory' : 'SKIPPED'}: ${what}`);
  const rule = '!'.repeat(Math.max(...lines.map((line) => line.length)));
  console.error(['', rule, ...lines, rule, ''].join('\n'));
  if (isCi) process.exit(1);
}
