import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

// The scripts work on the repository around them: here, a folder with nothing else in it.
const root = mkdtempSync(join(tmpdir(), 'reqbase-launch-'));
afterAll(() => rmSync(root, { recursive: true }));
cpSync(import.meta.dirname, join(root, 'scripts'), { recursive: true });

function start(code: string): ChildProcess {
  return spawn('node', ['--input-type=module', '-e', code], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function outcome(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

describe('a command that was handed over to', () => {
  const handOver = (code: string) => `
    import { handOver } from './scripts/process.mjs';
    process.exitCode = await handOver('node', ['-e', ${JSON.stringify(code)}]);`;

  it('gives its exit code', async () => {
    expect(await outcome(start(handOver('process.exit(7)')))).toMatchObject({ code: 7 });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('gets %s, and has the time to end as it likes', async (signal) => {
    const child = start(
      handOver(`
        process.on('${signal}', () => setTimeout(() => { console.log('drained'); process.exit(3); }, 200));
        setInterval(() => {}, 1000);
        console.log('up');`),
    );
    child.stdout?.once('data', () => child.kill(signal));
    expect(await outcome(child)).toEqual({ code: 3, output: 'up\ndrained\n' });
  });

  it('gives 128 + the number of the signal that ended it', async () => {
    expect(await outcome(start(handOver(`process.kill(process.pid, 'SIGTERM')`)))).toMatchObject({ code: 143 });
  });
});

describe('the lock of an installation', () => {
  const file = join(root, '.runtime', 'lock');
  const take = `
    import { withLock } from './scripts/lock.mjs';
    await withLock(async () => { console.log('mine'); });`;
  beforeEach(() => mkdirSync(join(root, '.runtime'), { recursive: true }));

  it('is waited for while its holder works', async () => {
    const holder = start(`
      import { withLock } from './scripts/lock.mjs';
      await withLock(async () => { console.log('held'); await new Promise((resolve) => setTimeout(resolve, 600)); console.log('left'); });`);
    const order: string[] = [];
    await new Promise((resolve) => holder.stdout?.once('data', resolve));
    holder.stdout?.on('data', (chunk) => order.push(String(chunk).trim()));
    const next = start(take);
    next.stdout?.on('data', (chunk) => order.push(String(chunk).trim()));
    await Promise.all([outcome(holder), outcome(next)]);
    expect(order).toEqual(['left', 'mine']);
  });

  it('is taken from a process that is gone', async () => {
    const { pid } = spawnSync('node', ['-e', '']);
    writeFileSync(file, String(pid));
    expect(await outcome(start(take))).toEqual({ code: 0, output: 'mine\n' });
  });

  it('is taken from a process that has got the number of one that is gone', async () => {
    writeFileSync(file, String(process.pid));
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file, longAgo, longAgo);
    expect(await outcome(start(take))).toEqual({ code: 0, output: 'mine\n' });
  });

  it('goes when its holder is stopped', async () => {
    const child = start(`
      import { withLock } from './scripts/lock.mjs';
      import { step } from './scripts/process.mjs';
      await withLock(async () => { console.log('held'); await step('waiting', 'sleep', ['30'], { advice: '' }); });`);
    child.stdout?.once('data', () => setTimeout(() => child.kill('SIGTERM'), 100));
    expect(await outcome(child)).toMatchObject({ code: 143 });
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });
});

describe('the end of the CI', () => {
  const test = (status: string, failureMessages: string[] = []) => ({ fullName: `a thing ${status}`, status, failureMessages });
  const file = (status: string, tests: object[], message = '') => ({
    name: join(root, 'src/a.test.ts'),
    status,
    message,
    assertionResults: tests,
  });
  const report = (into: string, numbers: object, files: object[]) => {
    mkdirSync(join(root, 'reports'), { recursive: true });
    const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
    writeFileSync(join(root, 'reports', into), JSON.stringify({ ...none, ...numbers, testResults: files }));
  };
  const end = (failedCommands: number) =>
    spawnSync('node', ['scripts/counts.mjs', 'reports', String(failedCommands)], { cwd: root, encoding: 'utf8' }).stdout;
  beforeEach(() => rmSync(join(root, 'reports'), { recursive: true, force: true }));

  it('adds the reports up, and says before it what has failed and why', () => {
    report('test.json', { numPassedTests: 40, numFailedTests: 1, numPendingTests: 2 }, [
      file('failed', [test('failed', ['AssertionError: expected 1 to be 2\n    at src/a.test.ts:1:1']), test('passed')]),
    ]);
    report('e2e.json', { numPassedTests: 2 }, [file('passed', [test('passed')])]);
    expect(end(1)).toBe(
      '✗ src/a.test.ts > a thing failed\n    AssertionError: expected 1 to be 2\n        at src/a.test.ts:1:1\n' +
        '42 passed, 1 failed, 2 skipped\n',
    );
  });

  it('counts a test file that does not load as a failure', () => {
    report('test.json', { numPassedTests: 1 }, [file('failed', [], 'SyntaxError: unexpected end')]);
    expect(end(1)).toBe('✗ src/a.test.ts\n    SyntaxError: unexpected end\n1 passed, 1 failed\n');
  });

  it('never says that nothing failed when a command did', () => {
    report('test.json', { numPassedTests: 5 }, []);
    expect(end(2)).toBe('5 passed, 2 failed\n');
  });
});
