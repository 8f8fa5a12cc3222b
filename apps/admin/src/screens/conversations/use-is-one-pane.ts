import { useMediaQuery } from '@mantine/hooks';

/** Says whether there is room for either the list or a thread, but not for both: below 992 px. */
export function useIsOnePane(): boolean {
  return useMediaQuery('(max-width: 61.99em)', undefined, { getInitialValueInEffect: false }) ?? false;
}

/** Says whether there is room for the details beside list and thread: from 1400 px on. */
export function useHasDetailsPane(): boolean {
  return useMediaQuery('(min-width: 87.5em)', undefined, { getInitialValueInEffect: false }) ?? false;
}
