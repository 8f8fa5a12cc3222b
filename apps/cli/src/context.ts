import type { Command } from 'commander';
import { type Api, connect, type Page, type Query } from './api.ts';
import { type Config, readConfig } from './config.ts';
import { EXIT, Failure, signedOut, usage } from './failure.ts';
import { createOutput, type Format, type Output } from './output.ts';

export type GlobalOptions = {
  readonly apiKey?: string;
  readonly apiBase?: string;
  readonly project?: string;
  readonly org?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
};

export const DEFAULT_BASE = 'http://localhost:3100';

/** What a command runs with: the options, then the environment, then what is kept. */
export type Context = {
  readonly config: Config;
  readonly apiBase: string;
  readonly output: Output;
  /** The key. @throws {Failure} when there is none */
  readonly apiKey: () => string;
  /** The server, called with the key. @throws {Failure} when there is none */
  readonly api: () => Api;
  /** The project that a command is about. @throws {Failure} when none is named */
  readonly project: () => string;
  /** The key's organization. @throws {Failure} */
  readonly organization: () => Promise<string>;
  /** For what is shown this once. @throws {Failure} where only ids are printed: it would be lost */
  readonly showOnce: () => void;
};

/** Who a key is, as the server says. */
export type Me = {
  readonly name: string;
  readonly email: string | null;
  readonly api_key: {
    readonly id: string;
    readonly name: string;
    readonly prefix: string;
    readonly scopes: readonly string[];
    readonly project_id: string | null;
    readonly expires_at: string | null;
  } | null;
  readonly organization: { readonly id: string; readonly slug: string; readonly plan: string } | null;
};

/** JSON where nobody looks: a pipe, a file. */
function formatOf({ json = false, quiet = false }: GlobalOptions): Format {
  if (quiet) return 'ids';
  return json || !process.stdout.isTTY ? 'json' : 'text';
}

export function contextOf(command: Command): Context {
  const options = command.optsWithGlobals<GlobalOptions>();
  const config = readConfig();
  const { RIQ_API_KEY, RIQ_API_BASE, RIQ_PROJECT_ID, RIQ_ORG_ID } = process.env;
  const apiBase = baseUrl(options.apiBase ?? RIQ_API_BASE ?? config.apiBase ?? DEFAULT_BASE);
  const given = options.apiKey ?? RIQ_API_KEY;
  // What is kept is of one server: no other is told the key.
  const kept = config.apiBase === undefined || config.apiBase === apiBase ? config : {};
  const key = given ?? kept.apiKey;
  const apiKey = () => {
    if ((key === undefined || key === '') && config.apiKey !== undefined) throw signedInElsewhere(config.apiBase, apiBase);
    if (key === undefined || key === '') throw signedOut();
    return sendable(key);
  };
  const api = () => connect(apiBase, apiKey());
  const output = createOutput(formatOf(options));
  return {
    config,
    apiBase,
    output,
    apiKey,
    api,
    project() {
      const project = options.project ?? RIQ_PROJECT_ID ?? kept.projectId;
      if (project === undefined || project === '')
        throw usage(
          'No project is named.',
          'Give --project ID, set RIQ_PROJECT_ID, or choose one with `reqbase projects use ID`.',
        );
      return encodeURIComponent(project);
    },
    async organization() {
      // What is kept is of the kept key: another one has its own.
      const known = options.org ?? RIQ_ORG_ID ?? (given === undefined ? kept.orgId : undefined);
      if (known !== undefined && known !== '') return encodeURIComponent(known);
      const { organization } = await api().one<Me>('GET', '/me');
      if (organization === null) throw usage('The key has no organization.');
      return organization.id;
    },
    showOnce() {
      if (output.format === 'ids') throw usage('What is shown this once is more than an id: leave out --quiet.');
    },
  };
}

/** The key, as a header takes it. @throws {Failure} for one that it does not take: what else refuses it repeats it */
export function sendable(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) throw usage('The API key has characters that are in no key.');
  return key;
}

function signedInElsewhere(there: string | undefined, here: string): Failure {
  return new Failure(`You are signed in at ${there ?? DEFAULT_BASE}, not at ${here}.`, {
    exitCode: EXIT.auth,
    code: 'NOT_SIGNED_IN',
    details: ['Run `reqbase auth login` with the same --api-base, or give a key with --api-key or RIQ_API_KEY.'],
  });
}

/** @throws {Failure} for what is no address of a server */
export function baseUrl(text: string, option = '--api-base'): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw usage(`${option} must be an http or https address.`);
  return url.origin;
}

export type PageOptions = { readonly limit?: string; readonly cursor?: string; readonly all?: boolean };

/** The options of every list. */
export function paged(command: Command): Command {
  return command
    .option('--limit <n>', 'rows a page, at most 100')
    .option('--cursor <cursor>', 'where the page begins: `cursor` of the one before')
    .option('--all', 'every page, one after another');
}

/** A page of a list, or all of them as one. @throws {Failure} */
export async function readPages<Row>(
  api: Api,
  path: string,
  { limit, cursor, all = false }: PageOptions,
  query: Query = {},
): Promise<Page<Row>> {
  if (limit !== undefined && !(/^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100))
    throw usage('--limit takes a number from 1 to 100.');
  const asked = { ...query, limit: limit ?? (all ? '100' : undefined) };
  let page = await api.page<Row>(path, { ...asked, cursor });
  const rows = [...page.data];
  while (all && page.cursor !== null) {
    page = await api.page<Row>(path, { ...asked, cursor: page.cursor });
    rows.push(...page.data);
  }
  return { ...page, data: rows };
}
