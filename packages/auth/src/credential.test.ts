import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Credential, keyReader, lookUp, lookUpAsIfPresented, type TargetRef } from './credential.ts';
import { formatKey, generateKey, type ParsedKey, parseKey } from './key-format.ts';
import { ROLES } from './roles.ts';
import { deriveSecrets, hashSecret } from './secrets.ts';
import {
  openTestAccess,
  seedKey,
  seedProject,
  seedTenant,
  TEST_SECRET,
  type TestAccess,
  type TestKey,
  type TestTenant,
} from './testing.ts';

let access: TestAccess;
let tenant: TestTenant;
let key: TestKey;
let session: Credential;

beforeAll(async () => {
  access = await openTestAccess();
  tenant = await seedTenant(access);
  key = await seedKey(access, tenant, { projectId: null });
  session = { kind: 'session', userId: tenant.user.id };
}, 60_000);
afterAll(() => access.db.close());
beforeEach(() => {
  access.statements.length = 0;
});

const facts = (credential: Credential, target: TargetRef = {}) => lookUp(access.services.source, credential, target);

describe('the look-up', () => {
  it('of a key or a session is exactly one statement, whatever is found and whoever asks', async () => {
    const wrongSecret: Credential = { kind: 'key', key: { ...key.parsed, secret: generateKey('riq').secret } };
    const unknownKey: Credential = { kind: 'key', key: generateKey('riq') };
    const revoked = await seedKey(access, tenant, { revokedAt: access.clock.now() });
    const expired = await seedKey(access, tenant, { expiresAt: access.clock.now() });
    const stranger = await seedTenant(access);
    access.statements.length = 0;
    const targets: TargetRef[] = [
      {},
      { project: tenant.project.id },
      { project: tenant.project.slug },
      { project: stranger.project.id },
      { project: 'none' },
    ];
    for (const credential of [key.credential, wrongSecret, unknownKey, revoked.credential, expired.credential, session]) {
      for (const target of [...targets, { organization: tenant.organization.id }, { organization: tenant.organization.slug }]) {
        access.statements.length = 0;
        await facts(credential, target);
        expect(access.statements).toHaveLength(1);
      }
    }
  });

  it('is the same text for every key and target, so that the server prepares it once', async () => {
    for (const target of [{}, { project: tenant.project.id }, { project: 'x' }, { organization: tenant.organization.slug }])
      await facts(key.credential, target);
    expect(new Set(access.statements).size).toBe(1);
    await facts(session, { project: tenant.project.id });
    await facts(session, { organization: 'x' });
    expect(new Set(access.statements).size).toBe(2);
  });

  it('of all who come at the same time is one statement, and each is told of their own key and target', async () => {
    const [other, stranger] = [await seedKey(access, tenant), await seedTenant(access)];
    const wrongSecret: Credential = { kind: 'key', key: { ...key.parsed, secret: generateKey('riq').secret } };
    const asked = [
      [key.credential, {}],
      [key.credential, { project: tenant.project.slug }],
      [key.credential, { project: tenant.project.slug }],
      [wrongSecret, { project: tenant.project.slug }],
      [other.credential, {}],
      [other.credential, { project: '' }],
      [other.credential, { project: stranger.project.id }],
      [{ kind: 'key', key: generateKey('riq') }, {}],
    ] as const;
    const alone: Awaited<ReturnType<typeof facts>>[] = [];
    for (const [credential, target] of asked) alone.push(await facts(credential, target));
    access.statements.length = 0;
    expect(await Promise.all(asked.map(([credential, target]) => facts(credential, target)))).toEqual(alone);
    expect(access.statements).toHaveLength(1);
    expect(alone.map((found) => [found?.key?.id, found?.key?.secretMatches, found?.project?.id])).toEqual([
      [key.id, true, undefined],
      [key.id, true, tenant.project.id],
      [key.id, true, tenant.project.id],
      [key.id, false, tenant.project.id],
      [other.id, true, tenant.project.id],
      [other.id, true, undefined],
      [other.id, true, stranger.project.id],
      [undefined, undefined, undefined],
    ]);
  });

  it('of no credential or a malformed one asks the database nothing', async () => {
    expect(await facts({ kind: 'none' }, { project: tenant.project.id })).toBeNull();
    expect(await facts({ kind: 'malformed' }, { project: tenant.project.id })).toBeNull();
    expect(access.statements).toEqual([]);
  });

  it('cannot be reached with a key whose checksum fails', () => {
    const typo = key.raw.slice(0, -1) + (key.raw.endsWith('0') ? '1' : '0');
    expect(parseKey(key.raw)).toEqual(key.parsed);
    expect(parseKey(typo)).toBeNull();
  });

  it('of an unknown key or person finds nothing', async () => {
    expect(await facts({ kind: 'key', key: generateKey('riq') })).toBeNull();
    expect(await facts({ kind: 'session', userId: randomUUID() })).toBeNull();
    expect(await lookUpAsIfPresented(access.services.source, generateKey('riq').keyId, {})).toBeNull();
  });
});

