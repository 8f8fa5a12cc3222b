import { type AuditEvent, type CallOrigin, newEntry } from '@reqbase/auth';
import type { Services } from '@reqbase/core';
import type { FastifyRequest } from 'fastify';

export type SessionEvent = 'session.created' | 'session.refused' | 'session.ended' | 'user.password_changed';
export type SessionAudit = {
  /** Leaves an entry in the log of each organization that the person belongs to, directly or by a project. */
  record(request: FastifyRequest, userId: string, event: SessionEvent): Promise<void>;
  /** The same for whoever has the address, if anybody has; without being waited for. */
  recordRefusal(request: FastifyRequest, email: string): void;
  /** Waits for what is not waited for otherwise. */
  settled(): Promise<void>;
};

/** Who signs in and out, and who tried, in the logs of their organizations. */
export function sessionAudit({ access, clock, newId }: Services, onError: (error: unknown) => void): SessionAudit {
  const pending = new Set<Promise<void>>();

  async function record(request: FastifyRequest, userId: string, action: SessionEvent): Promise<void> {
    const rows = await access.db.sql.query<{ orgId: string }>(
      `select org_id as "orgId" from organization_member where user_id = $1
       union select p.org_id from project_member m join project p on p.id = m.project_id where m.user_id = $1`,
      [userId],
    );
    const origin: CallOrigin = {
      requestId: request.id,
      ip: request.ip,
      userAgent: request.headers['user-agent'] ?? null,
      clock,
      newId,
    };
    const who = { key: null, user: { id: userId, name: '' }, project: null };
    const event: AuditEvent = { action, resourceType: 'user', resourceId: userId };
    const outcome =
      action === 'session.refused' ? ({ outcome: 'denied', code: 'UNAUTHORIZED' } as const) : ({ outcome: 'allowed' } as const);
    await Promise.all(rows.map(({ orgId }) => access.audit(newEntry(origin, who, orgId, event, outcome))));
  }

  return {
    record,
    recordRefusal(request, email) {
      // The answer does not wait: how long it takes must not tell whether anybody has the address.
      const done = (async () => {
        const user = await access.db.prisma.user.findUnique({ where: { email: email.toLowerCase() }, select: { id: true } });
        if (user !== null) await record(request, user.id, 'session.refused');
      })()
        .catch(onError)
        .finally(() => pending.delete(done));
      pending.add(done);
    },
    async settled() {
      await Promise.all(pending);
    },
  };
}
