import { basename } from 'node:path';
import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addAudit } from './commands/audit.ts';
import { addAuth } from './commands/auth.ts';
import { addCan } from './commands/can.ts';
import { addConversations } from './commands/conversations.ts';
import { addFeatures } from './commands/features.ts';
import { addKeys } from './commands/keys.ts';
import { addMcp } from './commands/mcp.ts';
import { addProjects } from './commands/projects.ts';
import { addScan } from './commands/scan.ts';
import { addWebhooks } from './commands/webhooks.ts';

const EXAMPLES = `
Examples:
  $ reqbase auth login --api-base https://feedback.example.com
  $ reqbase projects list
  $ reqbase conversations list --project demo --status open
  $ reqbase features list --project demo --json | jq '.data[].title'

Environment: RIQ_API_KEY, RIQ_API_BASE, RIQ_PROJECT_ID, RIQ_ORG_ID. An option goes before them, they before what is kept.
Exit codes: 0 done, 1 wrong call, 2 refused by the server, 3 not signed in or not allowed, 4 too many calls, 5 findings (scan).`;

/** The whole command line. */
export function createProgram(): Command {
  const program = new Command('reqbase')
    .description('Feedback, conversations and keys of your products')
    .version(manifest.version)
    .option('--api-key <key>', 'the key to call with (better: RIQ_API_KEY, which other users cannot see)')
    .option('--api-base <url>', 'the server')
    .option('--project <id>', 'the project, by id or slug')
    .option('--org <id>', 'the organization, by id or slug')
    .option('--json', 'print JSON, as is done by itself where the output is no terminal')
    .option('--quiet', 'print ids only')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  addAuth(program);
  addProjects(program);
  addConversations(program);
  addFeatures(program);
  addKeys(program);
  addWebhooks(program);
  addScan(program);
  addAudit(program);
  addCan(program);
  addMcp(program);
  inherit(program);
  // The script of completion is for the name that asked for it.
  if (process.argv[2] === 'complete') program.name(basename(process.argv[1] ?? 'reqbase'));
  tab(program);
  return program;
}

/** Failures are told in one place, for every command of every group. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}
