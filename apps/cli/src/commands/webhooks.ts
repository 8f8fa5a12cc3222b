import type { Command } from 'commander';
import type { Api } from '../api.ts';
import { contextOf } from '../context.ts';
import { usage } from '../failure.ts';
import { type Column, fields, when } from '../output.ts';

type Webhook = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly status: string;
  readonly failure_count: number;
  readonly last_triggered_at: string | null;
  readonly secret?: string | null;
};
type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly status: string;
  readonly status_code: number | null;
  readonly duration_ms: number | null;
  readonly attempt: number;
  readonly error: string | null;
  readonly created_at: string;
};

const COLUMNS: readonly Column<Webhook>[] = [
  ['ID', ({ id }) => id],
  ['STATUS', ({ status }) => status],
  ['FAILURES', ({ failure_count }) => failure_count],
  ['LAST', ({ last_triggered_at }) => when(last_triggered_at)],
  ['EVENTS', ({ events }) => events.join(' ')],
  ['URL', ({ url }) => url],
];
const DELIVERIES: readonly Column<Delivery>[] = [
  ['ID', ({ id }) => id],
  ['EVENT', ({ event }) => event],
  ['STATUS', ({ status }) => status],
  ['CODE', ({ status_code }) => status_code],
  ['MS', ({ duration_ms }) => duration_ms],
  ['ATTEMPT', ({ attempt }) => attempt],
  ['WHEN', ({ created_at }) => when(created_at)],
  ['ERROR', ({ error }) => error],
];

function shown({ id, url, events, status, failure_count, last_triggered_at, secret }: Webhook): string {
  const facts = fields([
    ['id', id],
    ['url', url],
    ['events', events.join(' ')],
    ['status', status],
    ['failures', failure_count],
    ['last', when(last_triggered_at)],
    ['secret', secret ?? undefined],
  ]);
  return secret == null ? facts : `${facts}\n\nStore the secret now. It is not shown again.`;
}

const listed = (text: string) => text.split(',').map((event) => event.trim());

export function addWebhooks(program: Command): void {
  const webhooks = program.command('webhooks').description('who is told of what happens in a project');
  const at = (command: Command, id?: string) => {
    const { api, project, output, showOnce } = contextOf(command);
    const path = `/projects/${project()}/webhooks${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;
    return { api: api(), path, output, showOnce };
  };
  const read = (api: Api, path: string) => api.one<Webhook>('GET', path);
  webhooks
    .command('list')
    .description('list the webhooks')
    .action(async (_options: object, command: Command) => {
      const { api, path, output } = at(command);
      output.list(await api.page<Webhook>(path), COLUMNS, 'There is no webhook.');
    });
  webhooks
    .command('get <id>')
    .description('read a webhook')
    .action(async (id: string, _options: object, command: Command) => {
      const { api, path, output } = at(command, id);
      output.one(await read(api, path), shown);
    });
  webhooks
    .command('create <url>')
    .description('tell an address; its secret is shown this once')
    .requiredOption('--events <list>', 'with commas between: conversation.created, message.*, or *')
    .addHelpText(
      'after',
      '\nExample:\n  $ reqbase webhooks create https://example.com/hook --events "conversation.*,feature.created"',
    )
    .action(async (url: string, { events }: { events: string }, command: Command) => {
      const { api, path, output, showOnce } = at(command);
      showOnce();
      output.one(await api.one<Webhook>('POST', path, { body: { url, events: listed(events) } }), shown);
    });
  webhooks
    .command('update <id>')
    .description('change a webhook')
    .option('--url <url>')
    .option('--events <list>')
    .option('--status <status>', 'active or disabled')
    .action(async (id: string, { events, ...options }: { url?: string; events?: string; status?: string }, command: Command) => {
      const body = { ...options, ...(events !== undefined && { events: listed(events) }) };
      if (Object.keys(body).length === 0) throw usage('There is nothing to change: give --url, --events or --status.');
      const { api, path, output } = at(command, id);
      output.one(await api.one<Webhook>('PATCH', path, { body }), shown);
    });
  webhooks
    .command('test <id>')
    .description('send it the event webhook.test')
    .action(async (id: string, _options: object, command: Command) => {
      const { api, path, output } = at(command, id);
      output.one(await api.one<Delivery>('POST', `${path}/test`, { body: {} }), ({ status }) => `The test is ${status}.`);
    });
  webhooks
    .command('deliveries <id>')
    .description('list the last fifty deliveries')
    .action(async (id: string, _options: object, command: Command) => {
      const { api, path, output } = at(command, id);
      output.list(await api.page<Delivery>(`${path}/deliveries`, { limit: 50 }), DELIVERIES, 'Nothing has been sent yet.');
    });
  webhooks
    .command('rotate-secret <id>')
    .description('make another secret; for a day both sign')
    .option('--overlap-hours <n>', 'how long the former signs too, at most 24')
    .action(async (id: string, { overlapHours }: { overlapHours?: string }, command: Command) => {
      const { api, path, output, showOnce } = at(command, id);
      showOnce();
      const body = overlapHours === undefined ? {} : { overlap_hours: Number(overlapHours) };
      output.one(await api.one<Webhook>('POST', `${path}/rotate-secret`, { body }), shown);
    });
  webhooks
    .command('delete <id>')
    .description('tell an address no more')
    .action(async (id: string, _options: object, command: Command) => {
      const { api, path, output } = at(command, id);
      await api.one<undefined>('DELETE', path);
      output.one({ id, deleted: true }, () => 'Deleted.');
    });
}
