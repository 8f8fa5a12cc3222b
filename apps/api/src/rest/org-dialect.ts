import { DOCUMENTED_SURFACES, snakeCase } from '@reqbase/core';
import type { Dialect } from './dialect.ts';

/** Contract RogerIQ: `{data}`, `{data,cursor,has_more}` and `{error,code,request_id,issues}`, in snake_case. */
export const orgDialect: Dialect = {
  ...DOCUMENTED_SURFACES.org,
  failure({ code, message, issues, retryAfter, detail = {} }, requestId) {
    return {
      error: message,
      code,
      request_id: requestId,
      issues,
      ...(retryAfter !== undefined && { retry_after: retryAfter }),
      ...Object.fromEntries(Object.entries(detail).map(([name, value]) => [snakeCase(name), value])),
    };
  },
};
