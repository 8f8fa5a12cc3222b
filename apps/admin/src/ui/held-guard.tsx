import { useWindowEvent } from '@mantine/hooks';
import { useIsMutating } from '@tanstack/react-query';
import { HELD } from './hold.ts';

/** Keeps the browser from leaving without a question while something is held, or on its way after that. */
export function HeldGuard(): null {
  const count = useIsMutating({ mutationKey: [HELD] });
  useWindowEvent('beforeunload', (event) => {
    if (count > 0) event.preventDefault();
  });
  return null;
}
