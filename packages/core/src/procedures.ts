import type { Requirement } from '@reqbase/auth';
import * as z from 'zod';
import { appRouter } from './app-router.ts';
import { namesIn } from './path-names.ts';
import { itemOf } from './stream.ts';
import type { Meta, RestBinding } from './trpc.ts';

/** A procedure as data. */
export type ProcedureFacts = {
  /** `slice.name`, as RPC calls it. */
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly meta: Meta;
  readonly need: Requirement;
  readonly input: z.ZodObject;
  /** Of a subscription, each of its items. */
  readonly output: z.ZodType;
  /** The procedure itself, for views of it. */
  readonly procedure: unknown;
};

type Internals = {
  _def: { type: 'query' | 'mutation' | 'subscription'; meta?: Meta; inputs: readonly unknown[]; output?: unknown };
};

/**
 * Every procedure of the router, in its order. The one reader of tRPC's `_def` (internal in name; trpc-to-openapi reads
 * the same): surfaces, documents and tests start from here.
 *
 * @throws when a procedure lacks its requirement, or its input is not one object, or its output is not a schema, or a
 *   subscription's is no stream or bound to a path
 */
export function listProcedures({ _def }: { _def: { procedures: object } } = appRouter): ProcedureFacts[] {
  const procedures = _def.procedures as Record<string, Internals>;
  return Object.entries(procedures).map(([path, procedure]) => {
    const { type, meta, inputs, output: declared } = procedure._def;
    const output = type === 'subscription' ? itemOf(declared) : declared;
    const [input, ...more] = inputs;
    if (meta?.need === undefined) throw new Error(`${path}: not built by project.ts`);
    if (!(input instanceof z.ZodObject) || more.length > 0) throw new Error(`${path}: takes something else than one object`);
    if (!(output instanceof z.ZodType)) throw new Error(`${path}: declares no output`);
    if (type === 'subscription' && meta.rest !== undefined) throw new Error(`${path}: a subscription has no path`);
    return { path, type, meta, need: meta.need, input, output, procedure };
  });
}

/** A procedure that is bound to a surface, its input as the surface has it. */
export type BoundProcedure = ProcedureFacts & { readonly binding: RestBinding };

/** Every procedure that is bound to the surface, in the router's order. */
export function boundProcedures(surface: 'project' | 'org' | 'platform'): BoundProcedure[] {
  return listProcedures().flatMap((facts) => {
    const binding = facts.meta.rest?.[surface];
    return binding === undefined ? [] : [{ ...facts, input: inputOf(facts, binding), binding }];
  });
}

function inputOf({ input }: ProcedureFacts, binding: RestBinding): z.ZodObject {
  const { path, defaults = {}, required = [], isOwnOrganization = false, mayNameOrganization = false, pathNames = {} } = binding;
  const fields: Readonly<Record<string, z.ZodType>> = input.shape;
  const fieldOf = (name: string) => fields[name] ?? z.never();
  const without = [...(binding.without ?? []), ...(isOwnOrganization ? ['organizationId'] : []), ...Object.values(pathNames)];
  // What stands in the path is there.
  const inPath = namesIn(path).flatMap((name): [string, z.ZodType][] => {
    const field = fields[name];
    return field instanceof z.ZodOptional ? [[name, field.unwrap() as z.ZodType]] : [];
  });
  const added = [
    ...inPath,
    ...Object.entries(defaults).map(([name, value]) => [name, fieldOf(name).default(value as never)] as const),
    ...required.map((name) => [name, withoutDefault(fieldOf(name))] as const),
    ...Object.entries(pathNames).map(([name, ours]) => [name, fieldOf(ours)] as const),
    ...(mayNameOrganization ? [['organizationId', fieldOf('organizationId').optional()] as const] : []),
  ];
  const kept = without.length === 0 ? input : input.omit(Object.fromEntries(without.map((name) => [name, true])) as never);
  return added.length === 0 ? kept : kept.extend(Object.fromEntries(added));
}

function withoutDefault(field: z.ZodType): z.ZodType {
  return field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field;
}
