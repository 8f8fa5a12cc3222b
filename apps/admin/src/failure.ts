import { ERRORS, type ErrorCode, type ErrorDetail, type Issue } from '@reqbase/core/contract';
import type { AppRouter } from '@reqbase/core/router';
import { TRPCClientError } from '@trpc/client';

/** What a screen can say of a failed call. */
export type Failure = {
  /** Null when no answer came. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly requestId: string | null;
  readonly issues: readonly Issue[];
  readonly detail: ErrorDetail;
  /** Seconds until a retry can succeed, where that is known. */
  readonly retryAfter: number | null;
  /** Worth another try without changing anything. */
  readonly isTransient: boolean;
};

const UNREACHABLE: Failure = {
  code: null,
  message: 'The server cannot be reached.',
  requestId: null,
  issues: [],
  detail: {},
  retryAfter: null,
  isTransient: true,
};

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** Reads whatever a query or a mutation threw. */
export function readFailure(error: unknown): Failure {
  if (!(error instanceof TRPCClientError)) {
    const message = error instanceof Error ? error.message : 'Something went wrong in this page.';
    return { ...UNREACHABLE, message, isTransient: false };
  }
  const { data, message } = error as TRPCClientError<AppRouter>;
  if (data == null || !isCode(data.appCode)) return UNREACHABLE;
  return {
    code: data.appCode,
    message,
    requestId: data.requestId,
    issues: data.issues,
    detail: data.detail ?? {},
    retryAfter: data.retryAfter ?? null,
    isTransient: data.httpStatus >= 500,
  };
}

/** The issues by form field: `scopes.0.permission` belongs to `scopes`. */
export function issuesByField({ issues }: Failure): Record<string, string> {
  const byField: Record<string, string> = {};
  for (const { path, message } of issues) byField[path.split('.')[0] ?? ''] ??= message;
  return byField;
}
