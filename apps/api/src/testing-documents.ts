import { readFileSync } from 'node:fs';
import { validate } from '@readme/openapi-parser';
import { ERRORS, type ErrorCode, scopesOf } from '@reqbase/auth';
import { type BoundProcedure, boundProcedures } from '@reqbase/core';
import { DOCUMENTED_SURFACES, openApiDocument } from '@reqbase/core/openapi';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';

type Surface = keyof typeof DOCUMENTED_SURFACES;
/** As a surface spells it: nested, or flat. */
type Refusal = {
  readonly error?: string | { readonly code: string; readonly message: string };
  readonly code?: string;
};
type DocumentedResponse = {
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: {
    readonly 'application/json': { readonly examples?: Readonly<Record<string, { readonly value: Refusal }>> };
  };
};
type Operation = {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: { readonly properties?: object } } };
  };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
};
type OpenApi = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>> };
};

export type Documented = {
  readonly document: OpenApi;
  readonly operations: readonly (readonly [path: string, procedure: BoundProcedure])[];
  readonly operationOf: (procedure: BoundProcedure) => Operation;
  /** Every refusal that the document names for an operation. */
  readonly documentedCodes: (procedure: BoundProcedure) => [status: number, code: string, message: string][];
  readonly expectValid: (pointer: string, value: unknown) => void;
  /** The answer's status, headers and body are the document's, in both directions. Returns the code of a refusal. */
  readonly expectDocumented: (procedure: BoundProcedure, answer: Response) => Promise<string | null>;
};

const OUR_HEADERS =
  /^(x-(request-id|ratelimit-.*|quota-.*|api-key-expires)|ratelimit.*|retry-after|etag|location|idempotent-replayed|www-authenticate|allow)$/;
/** Not on every answer: only where there is a quota, only on a retry. */
const SOMETIMES = /^((x-)?ratelimit(-.*)?|x-quota-.*|x-api-key-expires|idempotent-replayed|retry-after)$/;

/** The committed document of a surface, beside the procedures that it tells of. */
export function documentOf(surface: Surface): Documented {
  const { prefix } = DOCUMENTED_SURFACES[surface];
  const document = JSON.parse(readFileSync(new URL(`../openapi/${surface}.json`, import.meta.url), 'utf8')) as OpenApi;
  const operationOf = ({ path, binding }: BoundProcedure) => {
    const operation = document.paths[prefix + binding.path]?.[binding.method.toLowerCase()];
    if (operation === undefined) throw new Error(`${path} is not documented`);
    return operation;
  };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // Stricter than what clients are given: a member that the document does not name is a fault of ours.
  ajv.addSchema({ ...(closed(document) as object), $id: 'https://document.test/document.json' });
  const validators = new Map<string, ValidateFunction>();

  function expectValid(pointer: string, value: unknown): void {
    const check = validators.get(pointer) ?? ajv.compile({ $ref: `https://document.test/document.json${pointer}` });
    validators.set(pointer, check);
    expect(check(value) ? [] : check.errors, `${pointer}: ${JSON.stringify(value)}`).toEqual([]);
  }

  return {
    document,
    operations: boundProcedures(surface).map((procedure) => [procedure.path, procedure] as const),
    operationOf,
    documentedCodes: (procedure) =>
      Object.entries(operationOf(procedure).responses).flatMap(([status, { content }]) =>
        Object.entries(content?.['application/json'].examples ?? {}).map(([code, { value }]): [number, string, string] => {
          expect(codeIn(value)).toBe(code);
          return [Number(status), code, messageIn(value)];
        }),
      ),
    expectValid,
    async expectDocumented(procedure, answer) {
      const { binding } = procedure;
      const pointer = `#/paths/${(prefix + binding.path).replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${binding.method.toLowerCase()}/responses/${answer.status}`;
      const response = operationOf(procedure).responses[answer.status];
      if (response === undefined) throw new Error(`${procedure.path} has answered ${answer.status}, which is not documented`);
      const named = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
      expect([...answer.headers.keys()].filter((name) => OUR_HEADERS.test(name) && !named.includes(name))).toEqual([]);
      for (const [name, { $ref }] of Object.entries(response.headers ?? {})) {
        const value = answer.headers.get(name);
        // With 403, a challenge is for what another grant would mend.
        const isForScope = answer.status === 403 && name === 'WWW-Authenticate';
        if (value === null && isForScope) continue;
        if (value === null) expect(name.toLowerCase(), `${procedure.path} ${answer.status}`).toMatch(SOMETIMES);
        else expectValid(`${$ref}/schema`, /^\d+$/.test(value) ? Number(value) : value);
      }
      const text = await answer.text();
      if (response.content === undefined) {
        expect(text).toBe('');
        return null;
      }
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      const body = JSON.parse(text) as Refusal;
      expectValid(`${pointer}/content/application~1json/schema`, body);
      return codeIn(body);
    },
  };
}

