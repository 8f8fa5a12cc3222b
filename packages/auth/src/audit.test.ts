import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditEvent, appendEntries, auditDenial, type CallOrigin, writeEntry } from './audit.ts';
import { type Facts, lookUp } from './credential.ts';
import {
  emptyAuditLog,
  openTestAccess,
  requestBy,
  seedKey,
  seedTenant,
  type TestAccess,
  type TestKey,
  type TestTenant,
} from './testing.ts';

let access: TestAccess;
let tenant: TestTenant;
let key: TestKey;
let facts: Facts;

beforeAll(async () => {
  access = await openTestAccess();
  tenant = await seedTenant(access);
  key = await seedKey(access, tenant);
  facts = (await lookUp(access.services.source, key.credential, {})) ?? expect.fail('the key is not found');
}, 60_000);
afterAll(() => access.db.close());
beforeEach(() => emptyAuditLog(access));

type Tx = Parameters<typeof appendEntries>[0];
const auditWrite = (tx: Tx, origin: CallOrigin, who: Facts, event: AuditEvent) =>
  appendEntries(tx, [writeEntry(origin, who, event)]);

const entries = () => access.db.prisma.auditEntry.findMany();
const event = { action: 'feature.created', resourceType: 'feature', resourceId: 'f1', diff: { title: 'x' } };

describe('the entry of a write', () => {
  it('says who did what, where and from where, and that it was allowed', async () => {
    const origin = requestBy(access, key.credential, { requestId: 'req_7', ip: null, userAgent: null });
    await access.db.prisma.$transaction((tx) => auditWrite(tx, origin, facts, event));
    expect(await entries()).toMatchObject([
      {
        ...event,
        at: access.clock.now(),
        orgId: tenant.organization.id,
        projectId: tenant.project.id,
        actorType: 'api_key',
        actorId: tenant.user.id,
        apiKeyId: key.id,
        apiKeyName: key.name,
        apiKeyPrefix: key.prefix,
        requestId: 'req_7',
        ip: null,
        userAgent: null,
        outcome: 'allowed',
        code: null,
      },
    ]);
  });

  it('is there only if the write is: it goes with the transaction that is rolled back', async () => {
    const origin = requestBy(access, key.credential);
    const undone = access.db.prisma.$transaction(async (tx) => {
      await auditWrite(tx, origin, facts, event);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await entries()).toEqual([]);
  });

  it('is about the project that the event names, or about none where it says so', async () => {
    const origin = requestBy(access, key.credential);
    await access.db.prisma.$transaction((tx) => auditWrite(tx, origin, facts, { ...event, projectId: null }));
    expect(await entries()).toMatchObject([{ projectId: null }]);
  });

  it('names a service account as the actor, and a person without a key by their own id', async () => {
    const robot = await seedKey(access, tenant, { serviceAccount: { role: 'developer' } });
    const account = await access.db.prisma.serviceAccount.findFirstOrThrow({ where: { apiKeys: { some: { id: robot.id } } } });
    const byRobot = await lookUp(access.services.source, robot.credential, {});
    const byPerson = await lookUp(
      access.services.source,
      { kind: 'session', userId: tenant.user.id },
      { organization: tenant.organization.id },
    );
    for (const who of [byRobot, byPerson]) {
      await access.db.prisma.$transaction((tx) =>
        auditWrite(tx, requestBy(access, key.credential), who ?? expect.fail('not found'), event),
      );
    }
    expect(new Set((await entries()).map(({ actorType, actorId, apiKeyId }) => `${actorType} ${actorId} ${apiKeyId}`))).toEqual(
      new Set([`api_key ${account.id} ${robot.id}`, `user ${tenant.user.id} null`]),
    );
  });

  it('cannot be written for no organization: the write fails with it', async () => {
    const nowhere = { ...facts, organization: null };
    await expect(
      access.db.prisma.$transaction(async (tx) => auditWrite(tx, requestBy(access, key.credential), nowhere, event)),
    ).rejects.toThrow();
  });
});

describe('the entry of a denial', () => {
  it('stays when the key is deleted: it tells the key’s id, name and prefix itself', async () => {
    const gone = await seedKey(access, tenant);
    const known = await lookUp(access.services.source, gone.credential, {});
    await auditDenial(access.services.audit, requestBy(access, gone.credential), known, 'backlog.list', 'API_KEY_REVOKED');
    await access.db.prisma.apiKey.delete({ where: { id: gone.id } });
    expect(await entries()).toMatchObject([
      { apiKeyId: gone.id, apiKeyName: gone.name, apiKeyPrefix: gone.prefix, outcome: 'denied', code: 'API_KEY_REVOKED' },
    ]);
  });

  it('is not written for what no organization can be held to', async () => {
    const origin = requestBy(access, { kind: 'none' });
    await auditDenial(access.services.audit, origin, null, 'backlog.list', 'UNAUTHORIZED');
    await auditDenial(access.services.audit, origin, { ...facts, organization: null }, 'backlog.list', 'UNAUTHORIZED');
    expect(await entries()).toEqual([]);
  });
});
