import { plural } from '../../ui/number-format.ts';
import type { ServiceAccount } from './account-api.ts';

/** What no longer works once an account is disabled. */
export function whatIsRefused({
  activeKeyCount: own,
  activeDependentKeyCount: others,
}: Pick<ServiceAccount, 'activeKeyCount' | 'activeDependentKeyCount'>): string {
  if (own + others === 0) return 'It has no active keys.';
  const itsOwn = `Its ${plural(own, 'active key')}`;
  const ofOthers = `${plural(others, 'key')} of other owners that ${others === 1 ? 'was' : 'were'} made with its keys`;
  const what = [...(own > 0 ? [itsOwn] : []), ...(others > 0 ? [ofOthers] : [])].join(', and ');
  return `${what} ${own + others === 1 ? 'is' : 'are'} refused from the next call on.`;
}
