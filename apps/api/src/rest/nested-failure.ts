import type { PublicError } from '@reqbase/auth';

/** A refusal as `{error:{code,message}}`, with whatever else there is to tell (wire-facts, rulings). */
export function nestedFailure({ code, message, issues, retryAfter, detail }: PublicError, requestId: string): unknown {
  return {
    error: {
      code,
      message,
      requestId,
      ...(issues.length > 0 && { issues }),
      ...(retryAfter !== undefined && { retryAfter }),
      ...detail,
    },
  };
}
