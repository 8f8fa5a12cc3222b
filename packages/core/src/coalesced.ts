/**
 * Reads by key, shared: whoever asks before a read has begun gets that one, whoever asks while it is under way the next.
 * So every answer was read after it was asked for, as without sharing, and of one key there is one read at a time.
 *
 * A read begins once the calls that have arrived together have all been looked at: the embedded database answers within
 * the turn in which it is asked, and there would be nobody to share with.
 */
export function coalesced<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const waiting = new Map<string, Promise<Value>>();
  const underWay = new Map<string, Promise<unknown>>();

  const begin = async (key: string): Promise<Value> => {
    await underWay.get(key);
    await new Promise((resolve) => setImmediate(resolve));
    waiting.delete(key);
    const current = read(key);
    const end = () => {
      underWay.delete(key);
    };
    underWay.set(key, current.then(end, end));
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
