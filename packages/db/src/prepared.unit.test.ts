import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepingStatements } from './prepared.ts';

let plain: PGlite;
let keeping: PGlite;

beforeAll(async () => {
  plain = await PGlite.create();
  await plain.exec('create table item (id int4 primary key, name text)');
  keeping = keepingStatements(plain);
});
afterAll(() => plain.close());

const kept = async () =>
  Number((await plain.query<{ n: number }>('select count(*)::int4 as n from pg_prepared_statements')).rows[0]?.n);
const outcome = (asked: Promise<{ rows: unknown[]; affectedRows?: number; fields: unknown[] }>) =>
  asked.then(
    ({ rows, affectedRows, fields }) => ({ rows, affectedRows, fields }),
    (error: unknown) => ({ code: (error as { code?: string }).code }),
  );

describe('a statement that is kept', () => {
  it('answers any values as PGlite itself does, and refuses those that it refuses', async () => {
    const text =
      'select $1::text as a, $2::int4 as b, $3::timestamptz as c, $4::jsonb as d, $5::text[] as e, $6::bool as f, $7::bytea as g, $8::int8 as h';
    const strings = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom("'", '\\', "\\'; drop table item; --", 'a\0b', '$1', "E'x'"),
    );
    const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(
          orNull(strings),
          orNull(fc.oneof(fc.integer(), fc.constant(2 ** 31))),
          orNull(fc.date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2200-01-01') })),
          orNull(fc.jsonValue({ stringUnit: 'grapheme' })),
          orNull(fc.array(strings)),
          orNull(fc.boolean()),
          orNull(fc.uint8Array()),
          orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        ),
        async (values) => {
          expect(await outcome(keeping.query(text, values))).toEqual(await outcome(plain.query(text, values)));
        },
      ),
      { numRuns: 300 },
    );
    expect(await kept()).toBe(1);
  });

  it('writes, counts what it has written, and refuses what the table refuses, inside a transaction too', async () => {
    const insert = 'insert into item (id, name) values ($1, $2)';
    for (const id of [1, 2, 3]) expect((await keeping.query(insert, [id, `of ${id}`])).affectedRows).toBe(1);
    await expect(keeping.query(insert, [3, 'again'])).rejects.toMatchObject({ code: '23505' });
    const undone = keeping.transaction(async (tx) => {
      await tx.query(insert, [4, 'undone']);
      await tx.query(insert, [1, 'refused']);
    });
    await expect(undone).rejects.toMatchObject({ code: '23505' });
    await keeping.transaction((tx) => tx.query(insert, [5, 'done']));
    const { rows } = await keeping.query<[number]>('select id from item order by id', [], { rowMode: 'array' });
    expect(rows).toEqual([[1], [2], [3], [5]]);
  });

  it('is not one that was asked once, nor one of a kind that cannot be', async () => {
    const before = await kept();
    await keeping.query('select 1 as once');
    for (const _time of [1, 2, 3]) await keeping.query("set application_name = 'x'");
    expect(await kept()).toBe(before);
  });

  it('is one of so many at the most', async () => {
    for (let n = 0; n < 300; n++) for (const _time of [1, 2]) await keeping.query(`select ${n} as n`);
    expect(await kept()).toBeLessThanOrEqual(256);
    expect((await keeping.query('select 299 as n')).rows).toEqual([{ n: 299 }]);
  });
});
