import { DomainError } from '@reqbase/auth';
import { contentTag, type RestBinding } from '@reqbase/core';

type EtagOf = NonNullable<RestBinding['etag']>;

/** What of a tag is asked for: the version alone where it has one, since what else the answer holds is not what is written. */
const TAGS: Readonly<Record<EtagOf, RegExp>> = {
  version: /^(\d{1,9})(?:\.[\w-]{22})?$/,
  content: /^([\w-]{22})$/,
  both: /^(\d{1,9})\.[\w-]{22}$/,
};

/** A strong entity tag (RFC 9110 §8.8.3): the version that the answer carries, a digest of all of it, or both. */
export function etagOf(data: unknown, { etag, perReader = [] }: RestBinding): string {
  if (etag === 'content') return `"${contentTag(data)}"`;
  const answer = data as Readonly<Record<string, unknown>>;
  const { version } = answer;
  if (typeof version !== 'number') throw new Error('an answer without the version that its ETag is made of');
  if (etag === 'both') return `"${version}.${contentTag(data)}"`;
  const shown = perReader.map((name) => answer[name] ?? null);
  return shown.some((value) => value !== null) ? `"${version}.${contentTag(shown)}"` : `"${version}"`;
}

/** Says whether `If-None-Match` names the tag, compared weakly (RFC 9110 §13.1.2). */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/**
 * What `If-Match` asks for, as the input takes it; null for none or `*`. A weak tag never matches (RFC 9110 §13.1.1).
 *
 * @throws {DomainError} BAD_REQUEST for anything but one entity tag; PRECONDITION_FAILED for what is no tag of the kind
 */
export function conditionOf(ifMatch: string | undefined, by: EtagOf): { ifVersion: number } | { ifMatch: string } | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const [, tag] = /^(?:W\/)?"([^"]*)"$/.exec(ifMatch.trim()) ?? [];
  if (tag === undefined)
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'If-Match', message: 'Give one entity tag, or *.' }] });
  const [, named = ''] = (ifMatch.trim().startsWith('W/') ? null : TAGS[by].exec(tag)) ?? [];
  if (named === '') throw new DomainError('PRECONDITION_FAILED');
  return by === 'content' ? { ifMatch: named } : { ifVersion: Number(named) };
}
