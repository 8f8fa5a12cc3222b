import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { featureRow } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

const TITLES = [
  'Export CSV/PDF',
  'Mail to user@example.com',
  'e-mail report',
  "O'Brien cannot log in",
  'Version 1.2.3 of the app',
  'snake_case names',
  'Dark mode',
  'ünïcode naïve',
  'İstanbul office',
  'हिन्दी भाषा',
  'ภาษาไทย',
  '日本語テスト',
  '“Quoted” — dashes…',
] as const;

beforeAll(async () => {
  core = await openTestCore();
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  const described = { title: 'Light', description: 'See https://docs.example.org/a/b?c=d&e=f for the invoices' };
  await core.db.prisma.feature.createMany({
    data: [...TITLES.map((title) => ({ title })), described].map((columns) => featureRow(core, tenant, columns)),
  });
});
afterAll(() => core.db.close());

const search = async (q: string) =>
  (await me.backlog.list({ projectId: tenant.project.id, q, limit: 100 })).items.map(({ title }) => title).toSorted();

describe('a search', () => {
  it.each([
    ['csv', 'Export CSV/PDF'],
    ['pdf', 'Export CSV/PDF'],
    ['CSV/PDF', 'Export CSV/PDF'],
    ['pdf exp', 'Export CSV/PDF'],
    ['example.com', 'Mail to user@example.com'],
    ['user@example.com', 'Mail to user@example.com'],
    ['user@exam', 'Mail to user@example.com'],
    ['e-mail', 'e-mail report'],
    ["o'brien", "O'Brien cannot log in"],
    ['brien', "O'Brien cannot log in"],
    ['1.2', 'Version 1.2.3 of the app'],
    ['case', 'snake_case names'],
    ['DARK Mo', 'Dark mode'],
    ['ünïc', 'ünïcode naïve'],
    ['हिन्दी', 'हिन्दी भाषा'],
    ['ภาษาไทย', 'ภาษาไทย'],
    ['日本', '日本語テスト'],
    ['quoted dash', '“Quoted” — dashes…'],
    ['docs.example.org/a', 'Light'],
    ['invoices', 'Light'],
  ])('for %s finds "%s" alone', async (q, title) => {
    expect(await search(q)).toEqual([title]);
  });

  it('asks for every word, whole but for the last', async () => {
    expect([await search('dark csv'), await search('dar mode'), await search('mode dar')]).toEqual([[], [], ['Dark mode']]);
  });

  it('for nothing but spaces is no search', async () => {
    expect(await search('   ')).toHaveLength(TITLES.length + 1);
  });

  it.each(['!!!', "'", '\\', '<->', '(((', ':*', '& | !', '—…', '\u{1f600}'])(
    'for "%s" finds nothing: there is no word to find',
    async (q) => {
      expect(await search(q)).toEqual([]);
    },
  );

  it.each([
    ["'; drop table feature; --", []],
    ["' | 'dark", ['Dark mode']],
    ['dark & mode', ['Dark mode']],
    ['dark | csv', []],
    ['!dark', ['Dark mode']],
    ['dark <-> mode', ['Dark mode']],
    ['dark:*', ['Dark mode']],
    ['dark:A', []],
    ["dark' & 'mode", ['Dark mode']],
    ['%', []],
    ['d_rk', []],
    ['$1', ['Version 1.2.3 of the app']],
  ])('takes %s for its words, with no operator in it', async (q, titles) => {
    expect(await search(q)).toEqual(titles);
  });

  it.each(['\0', 'dark\0', '\ud800', 'a\udfff'])('refuses what is no text', async (q) => {
    expect(await outcomeOf(me.backlog.list({ projectId: tenant.project.id, q }))).toBe('BAD_REQUEST');
  });

  it('fails for no text at all', async () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(..."'\\:*&|!()<->\u00a0 ab1,."), maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(anyText, async (q) => {
        expect(['admitted', 'BAD_REQUEST']).toContain(await outcomeOf(me.backlog.list({ projectId: tenant.project.id, q })));
      }),
      { numRuns: 100 },
    );
  });

  it('finds a feature by its own title, whatever it is written in', async () => {
    const letters = fc.constantFrom(...'abcXYZ019äßçñøÆŁžабвЖΩπשלוםعربيहिन्दीไทย日本語한국어ｆｕｌｌ');
    const marks = fc.constantFrom(...' \t/@.:_-+#\'"\\%&|!?()<>[]{}~^$*=;,—“”…·¿');
    const title = fc
      .string({ unit: fc.oneof({ weight: 3, arbitrary: letters }, marks), minLength: 1, maxLength: 60 })
      .map((text) => `q${text}`.trim());
    await fc.assert(
      fc.asyncProperty(title, async (text) => {
        const { id } = await me.backlog.create({ projectId: tenant.project.id, title: text });
        const { items } = await me.backlog.list({ projectId: tenant.project.id, q: text, limit: 100 });
        await core.db.prisma.feature.delete({ where: { id } });
        expect(items.map((item) => item.id)).toContain(id);
      }),
      { numRuns: 40 },
    );
  });
});

it('is answered by the index on it, in a backlog of some size', async () => {
  const large = await seedTenant(core);
  await core.db.sql.query(
    `insert into feature (id, project_id, number, title, tags, source, status_changed_at, created_at, updated_at)
     select gen_random_uuid(), $1, n, 'Feature ' || md5(n::text), '{}', 'api', now(), now(), now() from generate_series(1, 4000) n`,
    [large.project.id],
  );
  await core.db.script('analyze feature');
  const statements: [text: string, values: readonly unknown[]][] = [];
  const query = <Row extends object>(text: string, values: readonly unknown[] = []) => {
    statements.push([text, values]);
    return core.db.sql.query<Row>(text, values);
  };
  const access = { ...core.core.access, db: { ...core.db, sql: { query } } };
  await callAsUser({ core: { ...core.core, access } }, large.user).backlog.list({ projectId: large.project.id, q: 'zebra' });
  const [text = '', values = []] = statements.at(-1) ?? [];
  const plan = await core.db.sql.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('feature_search');
});
