import { createHash } from 'node:crypto';
import { DomainError } from '@reqbase/auth';

/** A strong entity tag (RFC 9110 §8.8.3): the version that the answer carries, or a digest of all of it. */
export function etagOf(data: unknown, by: 'version' | 'content'): string {
  if (by === 'content') return `"${createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, 22)}"`;
  const version: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'version') : undefined;
  if (typeof version !== 'number') throw new Error('an answer without the version that its ETag is made of');
  return `"${version}"`;
}

/** Says whether `If-None-Match` names the tag, compared weakly (RFC 9110 §13.1.2). */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/**
 * The version that `If-Match` asks for; undefined for none or `*`. A weak tag never matches (RFC 9110 §13.1.1).
 *
 * @throws {DomainError} BAD_REQUEST for anything but one entity tag
 */
export function requiredVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const [, tag] = /^(?:W\/)?"([^"]*)"$/.exec(ifMatch.trim()) ?? [];
  if (tag === undefined)
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'If-Match', message: 'Give one entity tag, or *.' }] });
  if (ifMatch.trim().startsWith('W/') || !/^\d{1,9}$/.test(tag)) throw new DomainError('PRECONDITION_FAILED');
  return Number(tag);
}
