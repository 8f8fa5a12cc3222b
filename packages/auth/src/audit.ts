import type { Database, Prisma, Transaction } from '@reqbase/db';
import type { Facts } from './credential.ts';
import type { ErrorCode } from './errors.ts';

/** Where a call came from, as every audit entry tells it. */
export type CallOrigin = {
  readonly requestId: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly clock: () => Date;
  readonly newId: () => string;
};

export type AuditEvent = {
  /** `<resource>.<verb>`, e.g. `api_key.created`; for a denial, the operation that was refused. */
  readonly action: string;
  readonly resourceType?: string;
  readonly resourceId?: string;
  readonly projectId?: string | null;
  readonly diff?: Prisma.InputJsonValue;
};

/** Who acted, as an entry names it: a key with its id, name and prefix (contract RogerIQ, Best practices). */
function actorColumns({ key, user }: Facts) {
  if (key === null) return { actorType: 'user' as const, actorId: user?.id ?? null };
  return {
    actorType: 'api_key' as const,
    actorId: user?.id ?? key.serviceAccountId,
    apiKeyId: key.id,
    apiKeyName: key.name,
    apiKeyPrefix: key.prefix,
  };
}

function entry(origin: CallOrigin, facts: Facts, orgId: string, event: AuditEvent) {
  return {
    id: origin.newId(),
    at: origin.clock(),
    orgId,
    projectId: event.projectId !== undefined ? event.projectId : (facts.project?.id ?? null),
    ...actorColumns(facts),
    action: event.action,
    resourceType: event.resourceType ?? null,
    resourceId: event.resourceId ?? null,
    requestId: origin.requestId,
    ip: origin.ip,
    userAgent: origin.userAgent?.slice(0, 300) ?? null,
    ...(event.diff !== undefined && { diff: event.diff }),
  };
}

/** Records a write, in the transaction that makes it. */
export async function auditWrite(tx: Transaction, origin: CallOrigin, facts: Facts, event: AuditEvent): Promise<void> {
  if (facts.organization === null) throw new Error('a write outside any organization');
  await tx.auditEntry.create({ data: { ...entry(origin, facts, facts.organization.id, event), outcome: 'allowed' } });
}

/** Records a refusal. What no organization can be held to (an unknown key, a stranger's session) has no log to go to. */
export async function auditDenial(
  db: Database,
  origin: CallOrigin,
  facts: Facts | null,
  operation: string,
  code: ErrorCode,
): Promise<void> {
  if (facts === null || facts.organization === null) return;
  const isStranger = facts.key === null && facts.organizationRole === null && facts.projectRole === null;
  if (isStranger) return;
  // A project of another organization is not this organization's to read about.
  const projectId = facts.project?.orgId === facts.organization.id ? facts.project.id : null;
  const data = entry(origin, facts, facts.organization.id, { action: operation, projectId });
  await db.prisma.auditEntry.create({ data: { ...data, outcome: 'denied', code } });
}
