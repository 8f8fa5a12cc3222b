import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { appendEntries, auditLog, type NewEntry, newEntry } from '@reqbase/auth';
import { type Database, openDatabase, type Transaction } from '@reqbase/db';
import { inBulk, measureFlatness } from './flatness.ts';
import { AUDIT, seedAudit, seedOrganizationKey } from './flatness-audit.ts';
import { type Row, rowOf, type Section } from './report.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { SECRET, seedTenant, type Tenant } from './seed.ts';
import { rssMegabytes, startReqbase, stop } from './servers.ts';

const CONNECTIONS = 16;
const ROUNDS = 7;
const SLOT_MS = 2_000;
const WARM_UP_MS = 1_500;

/** What the chain costs: writes and refusals with it, and with a plain insert; an export of a million entries; the list. */
export async function measureAudit(): Promise<readonly Section[]> {
  return [await measureChain(), await measureExport(), await measureFlatness(AUDIT)];
}

type Way = { readonly name: string; readonly run: (worker: number) => Promise<void> };

async function measureChain(): Promise<Section> {
  return withScratch(async (scratch) => {
    const tenants = await seedTenants(scratch);
    await makePlainTable(scratch);
    const db = await openDatabase({ url: scratch.url, poolSize: CONNECTIONS });
    try {
      const rates = await takeTurns([...writes(db, tenants), ...refusals(db, tenants)]);
      return {
        title: `The audit chain, one organization, ${CONNECTIONS} at a time, from one process on PostgreSQL`,
        about: [
          'A write is a transaction of three statements: a row of its own is changed, a live event added, the entry added. Chained, the',
          'commits of an organization go one after the other, as its numbers do; plain inserts share theirs. Turns of 2 s.',
        ],
        rows: [
          ...[...rates].map(([name, values]) => rowOf(name, '/s', values)),
          ratio(rates, 'writes, chained', 'writes, plain insert'),
          ratio(rates, 'writes, chained, an organization each', 'writes, plain insert'),
          ratio(rates, 'refusals, chained', 'refusals, plain insert'),
        ],
      };
    } finally {
      await db.close();
    }
  });
}

/** The first is everybody's; each worker has a project of its own in it, and an organization of its own beside it. */
async function seedTenants(scratch: Scratch): Promise<readonly Tenant[]> {
  const tenants: Tenant[] = [];
  for (let worker = 0; worker <= CONNECTIONS; worker++) tenants.push(await seedTenant(scratch));
  return tenants;
}

/** As the log was before it was a chain, with the indexes that it has now. */
async function makePlainTable({ sql }: Scratch): Promise<void> {
  await sql.query(`
    create table plain_entry (like audit_entry including all);
    alter table plain_entry add foreign key (org_id) references organization (id);
    create sequence plain_seq`);
}

const PLAIN = `
  insert into plain_entry
  select (jsonb_populate_record(null::plain_entry, $1::jsonb || jsonb_build_object(
    'seq', nextval('plain_seq'), 'prev_hash', repeat('0', 64), 'hash', repeat('0', 64)))).*`;

function writes(db: Database, tenants: readonly Tenant[]): Way[] {
  const write = async (tenant: Tenant, entry: NewEntry, add: (tx: Transaction, entry: NewEntry) => Promise<unknown>) => {
    await db.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`update project set version = version + 1 where id = ${tenant.projectId}::uuid`;
      await tx.$executeRaw`insert into notification (id, project_id, type, title, actor_kind, audience, is_private, channels, created_at)
        values (${randomUUID()}::uuid, ${tenant.projectId}::uuid, 'feature.created', 'T', 'TEAM', 'team', false, '{}', now())`;
      await add(tx, entry);
    });
  };
  const own = (worker: number) => tenants[worker + 1] as Tenant;
  const [shared] = tenants as [Tenant];
  const chained = (tx: Transaction, entry: NewEntry) => appendEntries(tx, [entry]);
  const plain = (tx: Transaction, { content }: NewEntry) => tx.$executeRawUnsafe(PLAIN, content);
  return [
    { name: 'writes, plain insert', run: (worker) => write(own(worker), entryOf(shared), plain) },
    { name: 'writes, chained', run: (worker) => write(own(worker), entryOf(shared), chained) },
    { name: 'writes, chained, an organization each', run: (worker) => write(own(worker), entryOf(own(worker)), chained) },
  ];
}

