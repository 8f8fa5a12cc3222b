import { DOCUMENTED_SURFACES } from '@reqbase/core';
import type { Dialect } from './dialect.ts';

/** Contract Reqio: `{data}` and `{error:{code,message}}`; a key of another project learns no more than a wrong one. */
export const projectDialect: Dialect = {
  surface: 'project',
  prefix: DOCUMENTED_SURFACES.project.prefix,
  keyHeaders: { authorization: true, xApiKey: false },
  success: DOCUMENTED_SURFACES.project.wrap,
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
  hides: { API_KEY_ORG_MISMATCH: 'UNAUTHORIZED', API_KEY_PROJECT_MISMATCH: 'UNAUTHORIZED' },
};
