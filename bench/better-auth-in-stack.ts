// The hand-written list guarded by better-auth's API-key plugin as it would be in this project: over Prisma, as its sessions
// are, and with what Reqbase and the floor ask the database as well: the caller's live role and the organization's plan.
import { hash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import pg from 'pg';
import { createAuth, createKeys, createTables, verify } from './better-auth.ts';
import { PrismaClient } from './generated/client/client.ts';
import { type ListRoute, listByHand, servePeer } from './peer.ts';

servePeer(async (app, options) => {
  const { databaseUrl, poolSize, tenants } = options;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize });
  await createTables(databaseUrl, 'better_auth_in_stack');
  // Its users are ours here: of its tables only the plugin's is needed.
  await pool.query('alter table better_auth_in_stack."betterAuthKey" set schema public');
  // As in packages/db/src/client.ts.
  const adapter = new PrismaPg(pool, { statementNameGenerator: ({ sql }) => statementName(sql) });
  const prisma = new PrismaClient({ adapter });
  const auth = createAuth(prismaAdapter(prisma, { provider: 'postgresql' }));

  /** The project, its organization's plan and the roles that `userId` has now, in one statement. */
  const findProject = (slug: string, userId: string) => {
    const members = { where: { userId }, select: { role: true } };
    return prisma.project.findFirst({
      where: { slug, deletedAt: null },
      select: { id: true, organization: { select: { plan: true, members } }, members },
    });
  };

  app.get<ListRoute>('/p/:slug/api/v1/features', async (request, reply) => {
    const caller = await verify(auth, request.headers.authorization);
    if (caller.userId === undefined) return reply.code(caller.status).send({ error: caller.error });
    const project = await findProject(request.params.slug, caller.userId);
    const isMember = project !== null && project.members.length + project.organization.members.length > 0;
    if (!isMember) return reply.code(404).send({ error: { code: 'PROJECT_NOT_FOUND' } });
    if (project.organization.plan === null) return reply.code(403).send({ error: { code: 'PLAN_REQUIRED' } });
    return listByHand(pool, options, project.id);
  });
  return createKeys(
    auth,
    tenants.map(({ userId }) => userId),
  );
});

function statementName(sql: string): string {
  return `s_${hash('sha256', sql, 'base64url').slice(0, 22)}`;
}
