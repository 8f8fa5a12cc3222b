import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import open from 'open';
import yoctoSpinner from 'yocto-spinner';
import { connect, send } from '../api.ts';
import { type Config, configPath, readConfig, removeConfig, writeConfig } from '../config.ts';
import { contextOf, type Me } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { fields, type Output, plain, when } from '../output.ts';

type DeviceCode = {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
};

type LoginOptions = { readonly browser: boolean; readonly clientName?: string; readonly scopes: string };

export function addAuth(program: Command): void {
  const auth = program.command('auth').description('sign in and out');
  auth
    .command('login')
    .description('sign in: in the browser, or with --api-key')
    .option('--no-browser', 'only print the address')
    .option('--client-name <name>', 'what the page of approval calls this device')
    .option('--scopes <list>', 'what to ask for, with commas between', 'write')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reqbase auth login --api-base https://feedback.example.com\n  $ reqbase auth login --no-browser --scopes read',
    )
    .action(async (options: LoginOptions, command: Command) => {
      const { apiBase, output } = contextOf(command);
      const { apiKey: given } = command.optsWithGlobals<{ apiKey?: string }>();
      const apiKey = given ?? (await byDevice(apiBase, options, output));
      const me = await connect(apiBase, apiKey).one<Me>('GET', '/me');
      const orgId = me.organization?.id;
      const projectId = me.api_key?.project_id ?? undefined;
      writeConfig({ apiKey, apiBase, ...(orgId !== undefined && { orgId }), ...(projectId !== undefined && { projectId }) });
      output.one(identity(apiBase, me), (who) => `Signed in.\n\n${shown(who)}\n\nKept in ${configPath()}.`);
    });
  auth
    .command('whoami')
    .description('say which key is in use, and whose')
    .action(async (_options: object, command: Command) => {
      const { api, apiBase, output } = contextOf(command);
      output.one(identity(apiBase, await api().one<Me>('GET', '/me')), shown);
    });
  auth
    .command('logout')
    .description('forget the key that is kept; `reqbase keys revoke` ends it')
    .action((_options: object, command: Command) => {
      const { output } = contextOf(command);
      const { apiKey }: Config = readConfig();
      removeConfig();
      output.one({ signed_out: apiKey !== undefined }, () => (apiKey === undefined ? 'You were not signed in.' : 'Signed out.'));
    });
}

type Identity = {
  readonly api_key_prefix: string | null;
  readonly api_base: string;
  readonly org_id: string | null;
  readonly organization: string | null;
  readonly plan: string | null;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
};

/** Source: wire-facts, CLI: `api_key_prefix`, `api_base`, `org_id`. */
function identity(apiBase: string, { api_key, organization, name }: Me): Identity {
  return {
    api_key_prefix: api_key?.prefix ?? null,
    api_base: apiBase,
    org_id: organization?.id ?? null,
    organization: organization?.slug ?? null,
    plan: organization?.plan ?? null,
    name,
    scopes: api_key?.scopes ?? [],
    expires_at: api_key?.expires_at ?? null,
  };
}

function shown(who: Identity): string {
  return fields([
    ['key', `${who.api_key_prefix}…`],
    ['of', who.name],
    ['organization', who.organization],
    ['plan', who.plan],
    ['server', who.api_base],
    ['scopes', who.scopes.join(' ')],
    ['expires', when(who.expires_at)],
  ]);
}

/** The device flow of contract RogerIQ: a page in the browser approves, and the key comes by asking. @throws {Failure} */
async function byDevice(apiBase: string, { browser, clientName, scopes }: LoginOptions, output: Output): Promise<string> {
  const body = { client_name: clientName ?? `reqbase on ${hostname()}`, scope: scopes.split(/[\s,]+/).join(' ') };
  const response = await send(new URL('/api/auth/device/code', apiBase), 'POST', { body });
  const device = (await response.json()) as DeviceCode;
  // Always printed, and beside the answer: a browser that does not open must not leave anybody waiting.
  process.stderr.write(
    `Open ${plain(device.verification_uri_complete)}\nand check that it shows the code ${plain(device.user_code)}.\n`,
  );
  if (browser && process.stdout.isTTY) await open(device.verification_uri_complete).catch(() => {});
  const spinner =
    process.stderr.isTTY && output.format === 'text'
      ? yoctoSpinner({ text: 'Waiting for your approval', stream: process.stderr }).start()
      : null;
  try {
    return await poll(apiBase, device);
  } finally {
    spinner?.stop();
  }
}

/** Asks as often as it may. Whatever says "too fast" or breaks on the way slows it down (RFC 8628 §3.5). */
async function poll(apiBase: string, { device_code, expires_in, interval }: DeviceCode): Promise<string> {
  const until = Date.now() + expires_in * 1_000;
  let seconds = interval;
  while (Date.now() < until) {
    await pause(seconds * 1_000);
    const response = await fetch(new URL('/api/auth/device/token', apiBase), {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ device_code }),
    }).catch(() => null);
    const answer = ((await response?.json().catch(() => null)) ?? {}) as { access_token?: string; code?: string; error?: string };
    if (response?.status === 200 && answer.access_token !== undefined) return answer.access_token;
    if (response === null || response.status === 429 || response.status >= 500) seconds += 5;
    else if (response.status !== 202) throw refused(response.status, answer);
  }
  throw refused(410, { code: 'DEVICE_CODE_EXPIRED', error: 'The code has expired.' });
}

function refused(status: number, { code = 'BAD_ANSWER', error }: { code?: string; error?: string }): Failure {
  return new Failure(error ?? 'Signing in has been refused.', {
    exitCode: EXIT.auth,
    code,
    status,
    details: ['Run `reqbase auth login` to begin anew.'],
  });
}
