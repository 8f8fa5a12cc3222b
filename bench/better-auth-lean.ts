// The hand-written list guarded by better-auth's API-key plugin at its leanest: its own PostgreSQL adapter, and no question of
// whether the owner of the key may read the project.
import pg from 'pg';
import { createAuth, createKeys, createTables, verify } from './better-auth.ts';
import { type ListRoute, listByHand, servePeer } from './peer.ts';

servePeer(async (app, options) => {
  const { databaseUrl, poolSize, tenants } = options;
  await createTables(databaseUrl, 'better_auth');
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, options: '-c search_path=better_auth,public' });
  const auth = createAuth(pool);
  // Which project a key may read is known from the start, for nothing: all others ask the database.
  const projects = new Map(tenants.map(({ slug, projectId }) => [slug, projectId]));

  app.get<ListRoute>('/p/:slug/api/v1/features', async (request, reply) => {
    const caller = await verify(auth, request.headers.authorization);
    if (caller.userId === undefined) return reply.code(caller.status).send({ error: caller.error });
    const projectId = projects.get(request.params.slug);
    if (projectId === undefined) return reply.code(404).send({ error: { code: 'PROJECT_NOT_FOUND' } });
    return listByHand(pool, options, projectId);
  });
  return createKeys(
    auth,
    tenants.map(({ userId }) => userId),
  );
});
