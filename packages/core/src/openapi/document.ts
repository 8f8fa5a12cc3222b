import { ERRORS, type ErrorCode, scopesOf } from '@reqbase/auth';
import { generateOpenApiDocument } from 'trpc-to-openapi';
import * as z from 'zod';
import { type BoundProcedure, boundProcedures } from '../procedures.ts';
import type { DocumentedSurface } from './surfaces.ts';
import { viewRouter } from './views.ts';
import { WIRE } from './wire.ts';

type Json = { [key: string]: unknown };
type Operation = Json & { operationId: string; responses: Record<string, Json>; parameters?: (Json & { name: string })[] };
type OpenApiDocument = Json & {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Json; [kind: string]: unknown };
};

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, whose scopes are named with each operation' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key, as with Bearer' },
} as const;

const TAGS: Readonly<Record<string, string>> = {
  announcements: 'Announcements to everyone who uses the widget',
  notifications: 'The feed of the project',
  backlog: 'Feature requests, their comments and votes',
  conversations: 'The inbox: what requesters and the team write to each other',
  members: 'Who works on the project, and with which role',
  projects: 'Projects and their settings',
  requesters: 'Who asks: contacts',
  widget: 'The configuration of the widget',
  organizationKeys: 'Keys of the organization',
  scans: 'Scans of APIs, as they were taken in',
  services: 'The catalogue: services and their endpoints',
  findings: 'What lint rules say of services',
};

