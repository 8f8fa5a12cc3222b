import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { formatKey, generateKey } from '@reqbase/auth';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { test } from './fixture.ts';
import type { Server } from './server.ts';
import { widgetVisitor } from './widget-visitor.ts';

// The command line as its users have it: packed, installed into an empty folder, driven by a shell.

const CLI = fileURLToPath(new URL('../apps/cli/', import.meta.url));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reqbase-cli-'));
  execFileSync('pnpm', ['run', 'build'], { cwd: CLI, stdio: 'pipe' });
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: CLI, stdio: 'pipe' });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  execFileSync('sh', ['-c', 'npm install --offline --no-audit --no-fund ./*.tgz'], { cwd: folder, stdio: 'pipe' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
/** A command under way: what it will have ended with, and what it says on its standard error before. */
type Running = Promise<Ended> & { readonly hasSaid: (pattern: RegExp) => Promise<string> };
type Shell = (command: string, env?: Record<string, string>) => Running;

/** A shell of somebody's own: an empty home, `reqbase` and `rogeriq` on its path, nothing of this process's environment. */
function shell({ url }: Pick<Server, 'url'>): Shell & { readonly home: string } {
  const home = mkdtempSync(join(tmpdir(), 'reqbase-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const run: Shell = (command, env = {}) => {
    const path = `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`;
    const child = spawn('sh', ['-c', command], {
      cwd: home,
      env: { PATH: path, HOME: home, RIQ_API_BASE: url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
    const hasSaid = async (pattern: RegExp): Promise<string> => {
      await expect.poll(() => stderr, { timeout: 10_000 }).toMatch(pattern);
      return pattern.exec(stderr)?.[0] ?? '';
    };
    return Object.assign(ended, { hasSaid });
  };
  return Object.assign(run, { home });
}

/** What is different with every run. */
const steady = (text: string) =>
  text
    .replace(/req_[\w-]+/g, '<request>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/riq_live_\w+/g, '<key>')
    .replace(/http:\/\/localhost:\d+/g, '<server>')
    .replace(/whsec_[\w-]+/g, '<secret>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '<day and time>');

describe('the command line', () => {
  test('is kept as three names of one thing, and says what it can', async ({ server }) => {
    const run = shell(server);
    const help = await run('reqbase --help');
    expect(help.code).toBe(0);
    for (const name of ['rogeriq', 'reqflo']) expect(await run(`${name} --help`)).toEqual(help);
    for (const word of ['auth', 'projects', 'conversations', 'features', 'keys', 'can', 'Examples', 'Exit codes'])
      expect(help.stdout).toContain(word);
    for (const group of [
      'auth login',
      'projects create',
      'conversations list',
      'conversations reply',
      'features status',
      'keys create',
    ])
      expect((await run(`reqbase ${group} --help`)).stdout, group).toMatch(/Examples?:/);
    expect((await run('reqbase --version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await run('reqbase complete bash')).stdout).toContain('reqbase');
  });

  test('says of each command what it takes, in the words of its golden text', async ({ server }) => {
    const run = shell(server);
    const describe = async (command: string): Promise<string> => {
      const { stdout } = await run(`${command} --help`);
      const commands = /^Commands:\n(?<list>(?: .*\n)*)/m.exec(stdout)?.groups?.['list'] ?? '';
      const names = [...commands.matchAll(/^ {2}(?<name>[a-z]\S*)/gm)].map(({ groups }) => groups?.['name'] ?? '');
      const below: string[] = [];
      for (const name of names) if (name !== 'help') below.push(await describe(`${command} ${name}`));
      return [`$ ${command} --help\n${stdout}`, ...below].join('\n');
    };
    const all = await describe('reqbase');
    expect(all.match(/^\$ /gm)?.length).toBeGreaterThan(35);
    await expect(all).toMatchFileSnapshot('golden/cli-help.txt');
  });

  test('prints what its golden text has, in a pipe and to a terminal', async ({ server }) => {
    const run = shell(server);
    const env = { RIQ_API_KEY: server.demoKey, TERM: 'xterm' };
    const project = JSON.parse((await run('reqbase projects create Golden', env)).stdout);
    const inProject = { ...env, RIQ_PROJECT_ID: project.id };
    const printed: string[] = [];
    const command = async (text: string) => {
      const { code, stdout, stderr } = await run(text, inProject);
      printed.push(`$ ${text}`, stdout + stderr, `(${code})`, '');
      return stdout;
    };
    const onTerminal = (text: string) => command(`script -qec "stty cols 100; ${text}" /dev/null`);
    await command('reqbase auth whoami');
    await command('reqbase features create "Dark mode" --tag looks');
    await command('reqbase features list');
    await onTerminal('reqbase features list');
    await command('reqbase features list --quiet');
    await command('reqbase conversations list');
    await onTerminal('reqbase conversations list');
    await command('reqbase webhooks create http://127.0.0.1:9/hook --events feature.created');
    await onTerminal('reqbase webhooks list');
    const { id } = JSON.parse(await command('reqbase keys create Golden --scopes read'));
    await onTerminal('reqbase can conversations.reply');
    await onTerminal(`reqbase keys revoke ${id}`);
    await command('reqbase features show 0197a3c4-0000-7000-8000-000000000000');
    await onTerminal('reqbase features status nothing COMPLETED');
    await expect(steady(printed.join('\n')).replaceAll('\r', '')).toMatchFileSnapshot('golden/cli-output.txt');
  });

  test('keeps a key for its owner alone, and says whose it is', async ({ server }) => {
    const run = shell(server);
    const login = await run(`reqbase auth login --api-key ${server.demoKey}`);
    expect([login.code, JSON.parse(login.stdout)]).toMatchObject([0, { organization: 'acme', scopes: ['admin'] }]);
    const file = join(run.home, '.reqbase/config.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ apiKey: server.demoKey, apiBase: server.url });
    const who = JSON.parse((await run('rogeriq auth whoami')).stdout);
    expect(who).toMatchObject({ api_base: server.url, org_id: expect.any(String), name: 'Demo owner' });
    expect(server.demoKey.startsWith(who.api_key_prefix)).toBe(true);
    expect(login.stdout + login.stderr).not.toContain(server.demoKey.slice(-30));
    expect((await run('reqbase auth logout')).code).toBe(0);
    expect((await run('reqbase auth whoami')).code).toBe(3);
  });

  test('signs in by a page in the browser, which may give less than was asked for', async ({ server, visit }) => {
    const run = shell(server);
    const login = run('reqbase auth login --no-browser --client-name "The laptop" --scopes write');
    const link = await login.hasSaid(/\/device\?code=\S+/);
    const { page } = await visit({ role: 'owner' });
    await page.goto(link);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'Give “The laptop” an API key?' }).waitFor();
    await page.getByLabel(/^I started this myself/).check();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: 'Approved' }).waitFor();
    const ended = await login;
    expect([ended.code, JSON.parse(ended.stdout)]).toMatchObject([0, { organization: 'acme', scopes: ['write'] }]);
    expect(JSON.parse((await run('reqbase features list --project demo --limit 1')).stdout).data).toHaveLength(1);
    expect((await run('reqbase keys create another --scopes read')).code).toBe(3);
  });

  test('checks a description with nothing but what is packed, on a terminal, too', async ({ server }) => {
    const run = shell(server);
    writeFileSync(join(run.home, 'openapi.yaml'), 'openapi: 3.1.0\ninfo: {title: T}\npaths: {/a: {get: {}}}\n');
    const ended = await run('reqflo scan --service T --spec openapi.yaml --dry-run');
    expect(ended).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^SEVERITY[\s\S]*\nEndpoints: 1; findings: \d+\n$/),
      stderr: '',
    });
    const onTerminal = await run('script -qec "reqflo scan --service T --spec openapi.yaml --dry-run" /dev/null', {
      TERM: 'xterm',
    });
    expect([onTerminal.code, onTerminal.stdout]).toEqual([0, expect.stringContaining('Endpoints: 1; findings: ')]);
  });

  test('says that signing in was denied', async ({ server, visit }) => {
    const run = shell(server);
    const login = run('reqbase auth login --no-browser');
    const link = await login.hasSaid(/\/device\?code=\S+/);
    const { page } = await visit({ role: 'owner' });
    await page.goto(link);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    const ended = await login;
    expect([ended.code, ended.stdout]).toEqual([3, '']);
    expect(JSON.parse(ended.stderr.slice(ended.stderr.indexOf('{')))).toMatchObject({ code: 'ACCESS_DENIED' });
  });

  test('takes the option before the environment, and that before what is kept', async ({ server }) => {
    const run = shell(server);
    await run(`reqbase auth login --api-key ${server.demoKey}`);
    const wrong = { RIQ_API_KEY: 'riq_live_wrong' };
    expect((await run('reqbase auth whoami', wrong)).code).toBe(3);
    expect((await run(`reqbase auth whoami --api-key ${server.demoKey}`, wrong)).code).toBe(0);
    expect((await run('reqbase auth whoami --api-key riq_live_wrong')).code).toBe(3);
  });

  test('prints JSON in a pipe, ids with --quiet, and tables to a terminal', async ({ server }) => {
    const run = shell(server);
    const { conversationId } = await widgetVisitor(server).ask('Does it come with a command line?');
    const env = { RIQ_API_KEY: server.demoKey, RIQ_PROJECT_ID: 'demo' };
    const list = JSON.parse((await run('reqbase conversations list --limit 2', env)).stdout);
    expect(Object.keys(list)).toEqual(['data', 'cursor', 'has_more']);
    expect(list.data[0]).toMatchObject({ id: conversationId, status: 'open' });
    expect((await run('reqbase conversations list --limit 1 --quiet', env)).stdout).toBe(`${conversationId}\n`);
    const onTerminal = await run('script -qec "stty cols 100; reqbase conversations list --limit 2" /dev/null', {
      ...env,
      TERM: 'xterm',
    });
    expect(onTerminal.stdout).toContain('STATUS');
    expect(onTerminal.stdout).toContain(conversationId);
    for (const line of onTerminal.stdout.split('\r\n').slice(0, 3))
      expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(100);
    const replied = await run(`echo "It does." | reqbase conversations reply ${conversationId}`, env);
    // The shell of the test gives no standard input but the pipe's.
    expect(JSON.parse(replied.stdout)).toMatchObject({ content: 'It does.', sender_type: 'agent' });
    const shown = JSON.parse((await run(`reqbase conversations show ${conversationId}`, env)).stdout);
    expect(shown.messages.map(({ content }: { content: string }) => content)).toEqual([
      'Does it come with a command line?',
      'It does.',
    ]);
  });

  test('works through features, projects and keys', async ({ server }) => {
    const run = shell(server);
    const env = { RIQ_API_KEY: server.demoKey, RIQ_PROJECT_ID: 'demo' };
    const json = async (command: string, more: Record<string, string> = {}) => {
      const ended = await run(command, { ...env, ...more });
      expect(ended.stderr, command).toBe('');
      return JSON.parse(ended.stdout);
    };
    const feature = await json('reqbase features create "A command line" --tag cli');
    expect(feature).toMatchObject({ title: 'A command line', tags: ['cli'], status: 'NEEDS_ACTION' });
    expect(await json(`reqbase features status ${feature.id} COMPLETED --kind SHIPPED`)).toMatchObject({
      status: 'COMPLETED',
      completion_kind: 'SHIPPED',
    });
    expect((await json('reqbase features list --tag cli')).data).toHaveLength(1);
    expect((await json('reqbase features list --all --status NEEDS_ACTION')).data.length).toBeGreaterThan(100);
    const made = await json('reqbase projects create "Side project" --timezone Europe/Berlin');
    expect(made).toMatchObject({ slug: 'side-project', timezone: 'Europe/Berlin' });
    expect((await json('reqbase projects list')).data.map(({ slug }: { slug: string }) => slug)).toContain('side-project');
    const key = await json('reqbase keys create "From the shell" --scopes read --expires 90d');
    expect(Date.parse(key.expires_at) - Date.now()).toBeGreaterThan(89 * 86_400_000);
    expect(await json('reqbase can conversations.reply', { RIQ_API_KEY: key.raw_key })).toMatchObject({ is_allowed: false });
    expect(await json('reqbase can conversations:read', { RIQ_API_KEY: key.raw_key })).toMatchObject({ is_allowed: true });
    expect(await json(`reqbase keys revoke ${key.id}`)).toMatchObject({ status: 'revoked' });
    expect((await run('reqbase projects list', { RIQ_API_KEY: key.raw_key })).code).toBe(3);
  });

  test('works through webhooks, and exports and verifies the audit log', async ({ server }) => {
    const run = shell(server);
    const env = { RIQ_API_KEY: server.demoKey, RIQ_PROJECT_ID: 'demo' };
    const json = async (command: string) => {
      const ended = await run(command, env);
      expect(ended.stderr, command).toBe('');
      return JSON.parse(ended.stdout);
    };
    const hook = await json('reqbase webhooks create http://127.0.0.1:9/hook --events "feature.*,message.created"');
    expect(hook).toMatchObject({ events: ['feature.*', 'message.created'], status: 'active', secret: expect.any(String) });
    expect(await json(`reqbase webhooks get ${hook.id}`)).not.toHaveProperty('secret', hook.secret);
    expect(await json(`reqbase webhooks update ${hook.id} --status disabled`)).toMatchObject({ status: 'disabled' });
    expect((await json('reqbase webhooks list')).data.map(({ id }: { id: string }) => id)).toContain(hook.id);
    expect((await json(`reqbase webhooks rotate-secret ${hook.id}`)).secret).not.toBe(hook.secret);
    expect((await json(`reqbase webhooks deliveries ${hook.id}`)).data).toEqual([]);
    expect(await json(`reqbase webhooks delete ${hook.id}`)).toMatchObject({ deleted: true });

    const key = await json('reqbase keys create Rotated --scopes read');
    const next = await json(`reqbase keys rotate ${key.id} --overlap 2d`);
    expect([next.name, next.raw_key]).toEqual(['Rotated', expect.not.stringMatching(key.raw_key)]);

    expect((await run('reqbase audit export -o audit.jsonl', env)).code).toBe(0);
    expect(await json('reqbase audit verify audit.jsonl')).toMatchObject({ is_intact: true });
    const file = join(run.home, 'audit.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [...lines.slice(0, 2), ...lines.slice(3)].join('\n'));
    const broken = await run('reqbase audit verify audit.jsonl', env);
    expect([broken.code, JSON.parse(broken.stderr)]).toMatchObject([
      2,
      { code: 'AUDIT_LOG_NOT_INTACT', details: [expect.stringContaining('3')] },
    ]);
    expect((await run('reqbase audit verify nowhere.jsonl', env)).code).toBe(1);
  });

  test.for<[command: string, env: Record<string, string>, code: number, said: object]>([
    ['reqbase keys create', {}, 1, { code: 'USAGE', status_code: null }],
    ['reqbase nonsense', {}, 1, { code: 'USAGE' }],
    ['reqbase keys', {}, 1, { code: 'USAGE' }],
    ['reqbase conversations list', { RIQ_API_KEY: 'x' }, 1, { code: 'USAGE' }],
    ['reqbase keys create n --scopes read --expires soon', { RIQ_API_KEY: 'x' }, 1, { code: 'USAGE' }],
    ['reqbase projects list', {}, 3, { code: 'NOT_SIGNED_IN' }],
    ['reqbase auth whoami', { RIQ_API_KEY: 'riq_live_x' }, 3, { code: 'UNAUTHORIZED', status_code: 401 }],
    ['reqbase auth whoami', { RIQ_API_KEY: 'x', RIQ_API_BASE: 'http://127.0.0.1:9' }, 2, { code: 'UNREACHABLE' }],
    ['reqbase auth whoami', { RIQ_API_KEY: 'x', RIQ_API_BASE: 'nowhere' }, 1, { code: 'USAGE' }],
    ['reqbase conversations list --limit many', { RIQ_API_KEY: 'x', RIQ_PROJECT_ID: 'p' }, 1, { code: 'USAGE' }],
    ['reqbase projects list --quiet', {}, 3, { code: 'NOT_SIGNED_IN' }],
    ['reqbase keys create n --scopes read --quiet', { RIQ_API_KEY: 'x' }, 1, { code: 'USAGE' }],
    ['reqbase webhooks rotate-secret w --quiet', { RIQ_API_KEY: 'x', RIQ_PROJECT_ID: 'p' }, 1, { code: 'USAGE' }],
  ])('ends %s with its code and an object that says why', async ([command, env, code, said], { server }) => {
    const ended = await shell(server)(command, env);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: expect.any(String), ...said });
  });

  test('tells people in words, and repeats no key', async ({ server }) => {
    const run = shell(server);
    const key = `${server.demoKey.slice(0, -1)}${server.demoKey.endsWith('0') ? '1' : '0'}`;
    const ended = await run(`script -qec "reqbase auth whoami --api-key ${key}" /dev/null`, { TERM: 'dumb' });
    expect(steady(ended.stdout)).toBe('error Authentication is required or invalid.\r\n      Request <request>\r\n');
    expect(ended.stdout).not.toContain(key.slice(0, 20));
  });

  test.for([
    "RIQ_API_KEY='riq_live_Secret\nriq_live_Second' reqbase projects list",
    'reqbase projects list --apikey=riq_live_Secret',
    'reqbase riq_live_Secret',
    'reqbase auth login riq_live_Secret',
    'reqbase can riq_live_Secret',
    "REQFLO_API_KEY='Secret\nSecret' reqflo scan --service s --spec openapi.json",
  ])('repeats no key that stands where it should not: %s', async (command, { server }) => {
    const { code, stdout, stderr } = await shell(server)(command);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).not.toContain('Secret');
  });

  test('tells the key that is kept to no server but the one that it is of', async ({ server }) => {
    const run = shell(server);
    await run(`reqbase auth login --api-key ${server.demoKey}`);
    const heard: unknown[] = [];
    const other = createServer((request, response) => {
      heard.push(request.headers);
      response.writeHead(401).end('{}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const ended = await run(`reqbase projects list --api-base ${elsewhere}`);
    other.close();
    expect([ended.code, heard]).toEqual([3, []]);
    expect(JSON.parse(ended.stderr)).toMatchObject({ code: 'NOT_SIGNED_IN', error: expect.stringContaining(server.url) });
    expect((await run('reqbase projects list')).code).toBe(0);
  });

  test('says of operations by whichever name, and completes by whichever it is called', async ({ server }) => {
    const run = shell(server);
    const env = { RIQ_API_KEY: server.demoKey };
    for (const name of ['keys.create', 'organizationKeysCreate', 'POST /orgs/{orgId}/keys', 'post /api/v1/orgs/acme/keys'])
      expect(JSON.parse((await run(`reqbase can "${name}"`, env)).stdout), name).toMatchObject({ scope: 'keys:admin' });
    expect((await run('rogeriq complete bash')).stdout).toMatch(/^complete .* rogeriq$/m);
  });

  test('finds that a log is shorter than it was, by a checkpoint that was kept', async ({ server }) => {
    const run = shell(server);
    const env = { RIQ_API_KEY: server.demoKey };
    await run('reqbase audit export -o before.jsonl', env);
    await run('reqbase keys create Later --scopes read', env);
    await run('reqbase audit export -o after.jsonl', env);
    const checkpoint = `${server.url}/api/v1/orgs/acme/audit-log/checkpoint`;
    const answered = await (await fetch(checkpoint, { headers: { 'x-api-key': server.demoKey } })).text();
    writeFileSync(join(run.home, 'checkpoint.json'), answered);
    expect((await run('reqbase audit verify after.jsonl --checkpoint before.jsonl', env)).code).toBe(0);
    for (const kept of ['after.jsonl', 'checkpoint.json']) {
      const shorter = await run(`reqbase audit verify before.jsonl --checkpoint ${kept}`, env);
      expect([shorter.code, JSON.parse(shorter.stderr)]).toMatchObject([
        2,
        { code: 'AUDIT_LOG_NOT_INTACT', reason: 'truncated', seq: expect.any(Number) },
      ]);
    }
  });

  test('loses nothing when what is kept cannot be read', async ({ server }) => {
    const run = shell(server);
    await run(`reqbase auth login --api-key ${server.demoKey}`);
    const file = join(run.home, '.reqbase/config.json');
    writeFileSync(file, '{"apiKey": 5');
    const ended = await run('reqbase projects list');
    expect([ended.code, JSON.parse(ended.stderr)]).toMatchObject([1, { code: 'USAGE' }]);
    expect(readFileSync(file, 'utf8')).toBe('{"apiKey": 5');
    chmodSync(file, 0o600);
  });

  // The last one: for the rest of its minute, the address is shut out with every key that was not good there before.
  test('ends with 4 when it would have to wait longer than it does, and says how long', async ({ server }) => {
    const run = shell(server);
    const secondsLeft = () => 60 - new Date().getUTCSeconds();
    if (secondsLeft() < 45) await pause(secondsLeft() * 1_000);
    for (let n = 0; n < 20; n++) {
      const unknown = await fetch(`${server.url}/api/v1/me`, { headers: { 'x-api-key': formatKey(generateKey('riq')) } });
      expect(unknown.status).toBe(401);
    }
    const ended = await run(`reqbase auth whoami --api-key ${formatKey(generateKey('riq'))}`);
    expect([ended.code, ended.stdout]).toEqual([4, '']);
    expect(JSON.parse(ended.stderr)).toMatchObject({
      code: 'RATE_LIMITED',
      status_code: 429,
      details: [expect.stringMatching(/^Try again in \d+ seconds\.$/)],
    });
  });
});
