import { DomainError } from '@reqbase/auth';
import type { FastifyRequest } from 'fastify';

export type Query = Readonly<Record<string, string | string[] | undefined>>;

/**
 * What a request asks for in its query. The framework takes what is no percent-encoding to the letter: whoever sent it meant
 * something else, as in a path.
 *
 * @throws {DomainError} BAD_REQUEST
 */
export function queryOf({ url, query }: FastifyRequest): Query {
  const start = url.indexOf('?');
  if (start !== -1 && !isEncoded(url.slice(start))) {
    throw new DomainError('BAD_REQUEST', { issues: [{ path: '', message: 'The query is not percent-encoded UTF-8.' }] });
  }
  return query as Query;
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
