import { DOCUMENTED_SURFACES } from '@reqbase/core';
import type { Dialect } from './dialect.ts';

/** Contract Reqio: `{data}` and `{error:{code,message}}`. */
export const projectDialect: Dialect = {
  ...DOCUMENTED_SURFACES.project,
  failure({ code, message, issues, retryAfter, detail }, requestId) {
    // The contract's quota answer is these two fields and no others.
    if (code === 'API_QUOTA_EXCEEDED') return { error: { code, message } };
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
  },
};
