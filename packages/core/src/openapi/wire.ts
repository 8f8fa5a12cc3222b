import * as z from 'zod';

/**
 * How a surface spells what a slice calls by its own names; what it does not speak of is written in snake_case. One map
 * serves input, output and document.
 */
export type FieldMap = {
  /** Our name → the wire's. */
  readonly names?: Readonly<Record<string, string>>;
  /** By our name of a field, its values that the wire writes otherwise: ours → the wire's. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the schemas of the document are called: ours → the wire's. */
  readonly schemas?: Readonly<Record<string, string>>;
};

type Convert = (value: unknown) => unknown;
type Path = readonly string[];
type FindPaths = (value: unknown, path: Path) => readonly Path[];

/** A schema as the wire has it, and the way there and back. */
export type Wire = {
  /** For documents: nothing is validated by it. */
  readonly schema: z.ZodType;
  /** From what the procedure answers. */
  readonly encode: Convert;
  /** To what the procedure takes. Names that the wire does not have are dropped (see `unknown`); wrong values are left to the procedure. */
  readonly decode: Convert;
  /** Where a value of the wire's has members that a strict object does not know. */
  readonly unknown: FindPaths;
};

/** Begins the names of the wire's schemas in zod's registry, where ours stand too; documents are written without it. */
export const WIRE = 'wire.';

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The wire's name of a field. */
export function wireName(name: string, { names = {} }: FieldMap): string {
  return names[name] ?? snakeCase(name);
}

/** Our names of the fields in a schema, at whatever depth, but for those that callers choose themselves. */
export function fieldsIn(schema: z.core.$ZodType, found = new Set<string>()): ReadonlySet<string> {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return fieldsIn(schema.unwrap(), found);
  if (schema instanceof z.ZodArray) return fieldsIn(schema.element as z.core.$ZodType, found);
  if (schema instanceof z.ZodUnion) for (const option of schema.options) fieldsIn(option, found);
  if (!(schema instanceof z.ZodObject) || isOpen(schema)) return found;
  for (const [name, field] of Object.entries<z.core.$ZodType>(schema.shape)) fieldsIn(field, found.add(name));
  return found;
}

/** A schema's view on the wire. The fields in `kept` are called there as here: they stand in a path. */
export function wireOf(schema: z.core.$ZodType, map: FieldMap, kept: readonly string[] = []): Wire {
  return kept.length === 0 ? viewIn(schema, null, map) : described(viewOf(schema, null, map, kept), schema, map);
}

/** Of a schema that has a name there is one view: a document has it once. */
const NAMED = new WeakMap<FieldMap, WeakMap<z.core.$ZodType, Wire>>();

function viewIn(schema: z.core.$ZodType, field: string | null, map: FieldMap): Wire {
  const make = () => described(viewOf(schema, field, map), schema, map);
  if (z.globalRegistry.get(schema)?.id === undefined) return make();
  const views = NAMED.get(map) ?? new WeakMap<z.core.$ZodType, Wire>();
  NAMED.set(map, views);
  const view = views.get(schema) ?? make();
  views.set(schema, view);
  return view;
}

/** `field` is the name under which the schema is met, which says how its values are written. */
function viewOf(schema: z.core.$ZodType, field: string | null, map: FieldMap, kept: readonly string[] = []): Wire {
  const inner = (part: z.core.$ZodType) => viewIn(part, field, map);
  if (schema instanceof z.ZodOptional) return wrapped(inner(schema.unwrap()), (part) => part.optional());
  if (schema instanceof z.ZodNullable) return wrapped(inner(schema.unwrap()), (part) => part.nullable());
  if (schema instanceof z.ZodDefault) {
    const part = inner(schema.unwrap());
    return wrapped(part, (view) => view.default(part.encode(schema.def.defaultValue) as never));
  }
  if (schema instanceof z.ZodArray) return viewOfArray(schema, inner(schema.element as z.core.$ZodType));
  if (schema instanceof z.ZodUnion)
    return viewOfUnion(
      schema.options,
      schema.options.map((option) => inner(option)),
    );
  if (schema instanceof z.ZodObject && !isOpen(schema)) return viewOfObject(schema, map, kept);
  const values = field === null ? undefined : map.values?.[field];
  if (schema instanceof z.ZodEnum && values !== undefined) return viewOfValues(schema.options, values);
  if (schema instanceof z.ZodBoolean && values !== undefined) return viewOfValues([false, true], values);
  return { schema: schema as z.ZodType, encode: same, decode: same, unknown: none };
}

/** Of names that callers choose themselves. */
function isOpen({ def: { catchall } }: z.ZodObject): boolean {
  return catchall !== undefined && !(catchall instanceof z.ZodNever);
}

/** Says whether an object takes no other members than its own. */
function isStrict({ def: { catchall } }: z.ZodObject): boolean {
  return catchall instanceof z.ZodNever;
}

