import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { ERRORS, type ErrorCode, type ErrorDetail, type ErrorStatus, type Issue, type PublicError } from './errors.ts';
import { isOutOfReach } from './out-of-reach.ts';

type TrpcCode = TRPCError['code'];

const TRPC_CODES: Record<ErrorStatus, TrpcCode> = {
  // No procedure answers so: the polls of a device are no calls of tRPC's.
  202: 'PRECONDITION_REQUIRED',
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  410: 'NOT_FOUND',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'BAD_REQUEST',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
};

type DomainErrorOptions = {
  readonly detail?: ErrorDetail;
  readonly issues?: readonly Issue[];
  /** Seconds until a retry can succeed. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
};

/** The one error that services and gates throw: a code of the catalogue, with particulars. Status and text live there. */
export class DomainError extends TRPCError {
  readonly appCode: ErrorCode;
  readonly options: DomainErrorOptions;
  constructor(appCode: ErrorCode, options: DomainErrorOptions = {}) {
    const [status, message] = ERRORS[appCode];
    // Under TRPCError's own name, by which adapters of other makers know an error of tRPC's.
    super({ code: TRPC_CODES[status], message, cause: options.cause });
    this.appCode = appCode;
    this.options = options;
  }
}

/** What each of Fastify's own refusals is called here. */
const FRAMEWORK_CODES = new Map<string, ErrorCode>([
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'BAD_JSON'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'BAD_JSON'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'BAD_REQUEST'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'PAYLOAD_TOO_LARGE'],
  ['FST_ERR_BAD_URL', 'BAD_REQUEST'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'URI_TOO_LONG'],
  ['FST_ERR_ASYNC_CONSTRAINT', 'BAD_REQUEST'],
]);

/** tRPC's own refusals: a path that is not there, a body that does not parse, a mutation called by GET. */
const PLAIN_TRPC_CODES: Partial<Record<TrpcCode, ErrorCode>> = {
  PARSE_ERROR: 'BAD_JSON',
  BAD_REQUEST: 'BAD_REQUEST',
  NOT_FOUND: 'RESOURCE_NOT_FOUND',
  METHOD_NOT_SUPPORTED: 'METHOD_NOT_ALLOWED',
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  UNSUPPORTED_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
};

/**
 * What a caller is told of `error`: the one translator of every surface. Anything unknown becomes `INTERNAL_ERROR`
 * with the catalogue's text; the error itself goes to the log, never out.
 */
export function toPublic(error: unknown): PublicError {
  if (error instanceof DomainError) {
    const { detail, issues = [], retryAfter } = error.options;
    return publicError(error.appCode, issues, {
      ...(retryAfter !== undefined && { retryAfter }),
      ...(detail !== undefined && { detail }),
    });
  }
  if (error instanceof TRPCError) {
    // A domain error or a failed input may stand behind tRPC's; a failed output is ours, and stays INTERNAL_SERVER_ERROR.
    if (error.cause instanceof DomainError) return toPublic(error.cause);
    if (error.code === 'BAD_REQUEST' && error.cause instanceof ZodError) return publicError('BAD_REQUEST', issuesOf(error.cause));
    if (isOutOfReach(error)) return unavailable();
    return publicError(PLAIN_TRPC_CODES[error.code] ?? 'INTERNAL_ERROR');
  }
  if (isOutOfReach(error)) return unavailable();
  return publicError(FRAMEWORK_CODES.get(frameworkCode(error)) ?? (isFrameworkRefusal(error) ? 'BAD_REQUEST' : 'INTERNAL_ERROR'));
}

function unavailable(): PublicError {
  return publicError('UNAVAILABLE', [], { retryAfter: 1 });
}

function publicError(code: ErrorCode, issues: readonly Issue[] = [], rest: Partial<PublicError> = {}): PublicError {
  const [status, message] = ERRORS[code];
  return { status, code, message, issues, ...rest };
}

/** Of a member of an object that takes no others than its own. */
export const UNKNOWN_MEMBER = 'There is no such member.';

/** zod's issues, each with its path in dots; an unknown member has one of its own. */
function issuesOf(error: ZodError): Issue[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: UNKNOWN_MEMBER }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
}

/** Fastify's other refusals of a request, each with a status of its own. */
function isFrameworkRefusal(error: unknown): boolean {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return frameworkCode(error).startsWith('FST_') && typeof status === 'number' && status >= 400 && status < 500;
}

function frameworkCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