describe('a key', () => {
  it('is found with its owner, its organization and all that it was given', async () => {
    const scopes = [
      { permission: 'backlog:read' },
      { permission: 'notes:write', resourceType: 'project', resourceId: tenant.project.id, resourceConstraints: { a: [1] } },
    ];
    const expiresAt = new Date('2031-01-02T03:04:05.678Z');
    const found = await facts((await seedKey(access, tenant, { scopes, expiresAt })).credential);
    expect(found?.key).toMatchObject({
      secretMatches: true,
      orgId: tenant.organization.id,
      projectId: tenant.project.id,
      scopes,
      expiresAt,
      revokedAt: null,
    });
    expect(found).toMatchObject({
      user: tenant.user,
      organization: { ...tenant.organization, plan: 'pro' },
      organizationRole: 'owner',
      projectRole: null,
    });
  });

  it('is told to match only by its secret, and then by the very text that was given out', async () => {
    expect((await facts(key.credential))?.key?.secretMatches).toBe(true);
    const parsed = parseKey(key.raw);
    expect(parsed === null ? null : (await facts({ kind: 'key', key: parsed }))?.key?.secretMatches).toBe(true);
    const other = await seedKey(access, tenant);
    const mixed = { ...key.parsed, secret: other.parsed.secret };
    expect(parseKey(formatKey(mixed))).toEqual(mixed);
    expect((await facts({ kind: 'key', key: mixed }))?.key?.secretMatches).toBe(false);
  });

  it('is told not to match under another prefix or environment, though its secret is right', async () => {
    const matches = async (parsed: ParsedKey) => (await facts({ kind: 'key', key: parsed }))?.key?.secretMatches;
    expect(await matches(key.parsed)).toBe(true);
    expect(await matches({ ...key.parsed, prefix: 'rf' })).toBe(false);
    expect(await matches({ ...key.parsed, environment: 'test' })).toBe(false);
  });

  it('is told to be revoked or expired as it is stored, to the millisecond', async () => {
    const [revokedAt, expiresAt] = [new Date('2026-03-01T00:00:00.001Z'), new Date('2026-03-02T00:00:00.999Z')];
    expect((await facts((await seedKey(access, tenant, { revokedAt, expiresAt })).credential))?.key).toMatchObject({
      revokedAt,
      expiresAt,
    });
  });

  it('is looked up as if presented for an explanation, and never counted as a mismatch', async () => {
    const explained = await lookUpAsIfPresented(access.services.source, key.publicId, { project: tenant.project.slug });
    expect(explained).toEqual(await facts(key.credential, { project: tenant.project.slug }));
  });

  it('whose stored hash has been emptied matches nothing, the empty secret included', async () => {
    const emptied = await seedKey(access, tenant);
    await access.db.prisma.apiKey.update({ where: { id: emptied.id }, data: { secretHash: new Uint8Array() } });
    for (const secret of [emptied.parsed.secret, '']) {
      expect((await facts({ kind: 'key', key: { ...emptied.parsed, secret } }))?.key?.secretMatches).toBe(false);
    }
  });

  it('of a dump, presented to an installation with another SECRET, does not match', async () => {
    const elsewhere = { ...access.services.source, secrets: deriveSecrets('another SECRET') };
    expect((await lookUp(elsewhere, key.credential, {}))?.key?.secretMatches).toBe(false);
  });
});

