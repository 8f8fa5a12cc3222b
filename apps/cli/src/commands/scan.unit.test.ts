import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Failure } from '../failure.ts';
import { createProgram } from '../program.ts';
import { LARGE_DESCRIPTIONS } from '../scan/large-descriptions.ts';
import { folderOf, openapi } from '../scan/testing.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function run(words: readonly string[], env: Record<string, string> = {}, cwd = folderOf({})): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, 'scan', ...words], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const clean = openapi(
  { '/charges': { post: { operationId: 'createCharge', responses: { 200: { description: 'd' } }, 'x-lint-ignore': true } } },
  { 'x-lint-ignore': true },
);
const service = ['--service', 'Billing API', '--spec', 'openapi.json'];

describe('reqflo scan', () => {
  it('names every option of contract Reqflo in its help', () => {
    const help = createProgram()
      .commands.find((command) => command.name() === 'scan')
      ?.helpInformation();
    for (const option of ['--service <name>', '--spec <path>', '--api-key <key>', '--api-url <url>'])
      expect(help).toContain(option);
  });

  it.each<[words: string[], message: string]>([
    [['--service', 'a'], '--spec is required: provide a local OpenAPI JSON or YAML file.'],
    [['--spec', 'openapi.json'], '--service is required: name the service in Reqflo.'],
    [[...service.slice(0, 3), 'missing.yaml', '--dry-run'], 'missing.yaml cannot be read.'],
    [[...service, '--dry-run', '--api-url', 'nowhere'], '--api-url must be an http or https address.'],
  ])('refuses %j as a wrong call', async (words, message) => {
    const called = createProgram().parseAsync(['scan', ...words], { from: 'user' });
    await expect(called).rejects.toMatchObject({ constructor: Failure, exitCode: 1, message });
  });

  it.each<[words: string[], code: number, message: string]>([
    [service, 3, 'API key required: pass --api-key or set REQFLO_API_KEY.'],
    [
      [...service.slice(0, 3), 'large.yaml', '--dry-run'],
      1,
      'OpenAPI spec is too large: the CLI currently limits spec files to 10 MB.',
    ],
  ])('ends %j with a sentence', async (words, code, message) => {
    const folder = folderOf({ 'openapi.json': clean, 'large.yaml': ' '.repeat(10 * 1024 * 1024 + 1) });
    const ended = await run(words, {}, folder);
    expect([ended.code, ended.stdout, JSON.parse(ended.stderr)]).toMatchObject([code, '', { error: message }]);
  });

  it('shows on a terminal what it is doing, and leaves nothing of it', async () => {
    const folder = folderOf({ 'openapi.json': clean });
    const command = `${process.execPath} ${MAIN} scan --service B --spec openapi.json --dry-run`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'xterm' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(shown).toMatch(/Starting[\s\S]*Reading the description|Starting[\s\S]*Checking 1 endpoints/);
    // The line is wiped, and the cursor that was hidden is there again, before what is printed stays.
    expect(shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'));
    expect(stripVTControlCharacters(shown)).toMatch(/Endpoints: 1; findings: 0\r?\n$/);
  });

  it('sends nothing in a dry run, and ends with 5 on a finding that is grave enough', async () => {
    const grave = openapi(
      { '/a': { get: { responses: { 200: { description: 'd' } } } } },
      { servers: [{ url: 'http://a.example.com' }] },
    );
    const folder = folderOf({ 'openapi.json': grave, 'clean.json': clean });
    const dry = await run(
      [...service, '--dry-run', '--api-key', 'k', '--api-url', 'http://127.0.0.1:9', '--fail-on', 'critical'],
      {},
      folder,
    );
    expect([dry.code, dry.stdout, JSON.parse(dry.stderr)]).toMatchObject([
      5,
      expect.stringContaining('Endpoints: 1; findings: '),
      { code: 'FINDINGS' },
    ]);
    const passed = await run([...service.slice(0, 3), 'clean.json', '--dry-run', '--fail-on', 'info'], {}, folder);
    expect(passed).toMatchObject({ code: 0, stdout: 'Endpoints: 1; findings: 0\n' });
  });

  it('says how many findings are grave enough, of one as of many', async () => {
    const one = openapi(
      { '/a': { get: { responses: { 200: { description: 'd' } }, 'x-lint-ignore': true } } },
      { servers: [{ url: 'http://a.example.com' }, { url: 'http://b.example.com' }] },
    );
    const folder = folderOf({ 'openapi.json': one, 'one.json': JSON.stringify(one).replace('http://b', 'https://b') });
    const told = async (spec: string) =>
      JSON.parse(
        (
          await run([...service.slice(0, 3), spec, '--dry-run', '--format', 'json', '--fail-on', 'critical'], {}, folder)
        ).stderr.replace(/^Endpoints.*\n/, ''),
      ).error;
    expect(await told('one.json')).toBe('1 finding is critical or graver.');
    expect(await told('openapi.json')).toBe('2 findings are critical or graver.');
  });

  it('sends from a build which commit, branch and run it is of', async () => {
    const folder = folderOf({ 'openapi.json': clean });
    const env = { CI_COMMIT_SHA: 'abc', CI_COMMIT_REF_NAME: 'main', CI_JOB_URL: 'https://ci.example.com/4' };
    const sent = async (more: Record<string, string>) =>
      JSON.parse((await run([...service, '--dry-run', '--format', 'json'], more, folder)).stdout).source;
    expect(await sent(env)).toEqual({ gitSha: 'abc', branch: 'main', ciUrl: 'https://ci.example.com/4' });
    expect(await sent({})).toBeUndefined();
  });

  it.each(LARGE_DESCRIPTIONS.map((large) => [large.name, large] as const))(
    'checks %s in less than 1 GB',
    async (_name, { endpoints, writeTo }) => {
      const folder = folderOf({});
      const spec = writeTo(folder);
      // The most that the process has had at any time, in kilobytes, as it ends.
      const peak =
        "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync('peak', String(process.resourceUsage().maxRSS)))";
      const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(peak)}` };
      const ended = await run(['--service', 'Large', '--spec', spec, '--dry-run', '--format', 'json'], env, folder);
      expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining(`Endpoints: ${endpoints}; findings: 500\n`)]);
      expect(JSON.parse(ended.stdout).findings.at(-1)).toMatchObject({ code: 'scan.findings_truncated' });
      expect(Number(readFileSync(join(folder, 'peak'), 'utf8'))).toBeLessThan(1024 * 1024);
    },
    120_000,
  );
});
