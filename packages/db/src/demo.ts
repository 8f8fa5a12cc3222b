import type { Database, Transaction } from './client.ts';
import { insertBacklog } from './demo-backlog.ts';
import { insertInbox } from './demo-inbox.ts';
import { seededRandom } from './demo-random.ts';
import { insertWebhooks } from './demo-webhooks.ts';

/** A key's columns, made by whoever knows the key format. */
export type DemoKey = {
  readonly publicId: string;
  readonly prefix: string;
  readonly secretHash: Uint8Array<ArrayBuffer>;
  readonly pepperId: string;
};

export type DemoOptions = {
  readonly newId: () => string;
  readonly now: Date;
  /** Of the one password that all demo users share. */
  readonly passwordHash: string;
  readonly newKey: () => DemoKey;
  /** The organization key with every scope, whose text is printed. */
  readonly shownKey: DemoKey;
  /** What others add to it, in the same transaction. */
  readonly more?: (tx: Transaction) => Promise<void>;
  /** The secret of the webhook of this id, as it is kept. */
  readonly sealedWebhookSecret: (webhookId: string) => Uint8Array<ArrayBuffer>;
};

export const DEMO_OWNER_EMAIL = 'owner@example.com';
const DAY_MS = 86_400_000;

/** Fills an empty database with the demo, in one transaction; does nothing to one that has an organization. Says whether it did. */
export async function insertDemo(db: Database, options: DemoOptions): Promise<boolean> {
  return db.exclusively(() =>
    db.prisma.$transaction(async (tx) => {
      if ((await tx.organization.count()) > 0) return false;
      const users = await insertUsers(tx, options);
      const acme = await insertOrganization(
        tx,
        options,
        { name: 'Acme', slug: 'acme', plan: 'scale', project: { name: 'Demo', slug: 'demo' } },
        users,
      );
      await insertOrganization(
        tx,
        options,
        { name: 'Tiny', slug: 'tiny', plan: 'free', project: { name: 'Tiny', slug: 'tiny' } },
        { owner: users.owner },
      );
      const keyIds = await insertKeys(tx, options, acme, users.owner);
      const backlog = await insertBacklog(tx, options, acme.projectId);
      await insertInbox(tx, options, { ...acme, users, backlog });
      await insertWebhooks(tx, options, acme.projectId);
      await insertUsage(tx, options, acme.projectId, keyIds);
      await options.more?.(tx);
      return true;
    }),
  );
}

const ROLES = ['owner', 'admin', 'developer', 'viewer'] as const;
export type DemoUsers = Partial<Record<(typeof ROLES)[number], string>> & { owner: string };

async function insertUsers(tx: Transaction, { newId, passwordHash }: DemoOptions): Promise<DemoUsers> {
  const users: DemoUsers = { owner: '' };
  for (const role of ROLES) {
    const id = newId();
    users[role] = id;
    const name = `Demo ${role}`;
    await tx.user.create({
      data: { id, name, email: role === 'owner' ? DEMO_OWNER_EMAIL : `${role}@example.com`, emailVerified: true },
    });
    await tx.account.create({
      data: { id: newId(), accountId: id, providerId: 'credential', userId: id, password: passwordHash },
    });
  }
  return users;
}

type DemoOrganization = { name: string; slug: string; plan: 'scale' | 'free'; project: { name: string; slug: string } };
type Tenant = { orgId: string; projectId: string };

async function insertOrganization(
  tx: Transaction,
  { newId }: DemoOptions,
  { project, ...organization }: DemoOrganization,
  users: DemoUsers,
): Promise<Tenant> {
  const orgId = newId();
  const projectId = newId();
  await tx.organization.create({ data: { id: orgId, ...organization } });
  await tx.project.create({ data: { id: projectId, orgId, ...project } });
  await tx.organizationMember.create({ data: { orgId, userId: users.owner, role: 'owner' } });
  await tx.projectMember.create({ data: { projectId, userId: users.owner, role: 'owner' } });
  if (users.admin) await tx.organizationMember.create({ data: { orgId, userId: users.admin, role: 'admin' } });
  // Members of the project alone: what they see of the organization is this project.
  if (users.developer) await tx.projectMember.create({ data: { projectId, userId: users.developer, role: 'developer' } });
  if (users.viewer) await tx.projectMember.create({ data: { projectId, userId: users.viewer, role: 'viewer' } });
  return { orgId, projectId };
}

/**
 * The key that is printed, two of service accounts, one that is bound to addresses, one with the key that takes its place, an
 * expired, a revoked and a leaked one; returns the ids of the two that are used.
 */
