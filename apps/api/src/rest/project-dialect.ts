import { DOCUMENTED_SURFACES } from '@reqbase/core';
import type { Dialect } from './dialect.ts';
import { nestedFailure } from './nested-failure.ts';

/** Contract Reqio: `{data}` and `{error:{code,message}}`. */
export const projectDialect: Dialect = {
  ...DOCUMENTED_SURFACES.project,
  failure(error, requestId) {
    const { code, message } = error;
    // The contract's quota answer is these two fields and no others.
    return code === 'API_QUOTA_EXCEEDED' ? { error: { code, message } } : nestedFailure(error, requestId);
  },
};
