import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Database } from './client.ts';
import { PrismaClient } from './generated/client.ts';

/** The same database, with the text of every statement that it is sent, Prisma's among them, in their order. */
export function recordStatements(db: Database): { readonly db: Database; readonly statements: string[] } {
  const statements: string[] = [];
  return {
    statements,
    db: {
      ...db,
      prisma: new PrismaClient({ adapter: recordingAdapter(db.adapter, statements) }),
      sql: {
        query(text, values) {
          statements.push(text);
          return db.sql.query(text, values);
        },
      },
    },
  };
}

function recordingAdapter(
  factory: SqlMigrationAwareDriverAdapterFactory,
  statements: string[],
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const adapter = await factory.connect();
      const record = <Query extends { readonly sql: string }, Result>(run: (query: Query) => Promise<Result>) => {
        return (query: Query) => {
          statements.push(query.sql);
          return run.call(adapter, query);
        };
      };
      return Object.assign(Object.create(adapter) as typeof adapter, {
        queryRaw: record(adapter.queryRaw),
        executeRaw: record(adapter.executeRaw),
      });
    },
  };
}
