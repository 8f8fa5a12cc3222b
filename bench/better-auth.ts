// What both peers on better-auth's API-key plugin share: its settings, the defaults but for the limits that every
// competitor keeps, and the check of a call's key.
import { apiKey } from '@better-auth/api-key';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';

const CALLS_PER_MINUTE = 30_000;

type Auth = ReturnType<typeof createAuth>;

/** better-auth with the plugin, its rate limit and its remaining count on. */
export function createAuth(database: NonNullable<BetterAuthOptions['database']>) {
  return betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: '3kq8ZC1m0Yw5rT7uXoPb2VnHs9LdAeGf',
    database,
    telemetry: { enabled: false },
    // Before its migrations it reports that its tables are missing.
    logger: { disabled: true },
    emailAndPassword: { enabled: true },
    plugins: [
      // `deferUpdates` would defer nothing here: counters that are kept in the database are always waited for.
      apiKey({
        rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: CALLS_PER_MINUTE },
        schema: { apikey: { modelName: 'betterAuthKey' } },
      }),
    ],
  });
}

/** Makes better-auth's tables, by its own migrations, in a schema of their own. */
export async function createTables(databaseUrl: string, schema: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, options: `-c search_path=${schema}` });
  await pool.query(`create schema ${schema}`);
  await (await getMigrations(createAuth(pool).options)).runMigrations();
  await pool.end();
}

/** A key for each of these users. */
export async function createKeys(auth: Auth, userIds: readonly string[]): Promise<string[]> {
  const keys: string[] = [];
  for (const userId of userIds) {
    const body = { userId, remaining: 1_000_000_000, permissions: { backlog: ['read'] } };
    keys.push((await auth.api.createApiKey({ body })).key);
  }
  return keys;
}

/** Who calls, or with what a call is refused. One call of the key is spent. */
export async function verify(auth: Auth, authorization: string | undefined) {
  const key = authorization?.slice('Bearer '.length) ?? '';
  const { valid, error, key: verified } = await auth.api.verifyApiKey({ body: { key, permissions: { backlog: ['read'] } } });
  return valid && verified !== null
    ? { userId: verified.referenceId }
    : { status: error?.code === 'RATE_LIMITED' ? 429 : 401, error };
}
