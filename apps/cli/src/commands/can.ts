import { styleText } from 'node:util';
import type { Command } from 'commander';
import { send } from '../api.ts';
import { type Context, contextOf } from '../context.ts';
import { usage } from '../failure.ts';

type Explanation = {
  readonly scope: string;
  readonly is_allowed: boolean;
  readonly gates: readonly {
    readonly gate: string;
    readonly outcome: string;
    readonly code: string | null;
    readonly message: string | null;
  }[];
};
type Document = {
  readonly paths: Record<string, Record<string, { readonly operationId: string; readonly 'x-required-scope': string }>>;
};

/** An operation as the document names it: `conversationsReply`, `conversations.reply` or `POST /projects/{id}/conversations`. */
export function addCan(program: Command): void {
  program
    .command('can <operation>')
    .description('say whether the key may do something, and which gate would refuse')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reqbase can conversations:write --project demo\n  $ reqbase can conversations.reply --project demo\n  $ reqbase can "GET /orgs/{organizationId}/keys"',
    )
    .action(async (operation: string, _options: object, command: Command) => {
      const context = contextOf(command);
      const { scope, isOfProject } = operation.includes(':')
        ? { scope: operation, isOfProject: null }
        : await lookedUp(context, operation);
      const query = await target(context, isOfProject);
      context.output.one(await context.api().one<Explanation>('GET', '/me/can', { query: { scope, ...query } }), told);
    });
}

/** What the server's own document says of an operation. @throws {Failure} for one that it does not name */
async function lookedUp({ apiBase }: Context, operation: string): Promise<{ scope: string; isOfProject: boolean }> {
  const response = await send(new URL('/openapi/org.json', apiBase), 'GET', {});
  const { paths } = (await response.json()) as Document;
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { operationId, 'x-required-scope': scope }] of Object.entries(methods)) {
      if (isNamed(operation, operationId) || isCall(operation, method, path))
        return { scope, isOfProject: path.includes('{projectId}') };
    }
  }
  throw usage(`There is no operation ${operation}.`, `${apiBase}/openapi/org.json names them.`);
}

/** `keys.create` as well as `organizationKeysCreate`: the surface has no other keys. */
function isNamed(operation: string, operationId: string): boolean {
  const bare = (name: string) => name.replace(/[._-]/g, '').toLowerCase();
  return [operationId, operationId.replace(/^organization(?=[A-Z])/, '')].some((name) => bare(name) === bare(operation));
}

/** Whatever stands for the parameters of the path: their names in braces, or values. */
function isCall(operation: string, method: string, path: string): boolean {
  const [asked = '', where = ''] = operation.trim().split(/\s+/);
  const segments = (text: string) =>
    text
      .replace(/^\/api\/v1(?=\/)/, '')
      .replace(/\/$/, '')
      .split('/');
  const [given, known] = [segments(where), segments(path)];
  return (
    asked.toLowerCase() === method &&
    given.length === known.length &&
    known.every((segment, index) => (segment.startsWith('{') ? given[index] !== '' : segment === given[index]))
  );
}

/** Of a scope alone: on the project if one is named, else on the organization. */
async function target(context: Context, isOfProject: boolean | null): Promise<Record<string, string>> {
  if (isOfProject === true) return { project_id: decodeURIComponent(context.project()) };
  if (isOfProject === null) {
    try {
      return { project_id: decodeURIComponent(context.project()) };
    } catch {
      // None is named.
    }
  }
  return { organization_id: decodeURIComponent(await context.organization()) };
}

function told({ scope, is_allowed, gates }: Explanation): string {
  const lines = gates.map(({ gate, outcome, code, message }) => {
    const mark = { passed: styleText('green', '✓'), refused: styleText('red', '✗') }[outcome] ?? styleText('dim', '·');
    return `${mark} ${gate}${code === null ? '' : `  ${code}: ${message}`}`;
  });
  return [is_allowed ? `Yes, it may (${scope}).` : `No (${scope}).`, ...lines].join('\n');
}
