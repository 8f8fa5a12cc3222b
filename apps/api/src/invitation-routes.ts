import { DomainError } from '@reqbase/auth';
import { acceptAsNewUser, previewInvitation, type Services } from '@reqbase/core';
import { memberSchemas } from '@reqbase/core/contract';
import type { FastifyInstance } from 'fastify';
import type * as z from 'zod';
import { addressLimit } from './address-limit.ts';
import type { Sessions } from './sessions.ts';

const CALLS_PER_MINUTE = 20;
const BODY_LIMIT_BYTES = 4_096;

/**
 * For who was sent an invitation and has no account: what it offers, and the account. The token of its link is all that
 * they can show; whether an address has an account is told to nobody else. People with an account accept over RPC.
 */
export function mountInvitationRoutes(app: FastifyInstance, services: Services, sessions: Sessions): void {
  const limit = addressLimit(CALLS_PER_MINUTE, services.clock);
  app.register(
    async (scope) => {
      scope.removeContentTypeParser('text/plain');
      scope.addHook('onRequest', async (request, reply) => {
        limit(request.ip);
        reply.header('Cache-Control', 'no-store');
      });
      scope.get<{ Params: { token: string } }>('/:token', async ({ params }) => {
        const { token } = parsed(memberSchemas.InvitationToken, params);
        return { data: await previewInvitation(services, token) };
      });
      scope.post('/accept', { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
        const { token, name, password } = parsed(memberSchemas.AcceptAsNewUser, request.body);
        // First, so that only the holder of a link can make the server hash, which is costly by intent.
        const { hasAccount } = await previewInvitation(services, token);
        if (hasAccount) throw new DomainError('ACCOUNT_EXISTS');
        const passwordHash = await sessions.hashPassword(password);
        const call = { requestId: request.id, ip: request.ip, userAgent: request.headers['user-agent'] ?? null };
        return reply.code(201).send({ data: await acceptAsNewUser(services, call, { token, name, passwordHash }) });
      });
    },
    { prefix: '/api/auth/invitations' },
  );
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new DomainError('BAD_REQUEST', { issues });
}
