import {
  type AccessMeta,
  type AuthContext,
  type Credential,
  type ErrorCode,
  type Grant,
  type TargetKind,
  type Tenant,
  toPublic,
} from '@reqbase/auth';
import { initTRPC } from '@trpc/server';
import * as z from 'zod';
import type { IdempotencyClaim } from './idempotency.ts';
import type { Services } from './services.ts';

export type Surface = 'rpc' | 'project' | 'org' | 'platform' | 'mcp';

export type Context = AuthContext &
  Services & {
    readonly surface: Surface;
    /** The credential as it is by now: a call that goes on asks again whether it may. */
    readonly credentialNow: () => Promise<Credential>;
    /** Set for a call that carries an `Idempotency-Key`: `write` keeps its answer in the transaction of the act. */
    readonly idempotency: IdempotencyClaim | null;
  };

type Granted<Kind extends TargetKind> = Context & { readonly grant: Grant; readonly tenant: Tenant<Kind> };
/** A call let in to a project: what a service gets. */
export type ProjectContext = Granted<'project'>;
/** A call let in to an organization. */
export type OrganizationContext = Granted<'organization'>;
/** A call by a known caller about no particular tenant; the service answers with what is the caller's. */
export type CallerContext = Granted<'any'>;

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** How one surface reaches a procedure. Paths are relative to the surface's prefix. */
export type RestBinding = {
  readonly method: HttpMethod;
  /** With `{name}` for the input's keys that stand in the path. */
  readonly path: string;
  /** Of a success; 200 unless given. 204 answers without a body. */
  readonly status?: 200 | 201 | 204;
  /** Path of what was made, relative to the prefix, with `{name}` for fields of the answer. */
  readonly location?: string;
  /**
   * What the answer's ETag is made of. Its `version`: `If-Match` goes into the input as `ifVersion`. Its whole content:
   * into the input as `ifMatch`, to be compared with `contentTagOf`. Both, where an answer also holds what its version does
   * not count: `ifVersion` again.
   */
  readonly etag?: 'version' | 'content' | 'both';
  /** Fields of the answer that are null to whom they are not shown: where they are not, they are in the tag beside the version. */
  readonly perReader?: readonly string[];
  /** Fields of the input that are not the surface's: what it says by a header, for one. */
  readonly without?: readonly string[];
  /** Answers with a secret: what is kept for a retry by `Idempotency-Key` must not have one, so it takes none. */
  readonly isSecret?: boolean;
  /** About the key's own organization: nobody names one, neither in the path nor in the input. */
  readonly isOwnOrganization?: boolean;
  /** With that: whoever names one all the same is refused unless it is the key's own. */
  readonly mayNameOrganization?: boolean;
  /** What the path calls a key of the input otherwise, by the path's name of it. */
  readonly pathNames?: Readonly<Record<string, string>>;
  /** What the surface calls the items of a list. */
  readonly items?: string;
  /** What the input has on this surface unless the caller says otherwise. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Fields with a default that callers of this surface have to give all the same. */
  readonly required?: readonly string[];
  /** A field of the answer that is told once: kept for retries without it, the answer has null there when it is repeated. */
  readonly once?: string;
  /** Bytes; Fastify's default unless given. */
  readonly bodyLimit?: number;
};

/** How MCP offers a procedure as a tool. Which endpoint has it is told by what it is about: a project or an organization. */
export type McpBinding = {
  readonly name: string;
  readonly title: string;
  /** What a client may know beforehand: only reads; the same again changes nothing; loses something; reaches other people. */
  readonly hints: {
    readonly readOnly?: true;
    readonly idempotent?: true;
    readonly destructive?: true;
    readonly openWorld?: true;
  };
  /** Asks for `confirm: true`, always or with one of these values in the input; without it the caller is told what would happen. */
  readonly confirm?: { readonly tells: string; readonly when?: Readonly<Record<string, readonly unknown[]>> };
  /** What the tool calls fields of the input: ours → the tool's. */
  readonly names?: Readonly<Record<string, string>>;
  /** Fields of the input that the tool does not have. */
  readonly without?: readonly string[];
  /** Fields of the answer, at whatever depth, that hold what end users wrote. */
  readonly userText?: readonly string[];
};

export type Meta = AccessMeta & {
  readonly summary: string;
  readonly description?: string;
  /** The refusals of its own, beside those of the gates. */
  readonly errors?: readonly ErrorCode[];
  readonly rest?: { readonly [surface in 'project' | 'org' | 'platform']?: RestBinding };
  readonly mcp?: McpBinding;
};

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    // For proxies, which cut what is silent for a minute; and for browsers, which do not notice a connection that died.
    sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 40_000 } },
    // The catalogue's words only: tRPC would send any error's own message, and its stack.
    errorFormatter({ shape, error, ctx }) {
      const { status, message, code: appCode, issues, retryAfter, detail } = toPublic(error);
      return {
        message,
        code: shape.code,
        data: {
          code: shape.data.code,
          path: procedureName(shape.data.path),
          httpStatus: status,
          appCode,
          requestId: ctx?.requestId ?? null,
          issues,
          retryAfter,
          detail,
        },
      };
    },
  });

/** What was called, if it can be a procedure: who mistakes a key for one must not find it repeated. */
function procedureName(path: string | undefined): string | undefined {
  return path !== undefined && /^\w{1,40}\.\w{1,40}$/.test(path) ? path : undefined;
}

export const { router, createCallerFactory } = t;
/** For `project.ts` alone: procedures are built from its builders. */
export const procedure = parsingAtOnce(t.procedure);

type Steps = { readonly [step in 'meta' | 'use' | 'concat' | 'input' | 'output']: (argument: unknown) => Steps };

/**
 * The builder, its schemas parsed at once. tRPC calls `parseAsync`, and zod (4.6) runs its compiled checks for `parse`
 * only: a page of 25 features then takes a third of the time, a whole call two thirds. A schema that has to wait throws.
 */
function parsingAtOnce<Builder>(builder: Builder): Builder {
  const { meta, use, concat, input, output } = builder as Steps;
  const steps: Steps = {
    meta: (argument) => parsingAtOnce(meta(argument)),
    use: (argument) => parsingAtOnce(use(argument)),
    concat: (argument) => parsingAtOnce(concat(argument)),
    input: (schema) => parsingAtOnce(input(parsedAtOnce(schema))),
    output: (schema) => parsingAtOnce(output(parsedAtOnce(schema))),
  };
  return { ...builder, ...steps };
}

function parsedAtOnce(schema: unknown): unknown {
  if (!(schema instanceof z.ZodType)) return schema;
  return Object.assign(schema, { parseAsync: async (value: unknown) => schema.parse(value) });
}
