import { openDatabase } from '@reqbase/db';
import { type Charge, postgresMeter, type Verdict } from './meter.ts';

// One of the server processes that race in meter.postgres.test.ts: charges what it is sent, and answers with the verdicts.

/** A charge as it goes between processes: dates travel as text. */
export type ChargeMessage = Omit<Charge, 'at'> & { readonly at: string };
export type RaceMessage = { readonly charges: readonly ChargeMessage[]; readonly inFlight: number };
export type RaceResult = 'ready' | { readonly verdicts: readonly Verdict['admitted'][] } | { readonly error: string };

const db = await openDatabase({ url: process.argv[2] ?? '', poolSize: 8 });
await db.sql.query('select 1');
const meter = postgresMeter(db.sql);

process.on('message', (message: RaceMessage) => {
  race(message).then(
    (verdicts) => answer({ verdicts }),
    (error: unknown) => answer({ error: String(error) }),
  );
});
process.on('disconnect', () => void db.close());
answer('ready');

async function race({ charges, inFlight }: RaceMessage): Promise<Verdict['admitted'][]> {
  const verdicts: Verdict['admitted'][] = [];
  const queue = charges.entries();
  const lane = async () => {
    for (const [index, charge] of queue) verdicts[index] = (await meter.charge({ ...charge, at: new Date(charge.at) })).admitted;
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return verdicts;
}

function answer(result: RaceResult): void {
  process.send?.(result);
}
