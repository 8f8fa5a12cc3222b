import { hash } from 'node:crypto';
import type { PGlite } from '@electric-sql/pglite';
import type pg from 'pg';

/**
 * Runs one SQL statement, prepared where the server can keep it. For the hot path only (look-up, meter, lists);
 * everything else goes through Prisma. Cast in the statement what the two drivers read differently:
 * counts to `int4`, dates to `text`; and to `text` as well the instants of a list that is read all the time (`iso-text.ts`).
 */
export type Sql = {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
};

/** How many statements are prepared per connection; what comes later runs unnamed, so that filters cannot fill the server's memory. */
const NAMED_STATEMENTS = 256;

/** Names a statement by its text, the same in every process. */
export function statementName(text: string): string {
  return `s_${hash('sha256', text, 'base64url').slice(0, 22)}`;
}

/** The statement runner over a PostgreSQL server's pool. */
export function poolSql(pool: pg.Pool): Sql {
  const names = new Map<string, string>();
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      let name = names.get(text);
      if (name === undefined && names.size < NAMED_STATEMENTS) {
        name = statementName(text);
        names.set(text, name);
      }
      const result = await pool.query<Row>({ ...(name !== undefined && { name }), text, values: [...values] });
      return result.rows;
    },
  };
}

/** The statement runner over the embedded database. Calls queue behind an open transaction. */
export function embeddedSql(pglite: PGlite): Sql {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const result = await pglite.query<Row>(text, [...values]);
      return result.rows;
    },
  };
}
