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

/** Publishes in transactions that last as they like, some of which are undone; returns how many were not. */
async function writeFor(milliseconds: number, server: { services: Services }): Promise<number> {
  const act = actIn({ core: server.services }, tenant);
  const end = Date.now() + milliseconds;
  let published = 0;
  while (Date.now() < end) {
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
    await pause(Math.random() * 20);
  }
  return published;
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

describe('with writers and watchers on three servers', () => {
  it('who comes back with the last id gets every event once and in order, however often the line is cut', async () => {
    let isOver = false;
    let total = 0;
    const watchers = Array.from({ length: 4 }, () =>
      watchFor(
        () => isOver,
        () => String(total),
      ),
    );
    // Every watcher has begun before the first event is there.
    await until(() => servers.some(({ services }) => services.live.size() > 0));
    await pause(1_000);
    const published = await Promise.all([...servers, ...servers].map((server) => writeFor(6_000, server)));
    total = published.reduce((sum, count) => sum + count, 0);
    isOver = true;
    expect(total).toBeGreaterThan(100);
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
    const published = await Promise.all(servers.map((server) => writeFor(2_000, server)));
    const total = before.seq + published.reduce((sum, count) => sum + count, 0);
    await until(() => watched.every((one) => one.lastId() === String(total)));
    const expected = Array.from({ length: total - before.seq + 1 }, (_, index) => String(before.seq + index));
    for (const one of watched) {
      expect(one.updates.map(({ id }) => id)).toEqual(expected);
      await one.leave();
    }
  });
});
