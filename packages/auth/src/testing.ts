import { randomBytes, randomUUID } from 'node:crypto';
import type { Database, Sql } from '@reqbase/db';
import { createTestDatabase } from '@reqbase/db/testing';
import { auditLog } from './audit.ts';
import { type Credential, type GrantedScope, keyReader } from './credential.ts';
import type { AccessServices, AuthContext } from './guard.ts';
import { displayPrefix, formatKey, generateKey, type ParsedKey } from './key-format.ts';
import { minuteOf, postgresMeter, utcDay } from './meter.ts';
import { hashOAuthToken } from './oauth-token.ts';
import type { PlanName } from './plans.ts';
import type { Role } from './roles.ts';
import { deriveSecrets, hashSecret, type Secrets } from './secrets.ts';

/** A clock that stands still until it is set or moved. */
export function testClock(start = '2026-03-14T10:20:30.250Z') {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    set(at: string | Date) {
      now = new Date(at).getTime();
    },
    advance(milliseconds: number) {
      now += milliseconds;
    },
  };
}

/** Passes statements on and keeps their texts, so that a test can count them. */
export function recording(sql: Sql): Sql & { readonly statements: string[] } {
  const statements: string[] = [];
  return {
    statements,
    query(text, values) {
      statements.push(text);
      return sql.query(text, values);
    },
  };
}

export const TEST_SECRET = 'the SECRET of the tests: nobody else has it';

export type TestAccess = {
  readonly db: Database & { url?: string };
  readonly clock: ReturnType<typeof testClock>;
  /** What the look-up has asked the database, in order. */
  readonly statements: string[];
  readonly services: AccessServices;
};

/** The access pipeline over a database of its own, with a clock in the test's hands. */
export async function openTestAccess(engine?: 'embedded' | 'postgres'): Promise<TestAccess> {
  const db = await createTestDatabase(engine);
  const sql = recording(db.sql);
  return {
    db,
    clock: testClock(),
    statements: sql.statements,
    services: {
      db,
      source: { sql, readKey: keyReader(sql), secrets: deriveSecrets(TEST_SECRET), defaultPlan: 'free' },
      meter: postgresMeter(db.sql),
      audit: auditLog(db),
      unknownKeys: null,
      quotaWatch: null,
    },
  };
}

export type TestTenant = {
  readonly organization: { readonly id: string; readonly slug: string };
  readonly project: { readonly id: string; readonly slug: string };
  readonly user: { readonly id: string; readonly name: string };
};

type TenantOptions = { plan?: PlanName | null; organizationRole?: Role | null; projectRole?: Role | null };

/** An organization with a project, and a person who belongs to it as the options say (the organization's owner by default). */
export async function seedTenant(
  { db }: TestAccess,
  { plan = 'pro', organizationRole = 'owner', projectRole = null }: TenantOptions = {},
): Promise<TestTenant> {
  const [orgId, userId] = [randomUUID(), randomUUID()];
  const mark = orgId.slice(0, 8);
  const user = { id: userId, name: `Ada ${mark}` };
  const organization = { id: orgId, slug: `org-${mark}` };
  await db.prisma.organization.create({ data: { ...organization, name: `Organization ${mark}`, plan } });
  await db.prisma.user.create({ data: { ...user, email: `${userId}@example.test` } });
  const tenant = { organization, user, project: await seedProject({ db }, organization) };
  if (organizationRole !== null) await db.prisma.organizationMember.create({ data: { orgId, userId, role: organizationRole } });
  if (projectRole !== null)
    await db.prisma.projectMember.create({ data: { projectId: tenant.project.id, userId, role: projectRole } });
  return tenant;
}

/** One more project of an organization. */
export async function seedProject({ db }: Pick<TestAccess, 'db'>, { id: orgId }: { id: string }): Promise<TestTenant['project']> {
  const id = randomUUID();
  const project = { id, slug: `project-${id.slice(0, 8)}` };
  await db.prisma.project.create({ data: { ...project, orgId, name: 'Project' } });
  return project;
}

export type TestKey = {
  readonly id: string;
  readonly publicId: string;
  readonly name: string;
  readonly prefix: string;
  /** As its holder presents it. */
  readonly raw: string;
  readonly parsed: ParsedKey;
  readonly credential: Credential;
};

type KeyOptions = {
  scopes?: readonly (string | GrantedScope)[];
  /** Bound to this project; to the tenant's own by default; null for a key of the whole organization. */
  projectId?: string | null;
  serviceAccount?: { role: Role; disabledAt?: Date };
  expiresAt?: Date | null;
  revokedAt?: Date | null;
  allowedIps?: readonly string[];
  /** The installation that made the key, when it is not the one of `openTestAccess`. */
  madeWith?: Secrets;
};