describe('the target', () => {
  it('is found by id and by slug alike', async () => {
    for (const credential of [key.credential, session]) {
      const byId = await facts(credential, { project: tenant.project.id });
      expect(byId?.project).toEqual({ ...tenant.project, orgId: tenant.organization.id });
      expect(await facts(credential, { project: tenant.project.slug })).toEqual(byId);
      expect(await facts(credential, { project: tenant.project.id.toUpperCase() })).toEqual(byId);
    }
    const byId = await facts(session, { organization: tenant.organization.id });
    expect(byId?.organization).toEqual({ ...tenant.organization, plan: 'pro' });
    expect(await facts(session, { organization: tenant.organization.slug })).toEqual(byId);
  });

  it('that does not exist is none, however it is named', async () => {
    for (const name of [randomUUID(), 'no-such-project', '', "'; drop table project; --", tenant.project.id.slice(0, 35)]) {
      for (const credential of [key.credential, session])
        expect((await facts(credential, { project: name }))?.project).toBeNull();
      expect((await facts(session, { organization: name }))?.organization).toBeNull();
    }
  });

  it('that was deleted is none, even for the key bound to it', async () => {
    const doomed = await seedProject(access, tenant.organization);
    const bound = await seedKey(access, tenant, { projectId: doomed.id });
    expect((await facts(bound.credential))?.project?.id).toBe(doomed.id);
    await access.db.prisma.project.update({ where: { id: doomed.id }, data: { deletedAt: access.clock.now() } });
    for (const target of [{}, { project: doomed.id }, { project: doomed.slug }]) {
      expect((await facts(bound.credential, target))?.project).toBeNull();
      expect((await facts(session, target))?.project).toBeNull();
    }
  });

  it("is the bound key's project when none is named, and never when another or a missing one is", async () => {
    const bound = await seedKey(access, tenant);
    const other = await seedProject(access, tenant.organization);
    const projectOf = async (target: TargetRef) => (await facts(bound.credential, target))?.project?.id ?? null;
    expect(await projectOf({})).toBe(tenant.project.id);
    expect(await projectOf({ project: other.slug })).toBe(other.id);
    expect(await projectOf({ project: 'missing' })).toBeNull();
    expect(await projectOf({ project: '' })).toBeNull();
    expect((await facts(key.credential))?.project).toBeNull();
  });

  it("leaves a key's organization its own, also on a foreign project", async () => {
    const foreign = await seedTenant(access, { plan: 'scale' });
    const found = await facts(key.credential, { project: foreign.project.id });
    expect(found?.organization?.id).toBe(tenant.organization.id);
    expect(found?.project?.orgId).toBe(foreign.organization.id);
    expect(found?.organizationRole).toBe('owner');
    expect(found?.projectRole).toBeNull();
  });
});

describe('roles and plan', () => {
  it('are those of the moment, at every look-up, for the key and for its owner alike', async () => {
    const { user, organization, project, ...rest } = await seedTenant(access, { organizationRole: 'viewer' });
    const live = await seedKey(access, { user, organization, project, ...rest });
    const member = { orgId_userId: { orgId: organization.id, userId: user.id } };
    const seen = async () => {
      const [byKey, bySession] = [
        await facts(live.credential),
        await facts({ kind: 'session', userId: user.id }, { project: project.id }),
      ];
      const of = (found: typeof byKey) => [found?.organizationRole, found?.projectRole, found?.organization?.plan];
      expect(of(byKey)).toEqual(of(bySession));
      return of(byKey);
    };
    expect(await seen()).toEqual(['viewer', null, 'pro']);
    for (const role of ROLES) {
      await access.db.prisma.organizationMember.update({ where: member, data: { role } });
      expect(await seen()).toEqual([role, null, 'pro']);
    }
    await access.db.prisma.projectMember.create({ data: { projectId: project.id, userId: user.id, role: 'developer' } });
    await access.db.prisma.organizationMember.delete({ where: member });
    expect(await seen()).toEqual([null, 'developer', 'pro']);
    await access.db.prisma.organization.update({ where: { id: organization.id }, data: { plan: 'free' } });
    await access.db.prisma.projectMember.deleteMany({ where: { userId: user.id } });
    expect(await seen()).toEqual([null, null, 'free']);
  });

  it('come from the installation where the organization has no plan of its own', async () => {
    const plain = await seedTenant(access, { plan: null });
    const plainKey = await seedKey(access, plain);
    for (const defaultPlan of ['free', 'enterprise'] as const) {
      const source = { ...access.services.source, defaultPlan };
      expect((await lookUp(source, plainKey.credential, {}))?.organization?.plan).toBe(defaultPlan);
      expect(
        (await lookUp(source, { kind: 'session', userId: plain.user.id }, { organization: plain.organization.id }))?.organization
          ?.plan,
      ).toBe(defaultPlan);
    }
  });

  it("of a service account's key are the account's, and none once it is disabled, whoever made the key", async () => {
    const robot = await seedKey(access, tenant, { serviceAccount: { role: 'developer' } });
    expect(await facts(robot.credential)).toMatchObject({ user: null, organizationRole: 'developer', projectRole: null });
    await access.db.prisma.serviceAccount.updateMany({
      where: { apiKeys: { some: { id: robot.id } } },
      data: { disabledAt: access.clock.now() },
    });
    expect(await facts(robot.credential)).toMatchObject({ user: null, organizationRole: null, projectRole: null });
  });

  it('of a person on a project and on its organization are both read, and no role elsewhere counts', async () => {
    const elsewhere = await seedTenant(access, { organizationRole: null });
    const { user } = await seedTenant(access, { organizationRole: 'owner' });
    const found = await facts({ kind: 'session', userId: user.id }, { project: elsewhere.project.id });
    expect(found).toMatchObject({ key: null, user: { id: user.id }, organizationRole: null, projectRole: null });
  });
});

