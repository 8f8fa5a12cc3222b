import { isIP } from 'node:net';
import { DomainError } from '@reqbase/auth';
import type { FastifyRequest } from 'fastify';

/**
 * Refuses what comes from another site's page, or by a name that is not ours: a page can make its own name lead here, to
 * a server that only its reader reaches (MCP, Transports, Security Warning). By an address nobody is led.
 *
 * @throws {DomainError} ORIGIN_NOT_ALLOWED
 */
export function checkCaller({ headers: { origin }, hostname }: FastifyRequest, publicUrl: URL): void {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const isOurs = host === publicUrl.hostname || host === 'localhost' || isIP(host) !== 0;
  if (!isOurs || (origin !== undefined && origin !== publicUrl.origin)) throw new DomainError('ORIGIN_NOT_ALLOWED');
}
