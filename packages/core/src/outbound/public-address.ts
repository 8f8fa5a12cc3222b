import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What IANA gives out of IPv6; whatever lies outside belongs to nobody yet. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Says whether an address is one of the public internet: not of this machine, of a private or shared network, a link, a
 * group, a test, nor an IPv4 address in IPv6's clothes (mapped, 6to4, Teredo, NAT64), which may be any of these.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}
