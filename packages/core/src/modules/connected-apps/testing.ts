import { randomUUID } from 'node:crypto';
import type { TestTenant } from '@reqbase/auth/testing';
import type { TestCore } from '../../testing.ts';

/** An app that the tenant's person, or another, has let in. */
export async function seedConnectedApp(
  { db, clock }: Pick<TestCore, 'db' | 'clock'>,
  { user, project }: Pick<TestTenant, 'user' | 'project'>,
  { scopes = ['backlog:read'], name = 'Inspector' }: { scopes?: string[]; name?: string } = {},
): Promise<{ id: string; clientId: string }> {
  const now = clock.now();
  const client = { id: randomUUID(), clientId: `app_${randomUUID()}` };
  await db.prisma.oAuthClient.create({
    data: { ...client, kind: 'registered', name, redirectUris: ['https://app.example/callback'], createdAt: now, lastUsedAt: now },
  });
  const id = randomUUID();
  const of = { clientId: client.id, userId: user.id, projectId: project.id };
  await db.prisma.oAuthGrant.create({ data: { id, ...of, scopes, createdAt: now, approvedAt: now } });
  return { id, clientId: client.clientId };
}
