import * as z from 'zod';

/** Turns the text of a query or path parameter into what its schema takes; what does not fit stays text, for zod to refuse. */
export type Decoder = (text: string | readonly string[]) => unknown;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** The decoder for a field, decided once from its schema, which is only read. */
export function decoderFor(schema: z.core.$ZodType): Decoder {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return arrayDecoder(inner.element as z.core.$ZodType);
  const scalar = scalarDecoder(inner);
  // A parameter given twice is no scalar: zod refuses the list.
  return (text) => (typeof text === 'string' ? scalar(text) : text);
}

/** Lists come repeated; lists of names also comma-separated. */
function arrayDecoder(element: z.core.$ZodType): Decoder {
  const inner = unwrap(element);
  const scalar = scalarDecoder(inner);
  const isNames = inner instanceof z.ZodEnum;
  return (text) => {
    const given = typeof text === 'string' ? [text] : text;
    return (isNames ? given.flatMap((part) => part.split(',')) : given).map(scalar);
  };
}

function scalarDecoder(schema: z.core.$ZodType): (text: string) => unknown {
  if (schema instanceof z.ZodNumber) return (text) => (NUMBER.test(text) ? Number(text) : text);
  if (schema instanceof z.ZodBoolean) return (text) => (text === 'true' ? true : text === 'false' ? false : text);
  return (text) => text;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}