function refusals(db: Database, [shared]: readonly Tenant[]): Way[] {
  if (shared === undefined) throw new Error('no tenant');
  const log = auditLog(db);
  return [
    { name: 'refusals, plain insert', run: async () => void (await db.sql.query(PLAIN, [entryOf(shared).content])) },
    { name: 'refusals, chained', run: () => log(entryOf(shared)) },
  ];
}

function entryOf({ orgId, userId, projectId }: Tenant): NewEntry {
  const origin = { requestId: 'req_bench', ip: '203.0.113.7', userAgent: 'bench/1', clock: () => new Date(), newId: randomUUID };
  const who = { key: null, user: { id: userId, name: 'Ada' }, project: null };
  const event = { action: 'feature.status_changed', projectId, resourceType: 'feature', resourceId: projectId };
  return newEntry(origin, who, orgId, { ...event, diff: { from: 'NEEDS_ACTION', to: 'IN_PROGRESS' } }, { outcome: 'allowed' });
}

async function takeTurns(ways: readonly Way[]): Promise<Map<string, number[]>> {
  const rates = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { name, run } of ways) {
      const rate = await rateOf(run, round < 0 ? WARM_UP_MS : SLOT_MS);
      if (round >= 0) rates.get(name)?.push(rate);
    }
  }
  return rates;
}

async function rateOf(run: Way['run'], forMs: number): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const work = async (worker: number) => {
    for (; performance.now() - startedAt < forMs; done++) await run(worker);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, worker) => work(worker)));
  return done / ((performance.now() - startedAt) / 1_000);
}

/** Of turns taken together. */
function ratio(rates: ReadonlyMap<string, readonly number[]>, ours: string, theirs: string): Row {
  const values = (rates.get(ours) ?? []).map((rate, turn) => rate / (rates.get(theirs)?.[turn] ?? Number.NaN));
  return rowOf(`${ours} / ${theirs}`, '×', values);
}

const EXPORTED = 1_000_000;
/** Room for the pages under way and for what the collector leaves for later: a fifth of the file. */
const GROWTH = { atMost: 150 };

async function measureExport(): Promise<Section> {
  return withScratch(async (scratch) => {
    const tenant = await seedTenant(scratch);
    await inBulk(scratch, ['audit_entry'], (client) => seedAudit(client, tenant, EXPORTED));
    const apiKey = await seedOrganizationKey(scratch, tenant);
    const server = await startReqbase({ env: { DATABASE_URL: scratch.url, SECRET, DEMO: '0' } });
    try {
      // A short one first, so that what is compiled is there before.
      await download(server.origin, tenant, apiKey, () => {}, 20_000_000);
      const before = rssMegabytes(server);
      let peak = before;
      const sampling = setInterval(() => {
        peak = Math.max(peak, rssMegabytes(server));
      }, 250);
      const startedAt = performance.now();
      let bytes = 0;
      await download(server.origin, tenant, apiKey, (length) => {
        bytes += length;
      });
      const seconds = (performance.now() - startedAt) / 1_000;
      clearInterval(sampling);
      return {
        title: 'An export of 10^6 entries over HTTP, one process on PostgreSQL',
        about: ['Resident memory of the server, four times a second; the client reads as fast as it gets it.'],
        rows: [
          { name: 'memory before', value: before, unit: 'MB' },
          { name: 'memory at its peak', value: peak, unit: 'MB' },
          { name: 'growth', value: peak - before, unit: 'MB', bound: GROWTH },
          { name: 'the file', value: bytes / 1_000_000, unit: 'MB' },
          { name: 'it took', value: seconds, unit: 's' },
        ],
      };
    } finally {
      await stop(server);
    }
  });
}

/** Reads an export, or its first bytes. */
function download(
  origin: string,
  { orgId }: Tenant,
  apiKey: string,
  onBytes: (length: number) => void,
  atMost = Number.POSITIVE_INFINITY,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(`${origin}/api/v1/orgs/${orgId}/audit-log/export`, { headers: { 'x-api-key': apiKey } }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`the export was answered by ${answer.statusCode}`));
      let read = 0;
      answer.on('data', (chunk: Buffer) => {
        read += chunk.length;
        onBytes(chunk.length);
        if (read < atMost) return;
        request.destroy();
        resolve();
      });
      answer.on('end', resolve);
      return answer.on('error', (error) => (read >= atMost ? resolve() : reject(error)));
    });
    request.on('error', (error) => reject(error));
  });
}
