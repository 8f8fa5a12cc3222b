import type { Command } from 'commander';
import { writeConfig } from '../config.ts';
import { contextOf, type PageOptions, paged, readPages } from '../context.ts';
import { usage } from '../failure.ts';
import { type Column, fields, when } from '../output.ts';

type Project = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly domain: string | null;
  readonly timezone: string;
  readonly created_at: string;
};

const COLUMNS: readonly Column<Project>[] = [
  ['ID', ({ id }) => id],
  ['SLUG', ({ slug }) => slug],
  ['NAME', ({ name }) => name],
  ['DOMAIN', ({ domain }) => domain],
  ['CREATED', ({ created_at }) => when(created_at)],
];

const shown = ({ id, slug, name, domain, timezone }: Project) =>
  fields([
    ['id', id],
    ['slug', slug],
    ['name', name],
    ['domain', domain],
    ['timezone', timezone],
  ]);

export function addProjects(program: Command): void {
  const projects = program.command('projects').description('the projects of your organization');
  paged(projects.command('list'))
    .description('list the projects')
    .action(async (options: PageOptions, command: Command) => {
      const { api, organization, output } = contextOf(command);
      const page = await readPages<Project>(api(), `/orgs/${await organization()}/projects`, options);
      output.list(page, COLUMNS, 'There is no project yet: `reqbase projects create NAME` makes one.');
    });
  projects
    .command('create <name>')
    .description('make a project; whoever makes it owns it')
    .option('--slug <slug>', 'its name in addresses; made of the name unless given')
    .option('--domain <domain>', 'where the product lives')
    .option('--timezone <zone>', 'such as Europe/Berlin')
    .addHelpText('after', '\nExample:\n  $ reqbase projects create "Web shop" --slug shop --domain shop.example.com')
    .action(async (name: string, options: { slug?: string; domain?: string; timezone?: string }, command: Command) => {
      const { api, organization, output } = contextOf(command);
      const project = await api().one<Project>('POST', `/orgs/${await organization()}/projects`, { body: { name, ...options } });
      output.one(project, shown);
    });
  projects
    .command('use <project>')
    .description('keep a project as the one that commands are about')
    .action(async (project: string, _options: object, command: Command) => {
      const { api, apiBase, config, organization, output } = contextOf(command);
      if (config.apiBase !== undefined && config.apiBase !== apiBase)
        throw usage(`You are signed in at ${config.apiBase}: that is where a project can be kept.`);
      const found = await api().one<Project>('GET', `/orgs/${await organization()}/projects/${encodeURIComponent(project)}`);
      writeConfig({ ...config, projectId: found.id });
      output.one(found, ({ name, slug }) => `Commands are about ${name} (${slug}) from now on.`);
    });
}
