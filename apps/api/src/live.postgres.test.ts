import {
  openTestAccess,
  seedKey,
  seedTenant,
  TEST_SECRET,
  type TestAccess,
  type TestKey,
  type TestTenant,
} from '@reqbase/auth/testing';
import { createClient } from '@reqbase/core/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestEventSource } from './testing-event-source.ts';
import { openGate, pause, type ServerProcess, startServer, until } from './testing-processes.ts';

// Real processes on one PostgreSQL, and a client that knows one address, behind which they come and go.

let access: TestAccess & { db: { url?: string } };
let tenant: TestTenant;
let key: TestKey;

const start = () => startServer({ DATABASE_URL: access.db.url ?? '', SECRET: TEST_SECRET, LOG_LEVEL: 'warn' });
const portOf = ({ origin }: ServerProcess) => Number(new URL(origin).port);

beforeAll(async () => {
  access = await openTestAccess('postgres');
  tenant = await seedTenant(access, { plan: 'scale' });
  key = await seedKey(access, tenant, { scopes: ['notifications:read', 'conversations:read', 'backlog:write'] });
}, 60_000);
afterAll(() => access.db.close());

it('a deploy under a watching page: the old process ends at once and cleanly, and the page misses nothing', async () => {
  const [old, next, writing] = await Promise.all([start(), start(), start()]);
  const target = { host: '127.0.0.1', port: portOf(old) };
  const gate = await openGate(target);
  const ids: string[] = [];
  const watching = createClient({ url: `http://127.0.0.1:${gate.port}`, apiKey: key.raw, EventSource: TestEventSource });
  const subscription = watching.live.watch.subscribe(
    { projectId: tenant.project.id },
    { onData: ({ id }) => ids.push(id), onError: (error) => ids.push(String(error)) },
  );
  await until(() => ids.length === 1);

  // Something happens all the time, through a process that stays.
  const { backlog } = createClient({ url: writing.origin, apiKey: key.raw });
  let isOver = false;
  let created = 0;
  const writers = [1, 2, 3].map(async () => {
    while (!isOver) {
      await backlog.create.mutate({ projectId: tenant.project.id, title: `Feature ${created}` });
      created++;
    }
  });
  await until(() => ids.length > 10);
  target.port = portOf(next);
  expect(await old.end('SIGTERM')).toEqual({ code: 0, signal: null });
  await pause(1_500);
  isOver = true;
  await Promise.all(writers);
  // Of each feature two events: itself, and the entry in the feed that tells of it.
  const all = Array.from({ length: 2 * created + 1 }, (_, index) => String(index));
  await until(() => ids.length >= all.length);
  expect(ids).toEqual(all);

  subscription.unsubscribe();
  await gate.cut();
  expect(await Promise.all([next.end('SIGTERM'), writing.end('SIGTERM')])).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
}, 120_000);
