import { type AuthContext, guardFor } from '@reqbase/auth';
import { contextFor, createCaller, createServices, keyCredential, type Services } from '@reqbase/core';
import { type Database, openDatabase, type Sql } from '@reqbase/db';
import { initTRPC } from '@trpc/server';
import * as z from 'zod';
import { rowOf, type Section } from './report.ts';
import { withScratch } from './scratch.ts';
import { SECRET, seedFeatures, seedTenant, type Tenant } from './seed.ts';
import { withSql } from './statements.ts';

const ROUNDS = 7;
const CALLS = 6_000;
const BATCH = 16;
const CALL = { surface: 'project', requestId: 'req_bench', ip: '127.0.0.1', userAgent: 'bench' } as const;

/**
 * What the guard costs the server's CPU, the database left out: the three statements are answered at once, with the
 * rows that PostgreSQL gave, so that reading the key, comparing its secret, the decision and the meter's sums remain.
 */
export async function measureGuardCost(): Promise<Section> {
  return withScratch(async (scratch) => {
    const tenant = await seedTenant(scratch);
    await seedFeatures(scratch.sql, tenant, 250);
    const db = await openDatabase({ url: scratch.url, poolSize: 1 });
    try {
      const services = await servicesByHeart(db, tenant);
      const t = initTRPC.context<AuthContext>().create();
      const input = z.object({ projectId: z.string() });
      const bare = t.router({ ask: t.procedure.input(input).query(() => null) });
      const guarded = t.router({
        ask: t.procedure
          .concat(guardFor({ scope: 'backlog:read', target: 'project' }))
          .input(input)
          .query(() => null),
      });
      const [callBare, callGuarded] = [t.createCallerFactory(bare), t.createCallerFactory(guarded)];
      const named = { projectId: tenant.slug };
      const calls = {
        bare: () => callBare(contextFor(services, { ...CALL, credential: { kind: 'none' } })).ask(named),
        guarded: () => callGuarded(contextOf(services, tenant)).ask(named),
        list: () => createCaller(contextOf(services, tenant)).backlog.list(named),
      };
      const cost = { bare: [] as number[], guarded: [] as number[], list: [] as number[] };
      for (const call of Object.values(calls)) await cpuOf(call);
      for (let round = 0; round < ROUNDS; round++) {
        cost.bare.push(await cpuOf(calls.bare));
        cost.guarded.push(await cpuOf(calls.guarded));
        cost.list.push(await cpuOf(calls.list));
      }
      const guard = cost.guarded.map((value, round) => value - (cost.bare[round] ?? Number.NaN));
      return {
        title: "The guard's own CPU: all that it does for a call but the three statements",
        about: [
          'In this process, process.cpuUsage (user + system, garbage collection included) over ' +
            `${ROUNDS} rounds of ${CALLS} calls, ${BATCH} in flight; look-up, counter and list are answered at once by rows recorded from PostgreSQL.`,
          'The guard: parsing the key and its checksum, the HMAC, gates 1 to 7, its tRPC middleware; that is, an empty procedure behind the guard less the same without it.',
          'A whole backlog.list: the guard, input, cursor, 25 rows to items, output validation; without HTTP and the driver.',
        ],
        rows: [
          rowOf('the guard', 'µs', guard, { atMost: 150 }),
          rowOf('an empty procedure', 'µs', cost.bare),
          rowOf('a whole backlog.list', 'µs', cost.list),
        ],
      };
    } finally {
      await db.close();
    }
  });
}

/** Services over a statement runner that knows its answers by heart: those of one real call. */
async function servicesByHeart(db: Database, tenant: Tenant): Promise<Services> {
  const answers = new Map<string, object[]>();
  const recording: Sql = {
    async query<Row extends object>(text: string, values?: readonly unknown[]) {
      const rows = await db.sql.query<Row>(text, values);
      answers.set(text, rows);
      return rows;
    },
  };
  const options = { secret: SECRET, defaultPlan: 'enterprise' as const };
  const recorder = createServices({ db: withSql(db, recording), ...options });
  await createCaller(contextOf(recorder, tenant)).backlog.list({ projectId: tenant.slug });
  const byHeart: Sql = {
    async query<Row extends object>(text: string) {
      const rows = answers.get(text);
      if (rows === undefined) throw new Error('a statement that was not recorded');
      return rows as Row[];
    },
  };
  return createServices({ db: withSql(db, byHeart), ...options });
}

/** The context of one call, made as a surface makes it: from the key's text. */
function contextOf(services: Services, { apiKey }: Tenant) {
  return contextFor(services, { ...CALL, credential: keyCredential(apiKey) });
}

/** Microseconds of CPU a call. */
async function cpuOf(call: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < CALLS; done += BATCH) await Promise.all(Array.from({ length: BATCH }, call));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}