/** The refusals that any operation of a surface can answer with, before its own. */
const GATE_CODES: readonly ErrorCode[] = [
  'BAD_REQUEST',
  'AMBIGUOUS_CREDENTIALS',
  'URI_TOO_LONG',
  'UNAUTHORIZED',
  'INVALID_TOKEN',
  'API_KEY_EXPIRED',
  'API_KEY_REVOKED',
  'IP_NOT_ALLOWED',
  'API_KEY_ORG_MISMATCH',
  'API_KEY_PROJECT_MISMATCH',
  'INSUFFICIENT_SCOPE',
  'PLAN_REQUIRED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'API_QUOTA_EXCEEDED',
  'INTERNAL_ERROR',
  'UNAVAILABLE',
];
const BODY_CODES: readonly ErrorCode[] = ['BAD_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/**
 * The surface's OpenAPI 3.1 document: trpc-to-openapi's, and a finishing pass for what it cannot say (statuses, the real
 * errors, headers, scopes). The same procedures give the same text, so that a difference is a change of the contract.
 */
export function openApiDocument(surface: DocumentedSurface): OpenApiDocument {
  const document = generateOpenApiDocument(viewRouter(surface) as never, {
    title: surface.title,
    description: surface.description,
    version: '1.0.0',
    baseUrl: '/',
    openApiVersion: '3.1.0',
    securitySchemes: schemesOf(surface),
  }) as unknown as OpenApiDocument;

  const bound = boundProcedures(surface.surface);
  const schemas = Object.entries(document.components.schemas).filter(([name]) => !name.startsWith('error.'));
  document.components.schemas = { ...Object.fromEntries(schemas), Error: errorSchema(surface) };
  document.components['headers'] = HEADERS;
  document['tags'] = [...new Set(bound.map(({ path }) => path.split('.', 1)[0] ?? ''))].map((name) => ({
    name,
    description: TAGS[name] ?? name,
  }));
  for (const procedure of bound) {
    const operation = document.paths[surface.prefix + procedure.binding.path]?.[procedure.binding.method.toLowerCase()];
    if (operation === undefined) throw new Error(`${procedure.path} is missing in the document`);
    finish(operation, procedure, surface);
  }
  return withOpenAnswers(named(document));
}

function schemesOf({ keyHeaders }: DocumentedSurface) {
  const { bearer, apiKey } = SECURITY_SCHEMES;
  return { ...(keyHeaders.authorization && { bearer }), ...(keyHeaders.xApiKey && { apiKey }) };
}

function finish(operation: Operation, procedure: BoundProcedure, surface: DocumentedSurface): void {
  const { binding, need, input } = procedure;
  const { '200': success = {} } = operation.responses;
  const status = binding.status ?? 200;
  operation['security'] = Object.keys(schemesOf(surface)).map((scheme) => ({ [scheme]: scopesOf(need) }));
  operation['x-required-scope'] = scopesOf(need).join(' ');
  // Of a parameter that may be left out, trpc-to-openapi looks behind what says so, and past its description.
  const { nameOf } = surface.view(procedure);
  const fields = Object.fromEntries(Object.entries<z.core.$ZodType>(input.shape).map(([name, field]) => [nameOf(name), field]));
  for (const parameter of operation.parameters ?? []) parameter['description'] ??= descriptionOf(fields[parameter.name]);
  operation.responses = {
    [status]: {
      description: status === 201 ? 'Created' : status === 204 ? 'Done' : 'Successful response',
      headers: headerRefs(binding),
      ...(status !== 204 && { content: success['content'] }),
    },
    ...(binding.etag !== undefined &&
      binding.method === 'GET' && {
        '304': { description: 'Nothing has changed since', headers: headerLinks(['X-Request-Id', ...KEY_HEADERS, 'ETag']) },
      }),
    ...errorResponses(codesOf(procedure, surface), surface),
  };
}

function descriptionOf(schema: z.core.$ZodType | undefined): string | undefined {
  const description = schema === undefined ? undefined : z.globalRegistry.get(schema)?.description;
  const isWrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable;
  return description ?? (isWrapped ? descriptionOf(schema.unwrap()) : undefined);
}

function codesOf(procedure: BoundProcedure, surface: DocumentedSurface): ErrorCode[] {
  const { method, isSecret } = procedure.binding;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return [
    ...new Set([
      ...GATE_CODES.filter((code) => !isOutOfReach(code, procedure, surface)),
      ...(hasBody ? BODY_CODES : []),
      ...(method === 'PATCH' ? (['NO_UPDATES'] as const) : []),
      ...(method === 'POST' && isSecret !== true ? (['IDEMPOTENCY_CONFLICT'] as const) : []),
      ...(procedure.meta.errors ?? []),
    ]),
  ];
}

/** Whether no call of the operation can be refused so. */
function isOutOfReach(code: ErrorCode, { binding, need }: BoundProcedure, { prefix }: DocumentedSurface): boolean {
  // The organization is the key's own; a day is a project's; only a part of the path can be too long.
  if (code === 'API_KEY_ORG_MISMATCH') return binding.isOwnOrganization === true && binding.mayNameOrganization !== true;
  if (code === 'API_QUOTA_EXCEEDED') return need.target === 'organization';
  return code === 'URI_TOO_LONG' && !(prefix + binding.path).includes('{');
}

/** One response for each status, naming its codes, with an example of each. */
function errorResponses(codes: readonly ErrorCode[], { tellsAs, refusal }: DocumentedSurface): Record<string, Json> {
  const told = new Set(codes.map((code) => tellsAs[code] ?? code));
  const byStatus = Map.groupBy(told, (code) => ERRORS[code][0]);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, ofStatus]) => [
        status,
        {
          description: ofStatus.map((code) => `\`${code}\`: ${ERRORS[code][1]}`).join('\n\n'),
          headers: headerLinks(headersOfRefusal(status)),
          content: {
            'application/json': {
              schema: { $ref: '#/components/schemas/Error' },
              examples: Object.fromEntries(ofStatus.map((code) => [code, { value: refusal(code, ERRORS[code][1]) }])),
            },
          },
        },
      ]),
  );
}

/** Limits are told to who has been let in or could be; never with 401. */
function headersOfRefusal(status: number): string[] {
  if (status === 401) return ['X-Request-Id', 'WWW-Authenticate'];
  if (status === 403) return ['X-Request-Id', 'WWW-Authenticate', ...KEY_HEADERS];
  return ['X-Request-Id', ...KEY_HEADERS, ...(status === 429 || status === 503 ? ['Retry-After'] : [])];
}

