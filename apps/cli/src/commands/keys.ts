import type { Command } from 'commander';
import { contextOf, type PageOptions, paged, readPages } from '../context.ts';
import { usage } from '../failure.ts';
import { type Column, fields, when } from '../output.ts';

type Key = {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly { readonly permission: string }[];
  readonly status: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
};
type NewKey = Key & { readonly raw_key: string; readonly warning: string };

const COLUMNS: readonly Column<Key>[] = [
  ['ID', ({ id }) => id],
  ['NAME', ({ name }) => name],
  ['KEY', ({ prefix }) => `${prefix}…`],
  ['STATUS', ({ status }) => status],
  ['EXPIRES', ({ expires_at }) => when(expires_at)],
  ['LAST USED', ({ last_used_at }) => when(last_used_at)],
  ['SCOPES', ({ scopes }) => scopes.map(({ permission }) => permission).join(' ')],
];

const HOUR_MS = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };

/** `90d` in milliseconds. @throws {Failure} */
function lengthOf(option: string, text: string): number {
  const [, amount, unit = ''] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  const length = UNITS[unit];
  if (amount === undefined || length === undefined)
    throw usage(`${option} takes hours, days or weeks, such as 90d, not ${text}.`);
  return Number(amount) * length;
}

function shown(key: NewKey): string {
  const facts = fields([
    ['id', key.id],
    ['name', key.name],
    ['key', key.raw_key],
    ['scopes', key.scopes.map(({ permission }) => permission).join(' ')],
    ['expires', when(key.expires_at)],
  ]);
  return `${facts}\n\n${key.warning}`;
}

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('the API keys of your organization');
  keys
    .command('create <name>')
    .description('make a key, which is shown this once')
    .requiredOption('--scopes <list>', 'what it may do, with commas between: read, conversations:write, …')
    .option('--expires <time>', 'after so many hours, days or weeks: 12h, 90d, 26w')
    .addHelpText('after', '\nExample:\n  $ reqbase keys create "Nightly export" --scopes read --expires 90d')
    .action(async (name: string, { scopes, expires }: { scopes: string; expires?: string }, command: Command) => {
      const { api, organization, output, showOnce } = contextOf(command);
      showOnce();
      const body = {
        name,
        scopes: scopes.split(',').map((scope) => scope.trim()),
        ...(expires !== undefined && { expires_at: new Date(Date.now() + lengthOf('--expires', expires)).toISOString() }),
      };
      output.one(await api().one<NewKey>('POST', `/orgs/${await organization()}/keys`, { body }), shown);
    });
  paged(keys.command('list'))
    .description('list the keys')
    .action(async (options: PageOptions, command: Command) => {
      const { api, organization, output } = contextOf(command);
      output.list(await readPages<Key>(api(), `/orgs/${await organization()}/keys`, options), COLUMNS, 'There is no key.');
    });
  keys
    .command('rotate <id>')
    .description('make a key that takes its place; the former works on for a while')
    .option('--overlap <time>', 'how long: 0h to 7d', '24h')
    .addHelpText('after', '\nExample:\n  $ reqbase keys rotate ID --overlap 2d')
    .action(async (id: string, { overlap }: { overlap: string }, command: Command) => {
      const { api, organization, output, showOnce } = contextOf(command);
      showOnce();
      const body = { overlap_hours: lengthOf('--overlap', overlap) / HOUR_MS };
      const path = `/orgs/${await organization()}/keys/${encodeURIComponent(id)}/rotate`;
      output.one(await api().one<NewKey>('POST', path, { body }), shown);
    });
  keys
    .command('revoke <id>')
    .description('end a key: its next call is refused')
    .action(async (id: string, _options: object, command: Command) => {
      const { api, organization, output } = contextOf(command);
      const path = `/orgs/${await organization()}/keys/${encodeURIComponent(id)}/revoke`;
      output.one(await api().one<Key>('POST', path, { body: {} }), ({ name }) => `${name} is revoked.`);
    });
}
