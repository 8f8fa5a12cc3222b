/**
 * Reads by key, shared: whoever asks while a read is under way gets the next one, together with all others who do. So every
 * answer was read after it was asked for, as without sharing, and of one key there is never more than one read at a time.
 */
export function coalesced<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  type UnderWay = { readonly current: Promise<Value>; next: Promise<Value> | null };
  const underWay = new Map<string, UnderWay>();

  const begin = (key: string): Promise<Value> => {
    const current = read(key);
    const entry: UnderWay = { current, next: null };
    underWay.set(key, entry);
    const end = () => {
      // The next one takes the place; without one nothing is kept.
      if (entry.next === null) underWay.delete(key);
    };
    current.then(end, end);
    return current;
  };
  return (key) => {
    const entry = underWay.get(key);
    if (entry === undefined) return begin(key);
    const after = () => begin(key);
    entry.next ??= entry.current.then(after, after);
    return entry.next;
  };
}