describe('a hash made with a former SECRET', () => {
  const stored = async ({ id }: TestKey) =>
    access.db.prisma.apiKey.findUniqueOrThrow({ where: { id }, select: { secretHash: true, pepperId: true } });

  it('still matches, and is made anew with the present one at its first use, once', async () => {
    const old = await seedKey(access, tenant, { madeWith: deriveSecrets('the former SECRET') });
    const secrets = deriveSecrets(`${TEST_SECRET}, the former SECRET`);
    const source = { ...access.services.source, secrets };
    access.statements.length = 0;
    expect((await lookUp(source, old.credential, {}))?.key?.secretMatches).toBe(true);
    expect(access.statements).toHaveLength(2);
    const [pepper] = secrets.peppers;
    const row = await stored(old);
    expect(row.pepperId).toBe(pepper.id);
    expect(hashSecret(pepper, old.parsed.secret).equals(row.secretHash)).toBe(true);
    access.statements.length = 0;
    expect((await facts(old.credential))?.key?.secretMatches).toBe(true);
    expect(access.statements).toHaveLength(1);
  });

  it('is left as it is by a wrong secret, and by an installation that has dropped the former SECRET', async () => {
    const old = await seedKey(access, tenant, { madeWith: deriveSecrets('the former SECRET') });
    const before = await stored(old);
    const both = { ...access.services.source, secrets: deriveSecrets(`${TEST_SECRET}, the former SECRET`) };
    const wrong: Credential = { kind: 'key', key: { ...old.parsed, secret: generateKey('riq').secret } };
    expect((await lookUp(both, wrong, {}))?.key?.secretMatches).toBe(false);
    expect((await facts(old.credential))?.key?.secretMatches).toBe(false);
    expect(await stored(old)).toEqual(before);
  });

  it('does not undo what happens to its key at the same time', async () => {
    const old = await seedKey(access, tenant, { madeWith: deriveSecrets('the former SECRET') });
    const source = { ...access.services.source, secrets: deriveSecrets(`${TEST_SECRET}, the former SECRET`) };
    const revokedAt = new Date('2026-03-14T10:20:30.000Z');
    // Revoked between the look-up's two statements.
    const sql = {
      query: async <Row extends object>(text: string, values?: readonly unknown[]) => {
        const rows = await access.db.sql.query<Row>(text, values);
        if (text.includes('k.public_id'))
          await access.db.prisma.apiKey.update({ where: { id: old.id }, data: { revokedAt, scopes: [] } });
        return rows;
      },
    };
    await lookUp({ ...source, sql, readKey: keyReader(sql) }, old.credential, {});
    expect((await facts(old.credential))?.key).toMatchObject({ secretMatches: true, revokedAt, scopes: [] });
  });
});
