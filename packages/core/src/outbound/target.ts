import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/**
 * What is wrong with a URL that the installation is asked to call, as far as it says so itself; null when nothing is. Where
 * a name leads is seen when it is called.
 */
export function faultOfTarget(text: string, { allowsPrivate }: { readonly allowsPrivate: boolean }): string | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'Must be an https URL.';
  if (url.protocol === 'http:' && !allowsPrivate) return 'Must be an https URL.';
  if (url.username !== '' || url.password !== '') return 'Must not carry a user or a password.';
  if (!allowsPrivate && isPrivateHost(url.hostname)) return 'Must lead to a public address.';
  return null;
}

/** By what it says: `URL` has written every spelling of an IPv4 address (decimal, octal, hexadecimal, short) in its one form. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return host === 'localhost' || host.endsWith('.localhost');
}
