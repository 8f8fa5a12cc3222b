import { DomainError, ERRORS, type ErrorCode, UNKNOWN_MEMBER } from '@reqbase/auth';
import * as z from 'zod';
import { namesIn } from '../path-names.ts';
import type { BoundProcedure } from '../procedures.ts';
import { orgFields } from './org-fields.ts';
import { fieldsIn, type Wire, wireName, wireOf } from './wire.ts';

/** An operation as a surface spells it. */
export type OperationView = {
  /** For documents. */
  readonly input: z.ZodObject;
  /** For documents: a success in its envelope. */
  readonly output: z.ZodType;
  /** What the wire calls a field of the input. */
  readonly nameOf: (field: string) => string;
  /**
   * From the wire's input to the procedure's.
   *
   * @throws {DomainError} BAD_REQUEST for a member that the wire does not have, where the input is strict, as the wire spells it
   */
  readonly decode: (input: Input) => Input;
  /** From what the procedure answers to what is sent, in its envelope. */
  readonly encode: (answer: unknown) => unknown;
};
type Input = Record<string, unknown>;

/** What there is to say of a surface that its procedures do not know: where it lives and how it spells things. */
export type DocumentedSurface = {
  readonly surface: 'project' | 'org' | 'platform';
  /** With `{name}` for the input's keys that stand in it. */
  readonly prefix: string;
  readonly title: string;
  readonly description: string;
  /** The headers that a key may come in. */
  readonly keyHeaders: { readonly authorization: boolean; readonly xApiKey: boolean };
  /** Codes that it tells as others. */
  readonly tellsAs: Partial<Record<ErrorCode, ErrorCode>>;
  /** A refusal in its envelope. */
  readonly Refusal: z.ZodType;
  /** The least that a refusal says. */
  readonly refusal: (code: ErrorCode, message: string) => unknown;
  readonly view: (operation: BoundProcedure) => OperationView;
};

const Code = z
  .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
  .meta({ description: 'Stable: branch on it, not on the message' });
const Issues = z.array(z.object({ path: z.string(), message: z.string() }));
const Seconds = z.int().meta({ description: 'Seconds' });
const Seats = z.object({ used: z.int(), limit: z.int() });
const Offenders = z.array(z.object({ scope: z.string(), reason: z.string() }));

/** The nested form of a refusal (wire-facts, rulings: what else it may carry). */
const NestedRefusal = z.object({
  error: z.object({
    code: Code,
    message: z.string(),
    requestId: z.string().optional(),
    issues: Issues.optional(),
    retryAfter: Seconds.optional(),
    requiredScope: z.string().optional(),
    grantedScopes: z.array(z.string()).optional(),
    requiredPlan: z.string().optional(),
    requiredRole: z.string().optional(),
    seats: Seats.optional(),
    offenders: Offenders.optional(),
    allowed: z.array(z.string()).optional(),
  }),
});

/** Contract Reqio. */
const project: DocumentedSurface = {
  surface: 'project',
  prefix: '/p/{projectId}/api/v1',
  title: 'Reqbase project API',
  description: [
    'For backends and workflow tools: the backlog of one project over plain HTTP, with a Bearer key. There is no CORS.',
    'Answers are `{"data": …}`, refusals `{"error": {"code", "message"}}`. Lists are `{items, hasMore, nextCursor}`.',
    'Every call counts against the project’s daily quota, once it has passed authentication and scope checks.',
  ].join('\n\n'),
  keyHeaders: { authorization: true, xApiKey: false },
  // A key of another project learns no more than a wrong one.
  tellsAs: { API_KEY_ORG_MISMATCH: 'UNAUTHORIZED', API_KEY_PROJECT_MISMATCH: 'UNAUTHORIZED' },
  Refusal: NestedRefusal,
  refusal: (code, message) => ({ error: { code, message } }),
  view: ({ input, output }) => ({
    input,
    output: z.object({ data: output }),
    nameOf: (field) => field,
    decode: (given) => given,
    encode: (data) => ({ data }),
  }),
};