/** Null where an answer is no refusal. */
function codeIn({ error, code }: Refusal): string | null {
  return (typeof error === 'string' ? code : error?.code) ?? null;
}

function messageIn({ error = '' }: Refusal): string {
  return typeof error === 'object' ? error.message : error;
}

function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]));
  return 'properties' in parts && 'type' in parts ? { additionalProperties: false, ...parts } : parts;
}

/** What holds of the text of a document, whatever a server answers. */
export function describeDocument(surface: Surface, { document, operations, operationOf, documentedCodes }: Documented) {
  describe(`openapi/${surface}.json`, () => {
    it('is what the procedures say (else run `npm run openapi` and review the difference)', () => {
      expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument(DOCUMENTED_SURFACES[surface]))));
    });

    it('is the same text at every run', () => {
      const [once, again] = [openApiDocument(DOCUMENTED_SURFACES[surface]), openApiDocument(DOCUMENTED_SURFACES[surface])];
      expect(JSON.stringify(again)).toBe(JSON.stringify(once));
    });

    it('is valid OpenAPI 3.1', async () => {
      expect(document.openapi).toMatch(/^3\.1\./);
      expect(await validate(structuredClone(document) as never)).toMatchObject({ valid: true, warnings: [] });
    });

    it('has each bound operation and no other, each with an id of its own', () => {
      const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const { prefix } = DOCUMENTED_SURFACES[surface];
      const bound = operations.map(([, { binding }]) => `${binding.method} ${prefix}${binding.path}`);
      expect(documented.sort()).toEqual(bound.sort());
      expect(new Set(operations.map(([, procedure]) => operationOf(procedure).operationId)).size).toBe(operations.length);
    });

    it.each(operations)('asks for the scopes of %s, and describes each of its parameters', (_path, procedure) => {
      const operation = operationOf(procedure);
      const { keyHeaders, view } = DOCUMENTED_SURFACES[surface];
      const scopes = scopesOf(procedure.need);
      expect(operation.security).toEqual([{ bearer: scopes }, ...(keyHeaders.xApiKey ? [{ apiKey: scopes }] : [])]);
      const described = [
        ...(operation.parameters ?? []).map(({ name }) => name),
        ...Object.keys(operation.requestBody?.content['application/json'].schema.properties ?? {}),
      ];
      expect(described.filter((name) => !/^(If-|Idempotency-)/.test(name)).sort()).toEqual(
        Object.keys(procedure.input.shape)
          .filter((name) => name !== 'ifVersion' && name !== 'ifMatch')
          .map(view(procedure).nameOf)
          .sort(),
      );
    });

    it('knows no code but the catalogue’s, with its status and words', () => {
      for (const [path, procedure] of operations) {
        for (const [status, code, message] of documentedCodes(procedure))
          expect([path, status, message]).toEqual([path, ...ERRORS[code as ErrorCode]]);
      }
      const code = { enum: Object.keys(ERRORS) };
      const isNested = surface !== 'org';
      expect(document.components.schemas['Error']).toMatchObject({
        properties: isNested ? { error: { properties: { code } } } : { code },
      });
    });
  });
}
