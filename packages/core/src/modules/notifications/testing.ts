import { randomUUID } from 'node:crypto';
import type { Credential } from '@reqbase/auth';
import type { TestTenant } from '@reqbase/auth/testing';
import type { Prisma } from '@reqbase/db';
import type { TrackedEnvelope } from '@trpc/server';
import type { Act, Author } from '../../act.ts';
import { createCaller } from '../../app-router.ts';
import { type LiveEvent, publish } from '../../live.ts';
import { contextFor, type Services } from '../../services.ts';
import type { TestCore } from '../../testing.ts';
import { type Notice, notify } from './notify.ts';
import type { LiveUpdate } from './schema.ts';

type Core = Pick<TestCore, 'core'>;

/** An act in the tenant's project, past the gates: the tenant's person's, unless by another. */
export function actIn({ core }: Core, { project, organization, user }: TestTenant, author: Partial<Author> = {}): Act {
  return {
    ...core,
    tenant: {
      project: { ...project, orgId: organization.id },
      organization: { ...organization, plan: 'pro' },
    },
    author: { kind: 'TEAM', id: user.id, name: user.name, ...author },
    via: 'dashboard',
  };
}

/** Adds a requester past the service, who has used the widget; returns the id. */
export async function seedRequester(
  { core }: Core,
  { project }: Pick<TestTenant, 'project'>,
  columns: Partial<Prisma.RequesterCreateManyInput> = {},
): Promise<string> {
  const id = randomUUID();
  await core.access.db.prisma.requester.create({
    data: { id, projectId: project.id, kind: 'identified', identityMethod: 'jwt', externalId: id, ...columns },
  });
  return id;
}

/** Adds an entry to the tenant's feed past any slice; returns its id. */
export function tell(t: Core, tenant: TestTenant, notice: Partial<Notice> = {}, author?: Partial<Author>): Promise<string> {
  const act = actIn(t, tenant, author);
  const whole: Notice = { type: 'feature.created', title: 'Dark mode', audience: 'team', isPrivate: false, ...notice };
  return t.core.access.db.prisma.$transaction((tx) => notify(tx, act, whole));
}

/** Publishes a live event in the tenant's project. */
export function publishIn(t: Core, tenant: TestTenant, event: Partial<LiveEvent> = {}): Promise<void> {
  const act = actIn(t, tenant);
  return t.core.access.db.prisma.$transaction((tx) => publish(tx, act, { kind: 'feature', isPrivate: false, ...event }));
}

export type TestWatch = {
  /** What has come, in order. */
  readonly updates: (LiveUpdate & { readonly id: string })[];
  /** The id that a client would come back with. */
  lastId(): string | undefined;
  /** Ends with what ended the stream; null: nothing did. */
  readonly ended: Promise<unknown>;
  leave(): Promise<unknown>;
};

/** Watches the tenant's project in this process, behind the gates. */
export function watch(
  services: Services,
  { project }: Pick<TestTenant, 'project'>,
  credential: Credential,
  { lastEventId, credentialNow }: { lastEventId?: string | undefined; credentialNow?: () => Promise<Credential> } = {},
): TestWatch {
  const controller = new AbortController();
  const updates: TestWatch['updates'] = [];
  const call = {
    surface: 'rpc' as const,
    credential,
    requestId: `req_${randomUUID()}`,
    ...(credentialNow !== undefined && { credentialNow }),
  };
  const follow = async () => {
    const caller = createCaller(contextFor(services, call), { signal: controller.signal });
    const input = { projectId: project.id, ...(lastEventId !== undefined && { lastEventId }) };
    // What tRPC says of the items is what a client gets of them: in this process they are still in their envelopes.
    const stream = (await caller.live.watch(input)) as unknown as AsyncIterable<TrackedEnvelope<LiveUpdate>>;
    for await (const [id, update] of stream) updates.push({ id, ...update });
  };
  const ended = follow().then(
    () => null,
    (error: unknown) => error,
  );
  return {
    updates,
    lastId: () => updates.at(-1)?.id ?? lastEventId,
    ended,
    leave() {
      controller.abort();
      return ended;
    },
  };
}

/** Asks every few milliseconds until it is so. @throws when it is not in time */
export async function until(isSo: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it has not come to be within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