/** Told to who calls with a key that is good. */
const KEY_HEADERS = [
  'X-API-Key-Expires',
  'RateLimit',
  'RateLimit-Policy',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-RateLimit-Tier',
  'X-Quota-Limit',
  'X-Quota-Remaining',
  'X-Quota-Reset',
];

const integerHeader = (description: string) => ({ description, schema: { type: 'integer' } });
const textHeader = (description: string) => ({ description, schema: { type: 'string' } });

const HEADERS: Readonly<Record<string, Json>> = {
  'X-Request-Id': textHeader('Name it when you report a problem'),
  RateLimit: textHeader('Calls left in each window and the seconds until it ends (draft-ietf-httpapi-ratelimit-headers)'),
  'RateLimit-Policy': textHeader('The windows that the key’s calls are counted in'),
  'X-RateLimit-Limit': integerHeader('Calls that this key may make in a minute'),
  'X-RateLimit-Remaining': integerHeader('Calls left in this minute'),
  'X-RateLimit-Reset': integerHeader('Unix seconds when the minute ends'),
  'X-RateLimit-Tier': {
    description: 'Tier of the plan',
    schema: { type: 'string', enum: ['starter', 'pro', 'scale', 'enterprise'] },
  },
  'X-API-Key-Expires': {
    description:
      'When the key ends, as ISO 8601 in UTC, e.g. of one that has been rotated; absent when it does not. From then on it is refused with `API_KEY_EXPIRED`',
    schema: { type: 'string', format: 'date-time' },
  },
  'X-Quota-Limit': integerHeader('Calls that the project may make in a UTC day; absent when unlimited'),
  'X-Quota-Remaining': integerHeader('Calls left on this UTC day'),
  'X-Quota-Reset': integerHeader('Unix seconds of the next 00:00 UTC'),
  'Retry-After': integerHeader('Seconds after which a retry can succeed'),
  'WWW-Authenticate': textHeader('The Bearer challenge (RFC 6750 §3)'),
  ETag: textHeader('Changes with every change of the resource'),
  Location: textHeader('Path of what was created'),
  'Idempotent-Replayed': {
    description: 'Present when the answer is one given before',
    schema: { type: 'string', const: 'true' },
  },
};

const headerLinks = (headers: readonly string[]): Json =>
  Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

function headerRefs({ method, etag, location, isSecret }: BoundProcedure['binding']): Json {
  return headerLinks([
    'X-Request-Id',
    ...KEY_HEADERS,
    ...(etag === undefined ? [] : ['ETag']),
    ...(location === undefined ? [] : ['Location']),
    ...(method === 'POST' && isSecret !== true ? ['Idempotent-Replayed'] : []),
  ]);
}

function errorSchema({ Refusal }: DocumentedSurface): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(Refusal, { io: 'output' });
  return schema as Json;
}

/** With the wire's schemas under the names that it gives them. */
function named(document: OpenApiDocument): OpenApiDocument {
  const text = JSON.stringify(document)
    .replaceAll(`"${WIRE}`, '"')
    .replaceAll(`#/components/schemas/${WIRE}`, '#/components/schemas/');
  return JSON.parse(text) as OpenApiDocument;
}

/** Answers without `additionalProperties: false`, wherever they refer to: a client must not break when one gains a field. */
function withOpenAnswers(document: OpenApiDocument): OpenApiDocument {
  const { paths, components } = document;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const answered = schemasIn(
    operations.map(({ responses }) => responses),
    components.schemas,
  );
  for (const operation of operations) operation.responses = openObjects(operation.responses) as Operation['responses'];
  for (const name of answered) components.schemas[name] = openObjects(components.schemas[name]);
  return document;
}

/** The names of the schemas that a part of the document refers to, however far. */
function schemasIn(part: unknown, schemas: Json, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    if (!found.has(name)) schemasIn(schemas[name], schemas, found.add(name));
  return found;
}

function openObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openObjects);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) =>
      key === 'additionalProperties' && part === false ? [] : [[key, openObjects(part)]],
    ),
  );
}
