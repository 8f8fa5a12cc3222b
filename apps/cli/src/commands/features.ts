import type { Command } from 'commander';
import { contextOf, type PageOptions, paged, readPages } from '../context.ts';
import { type Column, fields, plain, when } from '../output.ts';

type Feature = {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly description: string | null;
  readonly category: string;
  readonly status: string;
  readonly completion_kind: string | null;
  readonly close_reason: string | null;
  readonly vote_count: number;
  readonly comment_count: number;
  readonly tags: readonly string[];
  readonly created_at: string;
};

const COLUMNS: readonly Column<Feature>[] = [
  ['ID', ({ id }) => id],
  ['#', ({ number }) => number],
  ['STATUS', ({ status }) => status],
  ['VOTES', ({ vote_count }) => vote_count],
  ['CREATED', ({ created_at }) => when(created_at)],
  ['TITLE', ({ title }) => title],
];

function shown(feature: Feature): string {
  const facts = fields([
    ['id', feature.id],
    ['number', feature.number],
    ['title', feature.title],
    ['category', feature.category],
    ['status', [feature.status, feature.completion_kind ?? feature.close_reason].filter(Boolean).join(', ')],
    ['votes', feature.vote_count],
    ['comments', feature.comment_count],
    ['tags', feature.tags.join(', ')],
    ['created', when(feature.created_at)],
  ]);
  return feature.description === null ? facts : `${facts}\n\n${plain(feature.description)}`;
}

type ListOptions = PageOptions & {
  readonly status?: string;
  readonly q?: string;
  readonly tag?: string[];
  readonly sort?: string;
};
type CreateOptions = { readonly description?: string; readonly category?: string; readonly tag?: string[] };
type StatusOptions = { readonly kind?: string; readonly reason?: string; readonly duplicateOf?: string };

export function addFeatures(program: Command): void {
  const features = program.command('features').description('what people ask for');
  paged(features.command('list'))
    .description('list feature requests')
    .option('--status <list>', 'NEEDS_ACTION, IN_PROGRESS, COMPLETED; several with commas between')
    .option('--tag <tag...>', 'with all of these tags')
    .option('--q <words>', 'words in title or description')
    .option('--sort <by>', 'created_at, updated_at, votes, revenue, comments')
    .addHelpText('after', '\nExample:\n  $ reqbase features list --status NEEDS_ACTION --sort votes --limit 10')
    .action(async ({ status, tag, q, sort, ...options }: ListOptions, command: Command) => {
      const { api, project, output } = contextOf(command);
      const page = await readPages<Feature>(api(), `/projects/${project()}/features`, options, { status, tag, q, sort });
      output.list(page, COLUMNS, 'No feature request is like this.');
    });
  features
    .command('show <id>')
    .description('read a feature request')
    .action(async (id: string, _options: object, command: Command) => {
      const { api, project, output } = contextOf(command);
      output.one(await api().one<Feature>('GET', `/projects/${project()}/features/${encodeURIComponent(id)}`), shown);
    });
  features
    .command('create <title>')
    .description('add a feature request')
    .option('--description <text>')
    .option('--category <category>', 'FEATURE, ERROR, FEEDBACK or OTHER')
    .option('--tag <tag...>')
    .addHelpText('after', '\nExample:\n  $ reqbase features create "Dark mode" --tag ui')
    .action(async (title: string, { tag, ...options }: CreateOptions, command: Command) => {
      const { api, project, output } = contextOf(command);
      const body = { title, ...options, ...(tag !== undefined && { tags: tag }) };
      output.one(await api().one<Feature>('POST', `/projects/${project()}/features`, { body }), shown);
    });
  features
    .command('status <id> <status>')
    .description('change the status: who asked and who voted are told')
    .option('--kind <kind>', 'of COMPLETED: SHIPPED or NEXT_UPDATE')
    .option('--reason <reason>', 'of COMPLETED, instead: DECLINED, DUPLICATE or OUT_OF_SCOPE')
    .option('--duplicate-of <id>', 'with the reason DUPLICATE: the other one, to which the votes move')
    .addHelpText('after', '\nExample:\n  $ reqbase features status ID COMPLETED --kind SHIPPED')
    .action(async (id: string, status: string, { kind, reason, duplicateOf }: StatusOptions, command: Command) => {
      const { api, project, output } = contextOf(command);
      const body = {
        status,
        ...(kind !== undefined && { completion_kind: kind }),
        ...(reason !== undefined && { close_reason: reason }),
        ...(duplicateOf !== undefined && { duplicate_of_id: duplicateOf }),
      };
      output.one(await api().one<Feature>('PATCH', `/projects/${project()}/features/${encodeURIComponent(id)}`, { body }), shown);
    });
}
