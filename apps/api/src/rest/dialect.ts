import type { PublicError } from '@reqbase/auth';
import type { DocumentedSurface } from '@reqbase/core';

/** How one REST surface speaks: what its document says of it, and how it tells a refusal. */
export type Dialect = DocumentedSurface & {
  failure(error: PublicError, requestId: string): unknown;
};
