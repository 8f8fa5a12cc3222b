type Undo = () => void | Promise<void>;

const pending = new Set<Undo>();

/** Runs `work`, then `undo`; also when the run is cut short by a signal or by its own limit of time. */
export async function withCleanup<T>(undo: Undo, work: () => Promise<T>): Promise<T> {
  pending.add(undo);
  try {
    return await work();
  } finally {
    pending.delete(undo);
    await undo();
  }
}

/** Ends the whole run after `limitMs`, or at a signal, leaving nothing behind. */
export function boundRun(limitMs: number): void {
  const abandon = (why: string) => {
    console.error(`bench: ${why}`);
    // The last made goes first: servers before the databases that they use.
    const undo = async () => {
      for (const one of [...pending].reverse()) await one();
    };
    undo().then(
      () => process.exit(1),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  setTimeout(() => abandon(`not done after ${limitMs / 60_000} minutes`), limitMs).unref();
  process.once('SIGINT', () => abandon('interrupted'));
  process.once('SIGTERM', () => abandon('terminated'));
}
