import * as z from 'zod';

export type JsonSchema = { [key: string]: unknown };

// What a schema says of itself, but for its name and examples: schemas of tools are read by models, each by itself and whole.
const described = {
  get(schema: z.core.$ZodType) {
    const { id: _id, examples: _examples, ...rest } = z.globalRegistry.get(schema) ?? {};
    return rest;
  },
} as unknown as z.core.$ZodRegistry<Record<string, unknown>>;

/** A schema as JSON Schema 2020-12, in one piece. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    metadata: described,
    override: ({ jsonSchema }) => {
      // The format says it in a word, and zod's safe integers are JSON's.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as JsonSchema;
  return json;
}