/** Contract RogerIQ. */
const org: DocumentedSurface = {
  surface: 'org',
  prefix: '/api/v1',
  title: 'Reqbase organization API',
  description: [
    'For programs that serve a whole organization: its projects, their conversations and contacts, with a key in `X-API-Key` or as Bearer.',
    'Answers are `{"data": …}`, lists `{"data": […], "cursor", "has_more"}`, refusals `{"error", "code", "request_id", "issues"}`. Fields are in snake_case.',
    'A key belongs to one organization for ever. Every answer says where its limits stand; after a refusal with 429, `retry_after` seconds later the next call is let in.',
  ].join('\n\n'),
  keyHeaders: { authorization: true, xApiKey: true },
  tellsAs: { REQUESTER_NOT_FOUND: 'CONTACT_NOT_FOUND', ORGANIZATION_NOT_FOUND: 'RESOURCE_NOT_FOUND' },
  Refusal: z.object({
    error: z.string().meta({ description: 'For people' }),
    code: Code,
    request_id: z.string(),
    issues: Issues,
    retry_after: Seconds.optional(),
    required_scope: z.string().optional(),
    granted_scopes: z.array(z.string()).optional(),
    required_plan: z.string().optional(),
    required_role: z.string().optional(),
    seats: Seats.optional(),
    offenders: Offenders.optional(),
    allowed: z.array(z.string()).optional(),
  }),
  refusal: (code, message) => ({ error: message, code, request_id: 'req_6f1d3c52-0a3e-4b0b-9d0e-7c1f4f0a9b35', issues: [] }),
  view: ({ path, input, output, binding }) => {
    const fields = orgFields(path.split('.', 1)[0] ?? '');
    const inPath = namesIn(binding.path);
    const given = wireOf(input, fields, inPath);
    const known = fieldsIn(input);
    const answer = enveloped(wireOf(pageIn(output), fields));
    return {
      input: given.schema as z.ZodObject,
      output: answer.schema,
      // A header, or a name of the caller's own in an open record, stays as it is.
      nameOf: (field) => (inPath.includes(field) || !known.has(field) ? field : wireName(field, fields)),
      decode(wire) {
        const unknown = given.unknown(wire, []);
        if (unknown.length > 0)
          throw new DomainError('BAD_REQUEST', {
            issues: unknown.map((at) => ({ path: at.join('.'), message: UNKNOWN_MEMBER })),
          });
        return given.decode(wire) as Input;
      },
      encode: answer.encode,
    };
  },
};

/** Of an answer that may be a page or not, the page: this surface knows no other lists. */
function pageIn(output: z.ZodType): z.ZodType {
  const page = output instanceof z.ZodUnion ? output.options.find((option) => isPage(option as z.ZodType)) : undefined;
  return (page as z.ZodType | undefined) ?? output;
}

function isPage(schema: z.ZodType): schema is z.ZodObject<{ items: z.ZodType }> {
  return schema instanceof z.ZodObject && 'items' in schema.shape && 'nextCursor' in schema.shape;
}

function enveloped({ schema, encode }: Wire): Pick<OperationView, 'encode'> & { schema: z.ZodType } {
  const fields: Readonly<Record<string, z.ZodType>> = schema instanceof z.ZodObject ? schema.shape : {};
  const items = 'cursor' in fields ? fields['items'] : undefined;
  if (items === undefined) return { schema: z.object({ data: schema }), encode: (data) => ({ data: encode(data) }) };
  return {
    schema: z.object({
      data: items,
      cursor: z.string().nullable().meta({ description: 'For the next page; null with the last' }),
      has_more: z.boolean(),
    }),
    encode(answer) {
      const { items: data, cursor, has_more } = encode(answer) as Record<string, unknown>;
      return { data, cursor, has_more };
    },
  };
}

/** Contract Reqflo. */
const platform: DocumentedSurface = {
  surface: 'platform',
  prefix: '/api',
  title: 'Reqbase platform API',
  description: [
    'For continuous integration and its command line: scans of OpenAPI descriptions, and the catalogue of services, endpoints and findings that they fill, with a Bearer key of the organization; and the organization’s keys themselves.',
    'Answers are the resource itself, lists name their items, refusals are `{"error": {"code", "message"}}`.',
    'The organization is the key’s own. Only about keys it may be named, and then it has to be that one.',
    'A scope of a key that is bound to a service, an environment or a workflow opens that one: whatever else there is answers 404 and is in no list.',
    'A scan changes its whole service: only `scans:create` may be bound to an environment or a workflow, the other scopes that it takes to the service.',
  ].join('\n\n'),
  keyHeaders: { authorization: true, xApiKey: false },
  tellsAs: {},
  Refusal: NestedRefusal,
  refusal: (code, message) => ({ error: { code, message } }),
  view({ input, output, binding: { items, pathNames = {} } }) {
    const ours = new Map(Object.entries(pathNames));
    const theirs = new Map([...ours].map(([name, field]) => [field, name]));
    return {
      input,
      ...(items === undefined ? { output, encode: (answer) => answer } : listed(output, items)),
      nameOf: (field) => theirs.get(field) ?? field,
      decode: (given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [ours.get(name) ?? name, value])),
    };
  },
};

/** A list whose items are called by what they are. */
function listed(output: z.ZodType, name: string): Pick<OperationView, 'output' | 'encode'> {
  const { items = z.never(), ...rest } = (output as z.ZodObject<Record<string, z.ZodType>>).shape;
  return {
    output: z.object({ [name]: items, ...rest }),
    encode(answer) {
      const { items: all, ...others } = answer as Record<string, unknown>;
      return { [name]: all, ...others };
    },
  };
}

/** The surfaces that have a document, by name. */
export const DOCUMENTED_SURFACES = { project, org, platform } as const;
