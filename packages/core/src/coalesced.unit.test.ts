import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coalesced } from './coalesced.ts';

/** Reads that end when they are told to, each with the number of its beginning. */
function manual() {
  const ends: ((fails: boolean) => void)[] = [];
  let running = 0;
  let most = 0;
  const read = () => {
    const number = ends.length;
    most = Math.max(most, ++running);
    return new Promise<number>((resolve, reject) => {
      ends.push((fails) => {
        running--;
        if (fails) reject(new Error(String(number)));
        else resolve(number);
      });
    });
  };
  return { read, ends, most: () => most };
}
const settled = async () => {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a shared read', () => {
  it('is begun once for all who ask together, and at most two are under way', async () => {
    const { read, ends, most } = manual();
    const get = coalesced(read);
    const turns: Promise<number>[][] = [];
    for (let turn = 0; turn < 4; turn++) {
      turns.push([get('a'), get('a'), get('a')]);
      await settled();
    }
    expect(ends).toHaveLength(2);
    ends[1]?.(false);
    await settled();
    expect(ends).toHaveLength(3);
    for (const number of [0, 2]) ends[number]?.(false);
    const late = get('a');
    await settled();
    ends[3]?.(false);
    // The third and the fourth turn waited for the same one.
    expect(await Promise.all(turns.flat())).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    expect([await late, most()]).toEqual([3, 2]);
  });

  it('that fails fails for those who shared it, and the next one is begun all the same', async () => {
    const { read, ends } = manual();
    const get = coalesced(read);
    const first = get('a');
    await settled();
    const second = get('a');
    ends[0]?.(true);
    await expect(first).rejects.toThrow('0');
    await settled();
    ends[1]?.(false);
    expect(await second).toBe(1);
  });

  it('of different keys are not shared', async () => {
    const get = coalesced(async (key) => key);
    expect(await Promise.all([get('a'), get('b'), get('a')])).toEqual(['a', 'b', 'a']);
  });

  it('never answers with what was read before it was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('ask', 'write', 'pause', 'turn'), { maxLength: 60 }), async (steps) => {
        let version = 0;
        const get = coalesced(async () => {
          const seen = version;
          await Promise.resolve();
          return seen;
        });
        const asked: Promise<void>[] = [];
        for (const step of steps) {
          if (step === 'write') version++;
          if (step === 'pause') await Promise.resolve();
          if (step === 'turn') await new Promise((resolve) => setImmediate(resolve));
          const atLeast = version;
          if (step === 'ask') asked.push(get('a').then((seen) => expect(seen).toBeGreaterThanOrEqual(atLeast)));
        }
        await Promise.all(asked);
      }),
    );
  });
});
