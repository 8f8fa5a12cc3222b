import ipaddr from 'ipaddr.js';

const { IPv4, IPv6 } = ipaddr;
type Address = ReturnType<typeof ipaddr.parse>;

// The library also reads what nobody writes for an address (octal parts, a single number): only the usual spellings are let in.

const PREFIX_LENGTH = /^(?:0|[1-9]\d{0,2})$/;
/** Of an IPv4 address within IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED_BITS = 96;

/**
 * A network in its one spelling, e.g. `203.0.113.0/24`, of an address or CIDR, v4 or v6, with the host's bits cleared; null for
 * anything else. IPv4 addresses that are mapped into IPv6 are the IPv4 ones that they stand for.
 */
export function canonicalCidr(text: string): string | null {
  const [address = '', length, ...more] = text.trim().split('/');
  if (more.length > 0 || (length !== undefined && !PREFIX_LENGTH.test(length))) return null;
  const parsed = plainAddress(address);
  if (parsed === null) return null;
  const bits = parsed instanceof IPv4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return null;
  const cidr = `${parsed.toString()}/${prefix}`;
  if (parsed instanceof IPv4) return `${IPv4.networkAddressFromCIDR(cidr).toString()}/${prefix}`;
  if (!parsed.isIPv4MappedAddress()) return `${IPv6.networkAddressFromCIDR(cidr).toString()}/${prefix}`;
  // A wider one would hold addresses of both kinds.
  return prefix < MAPPED_BITS ? null : canonicalCidr(`${parsed.toIPv4Address().toString()}/${prefix - MAPPED_BITS}`);
}

/** Says whether an address lies within one of the networks. What is no address lies in none. */
export function isWithin(ip: string, networks: readonly string[]): boolean {
  // An interface's name is no part of the address.
  const parsed = plainAddress(ip.split('%', 1)[0] ?? '');
  if (parsed === null) return false;
  const address = parsed instanceof IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
  return networks.some((network) => isIPv6(network) === address instanceof IPv6 && address.match(parsedNetwork(network)));
}

/** Says whether each of the networks lies within one of `wider`. */
export function areWithin(networks: readonly string[], wider: readonly string[]): boolean {
  return networks.every((network) => {
    const [base, prefix] = parsedNetwork(network);
    return wider.some((outer) => parsedNetwork(outer)[1] <= prefix && isWithin(base.toString(), [outer]));
  });
}

const isIPv6 = (text: string) => text.includes(':');

/** Of a canonical one: told apart by hand, since the library tries one kind after the other, at ten times the cost. */
function parsedNetwork(network: string): [Address, number] {
  return isIPv6(network) ? IPv6.parseCIDR(network) : IPv4.parseCIDR(network);
}

function plainAddress(text: string): Address | null {
  if (IPv4.isValidFourPartDecimal(text)) return IPv4.parse(text);
  return isIPv6(text) && !text.includes('%') && IPv6.isValid(text) ? IPv6.parse(text) : null;
}
