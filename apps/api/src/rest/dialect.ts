import type { ErrorCode, PublicError } from '@reqbase/auth';
import type { Surface } from '@reqbase/core';
import type { KeyHeaders } from '../request-credential.ts';

/** How one REST surface speaks: where it lives, what it wraps answers and refusals in. */
export type Dialect = {
  readonly surface: Extract<Surface, 'project' | 'org' | 'platform'>;
  /** With `{name}` for the input's keys that stand in it. */
  readonly prefix: string;
  readonly keyHeaders: KeyHeaders;
  success(data: unknown): unknown;
  failure(error: PublicError, requestId: string): unknown;
  /** Codes that this surface does not tell apart. */
  readonly hides: Partial<Record<ErrorCode, ErrorCode>>;
};