/** A key of the tenant's person, or of a new service account. */
export async function seedKey({ db, services }: TestAccess, tenant: TestTenant, options: KeyOptions = {}): Promise<TestKey> {
  const {
    scopes = ['backlog:read'],
    projectId = tenant.project.id,
    serviceAccount,
    expiresAt = null,
    revokedAt = null,
    allowedIps = [],
  } = options;
  const [id, orgId] = [randomUUID(), tenant.organization.id];
  const [pepper] = (options.madeWith ?? services.source.secrets).peppers;
  const parsed = generateKey('riq');
  const key = { id, publicId: parsed.keyId, name: `Key ${id.slice(0, 8)}`, prefix: displayPrefix(parsed) };
  const serviceAccountId = serviceAccount === undefined ? null : randomUUID();
  if (serviceAccount !== undefined && serviceAccountId !== null) {
    const { role, disabledAt = null } = serviceAccount;
    await db.prisma.serviceAccount.create({ data: { id: serviceAccountId, orgId, name: serviceAccountId, role, disabledAt } });
  }
  await db.prisma.apiKey.create({
    data: {
      ...key,
      orgId,
      projectId,
      secretHash: new Uint8Array(hashSecret(pepper, parsed.secret)),
      pepperId: pepper.id,
      scopes: JSON.parse(JSON.stringify(scopes.map((scope) => (typeof scope === 'string' ? { permission: scope } : scope)))),
      ownerUserId: serviceAccountId === null ? tenant.user.id : null,
      serviceAccountId,
      expiresAt,
      revokedAt,
      allowedIps: [...allowedIps],
    },
  });
  return { ...key, raw: formatKey(parsed), parsed, credential: { kind: 'key', key: parsed } };
}

export type TestToken = {
  /** Of the grant. */
  readonly id: string;
  readonly clientId: string;
  readonly raw: string;
  readonly credential: Credential;
};

type TokenOptions = {
  scopes?: readonly string[];
  /** Of the grant, where it has lost some since. */
  grantedScopes?: readonly string[];
  expiresAt?: Date;
};

/** An access token of a new app that the tenant's person has let in to the project. */
export async function seedToken(
  { db, clock, services }: TestAccess,
  { user, project }: Pick<TestTenant, 'user' | 'project'>,
  {
    scopes = ['backlog:read'],
    grantedScopes = scopes,
    expiresAt = new Date(clock.now().getTime() + 3_600_000),
  }: TokenOptions = {},
): Promise<TestToken> {
  const now = clock.now();
  const [rowId, id, clientId, raw] = [randomUUID(), randomUUID(), `app_${randomUUID()}`, randomBytes(32).toString('base64url')];
  const app = { kind: 'registered', name: 'Inspector', redirectUris: ['https://app.example/callback'] } as const;
  await db.prisma.oAuthClient.create({
    data: { ...app, redirectUris: [...app.redirectUris], id: rowId, clientId, createdAt: now, lastUsedAt: now },
  });
  const of = { clientId: rowId, userId: user.id, projectId: project.id };
  await db.prisma.oAuthGrant.create({ data: { id, ...of, scopes: [...grantedScopes], createdAt: now, approvedAt: now } });
  const [hash] = hashOAuthToken(services.source.secrets, raw);
  const resource = `http://localhost:3100/p/${project.id}/mcp`;
  await db.prisma.oAuthAccessToken.create({
    data: { hash, grantId: id, scopes: [...scopes], resource, createdAt: now, expiresAt },
  });
  return { id, clientId, raw, credential: { kind: 'token', token: raw } };
}

/** One request by the credential. */
export function requestBy(
  { services, clock }: TestAccess,
  credential: Credential,
  overrides: Partial<AuthContext> = {},
): AuthContext {
  return {
    requestId: `req_${randomUUID()}`,
    ip: '203.0.113.7',
    userAgent: 'reqbase-tests/1',
    clock: clock.now,
    newId: randomUUID,
    access: services,
    credential,
    facts: new Map(),
    isReplay: false,
    isMcp: false,
    onKey: null,
    onMetered: null,
    ...overrides,
  };
}

/** Forgets all audit entries, which the database itself refuses: every chain begins anew. */
export async function emptyAuditLog({ db }: Pick<TestAccess, 'db'>): Promise<void> {
  await db.script(`begin; ${EMPTY.log} commit;`);
}

/** Sets every counter back to what it is in a new installation. */
export async function emptyCounters({ db }: Pick<TestAccess, 'db'>): Promise<void> {
  await db.script(EMPTY.counters);
}

/** What empties tables, as statements of a transaction: those of the log are appended to and nothing else, for all but a replica. */
export const EMPTY = {
  counters: 'delete from key_rate; delete from usage_day; delete from usage_key_day;',
  log: `set local session_replication_role = replica; delete from audit_entry; update audit_head set seq = 0, hash = repeat('0', 64);`,
} as const;

export type CounterRow = { readonly counter: string; readonly window: string; readonly calls: number };

/** Every counter that stands above zero, read from the tables themselves. */
export function countersOf({ db }: Pick<TestAccess, 'db'>): Promise<CounterRow[]> {
  return db.sql.query<CounterRow>(`
    select * from (
      select 'minute of ' || key_id as counter, to_char(minute at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as "window", calls from key_rate
      union all select 'day of ' || project_id, day::text, calls from usage_day
      union all select 'day of ' || project_id || ' by ' || principal_id, day::text, calls from usage_key_day
    ) as counters where calls <> 0 order by counter, "window"`);
}

/** Sets what a key has used of this minute, or a project of this day. */
export async function setUsed(
  { db, clock }: TestAccess,
  used: { keyId: string; minute: number } | { projectId: string; day: number },
): Promise<void> {
  if ('keyId' in used) {
    const keyRate = { minute: minuteOf(clock.now()), calls: used.minute };
    await db.prisma.keyRate.upsert({ where: { keyId: used.keyId }, create: { keyId: used.keyId, ...keyRate }, update: keyRate });
  } else {
    const usageDay = { projectId: used.projectId, day: new Date(utcDay(clock.now())) };
    await db.prisma.usageDay.upsert({
      where: { projectId_day: usageDay },
      create: { ...usageDay, calls: used.day },
      update: { calls: used.day },
    });
  }
}
