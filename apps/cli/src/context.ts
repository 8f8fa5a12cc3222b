import type { Command } from 'commander';
import { type Api, connect, type Page, type Query } from './api.ts';
import { type Config, readConfig } from './config.ts';
import { signedOut, usage } from './failure.ts';
import { createOutput, type Format, type Output } from './output.ts';

export type GlobalOptions = {
  readonly apiKey?: string;
  readonly apiBase?: string;
  readonly project?: string;
  readonly org?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
};

const DEFAULT_BASE = 'http://localhost:3100';

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
export function formatOf({ json = false, quiet = false }: GlobalOptions): Format {
  if (quiet) return 'ids';
  return json || !process.stdout.isTTY ? 'json' : 'text';
}

export function contextOf(command: Command): Context {
  const options = command.optsWithGlobals<GlobalOptions>();
  const config = readConfig();
  const { RIQ_API_KEY, RIQ_API_BASE, RIQ_PROJECT_ID, RIQ_ORG_ID } = process.env;
  const apiBase = baseUrl(options.apiBase ?? RIQ_API_BASE ?? config.apiBase ?? DEFAULT_BASE);
  const given = options.apiKey ?? RIQ_API_KEY;
  const key = given ?? config.apiKey;
  const apiKey = () => {
    if (key === undefined || key === '') throw signedOut();
    return key;
  };
  const api = () => connect(apiBase, apiKey());
  return {
    config,
    apiBase,
    output: createOutput(formatOf(options)),
    apiKey,
    api,
    project() {
      const project = options.project ?? RIQ_PROJECT_ID ?? config.projectId;
      if (project === undefined || project === '')
        throw usage(
          'No project is named.',
          'Give --project ID, set RIQ_PROJECT_ID, or choose one with `reqbase projects use ID`.',
        );
      return encodeURIComponent(project);
    },
    async organization() {
      // What is kept is of the kept key: another one has its own.
      const known = options.org ?? RIQ_ORG_ID ?? (given === undefined ? config.orgId : undefined);
      if (known !== undefined && known !== '') return encodeURIComponent(known);
      const { organization } = await api().one<Me>('GET', '/me');
      if (organization === null) throw usage('The key has no organization.');
      return organization.id;
    },
  };
}

/** @throws {Failure} for what is no address of a server */
function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw usage('--api-base must be an http or https address.');
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
  const asked = { ...query, limit: limit ?? (all ? '100' : undefined) };
  let page = await api.page<Row>(path, { ...asked, cursor });
  const rows = [...page.data];
  while (all && page.cursor !== null) {
    page = await api.page<Row>(path, { ...asked, cursor: page.cursor });
    rows.push(...page.data);
  }
  return { ...page, data: rows };
}
