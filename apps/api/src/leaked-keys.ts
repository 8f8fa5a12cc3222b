import { DomainError } from '@reqbase/auth';
import { reportLeakedKey, type Services } from '@reqbase/core';
import { apiKeySchemas } from '@reqbase/core/contract';
import type { FastifyInstance } from 'fastify';
import { addressLimit } from './address-limit.ts';

const REPORTS_PER_MINUTE = 20;
const BODY_LIMIT_BYTES = 4_096;
/** Whatever it was that was reported. */
const ANSWER = { data: { status: 'received' } };

/**
 * `POST /api/keys/leaked {key}`, for whoever has found a key where it does not belong: no credential but the key itself. The
 * answer is the same for every text. What was sent goes into no log and no refusal.
 */
export function mountLeakedKeys(app: FastifyInstance, services: Services): void {
  const limit = addressLimit(REPORTS_PER_MINUTE, services.clock);
  app.register(async (scope) => {
    scope.removeContentTypeParser('text/plain');
    scope.route({
      method: 'POST',
      url: '/api/keys/leaked',
      bodyLimit: BODY_LIMIT_BYTES,
      async onRequest(request, reply) {
        reply.header('Cache-Control', 'no-store');
        limit(request.ip);
      },
      async handler(request, reply) {
        const { success, data } = apiKeySchemas.LeakedKey.safeParse(request.body);
        if (!success)
          throw new DomainError('BAD_REQUEST', {
            issues: [{ path: 'key', message: 'Give the text of the key that you have found.' }],
          });
        const call = { requestId: request.id, ip: request.ip, userAgent: request.headers['user-agent'] ?? null };
        await reportLeakedKey(services, call, data.key);
        return reply.code(202).send(ANSWER);
      },
    });
  });
}
