import { type FlatnessSubject, inBulk } from './flatness.ts';
import type { Scratch } from './scratch.ts';
import { seededKey, seedFeatures, seedKey, seedKeys, seedTenant } from './seed.ts';
import { type RecordedCall, recordCall, type Statement } from './statements.ts';

/** The backlog's list and the look-up of keys. */
export const BACKLOG_AND_KEYS: FlatnessSubject = {
  title: 'Statements on 10^3, 10^4, 10^5 and 10^6 features and keys',
  about: 'A project with all the features; ten keys to a tenant, looked up at random.',
  prepare,
};

async function prepare(scratch: Scratch, size: number): Promise<ReadonlyMap<string, () => Statement>> {
  const tenant = await seedTenant(scratch);
  await inBulk(scratch, ['feature', 'api_key'], async (client) => {
    await seedFeatures(client, tenant, size);
    await seedKeys(client, size);
  });
  const publicOnly = await seedKey(scratch, tenant, ['backlog:read']);
  const first = await recordCall(scratch.url, tenant);
  const second = await recordCall(scratch.url, tenant, { cursor: first.nextCursor ?? '' });
  const recorded = {
    'list, first page': first.list,
    'list, a page at 90 %': await deepPage(scratch, first, second.list, Math.floor(size * 0.9)),
    'list, one status': (await recordCall(scratch.url, tenant, { status: ['IN_PROGRESS'] })).list,
    'list, most votes': (await recordCall(scratch.url, tenant, { sort: 'votes' })).list,
    'list, public categories': (await recordCall(scratch.url, { ...tenant, apiKey: publicOnly })).list,
  };
  const statements = new Map<string, () => Statement>(
    Object.entries(recorded).map(([name, statement]) => [name, () => statement]),
  );
  return statements.set('key look-up', () => {
    const { publicId, slug } = seededKey(1 + Math.floor(Math.random() * size));
    const [, noId, , isNamed] = first.lookUp.values;
    return { text: first.lookUp.text, values: [[publicId], noId, [slug], isNamed] };
  });
}

/** The second page's statement, its beginning moved from the first page's end to row `offset`. */
async function deepPage(
  { sql }: Scratch,
  { last }: RecordedCall,
  { text, values }: Statement,
  offset: number,
): Promise<Statement> {
  const { rows } = await sql.query<{ at: Date; id: string }>(
    'select created_at as at, id from feature order by created_at desc, id desc offset $1 limit 1',
    [offset],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no row ${offset}`);
  const moved = new Map<unknown, unknown>([
    [last.createdAt, row.at.toISOString()],
    [last.id, row.id],
  ]);
  if (values.filter((value) => moved.has(value)).length !== moved.size) throw new Error('a cursor of another form');
  return { text, values: values.map((value) => moved.get(value) ?? value) };
}