async function insertKeys(
  tx: Transaction,
  { newId, newKey, shownKey, now }: DemoOptions,
  { orgId, projectId }: Tenant,
  owner: string,
): Promise<string[]> {
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const [serviceAccountId, scannerId] = await insertServiceAccounts(tx, newId, { orgId, createdById: owner }, daysAgo);
  const byOwner = { ownerUserId: owner, createdById: owner };
  const shown = { id: newId(), orgId, name: 'Demo key', ...shownKey, scopes: [{ permission: 'admin' }], ...byOwner };
  const sync = {
    id: newId(),
    orgId,
    projectId,
    name: 'Nightly sync',
    ...newKey(),
    scopes: [{ permission: 'backlog:read' }, { permission: 'status:write' }],
    serviceAccountId,
    createdById: owner,
    createdAt: daysAgo(60),
    expiresAt: daysAgo(-120),
  };
  const formerId = newId();
  const helpdesk = { orgId, projectId, name: 'Helpdesk', scopes: [{ permission: 'conversations:write' }], ...byOwner };
  await tx.apiKey.createMany({
    data: [
      shown,
      sync,
      {
        id: newId(),
        orgId,
        projectId,
        name: 'Trade fair',
        ...newKey(),
        scopes: [{ permission: 'backlog:read' }],
        ...byOwner,
        createdAt: daysAgo(90),
        expiresAt: daysAgo(30),
      },
      {
        id: newId(),
        orgId,
        projectId,
        name: 'Old import',
        ...newKey(),
        scopes: [{ permission: 'backlog:write' }],
        ...byOwner,
        createdAt: daysAgo(150),
        revokedAt: daysAgo(45),
        revokedById: owner,
        revokedReason: 'manual',
      },
      {
        id: newId(),
        orgId,
        projectId,
        name: 'Build server',
        ...newKey(),
        scopes: [{ permission: 'backlog:read' }],
        ...byOwner,
        allowedIps: ['203.0.113.0/24', '2001:db8:7::/48'],
        createdAt: daysAgo(20),
        expiresAt: daysAgo(-5),
        expiryToldAt: daysAgo(2),
      },
      {
        ...helpdesk,
        id: formerId,
        ...newKey(),
        createdAt: daysAgo(100),
        updatedAt: daysAgo(1),
        expiresAt: daysAgo(-6),
        version: 2,
      },
      { ...helpdesk, id: newId(), ...newKey(), createdAt: daysAgo(1), replacesId: formerId },
      {
        id: newId(),
        orgId,
        name: 'Build pipeline',
        ...newKey(),
        scopes: SCAN_SCOPES.map((permission) => ({ permission })),
        serviceAccountId: scannerId,
        createdById: owner,
        createdAt: daysAgo(40),
      },
      {
        id: newId(),
        orgId,
        projectId,
        name: 'Website form',
        ...newKey(),
        scopes: [{ permission: 'backlog:write' }],
        ...byOwner,
        createdAt: daysAgo(75),
        revokedAt: daysAgo(12),
        revokedReason: 'leaked',
      },
    ],
  });
  return [shown.id, sync.id];
}

/** What a scan takes. Source: contract Reqflo, Configure authentication. */
const SCAN_SCOPES = ['scans:create', 'services:read', 'services:create', 'services:update', 'endpoints:read', 'endpoints:write'];

/** Two that own keys, whose ids are returned, and one that was disabled. */
async function insertServiceAccounts(
  tx: Transaction,
  newId: () => string,
  made: { readonly orgId: string; readonly createdById: string },
  daysAgo: (days: number) => Date,
): Promise<[sync: string, scanner: string]> {
  const [sync, scanner] = [newId(), newId()];
  const since = (days: number) => ({ createdAt: daysAgo(days), updatedAt: daysAgo(days) });
  await tx.serviceAccount.createMany({
    data: [
      { ...made, id: sync, name: 'Nightly sync', role: 'developer', ...since(60) },
      { ...made, id: scanner, name: 'API scanner', role: 'developer', ...since(40) },
      {
        ...{ ...made, id: newId(), name: 'Former helpdesk', role: 'viewer' as const, version: 2 },
        ...{ createdAt: daysAgo(200), updatedAt: daysAgo(30), disabledAt: daysAgo(30) },
      },
    ],
  });
  return [sync, scanner];
}

/** A month of calls, fewer on weekends; nothing for today, which is the visitor's. */
async function insertUsage(tx: Transaction, { now }: DemoOptions, projectId: string, keyIds: readonly string[]): Promise<void> {
  const random = seededRandom(11);
  for (let age = 29; age >= 1; age--) {
    const day = new Date(`${new Date(now.getTime() - age * DAY_MS).toISOString().slice(0, 10)}T00:00:00Z`);
    const isWeekend = day.getUTCDay() % 6 === 0;
    const byKey = keyIds.map((principalId, index) => ({
      projectId,
      day,
      principalId,
      calls: Math.floor((isWeekend ? 300 : 1_500) * (0.5 + random()) * (index + 1)),
    }));
    await tx.usageKeyDay.createMany({ data: byKey });
    await tx.usageDay.create({ data: { projectId, day, calls: byKey.reduce((sum, { calls }) => sum + calls, 0) } });
  }
}
