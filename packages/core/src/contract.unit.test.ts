import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthContext, ERRORS, type Grant, PLAN_NAMES, SCOPE_NAMES, type Scope } from '@reqbase/auth';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { boundProcedures, listProcedures, type ProcedureFacts } from './procedures.ts';
import { caller, organization, project } from './project.ts';
import { Instant } from './schema-kit.ts';
import { streamOf } from './stream.ts';
import { type Context, procedure, router } from './trpc.ts';

const PROCEDURES = listProcedures().map((facts) => [facts.path, facts] as const);
const SURFACES = ['project', 'org', 'platform'] as const;
const BOUND = SURFACES.flatMap((surface) =>
  boundProcedures(surface).map((facts) => [`${surface}: ${facts.binding.method} ${facts.binding.path}`, facts] as const),
);
/** The input's keys that the surface's prefix names. */
const IN_PREFIX = { project: ['projectId'], org: [], platform: [] } as const;

type Schema = { readonly [key: string]: any };
const inputSchema = ({ input }: ProcedureFacts) => z.toJSONSchema(input, { io: 'input' }) as Schema;
const namesIn = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** Every part of a JSON Schema with the path that leads to it. */
function* partsOf(schema: Schema, path = ''): Generator<[path: string, part: Schema]> {
  yield [path, schema];
  for (const [name, property] of Object.entries(schema['properties'] ?? {}))
    yield* partsOf(property as Schema, `${path}.${name}`);
  for (const word of ['items', 'additionalProperties', 'propertyNames']) {
    if (typeof schema[word] === 'object') yield* partsOf(schema[word] as Schema, `${path}[${word}]`);
  }
  for (const word of ['anyOf', 'oneOf', 'allOf']) {
    for (const [index, part] of ((schema[word] ?? []) as Schema[]).entries()) yield* partsOf(part, `${path}|${index}`);
  }
  for (const [name, part] of Object.entries(schema['$defs'] ?? {})) yield* partsOf(part as Schema, `${path}#${name}`);
}

const BOUNDED: Readonly<Record<string, (part: Schema) => boolean>> = {
  string: (part) =>
    part['maxLength'] !== undefined || part['format'] !== undefined || part['enum'] !== undefined || part['const'] !== undefined,
  array: (part) => part['maxItems'] !== undefined,
  integer: isRanged,
  number: isRanged,
  object: (part) =>
    part['additionalProperties'] === undefined || part['additionalProperties'] === false || part['maxProperties'] !== undefined,
  boolean: () => true,
  null: () => true,
};

function isRanged({ minimum, maximum }: Schema): boolean {
  return minimum !== undefined && maximum !== undefined;
}

function isBounded(part: Schema): boolean {
  if (part['type'] !== undefined) return BOUNDED[part['type']]?.(part) ?? false;
  // Without a type it is a choice or a reference, whose parts are looked at themselves; anything else takes anything.
  return ['anyOf', 'oneOf', 'allOf', '$ref', 'enum', 'const'].some((word) => word in part);
}

const unboundedIn = (schema: Schema) => [...partsOf(schema)].filter(([, part]) => !isBounded(part)).map(([path]) => path);

it('finds everything in an input that has no limit', () => {
  const loose = z.object({
    text: z.string(),
    list: z.array(z.string().max(3)),
    deep: z
      .object({
        numbers: z
          .array(z.union([z.number(), z.int().min(0).max(9)]))
          .max(3)
          .optional(),
      })
      .nullish(),
    map: z.record(z.string().max(3), z.boolean()),
    anything: z.unknown(),
  });
  const found = ['.text', '.list', '.deep|0.numbers[items]|0', '.map', '.anything'];
  expect(unboundedIn(z.toJSONSchema(loose, { io: 'input' })).toSorted()).toEqual(found.toSorted());
  expect(unstorableIn(loose)).toEqual(['.text', '.list[]', '.map{}', '.anything']);
});

