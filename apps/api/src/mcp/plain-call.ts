import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  SERVER_INFO_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
  specTypeSchemas,
} from '@modelcontextprotocol/server';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { Input } from '../call-procedure.ts';

/** Who answers, as MCP names it. */
export const SERVER = { name: 'reqbase', title: 'Reqbase', version: '1.0.0' };

const CURRENT = '2026-07-28';
/** As clients write it; of any other, the SDK says whether it is JSON. */
const JSON_TYPE = /^application\/json(; ?charset=utf-8)?$/i;
const EARLIER: ReadonlySet<string> = new Set(SUPPORTED_PROTOCOL_VERSIONS);

/** What the SDK takes for a value of the specification's type. */
const ofSpec = (type: 'Implementation' | 'ClientCapabilities') =>
  z.custom((value) => {
    const checked = specTypeSchemas[type]['~standard'].validate(value);
    return !(checked instanceof Promise) && checked.issues === undefined;
  });

const Message = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.int()]),
  method: z.literal('tools/call'),
  params: z.strictObject({
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).default({}),
    _meta: z
      .strictObject({
        [PROTOCOL_VERSION_META_KEY]: z.literal(CURRENT),
        [CLIENT_INFO_META_KEY]: ofSpec('Implementation'),
        [CLIENT_CAPABILITIES_META_KEY]: ofSpec('ClientCapabilities'),
      })
      .optional(),
  }),
});

/** A message that calls a tool, and what its revision says of every result. */
export type PlainCall = {
  readonly id: string | number;
  readonly name: string;
  readonly given: Input;
  readonly stamps: Readonly<Record<string, unknown>>;
};

/**
 * Reads a call of a tool that is as its revision writes it, to the letter, with the headers that belong to it: nearly every
 * message is. Null for whatever else, however little: what to make of that is the SDK's to say.
 */
export function plainCallIn(message: unknown, { headers }: Pick<FastifyRequest, 'headers'>): PlainCall | null {
  const { data } = Message.safeParse(message);
  if (data === undefined || !acceptsBoth(headers.accept) || !JSON_TYPE.test(headers['content-type'] ?? '')) return null;
  const { id, params } = data;
  const { name, arguments: given, _meta: envelope } = params;
  const version = headers['mcp-protocol-version'];
  if (envelope === undefined) return EARLIER.has(String(version)) ? { id, name, given, stamps: {} } : null;
  const isHeld = version === CURRENT && headers['mcp-method'] === 'tools/call' && headers['mcp-name'] === name;
  return isHeld ? { id, name, given, stamps: { resultType: 'complete', _meta: { [SERVER_INFO_META_KEY]: SERVER } } } : null;
}

/** MCP, Transports: a client takes JSON and streams of events, whichever the server sends. */
function acceptsBoth(accept: string | undefined): boolean {
  return accept?.includes('application/json') === true && accept.includes('text/event-stream');
}
