import type { Issue } from '@reqbase/auth';
import * as z from 'zod';
import { listProcedures, type ProcedureFacts } from '../procedures.ts';
import type { McpBinding } from '../trpc.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import { labelledSchema, labellerOf, WARNING } from './user-text.ts';

/** The endpoints: one for each project, one for each organization. */
export type McpTarget = 'project' | 'organization';

/** A tool as `tools/list` names it. */
export type ToolDefinition = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonSchema & { readonly type: 'object' };
  readonly outputSchema: JsonSchema & { readonly type: 'object' };
  readonly annotations: {
    readonly title: string;
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
};

type Arguments = Readonly<Record<string, unknown>>;

/** A procedure as MCP offers it. Nothing in it is a tool's own: all of it follows from the procedure and its binding. */
export type Tool = Pick<ProcedureFacts, 'path' | 'need' | 'output'> & {
  readonly definition: ToolDefinition;
  /** What is wrong with arguments before the procedure sees them: names that the tool does not have, a word of its own amiss. */
  readonly issuesOf: (given: Arguments) => Issue[];
  /** The procedure's input, but for the tenant, which the endpoint names. */
  readonly inputOf: (given: Arguments) => Record<string, unknown>;
  /** Issues with a procedure's input, under the names that the tool has. */
  readonly spelled: (issues: readonly Issue[]) => Issue[];
  /** What would happen, for arguments that have yet to be confirmed; null for those that need not be, or that do not fit anyway. */
  readonly unconfirmed: (given: Arguments, tenant: Record<string, unknown>) => string | null;
  /** The structured content of the procedure's answer, which it takes over. */
  readonly encode: (answer: unknown) => Record<string, unknown>;
};

const TENANT: Readonly<Record<McpTarget, string>> = { project: 'projectId', organization: 'organizationId' };

const OWN = {
  confirm: z.boolean().optional().meta({ description: 'Give true once a person has agreed to what the tool does' }),
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'Give 1 to 128 visible ASCII characters.')
    .optional()
    .meta({
      description:
        'Of your choice, 1 to 128 visible ASCII characters: sent again with it and the same arguments, it is done once',
    }),
} as const;

/** Every tool of an endpoint, in the router's order. */
export function toolsOf(target: McpTarget): Tool[] {
  return listProcedures().flatMap((facts) => {
    const { mcp } = facts.meta;
    return mcp === undefined || facts.need.target !== target ? [] : [toolOf(facts, mcp, TENANT[target])];
  });
}

function toolOf({ path, need, meta, input, output }: ProcedureFacts, binding: McpBinding, tenant: string): Tool {
  const { name, title, hints, confirm, names = {}, without = [], userText = [] } = binding;
  const fields: Readonly<Record<string, z.ZodType>> = input.shape;
  const ours = Object.keys(fields).filter((field) => field !== tenant && !without.includes(field));
  const wire = new Map(ours.map((field) => [field, names[field] ?? field]));
  const own = {
    ...(confirm !== undefined && { confirm: OWN.confirm }),
    ...(isDoneAnew(hints) && { idempotencyKey: OWN.idempotencyKey }),
  };
  const given = z.strictObject({ ...Object.fromEntries([...wire].map(([field, wired]) => [wired, fields[field]])), ...own });
  const labels = new Set(userText);
  const answered = outputSchemaOf(output);
  const label = labellerOf(answered, labels);
  const inputOf = (args: Arguments) =>
    Object.fromEntries([...wire].flatMap(([field, wired]) => (Object.hasOwn(args, wired) ? [[field, args[wired]]] : [])));
  return {
    path,
    need,
    output,
    definition: {
      name,
      title,
      description: [`${meta.summary}.`, meta.description, confirm && askingText(confirm)]
        .filter((text) => text !== undefined)
        .join(' '),
      inputSchema: objectSchema(jsonSchemaOf(given, 'input')),
      outputSchema: objectSchema(label === null ? answered : warned(labelledSchema(answered, labels))),
      annotations: {
        title,
        readOnlyHint: hints.readOnly === true,
        destructiveHint: hints.destructive === true,
        idempotentHint: hints.idempotent === true,
        openWorldHint: hints.openWorld === true,
      },
    },
    issuesOf(args) {
      const unknown = Object.keys(args).filter((field) => !Object.hasOwn(given.shape, field));
      const amiss = Object.entries(own).filter(([field, schema]) => !schema.safeParse(args[field]).success);
      return [
        ...unknown.map((field) => ({ path: field, message: 'The tool has no such argument.' })),
        ...amiss.map(([field]) => ({
          path: field,
          message: field === 'confirm' ? 'Give true or false.' : 'Give 1 to 128 visible ASCII characters.',
        })),
      ];
    },
    inputOf,
    spelled: (issues) =>
      issues.map(({ path: at, message }) => {
        const [first = '', ...rest] = at.split('.');
        return { path: [wire.get(first) ?? first, ...rest].join('.'), message };
      }),
    unconfirmed(args, of) {
      if (confirm === undefined || args['confirm'] === true) return null;
      const parsed = input.safeParse({ ...inputOf(args), ...of });
      if (!parsed.success) return null;
      const asks = Object.entries(confirm.when ?? {}).every(([field, values]) => values.includes(parsed.data[field]));
      return asks ? confirm.tells : null;
    },
    encode(answer) {
      if (answer === undefined) return { done: true };
      label?.(answer);
      return label === null ? (answer as Record<string, unknown>) : { ...(answer as Record<string, unknown>), _warning: WARNING };
    },
  };
}

function askingText({ tells, when = {} }: NonNullable<McpBinding['confirm']>): string {
  const values = Object.entries(when).map(([field, of]) => `${field} ${of.join(' or ')}`);
  return `${values.length === 0 ? 'Asks' : `With ${values.join(' and ')} it asks`} for \`confirm: true\`: ${tells}`;
}

/** Says whether the same call made again does its thing again. */
function isDoneAnew({ readOnly, idempotent, destructive, openWorld }: McpBinding['hints']): boolean {
  return readOnly !== true && idempotent !== true && (destructive !== true || openWorld === true);
}

function outputSchemaOf(output: z.ZodType): JsonSchema {
  return jsonSchemaOf(output instanceof z.ZodVoid ? z.object({ done: z.literal(true) }) : output, 'output');
}

function warned(schema: JsonSchema): JsonSchema {
  return {
    ...schema,
    properties: { ...(schema['properties'] as JsonSchema), _warning: { type: 'string' } },
    required: [...((schema['required'] as string[] | undefined) ?? []), '_warning'],
  };
}

/** @throws for what is no object: structured content is one (MCP, Tools, Output Schema) */
function objectSchema(schema: JsonSchema): ToolDefinition['inputSchema'] {
  if (schema['type'] !== 'object') throw new Error(`a tool takes and answers objects, not ${JSON.stringify(schema)}`);
  return schema as ToolDefinition['inputSchema'];
}
