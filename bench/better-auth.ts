// The hand-written list guarded by better-auth's API-key plugin: its rate limit and its remaining count on, its own
// PostgreSQL adapter, its own tables in a schema of their own beside ours, everything else at its defaults.
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';
import { type ListRoute, listByHand, servePeer } from './peer.ts';

const CALLS_PER_MINUTE = 30_000;

servePeer(async (app, options) => {
  const { databaseUrl, poolSize, tenants } = options;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, options: '-c search_path=better_auth,public' });
  await pool.query('create schema better_auth');
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: '3kq8ZC1m0Yw5rT7uXoPb2VnHs9LdAeGf',
    database: pool,
    telemetry: { enabled: false },
    // Before its migrations it would report every table of ours as a faulty one of its own.
    logger: { disabled: true },
    emailAndPassword: { enabled: true },
    plugins: [apiKey({ rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: CALLS_PER_MINUTE } })],
  });
  await (await getMigrations(auth.options)).runMigrations();

  const { adapter } = await auth.$context;
  const apiKeys: string[] = [];
  for (const { slug } of tenants) {
    const now = new Date();
    const data = { email: `${slug}@example.test`, name: 'Ada', emailVerified: true, createdAt: now, updatedAt: now };
    const { id: userId } = await adapter.create<{ id: string }>({ model: 'user', data });
    const created = await auth.api.createApiKey({
      body: { userId, remaining: 1_000_000_000, permissions: { backlog: ['read'] } },
    });
    apiKeys.push(created.key);
  }
  // Which project a key may read is known from the start, for nothing: Reqbase and the floor ask the database.
  const projects = new Map(tenants.map(({ slug, projectId }) => [slug, projectId]));

  app.get<ListRoute>('/p/:slug/api/v1/features', async (request, reply) => {
    const key = request.headers.authorization?.slice('Bearer '.length) ?? '';
    const { valid, error } = await auth.api.verifyApiKey({ body: { key, permissions: { backlog: ['read'] } } });
    const projectId = projects.get(request.params.slug);
    if (!valid || projectId === undefined) return reply.code(error?.code === 'RATE_LIMITED' ? 429 : 401).send({ error });
    return listByHand(pool, options, projectId);
  });
  return apiKeys;
});
