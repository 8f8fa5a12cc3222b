import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmptyTestDatabase } from '@reqbase/db/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appendEntries, newEntry } from './audit.ts';
import { canonicalText, chainHash, GENESIS_HASH } from './audit-chain.ts';
import { emptyAuditLog, openTestAccess, requestBy, seedTenant, type TestAccess, type TestTenant } from './testing.ts';

type Row = { seq: number; prev_hash: string; hash: string; content: Record<string, unknown> };

let access: TestAccess;
let tenant: TestTenant;
beforeAll(async () => {
  access = await openTestAccess();
  tenant = await seedTenant(access);
});
afterAll(() => access.db.close());
beforeEach(() => emptyAuditLog(access));

const ROWS = `
  select seq, prev_hash, hash, to_jsonb(e) - 'seq' - 'prev_hash' - 'hash'
    || jsonb_build_object('at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as content
  from audit_entry e where org_id = $1 order by seq`;
const rowsOf = (db: Pick<TestAccess['db'], 'sql'>, orgId: string) => db.sql.query<Row>(ROWS, [orgId]);

/** What stands in the table, hashed here: the numbers without gaps, each entry after the one before. */
function expectChain(rows: readonly Row[]): void {
  let last = GENESIS_HASH;
  for (const [index, { seq, prev_hash: prevHash, hash, content }] of rows.entries()) {
    const given = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
    expect([seq, prevHash]).toEqual([index + 1, last]);
    expect(hash).toBe(chainHash(prevHash, seq, canonicalText(given)));
    last = hash;
  }
}

const headOf = async (orgId: string) => {
  const [head] = await access.db.sql.query('select seq, hash from audit_head where org_id = $1', [orgId]);
  return head;
};

const entryOf = (diff: unknown, userAgent: string | null = 'tests/1', orgId = tenant.organization.id) =>
  newEntry(
    requestBy(access, { kind: 'none' }, { userAgent }),
    { key: null, user: tenant.user, project: null },
    orgId,
    { action: 'feature.created', resourceType: 'feature', diff: diff as never },
    { outcome: 'allowed' },
  );

// What PostgreSQL's JSON can hold: no NUL and no half of a character.
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((word) => !word.includes('\0') && word.isWellFormed());
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e21, 1e-7, 5e-324, -0, 123456789012345680000),
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
}));

describe('the chain of an organization', () => {
  it('is what this side computes, whatever the diffs are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(json, text), { minLength: 1, maxLength: 6 }), async (given) => {
        await emptyAuditLog(access);
        const entries = given.map(([diff, userAgent]) => entryOf(diff, userAgent));
        await access.db.prisma.$transaction((tx) => appendEntries(tx, entries.slice(0, 2)));
        await Promise.all(entries.slice(2).map((entry) => access.services.audit(entry)));
        const rows = await rowsOf(access.db, tenant.organization.id);
        expect(rows).toHaveLength(given.length);
        expectChain(rows);
        expect(await headOf(tenant.organization.id)).toEqual({ seq: given.length, hash: rows.at(-1)?.hash });
      }),
      { numRuns: 40 },
    );
  });

  it('is each organization’s own', async () => {
    const other = await seedTenant(access);
    await access.services.audit(entryOf(null));
    await access.services.audit(entryOf(null, null, other.organization.id));
    expect(await headOf(tenant.organization.id)).toMatchObject({ seq: 1 });
    expect(await headOf(other.organization.id)).toMatchObject({ seq: 1 });
  });
});

describe('the database', () => {
  const refused = (sql: string) => expect(access.db.script(sql), sql).rejects.toThrow('append-only');

  it('refuses to change an entry, to take one out, and to take them all out', async () => {
    await access.services.audit(entryOf({ a: 1 }));
    const before = await rowsOf(access.db, tenant.organization.id);
    await refused(`update audit_entry set action = 'x'`);
    await refused('delete from audit_entry');
    await refused('truncate audit_entry');
    await refused('truncate organization cascade');
    await refused('delete from audit_head');
    expect(await rowsOf(access.db, tenant.organization.id)).toEqual(before);
  });

  it('takes out the log of an organization that is deleted, and no other', async () => {
    const gone = await seedTenant(access);
    await access.services.audit(entryOf(null, null, gone.organization.id));
    await access.services.audit(entryOf(null));
    await access.db.prisma.organization.delete({ where: { id: gone.organization.id } });
    const left = await access.db.prisma.auditEntry.findMany({ select: { orgId: true } });
    expect(left).toEqual([{ orgId: tenant.organization.id }]);
    expect(await headOf(gone.organization.id)).toBeUndefined();
  });
});

describe('the migration', () => {
  const MIGRATIONS = join(import.meta.dirname, '../../db/prisma/migrations');
  const names = readdirSync(MIGRATIONS)
    .filter((name) => /^\d/.test(name))
    .toSorted();
  const chaining = names.findIndex((name) => name.endsWith('_audit_chain'));
  const sqlOf = (name: string) => readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8');

  it('chains what is there, in the order of its time, as new entries are', async () => {
    const db = await createEmptyTestDatabase();
    try {
      for (const name of names.slice(0, chaining)) await db.script(sqlOf(name));
      const [orgId, emptyId] = [randomUUID(), randomUUID()];
      for (const id of [orgId, emptyId])
        await db.sql.query('insert into organization (id, name, slug, updated_at) values ($1, $2, $2, now())', [id, id]);
      const at = (index: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, 0, (index * 7_919) % 1_000));
      const diffs = fc.sample(json, { numRuns: 150, seed: 4 });
      const given = [...diffs, { '\u{1f600}': 1, '\ufb33': 2, a: { z: [1.5e-9, 1e22, 0.000001] } }];
      await db.sql.query(
        `insert into audit_entry (id, at, org_id, actor_type, action, request_id, outcome, user_agent, diff)
         select gen_random_uuid(), at, $1, 'user', 'feature.created', 'req_1', 'allowed', $2, diff::jsonb
         from unnest($3::timestamptz[], $4::text[]) as t (at, diff)`,
        [orgId, 'a "quoted" \\ agent\u007f', given.map((_, index) => at(index)), given.map((diff) => JSON.stringify(diff))],
      );
      await db.script(sqlOf(names[chaining] ?? ''));
      const rows = await rowsOf(db, orgId);
      expect(rows).toHaveLength(151);
      expectChain(rows);
      const times = rows.map(({ content }) => String(content['at']));
      expect(times).toEqual(times.toSorted());
      expect(await db.sql.query('select seq, hash from audit_head where org_id = $1', [emptyId])).toEqual([
        { seq: 0, hash: GENESIS_HASH },
      ]);
    } finally {
      await db.close();
    }
  });
});
