import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batched } from './batch.ts';

type Item = { readonly id: number; readonly group: string; readonly locks: readonly string[] };
type Run = { readonly groups: readonly (readonly Item[])[]; end(): void; fail(error: Error): void };

/** A batch whose runs end when the test says so; each item is answered with its own number. */
function recorded() {
  const runs: Run[] = [];
  let heard = Promise.withResolvers<void>();
  const ask = batched<Item, number>({
    groupOf: ({ group }) => group,
    locksOf: ({ locks }) => locks,
    run(groups) {
      const { promise, resolve, reject } = Promise.withResolvers<number[][]>();
      runs.push({ groups, end: () => resolve(groups.map((items) => items.map(({ id }) => id))), fail: reject });
      heard.resolve();
      heard = Promise.withResolvers();
      return promise;
    },
  });
  const nextRun = async (index: number): Promise<Run> => {
    while (runs[index] === undefined) await heard.promise;
    return runs[index];
  };
  return { ask, runs, nextRun };
}

const item = (id: number, group = `group ${id}`, locks: readonly string[] = []): Item => ({ id, group, locks });
const idsOf = ({ groups }: Run) => groups.map((items) => items.map(({ id }) => id));

describe('what is asked at the same time', () => {
  it('is one run, in which those of one group are together, and everyone gets their own answer', async () => {
    const { ask, nextRun, runs } = recorded();
    const answers = Promise.all([ask(item(1, 'a')), ask(item(2, 'b')), ask(item(3, 'a'))]);
    const run = await nextRun(0);
    expect(idsOf(run)).toEqual([[1, 3], [2]]);
    run.end();
    expect(await answers).toEqual([1, 2, 3]);
    expect(runs).toHaveLength(1);
  });

  it('is what comes in this turn of the event loop and in the next', async () => {
    const { ask, nextRun } = recorded();
    const first = ask(item(1));
    await new Promise(setImmediate);
    const second = ask(item(2));
    const run = await nextRun(0);
    expect(idsOf(run)).toEqual([[1], [2]]);
    run.end();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
  });

  it('waits while a run is under way, and then goes together', async () => {
    const { ask, nextRun, runs } = recorded();
    const first = ask(item(1));
    const run = await nextRun(0);
    const more = [ask(item(2)), ask(item(3))];
    await new Promise(setImmediate);
    const late = ask(item(4));
    expect(runs).toHaveLength(1);
    run.end();
    expect(await first).toBe(1);
    const next = await nextRun(1);
    expect(idsOf(next)).toEqual([[2], [3], [4]]);
    next.end();
    expect(await Promise.all([...more, late])).toEqual([2, 3, 4]);
  });

  it('is not held up by a run that takes long, unless it needs the same rows', async () => {
    const { ask, nextRun, runs } = recorded();
    const stuck = ask(item(1, 'a', ['row']));
    const run = await nextRun(0);
    const waiting = ask(item(2, 'b', ['row']));
    const other = ask(item(3, 'c', ['another row']));
    const passing = await nextRun(1);
    expect(idsOf(passing)).toEqual([[3]]);
    passing.end();
    expect(await other).toBe(3);
    expect(runs).toHaveLength(2);
    run.end();
    expect(await stuck).toBe(1);
    (await nextRun(2)).end();
    expect(await waiting).toBe(2);
  });

  it('is at most a hundred groups; the rest goes next', async () => {
    const { ask, nextRun } = recorded();
    const answers = Promise.all(Array.from({ length: 150 }, (_, id) => ask(item(id))));
    const run = await nextRun(0);
    expect(run.groups).toHaveLength(100);
    run.end();
    (await nextRun(1)).end();
    expect(await answers).toEqual(Array.from({ length: 150 }, (_, id) => id));
  });
});

describe('a failure', () => {
  it('of a run is that of all in it, and of nobody later', async () => {
    const { ask, nextRun } = recorded();
    const answers = Promise.allSettled([ask(item(1)), ask(item(2))]);
    (await nextRun(0)).fail(new Error('no connection'));
    expect((await answers).map((answer) => answer.status === 'rejected' && String(answer.reason))).toEqual(
      Array(2).fill('Error: no connection'),
    );
    const later = ask(item(3));
    (await nextRun(1)).end();
    expect(await later).toBe(3);
  });

  it('of a group is its own alone', async () => {
    const ask = batched<number, number>({
      groupOf: String,
      run: async (groups) => groups.map(([id = 0]) => (id === 2 ? new Error('gone') : [id])),
    });
    const [one, two, three] = await Promise.allSettled([1, 2, 3].map(ask));
    expect([one, three]).toMatchObject([{ value: 1 }, { value: 3 }]);
    expect(two).toMatchObject({ status: 'rejected', reason: new Error('gone') });
  });

  it('to answer is told, and leaves nobody waiting', async () => {
    const ask = batched<number, number>({ groupOf: String, run: async () => [] });
    await expect(ask(1)).rejects.toThrow('unanswered');
  });
});

it('everyone is answered once, and no row is locked by two groups at the same time, however runs overlap', async () => {
  const rows = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 });
  const asked = fc.array(fc.record({ locks: rows, group: fc.nat(1), turns: fc.nat(3) }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(asked, fc.infiniteStream(fc.nat(4)), async (items, pauses) => {
      const held = new Map<string, string>();
      const ask = batched<Item, number>({
        groupOf: ({ group }) => group,
        locksOf: ({ locks }) => locks,
        async run(groups) {
          const firsts = groups.flatMap(([first]) => (first === undefined ? [] : [first]));
          for (const { locks, group } of firsts) {
            for (const row of locks) {
              expect(held.get(row)).toBeUndefined();
              held.set(row, group);
            }
          }
          for (let pause = pauses.next().value; pause > 0; pause--) await new Promise(setImmediate);
          for (const { locks } of firsts) for (const row of locks) held.delete(row);
          return groups.map((members) => members.map(({ id }) => id));
        },
      });
      const answers: Promise<number>[] = [];
      for (const [id, { locks, group, turns }] of items.entries()) {
        answers.push(ask(item(id, `${group} of ${locks.toSorted().join()}`, locks)));
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      }
      expect(await Promise.all(answers)).toEqual(items.map((_, id) => id));
    }),
    { numRuns: 200 },
  );
});

it('nobody is answered with what was read before they asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('ask', 'write', 'pause', 'turn'), { maxLength: 60 }), async (steps) => {
      let version = 0;
      const ask = batched<string, number>({
        groupOf: (key) => key,
        async run(groups) {
          const seen = version;
          await new Promise(setImmediate);
          return groups.map((members) => members.map(() => seen));
        },
      });
      const asked: Promise<void>[] = [];
      for (const step of steps) {
        if (step === 'write') version++;
        if (step === 'pause') await Promise.resolve();
        if (step === 'turn') await new Promise(setImmediate);
        const atLeast = version;
        if (step === 'ask') asked.push(ask('a').then((seen) => expect(seen).toBeGreaterThanOrEqual(atLeast)));
      }
      await Promise.all(asked);
    }),
  );
});
