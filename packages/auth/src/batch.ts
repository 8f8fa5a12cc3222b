/** How items are asked together. */
export type Batching<Item, Answer> = {
  /** Items of one group are answered together: they ask the same, or change the same rows in the same way. */
  readonly groupOf: (item: Item) => string;
  /** The rows that an item's group locks. Of two groups that have one in common, the later waits until the other is answered. */
  readonly locksOf?: (item: Item) => readonly string[];
  /** Answers each group: an answer for each of its items, in their order, or an error for all of them. */
  readonly run: (groups: readonly (readonly Item[])[]) => Promise<readonly (readonly Answer[] | Error)[]>;
};

type Waiting<Item, Answer> = {
  readonly item: Item;
  readonly group: string;
  readonly locks: readonly string[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};
type Batch<Item, Answer> = { readonly groups: Waiting<Item, Answer>[][]; readonly locks: readonly string[] };

/** A batch that takes longer no longer keeps the next one waiting. */
const SLOW_MS = 20;
/** Batches under way at the same time, at the most. */
const AT_ONCE = 4;
/** Groups in a batch, at the most. */
const MOST = 100;

/**
 * Asks together what is asked at the same time. Whoever finds nothing under way is asked after this turn of the event loop and
 * the next; who comes while a batch is under way goes with the one after it, together with all who came meanwhile. Nobody waits
 * for a timer: an idle process answers a single call as fast as without, and the busier it is, the more calls share a statement.
 */
export function batched<Item, Answer>(batching: Batching<Item, Answer>): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = [];
  const locked = new Set<string>();
  let [underWay, slow] = [0, 0];
  let isDue = false;

  return (item) =>
    new Promise<Answer>((resolve, reject) => {
      waiting.push({ item, group: batching.groupOf(item), locks: batching.locksOf?.(item) ?? [], resolve, reject });
      schedule();
    });

  function schedule(): void {
    if (isDue || waiting.length === 0 || underWay > slow || underWay >= AT_ONCE) return;
    isDue = true;
    // What other connections bring in this turn of the event loop and in the next goes along: it is there already, only not
    // read. An idle process takes the two in microseconds.
    setImmediate(() => setImmediate(send));
  }

  function send(): void {
    isDue = false;
    const batch = take();
    if (batch.groups.length > 0) void answer(batch);
  }

  /** Those who may go now, the first to come first. */
  function take(): Batch<Item, Answer> {
    const groups = new Map<string, Waiting<Item, Answer>[]>();
    const holders = new Map<string, string>();
    const left: Waiting<Item, Answer>[] = [];
    for (const entry of waiting) {
      const { group, locks } = entry;
      const isFree = locks.every((row) => !locked.has(row) && (holders.get(row) ?? group) === group);
      const members = groups.get(group);
      if (!isFree || (members === undefined && groups.size >= MOST)) {
        left.push(entry);
        continue;
      }
      for (const row of locks) holders.set(row, group);
      if (members === undefined) groups.set(group, [entry]);
      else members.push(entry);
    }
    waiting = left;
    return { groups: [...groups.values()], locks: [...holders.keys()] };
  }

  async function answer({ groups, locks }: Batch<Item, Answer>): Promise<void> {
    underWay++;
    for (const row of locks) locked.add(row);
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      slow++;
      schedule();
    }, SLOW_MS);
    const answers = await batching
      .run(groups.map((members) => members.map(({ item }) => item)))
      .catch((error: unknown) =>
        groups.map(() => (error instanceof Error ? error : new Error('a batch failed', { cause: error }))),
      );
    clearTimeout(timer);
    underWay--;
    if (isSlow) slow--;
    for (const row of locks) locked.delete(row);
    for (const [index, members] of groups.entries()) settle(members, answers[index] ?? []);
    schedule();
  }
}

function settle<Item, Answer>(members: readonly Waiting<Item, Answer>[], answers: readonly Answer[] | Error): void {
  for (const [index, { resolve, reject }] of members.entries()) {
    if (answers instanceof Error) reject(answers);
    else if (index in answers) resolve(answers[index] as Answer);
    else reject(new Error('a batch left an item unanswered'));
  }
}
