import type { QueryClient, QueryFilters } from '@tanstack/react-query';
import type { TrpcOptions } from '../trpc.ts';
import { type Changes, concernedBy, NO_CHANGES, withUpdate } from './concerned.ts';
import type { LiveUpdate } from './watch-project.ts';

const PAUSE_MS = 250;

/**
 * Makes queries old as updates come in. Those of a moment go together, and the next only once the last have been read
 * again: a storm of them neither floods the server nor cancels, over and over, the reading that it asks for.
 */
export function createInvalidation(readAgain: (changes: Changes) => Promise<unknown>): (update: LiveUpdate) => void {
  let waiting: Changes = NO_CHANGES;
  let isBusy = false;
  const run = async (): Promise<void> => {
    while (waiting !== NO_CHANGES) {
      const changes = waiting;
      waiting = NO_CHANGES;
      // What fails says so where it is shown.
      await readAgain(changes).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isBusy = false;
  };
  return (update) => {
    waiting = withUpdate(waiting, update);
    if (isBusy) return;
    isBusy = true;
    // Events of one change come one after the other: they are read together.
    setTimeout(() => void run(), 0);
  };
}

/** Reads again what the changes have made old. */
export async function invalidate(
  queryClient: QueryClient,
  trpc: TrpcOptions,
  projectId: string,
  changes: Changes,
): Promise<void> {
  await Promise.all(concernedBy(trpc, projectId, changes).map((filters) => readAgain(queryClient, filters)));
}

async function readAgain(queryClient: QueryClient, filters: QueryFilters): Promise<void> {
  // The library begins no first reading anew: what is under way may have been read before the change.
  const under = queryClient.getQueryCache().findAll({ ...filters, fetchStatus: 'fetching' });
  const first = under.filter(({ state }) => state.data === undefined);
  await queryClient.invalidateQueries(filters);
  await Promise.all(first.map(({ queryKey }) => queryClient.invalidateQueries({ queryKey, exact: true })));
}
