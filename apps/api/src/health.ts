import { type Database, migrationState } from '@reqbase/db';
import type { FastifyInstance } from 'fastify';

/** `/healthz`: the process is alive. `/readyz`: the database answers and has this version's schema. */
export function mountHealth(app: FastifyInstance, db: Database): void {
  app.get('/healthz', { logLevel: 'warn' }, async () => ({ status: 'ok' }));
  app.get('/readyz', { logLevel: 'warn' }, async (request, reply) => {
    try {
      const { pending } = await migrationState(db);
      if (pending.length === 0) return { status: 'ready' };
      reply.code(503);
      return { status: 'not ready', reason: 'migrations are pending' };
    } catch (error) {
      request.log.error({ err: error }, 'not ready');
      reply.code(503);
      return { status: 'not ready', reason: 'the database does not answer' };
    }
  });
}
