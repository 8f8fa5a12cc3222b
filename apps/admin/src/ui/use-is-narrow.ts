import { useMediaQuery } from '@mantine/hooks';

/** Says whether tables should be cards: below 768 px. Known at the first paint, so that nothing jumps. */
export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 47.99em)', undefined, { getInitialValueInEffect: false }) ?? false;
}
