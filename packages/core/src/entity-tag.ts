import { hash } from 'node:crypto';
import type * as z from 'zod';

/** A digest of an answer, for an entity tag (RFC 9110 §8.8.3) that changes with all of it. */
export function contentTag(answer: unknown): string {
  return hash('sha256', JSON.stringify(answer), 'base64url').slice(0, 22);
}

/** The same of what a service has read, as its output will be. */
export function contentTagOf(output: z.ZodType, read: unknown): string {
  return contentTag(output.parse(read));
}
