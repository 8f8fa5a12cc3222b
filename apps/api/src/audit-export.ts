import { Readable } from 'node:stream';
import { admit, type Credential, charge, identify, publishedKeys, type Requirement, targetOf } from '@reqbase/auth';
import { type Context, contextFor, exportAudit, type Services } from '@reqbase/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readKey } from './request-credential.ts';
import { setKeyHeaders, setRateHeaders } from './rest/key-headers.ts';
import type { Sessions } from './sessions.ts';

const NEED = { scope: 'audit:read', target: 'organization' } as const satisfies Requirement;
const OPERATION = 'audit.export';

/** It would read the whole log, to send none of it. */
const NO_HEAD = { exposeHeadRoute: false } as const;

type Export = { Params: { organizationId: string } };

/**
 * The audit log as a file: for keys on the organization surface, as one metered call however long it is; and for people by
 * their session, from the admin. Streamed, so that neither side holds it; and the public keys that verify it.
 */
export function mountAuditExport(app: FastifyInstance, services: Services, sessions: Sessions): void {
  app.register(async (scope) => {
    scope.decorateRequest('call', null);
    scope.get<Export>('/api/v1/orgs/:organizationId/audit-log/export', NO_HEAD, async (request, reply) =>
      sendExport(services, 'org', readKey(request.headers, { authorization: true, xApiKey: true }), request, reply),
    );
    scope.get<Export>('/api/exports/organizations/:organizationId/audit-log', NO_HEAD, async (request, reply) =>
      sendExport(services, 'rpc', await sessionOf(sessions, request), request, reply),
    );
  });
  const keys = publishedKeys(services.secrets);
  app.get('/.well-known/reqbase-audit-keys', async (_request, reply) =>
    reply.header('Cache-Control', 'public, max-age=300').send({ keys }),
  );
}

async function sessionOf(sessions: Sessions, { headers: { cookie } }: FastifyRequest): Promise<Credential> {
  const userId = cookie === undefined ? null : await sessions.userOf(cookie);
  return userId === null ? { kind: 'none' } : { kind: 'session', userId };
}

async function sendExport(
  services: Services,
  surface: Context['surface'],
  credential: Credential,
  request: FastifyRequest<Export>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { organizationId } = request.params;
  const ctx = contextFor(services, {
    surface,
    credential,
    requestId: request.id,
    ip: request.ip,
    userAgent: request.headers['user-agent'] ?? null,
    onKey: (key) => setKeyHeaders(reply, key),
    onMetered: (metered) => setRateHeaders(reply, metered),
  });
  // What is refused finds the call there, for the headers of its answer.
  request.call = ctx;
  const target = targetOf({ organizationId }, NEED.target);
  await identify(ctx, target, OPERATION);
  const grant = await admit(ctx, NEED, target, OPERATION);
  await charge(ctx, grant, OPERATION);
  const { organization } = grant.facts;
  if (organization === null) throw new Error('the tenant gate let a call through without its tenant');
  const name = `${organization.slug}-audit-log-${services.clock().toISOString().slice(0, 10)}.jsonl`;
  // One page waits at the most: the next is read once the client has taken this one.
  const file = Readable.from(exportAudit(services, organization.id), { objectMode: false, highWaterMark: 1 });
  return reply
    .header('Content-Type', 'application/jsonl; charset=utf-8')
    .header('Content-Disposition', `attachment; filename="${name}"`)
    .header('Cache-Control', 'no-store')
    .header('X-Content-Type-Options', 'nosniff')
    .send(file);
}
