import { contextFor, createCaller, createServices, keyCredential } from '@reqbase/core';
import { type Database, openDatabase, type Sql } from '@reqbase/db';
import { SECRET, type Tenant } from './seed.ts';

export type Statement = { readonly text: string; readonly values: readonly unknown[] };
/** What one listing call asks the database, in its order, and where its page ends. */
export type RecordedCall = {
  readonly lookUp: Statement;
  readonly charge: Statement;
  readonly list: Statement;
  readonly nextCursor: string | null;
  readonly last: { readonly createdAt: string; readonly id: string };
};

type ListInput = Omit<Parameters<ReturnType<typeof createCaller>['backlog']['list']>[0], 'projectId'>;

/** The same database, its statement runner replaced. */
export function withSql(db: Database, sql: Sql): Database {
  return { ...db, sql };
}

/** The three statements of a listing call, as the pipeline itself sends them: what is measured cannot drift from it. */
export type RecordedList = Pick<RecordedCall, 'lookUp' | 'charge' | 'list'>;

type Caller = ReturnType<typeof createCaller>;

/** Makes one listing call of the backlog and keeps its statements. */
export async function recordCall(url: string, tenant: RecordedTenant, input: ListInput = {}): Promise<RecordedCall> {
  const { answer, ...statements } = await recordList(url, tenant, (caller) =>
    caller.backlog.list({ projectId: tenant.slug, ...input }),
  );
  const last = answer.items.at(-1);
  if (last === undefined) throw new Error('an empty page');
  return { ...statements, nextCursor: answer.nextCursor, last };
}

type RecordedTenant = Pick<Tenant, 'slug' | 'apiKey'>;

/** Makes one listing call and keeps its statements: a look-up, a charge and one for the list. */
export async function recordList<Answer>(
  url: string,
  { apiKey }: RecordedTenant,
  call: (caller: Caller) => Promise<Answer>,
): Promise<RecordedList & { readonly answer: Answer }> {
  const db = await openDatabase({ url, poolSize: 1 });
  const sent: Statement[] = [];
  const recording: Sql = {
    query(text, values = []) {
      sent.push({ text, values });
      return db.sql.query(text, values);
    },
  };
  try {
    const services = createServices({ db: withSql(db, recording), secret: SECRET, defaultPlan: 'enterprise' });
    const ctx = contextFor(services, { surface: 'project', credential: keyCredential(apiKey), requestId: 'req_bench' });
    const answer = await call(createCaller(ctx));
    const [lookUp, charge, list, ...more] = sent;
    if (lookUp === undefined || charge === undefined || list === undefined || more.length > 0) {
      throw new Error(`a listing call sent ${sent.length} statements, not three`);
    }
    return { lookUp, charge, list, answer };
  } finally {
    await db.close();
  }
}
