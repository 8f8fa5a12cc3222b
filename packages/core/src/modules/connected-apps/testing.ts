import { randomUUID } from 'node:crypto';
import type { TestAccess, TestTenant } from '@reqbase/auth/testing';

/** An app that the tenant's person, or another, has let in. */
export async function seedConnectedApp(
  { db, clock }: Pick<TestAccess, 'db' | 'clock'>,
  { user, project }: Pick<TestTenant, 'user' | 'project'>,
  {
    scopes = ['backlog:read'],
    name = 'Inspector',
    createdAt: now = clock.now(),
  }: { scopes?: string[]; name?: string; createdAt?: Date } = {},
): Promise<{ id: string; clientId: string }> {
  const client = { id: randomUUID(), clientId: `app_${randomUUID()}` };
  await db.prisma.oAuthClient.create({
    data: {
      ...client,
      kind: 'registered',
      name,
      redirectUris: ['https://app.example/callback'],
      createdAt: now,
      lastUsedAt: now,
    },
  });
  const id = randomUUID();
  const of = { clientId: client.id, userId: user.id, projectId: project.id };
  await db.prisma.oAuthGrant.create({ data: { id, ...of, scopes, createdAt: now, approvedAt: now } });
  return { id, clientId: client.clientId };
}
