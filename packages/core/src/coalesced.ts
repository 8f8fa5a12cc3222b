/** Of one key. With one alone, whoever has just missed it would wait twice as long. */
const MOST_AT_ONCE = 2;

/**
 * Reads by key, shared: whoever asks before a read has begun gets that one, and whoever asks later the next. So every
 * answer was read after it was asked for, as without sharing, and of one key there are two reads at a time at most.
 *
 * A read begins once the calls that have arrived together have all been looked at: the embedded database answers within
 * the turn in which it is asked, and there would be nobody to share with.
 */
export function coalesced<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const waiting = new Map<string, Promise<Value>>();
  const underWay = new Map<string, Set<Promise<void>>>();

  const begin = async (key: string): Promise<Value> => {
    await new Promise((resolve) => setImmediate(resolve));
    const others = underWay.get(key) ?? new Set();
    while (others.size >= MOST_AT_ONCE) await Promise.race(others);
    waiting.delete(key);
    const current = read(key);
    underWay.set(key, others);
    const end = () => {
      others.delete(ended);
      if (others.size === 0) underWay.delete(key);
    };
    const ended = current.then(end, end);
    others.add(ended);
    return current;
  };
  return (key) => {
    let next = waiting.get(key);
    if (next === undefined) {
      next = begin(key);
      waiting.set(key, next);
    }
    return next;
  };
}
