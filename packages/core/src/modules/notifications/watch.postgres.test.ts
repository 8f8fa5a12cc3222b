import { seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { type Database, openDatabase } from '@reqbase/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../live.ts';
import { createServices, type Services } from '../../services.ts';
import { openTestCore, type TestCore } from '../../testing.ts';
import { actIn, type TestWatch, until, watch } from './testing.ts';

// Three servers, as far as the database can tell: each with connections, a poller and watchers of its own.

let t: TestCore;
let tenant: TestTenant;
let servers: { db: Database; services: Services }[] = [];

beforeAll(async () => {
  t = await openTestCore('postgres');
  tenant = await seedTenant(t);
  servers = await Promise.all(
    [1, 2, 3].map(async () => {
      const db = await openDatabase({ url: t.db.url ?? '', poolSize: 6 });
      return { db, services: createServices({ db, secret: TEST_SECRET, defaultPlan: 'free', clock: t.clock.now }) };
    }),
  );
});
afterAll(async () => {
  await Promise.all(servers.map(({ db }) => db.close()));
  await t.db.close();
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const anyOf = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item;

/** Publishes so many events, in transactions that last as they like, with some that are undone in between. */
async function write(count: number, server: { services: Services }): Promise<void> {
  const act = actIn({ core: server.services }, tenant);
  for (let published = 0; published < count; ) {
    const isUndone = Math.random() < 0.2;
    await server.services.access.db.prisma
      .$transaction(async (tx) => {
        await pause(Math.random() * 5);
        await publish(tx, act, { kind: 'feature', isPrivate: Math.random() < 0.3 });
        await pause(Math.random() * 8);
        if (isUndone) throw new Error('undone');
      })
      .catch((error: unknown) => {
        if (!isUndone) throw error;
      });
    if (!isUndone) published++;
    await pause(Math.random() * 60);
  }
}

/** Watches, is cut off again and again, and comes back to whichever server; returns the ids of all that has come. */
async function watchFor(isOver: () => boolean, last: () => string | undefined): Promise<string[]> {
  const ids: string[] = [];
  let lastEventId: string | undefined;
  while (!isOver() || lastEventId !== last()) {
    const watched: TestWatch = watch(
      anyOf(servers).services,
      tenant,
      { kind: 'session', userId: tenant.user.id },
      { lastEventId },
    );
    // What has left the server by then is all that the client has had.
    await pause(Math.random() * 700);
    await watched.leave();
    ids.push(...watched.updates.map(({ id, kind }) => (kind === 'ready' ? `ready at ${id}` : id)));
    lastEventId = watched.lastId();
  }
  return ids;
}

/** Events that a writer publishes. */
const EACH = 30;

describe('with writers and watchers on three servers', { timeout: 120_000 }, () => {
  it('who comes back with the last id gets every event once and in order, however often the line is cut', async () => {
    let isOver = false;
    const writers = [...servers, ...servers];
    const total = writers.length * EACH;
    const watchers = Array.from({ length: 4 }, () =>
      watchFor(
        () => isOver,
        () => String(total),
      ),
    );
    // Every watcher has begun before the first event is there.
    await until(() => servers.some(({ services }) => services.live.size() > 0));
    await pause(1_000);
    await Promise.all(writers.map((server) => write(EACH, server)));
    isOver = true;
    const all = Array.from({ length: total }, (_, index) => String(index + 1));
    for (const ids of await Promise.all(watchers)) {
      const [begin = '', ...events] = ids;
      const from = Number(begin.replace('ready at ', ''));
      expect(begin).toBe(`ready at ${from}`);
      expect(events).toEqual(all.slice(from));
    }
    expect(servers.map(({ services }) => services.live.size())).toEqual([0, 0, 0]);
  });

  it('who stays sees the same, in the same order, on each of them', async () => {
    const before = await t.db.prisma.liveFeed.findUniqueOrThrow({ where: { projectId: tenant.project.id } });
    const watched = servers.map(({ services }) => watch(services, tenant, { kind: 'session', userId: tenant.user.id }));
    await until(() => watched.every(({ updates }) => updates.length === 1));
    await Promise.all(servers.map((server) => write(EACH, server)));
    const total = before.seq + servers.length * EACH;
    await until(() => watched.every((one) => one.lastId() === String(total)), 60_000);
    const expected = Array.from({ length: total - before.seq + 1 }, (_, index) => String(before.seq + index));
    for (const one of watched) {
      expect(one.updates.map(({ id }) => id)).toEqual(expected);
      await one.leave();
    }
  });
});