const same: Convert = (value) => value;
const none: FindPaths = () => [];

/** What is not there stays so. */
function wrapped({ schema, encode, decode, unknown }: Wire, wrap: (schema: z.ZodType) => z.ZodType): Wire {
  const unlessMissing =
    (convert: Convert): Convert =>
    (value) =>
      value === null || value === undefined ? value : convert(value);
  return { schema: wrap(schema), encode: unlessMissing(encode), decode: unlessMissing(decode), unknown };
}

function viewOfArray({ def: { checks = [] } }: z.ZodArray, { schema, encode, decode, unknown }: Wire): Wire {
  const each =
    (convert: Convert): Convert =>
    (value) =>
      Array.isArray(value) ? value.map((part) => convert(part)) : value;
  return {
    schema: z.array(schema).check(...(checks as never[])),
    encode: each(encode),
    decode: each(decode),
    unknown: (value, path) =>
      Array.isArray(value) ? value.flatMap((part, index) => unknown(part, [...path, String(index)])) : [],
  };
}

/** A union's view is that of the option which the value's form speaks for. */
function viewOfUnion(options: readonly z.core.$ZodType[], views: readonly Wire[]): Wire {
  const forms = options.map((option) =>
    option instanceof z.ZodArray ? 'array' : option instanceof z.ZodObject ? 'object' : 'other',
  );
  const chosen = (value: unknown) => views[forms.indexOf(formOf(value))];
  return {
    schema: z.union(views.map(({ schema }) => schema)),
    encode: (value) => chosen(value)?.encode(value) ?? value,
    decode: (value) => chosen(value)?.decode(value) ?? value,
    unknown: (value, path) => chosen(value)?.unknown(value, path) ?? [],
  };
}

function formOf(value: unknown): 'array' | 'object' | 'other' {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'object' && value !== null ? 'object' : 'other';
}

function viewOfObject(object: z.ZodObject, map: FieldMap, kept: readonly string[]): Wire {
  const fields = Object.entries<z.core.$ZodType>(object.shape).map(([name, field]) => ({
    ours: name,
    wire: kept.includes(name) ? name : wireName(name, map),
    view: viewIn(field, name, map),
  }));
  const convert = (from: 'ours' | 'wire', to: 'ours' | 'wire', way: 'encode' | 'decode'): Convert => {
    return (value) => {
      if (formOf(value) !== 'object') return value;
      const given = value as Readonly<Record<string, unknown>>;
      const parts = fields.filter((field) => Object.hasOwn(given, field[from]) && given[field[from]] !== undefined);
      return Object.fromEntries(parts.map((field) => [field[to], field.view[way](given[field[from]])]));
    };
  };
  const views = new Map(fields.map(({ wire, view }) => [wire, view]));
  const shape = Object.fromEntries(fields.map(({ wire, view }) => [wire, view.schema]));
  return {
    schema: isStrict(object) ? z.strictObject(shape) : z.object(shape),
    encode: convert('ours', 'wire', 'encode'),
    decode: convert('wire', 'ours', 'decode'),
    unknown(value, path) {
      if (formOf(value) !== 'object') return [];
      return Object.entries(value as object).flatMap(([name, part]) => {
        const view = views.get(name);
        if (view === undefined) return isStrict(object) ? [[...path, name]] : [];
        return view.unknown(part, [...path, name]);
      });
    },
  };
}

function viewOfValues(options: readonly unknown[], spelled: Readonly<Record<string, string>>): Wire {
  const wires = new Map(options.map((option) => [option, spelled[String(option)] ?? String(option)]));
  const ours = new Map([...wires].map(([option, wire]): [unknown, unknown] => [wire, option]));
  return {
    schema: z.enum([...wires.values()]),
    encode: (value) => wires.get(value) ?? value,
    decode: (value) => (ours.has(value) ? ours.get(value) : value),
    unknown: none,
  };
}

/** A text in which fields are named between backticks. */
function inWords(text: string, map: FieldMap): string {
  return text.replace(/`([a-z]+[A-Z]\w*)`/g, (_, name: string) => `\`${wireName(name, map)}\``);
}

/** With what the original says of itself, its name and examples as the wire has them. */
function described(wire: Wire, original: z.core.$ZodType, map: FieldMap): Wire {
  const meta = z.globalRegistry.get(original);
  if (meta === undefined || wire.schema === original) return wire;
  const { id, examples, description, ...rest } = meta;
  const { schemas = {} } = map;
  const schema = wire.schema.meta({
    ...rest,
    ...(description !== undefined && { description: inWords(description, map) }),
    ...(id !== undefined && { id: `${WIRE}${schemas[id] ?? id}` }),
    ...(Array.isArray(examples) && { examples: examples.map((example) => wire.encode(example)) }),
  });
  return { ...wire, schema };
}
