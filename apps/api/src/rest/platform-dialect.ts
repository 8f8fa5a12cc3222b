import { DOCUMENTED_SURFACES } from '@reqbase/core';
import type { Dialect } from './dialect.ts';
import { nestedFailure } from './nested-failure.ts';

/** Contract Reqflo: the resource itself and `{error:{code,message}}`. */
export const platformDialect: Dialect = { ...DOCUMENTED_SURFACES.platform, failure: nestedFailure };