describe.each(PROCEDURES)('%s', (_path, facts) => {
  const { need, meta, type, input, output } = facts;

  it('asks for a scope of the list, and says what it is about', () => {
    expect(SCOPE_NAMES).toContain(need.scope);
    expect(need.plan === undefined || PLAN_NAMES.includes(need.plan)).toBe(true);
    const named = { project: 'projectId', organization: 'organizationId', any: null }[need.target];
    if (named !== null) expect(input.shape[named]?.safeParse(undefined).success, `${named} is required`).toBe(false);
  });

  it('has a summary of one line', () => {
    expect(meta.summary).toMatch(/^[A-Z][^\n]{5,78}[^.\s]$/);
  });

  it('takes one object in which every text, list and number has a limit', () => {
    const schema = inputSchema(facts);
    expect(schema['type']).toBe('object');
    expect(unboundedIn(schema)).toEqual([]);
  });

  it('takes no text that the database cannot hold', () => {
    expect(unstorableIn(input)).toEqual([]);
  });

  it('takes no instant but one that lies in the years that are written with four digits', () => {
    const instants = [...partsOf(inputSchema(facts))]
      .filter(([, part]) => part['format'] === 'date-time')
      .map(([path]) => path.split(/[|[]/, 1)[0] ?? '');
    for (const path of instants) {
      const field = path
        .slice(1)
        .split('.')
        .reduce<z.ZodType>((schema, name) => (unwrap(schema) as z.ZodObject).shape[name] as z.ZodType, input);
      expect(field.safeParse('2026-01-01T00:00:00Z').success, path).toBe(true);
      expect(field.safeParse('9999-12-31T23:59:59-10:00').success, path).toBe(false);
    }
  });

  it('never reads from its input who is acting', () => {
    expect(Object.keys(input.shape)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(user|actor|caller|org|createdBy|revokedBy)(Id)?$/)]),
    );
  });

  it('writes its output out, as JSON', () => {
    if (output instanceof z.ZodVoid) {
      expect(type).toBe('mutation');
      return;
    }
    // An object; or, where a contract answers without an envelope of its own, a choice that says so.
    if (!(output instanceof z.ZodUnion)) expect(output).toBeInstanceOf(z.ZodObject);
    const schema = z.toJSONSchema(output, { io: 'output' }) as Schema;
    const open = [...partsOf(schema)].filter(
      ([path, part]) => Object.keys(part).length === 0 && !path.endsWith('[additionalProperties]'),
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('names its own refusals by codes of the catalogue, each once', () => {
    const errors = meta.errors ?? [];
    expect(errors.filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
    expect(new Set(errors).size).toBe(errors.length);
  });

  it('names INVALID_CURSOR if it takes a cursor, and the resource that it may not find', () => {
    expect(meta.errors?.includes('INVALID_CURSOR') ?? false).toBe('cursor' in input.shape);
    if ('id' in input.shape) expect(meta.errors?.some((code) => code.endsWith('_NOT_FOUND'))).toBe(true);
  });
});

describe('the bindings', () => {
  it('are there: the project surface has the operations of the contract and no other', () => {
    expect(
      boundProcedures('project')
        .map(({ binding: { method, path } }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual([
      'DELETE /features/{id}',
      'DELETE /features/{id}/comments/{commentId}',
      'DELETE /members/{id}',
      'GET /announcements',
      'GET /conversations',
      'GET /conversations/{id}',
      'GET /conversations/{id}/messages',
      'GET /features',
      'GET /features/{id}',
      'GET /features/{id}/comments',
      'GET /features/{id}/developer-note',
      'GET /features/{id}/developer-note/agent-section',
      'GET /features/{id}/screenshot',
      'GET /members',
      'GET /members/{id}',
      'GET /notifications',
      'GET /project',
      'GET /project/widget',
      'GET /requesters',
      'PATCH /features/{id}',
      'PATCH /members/{id}',
      'PATCH /project',
      'PATCH /project/widget',
      'POST /agent-claims',
      'POST /agent-events',
      'POST /announcements',
      'POST /conversations/{id}/messages',
      'POST /features',
      'POST /features/{id}/comments',
      'POST /members',
      'PUT /features/{id}/developer-note',
      'PUT /features/{id}/developer-note/agent-section',
    ]);
  });

  it.each(SURFACES)('of %s have each method and path once, parameters called alike', (surface) => {
    const routes = boundProcedures(surface).map(({ binding: { method, path } }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
    expect(new Set(routes).size).toBe(routes.length);
    const byShape = Map.groupBy(boundProcedures(surface), ({ binding: { path } }) => path.replace(/\{\w+\}/g, '{}'));
    for (const alike of byShape.values()) expect(new Set(alike.map(({ binding }) => binding.path)).size).toBe(1);
  });

  it.each(BOUND)('%s: its path names inputs that are single texts', (name, { binding, input }) => {
    const surface = name.split(':', 1)[0] as (typeof SURFACES)[number];
    for (const parameter of [...IN_PREFIX[surface], ...namesIn(binding.path)]) {
      expect(unwrap(input.shape[parameter] as z.ZodType), parameter).toBeInstanceOf(z.ZodType);
      expect(['string', 'uuid'], parameter).toContain(unwrap(input.shape[parameter] as z.ZodType)._zod.def.type);
    }
  });

  it.each(BOUND.filter(([, { input }]) => 'cursor' in input.shape))(
    '%s: can be asked by time, as every list (reference/domain-model)',
    (_name, { input }) => {
      expect(Object.keys(input.shape)).toEqual(expect.arrayContaining(['createdAfter', 'createdBefore', 'updatedSince']));
    },
  );

  it.each(BOUND)('%s: reads by GET, acts by another method', (_name, { type, binding }) => {
    expect(binding.method === 'GET').toBe(type === 'query');
  });

  it.each(BOUND.filter(([, { binding }]) => binding.method === 'GET' || binding.method === 'DELETE'))(
    '%s: its query parameters are scalars and lists of them',
    (_name, { input, binding }) => {
      for (const [parameter, field] of Object.entries(input.shape)) {
        if (namesIn(binding.path).includes(parameter)) continue;
        const inner = unwrap(field as z.ZodType);
        const scalar = inner instanceof z.ZodArray ? unwrap(inner.element as z.ZodType) : inner;
        expect(['string', 'number', 'boolean', 'enum'], parameter).toContain(scalar._zod.def.type);
      }
    },
  );

  it.each(BOUND)(
    '%s: says 204 exactly when it answers nothing, and 201 with the address of what it made',
    (_name, { binding, output, input }) => {
      expect(binding.status === 204).toBe(output instanceof z.ZodVoid);
      expect(binding.status === 201).toBe(binding.location !== undefined);
      const known = Object.keys({ ...input.shape, ...(output instanceof z.ZodObject && output.shape) });
      expect(known).toEqual(expect.arrayContaining(namesIn(binding.location ?? '')));
    },
  );

  it.each(BOUND.filter(([, { binding }]) => binding.method === 'PATCH' || binding.method === 'PUT'))(
    '%s: is held to an If-Match',
    (_name, { binding, input, meta }) => {
      expect(binding.etag).toBeDefined();
      expect(Object.keys(input.shape)).toContain(binding.etag === 'content' ? 'ifMatch' : 'ifVersion');
      expect(meta.errors).toContain('PRECONDITION_FAILED');
    },
  );

  it.each(BOUND.filter(([, { binding }]) => binding.etag !== undefined))(
    '%s: answers what its ETag is made of, and asks for no other',
    (_name, { binding, output, input }) => {
      if (binding.etag !== 'content') expect((output as z.ZodObject).shape).toHaveProperty('version');
      const isWritten = binding.method === 'PATCH' || binding.method === 'PUT';
      expect('ifVersion' in input.shape).toBe(isWritten && binding.etag !== 'content');
      expect('ifMatch' in input.shape).toBe(isWritten && binding.etag === 'content');
    },
  );

  it('of one resource make its ETag alike, whether it is read or written', () => {
    for (const alike of Map.groupBy(boundProcedures('project'), ({ binding: { path } }) => path).values()) {
      const tagged = alike.filter(({ binding }) => binding.method !== 'POST' && binding.method !== 'DELETE');
      expect(new Set(tagged.map(({ binding }) => binding.etag)).size).toBeLessThan(2);
    }
  });

  it.each(BOUND.filter(([, { binding }]) => binding.method === 'POST'))(
    '%s: keeps no answer for retries that has a secret',
    (_name, { output, binding }) => {
      const isSecret = Object.keys((output as z.ZodObject).shape).some((name) => /raw|secret|token|password/i.test(name));
      expect(binding.isSecret ?? false).toBe(isSecret);
    },
  );
});

describe('a procedure', () => {
  it('cannot be built without a scope: the builders have nothing else', () => {
    expectTypeOf<keyof typeof project>().toEqualTypeOf<'scope'>();
    expectTypeOf<keyof typeof organization>().toEqualTypeOf<'scope'>();
    expectTypeOf<keyof typeof caller>().toEqualTypeOf<'scope'>();
    for (const builders of [project, organization, caller]) expect(Object.keys(builders)).toEqual(['scope']);
    expectTypeOf(project.scope).parameter(0).toEqualTypeOf<Scope>();
    expectTypeOf(organization.scope).parameter(0).toEqualTypeOf<Scope>();
    expectTypeOf(caller.scope).parameter(0).toEqualTypeOf<Scope>();
    // @ts-expect-error a procedure without a scope does not compile
    void project.query;
    // @ts-expect-error nor one without a name for its scope
    expect(() => project.scope()).not.toThrow();
    // @ts-expect-error nor one with a scope that is not in the list
    void project.scope('backlog:everything');
  });

  it('knows its tenant and grant in its context, by what it was built for', () => {
    project.scope('backlog:read').query(({ ctx }) => {
      expectTypeOf(ctx.tenant.project).toEqualTypeOf<{ readonly id: string; readonly orgId: string; readonly slug: string }>();
      expectTypeOf(ctx.grant).toEqualTypeOf<Grant>();
    });
    organization.scope('keys:read').query(({ ctx }) => expectTypeOf(ctx.tenant.organization).not.toBeNullable());
    caller.scope('project:read').query(({ ctx }) => expectTypeOf(ctx.tenant.organization).toBeNullable());
    expectTypeOf<Context>().toExtend<AuthContext>();
    expectTypeOf<Context>().not.toHaveProperty('grant');
  });

  it('is not listed, and so not served, when it lacks its scope, its one object or its output', () => {
    const Input = z.object({ projectId: z.string().max(9) });
    const scoped = project.scope('backlog:read').meta({ summary: 'Try' });
    const listed = (one: object) => listProcedures(router({ one } as never));
    expect(
      listed(
        scoped
          .input(Input)
          .output(z.object({}))
          .query(() => ({})),
      ).map(({ path }) => path),
    ).toEqual(['one']);
    expect(() =>
      listed(
        procedure
          .meta({ summary: 'Try' })
          .input(Input)
          .output(z.object({}))
          .query(() => ({})),
      ),
    ).toThrow('one: not built by project.ts');
    expect(() => listed(scoped.output(z.object({})).query(() => ({})))).toThrow('one: takes something else than one object');
    expect(() =>
      listed(
        scoped
          .input(z.array(z.string()))
          .output(z.object({}))
          .query(() => ({})),
      ),
    ).toThrow('one: takes something else than one object');
    expect(() =>
      listed(
        scoped
          .input(Input)
          .input(z.object({ more: z.string() }))
          .output(z.object({}))
          .query(() => ({})),
      ),
    ).toThrow('one: takes something else');
    expect(() => listed(scoped.input(Input).query(() => ({})))).toThrow('one: declares no output');
  });

  it('that streams says what each item is, and has no path', () => {
    const Input = z.object({ projectId: z.string().max(9) });
    const Item = z.object({ at: z.int() });
    const listed = (one: object) => listProcedures(router({ one } as never));
    const scoped = project.scope('backlog:read').meta({ summary: 'Watch' }).input(Input);
    async function* none() {}
    expect(listed(scoped.output(streamOf(Item)).subscription(none))).toMatchObject([{ type: 'subscription', output: Item }]);
    expect(() => listed(scoped.subscription(none))).toThrow('one: declares no output');
    expect(() => listed(scoped.output(Item as never).subscription(none as never))).toThrow('one: declares no output');
    const bound = scoped.meta({ summary: 'Watch', rest: { project: { method: 'GET', path: '/watch' } } });
    expect(() => listed(bound.output(streamOf(Item)).subscription(none))).toThrow('one: a subscription has no path');
  });

  it('is built by project.ts alone: no other source imports the bare builder', () => {
    const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
    );
    const importers = sources.filter((file) =>
      /import\s*\{[^}]*\bprocedure\b[^}]*\}\s*from\s*'[^']*trpc\.ts'/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
    );
    expect(importers).toEqual(['project.ts']);
    expect(sources.filter((file) => /initTRPC/.test(readFileSync(join(import.meta.dirname, file), 'utf8')))).toEqual(['trpc.ts']);
  });
});

describe('an instant', () => {
  it.each([
    '0001-01-01T00:00:00Z',
    '2026-03-14T10:20:30.123456789+20:00',
    '9999-12-31T23:59:59.999Z',
    '9999-12-31T23:59:59+12:00',
  ])('may be %s', (text) => {
    expect(Instant.safeParse(text).success).toBe(true);
  });
  it.each([
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-00:01',
    '0001-01-01T00:00:00+00:01',
    '2026-02-30T00:00:00Z',
    '2026-01-01',
    '+010000-01-01T00:00:00Z',
    '',
  ])('may not be "%s"', (text) => {
    expect(Instant.safeParse(text).success).toBe(false);
  });
});

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrap(schema.unwrap() as z.ZodType);
  return schema;
}

const UNSTORABLE = ['\0', 'a\0b', '\ud800', 'b\udc00', 'https://example.com/\0', 'https://example.com/\ud800', 'a\0@example.com'];

/** The paths of the texts in an input that take a NUL or half a character. */
function unstorableIn(schema: z.ZodType, path = ''): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([name, field]) => unstorableIn(field as z.ZodType, `${path}.${name}`));
  if (inner instanceof z.ZodArray) return unstorableIn(inner.element as z.ZodType, `${path}[]`);
  if (inner instanceof z.ZodUnion)
    return inner.options.flatMap((option, index) => unstorableIn(option as z.ZodType, `${path}|${index}`));
  if (inner instanceof z.ZodRecord)
    return [inner.keyType, inner.valueType].flatMap((part) => unstorableIn(part as z.ZodType, `${path}{}`));
  return UNSTORABLE.some((text) => inner.safeParse(text).success) ? [path] : [];
}
