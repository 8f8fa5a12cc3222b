import type { SqlMigrationAwareDriverAdapterFactory, SqlQuery } from '@prisma/driver-adapter-utils';
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
      return Object.assign(Object.create(adapter) as typeof adapter, {
        queryRaw(query: SqlQuery) {
          statements.push(query.sql);
          return adapter.queryRaw(query);
        },
        executeRaw(query: SqlQuery) {
          statements.push(query.sql);
          return adapter.executeRaw(query);
        },
      });
    },
  };
}
