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
  it('is begun once for all who ask together, and once more for all who ask while it is under way', async () => {
    const { read, ends, most } = manual();
    const get = coalesced(read);
    const first = [get('a'), get('a'), get('a')];
    await settled();
    const second = [get('a'), get('a')];
    await settled();
    expect(ends).toHaveLength(1);
    ends[0]?.(false);
    expect(await Promise.all(first)).toEqual([0, 0, 0]);
    await settled();
    ends[1]?.(false);
    expect(await Promise.all(second)).toEqual([1, 1]);
    const late = get('a');
    await settled();
    ends[2]?.(false);
    expect(await late).toBe(2);
    expect([ends.length, most()]).toEqual([3, 1]);
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
