import type * as z from 'zod';

/**
 * An answer that was kept for a retry, as it was sent. Kept is what the service gave: passed through its output as the
 * first time, it is the same to the letter. One of an earlier version that no longer fits is repeated as it was.
 */
export function outputOf(output: z.ZodType, kept: unknown): unknown {
  const { success, data } = output.safeParse(kept);
  return success ? data : kept;
}
