import type { PGlite, QueryOptions, Results, Transaction } from '@electric-sql/pglite';
import pg from 'pg';

/** How many statements are kept; what comes later runs as it comes, so that filters cannot fill the memory. */
const MOST = 256;
/** What PREPARE takes. */
const PREPARABLE = /^\s*(?:with|select|insert|update|delete)\b/i;

type Runner = Pick<PGlite, 'query' | 'exec'> | Pick<Transaction, 'query' | 'exec'>;
type Prepared = { readonly name: string; readonly types: readonly number[] };

// One count for all: a name is never used again, whoever else prepares on the same instance.
let named = 0;

/**
 * The same PGlite, which keeps the statements that it is asked more than once. Its own `query` parses and plans each call anew,
 * which takes several times as long as to run most of ours; and it has no named statements, so PREPARE and EXECUTE stand in.
 */
export function keepingStatements(pglite: PGlite): PGlite {
  const statements = new Map<string, Prepared | 'seen'>();

  async function prepare(runner: Runner, text: string): Promise<Prepared> {
    const name = `kept_${++named}`;
    const [, described] = await runner.exec(
      `prepare ${name} as ${text};
       select array(select unnest(parameter_types)::oid::int4) as types from pg_prepared_statements where name = '${name}'`,
    );
    const [row] = (described?.rows ?? []) as { types: number[] }[];
    if (row === undefined) throw new Error(`${name} is not prepared`);
    const prepared = { name, types: row.types };
    statements.set(text, prepared);
    return prepared;
  }

  /** The values as PGlite would send them, or undefined where one has no spelling in SQL. */
  function literals(values: readonly unknown[], types: readonly number[]): string[] | undefined {
    const written: string[] = [];
    for (const [index, value] of values.entries()) {
      if (value === null || value === undefined) {
        written.push('null');
        continue;
      }
      const type = types[index];
      if (type === undefined) return;
      const serialize = pglite.serializers[type];
      const text: unknown = serialize === undefined ? value : serialize(value);
      if (typeof text !== 'string' || text.includes('\0')) return;
      written.push(pg.escapeLiteral(text));
    }
    return written;
  }

  async function query<Row>(
    runner: Runner,
    text: string,
    values: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Results<Row>> {
    const plain = () => runner.query<Row>(text, [...values], options);
    const known = statements.get(text);
    if (known === undefined) {
      if (statements.size < MOST && PREPARABLE.test(text)) statements.set(text, 'seen');
      return plain();
    }
    const { name, types } = known === 'seen' ? await prepare(runner, text) : known;
    const given = values.length === types.length ? literals(values, types) : undefined;
    if (given === undefined) return plain();
    const results = await runner.exec(`execute ${name}${given.length === 0 ? '' : `(${given.join(', ')})`}`, options);
    return results.at(-1) as Results<Row>;
  }

  const keeping = <Target extends PGlite | Transaction>(target: Target): Target =>
    new Proxy(target, {
      get(_target, property) {
        if (property === 'query') {
          return (text: string, values: readonly unknown[] = [], options?: QueryOptions) => query(target, text, values, options);
        }
        if (property === 'transaction') {
          return <T>(work: (tx: Transaction) => Promise<T>) => (target as PGlite).transaction((tx) => work(keeping(tx)));
        }
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  return keeping(pglite);
}
