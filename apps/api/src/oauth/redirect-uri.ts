import { BlockList, isIP } from 'node:net';

/** Https, or http to the machine itself by one of the names that RFC 8252 §7.3 and the library have for it. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const WRITTEN = /^(https?):\/\/([^/?#@\\]+)(?:[/?]|$)/i;
const VISIBLE = /^[\x21-\x7e]*$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': ':80', 'https:': ':443' };

/** What the files of hosts of common systems call the machine itself. */
const MACHINE_NAMES = new Set([
  'localhost',
  'localhost.localdomain',
  'localhost4',
  'localhost4.localdomain4',
  'localhost6',
  'localhost6.localdomain6',
  'ip6-localhost',
  'ip6-loopback',
]);

/** All addresses that lead to the machine itself: to an unspecified one, systems connect there too. */
const MACHINE = new BlockList();
MACHINE.addSubnet('127.0.0.0', 8, 'ipv4');
MACHINE.addSubnet('0.0.0.0', 8, 'ipv4');
MACHINE.addSubnet('::', 127, 'ipv6');
// The same two networks within IPv6: compatible (RFC 4291 §2.5.5.1), and translated (RFC 6052 §2.1).
for (const prefix of ['::', '64:ff9b::'])
  for (const network of ['7f00:0', '0:0']) MACHINE.addSubnet(`${prefix}${network}`, 104, 'ipv6');

/**
 * Whether a client may have its answers sent there: by https, or by http to the machine itself (RFC 8252 §7.3), since no other
 * scheme proves whose it is. Browsers read more than one spelling of a host: only the one that the person is shown is taken.
 */
export function isRedirectUri(uri: string): boolean {
  const url = URL.parse(uri);
  if (url === null || uri.includes('#') || uri.includes('\\') || !VISIBLE.test(uri)) return false;
  // A user is no part of it either.
  const authority = WRITTEN.exec(uri)?.[2]?.toLowerCase();
  if (authority !== url.host && authority !== url.host + DEFAULT_PORTS[url.protocol]) return false;
  // Nothing listens there, and no name has an empty part, but for the one at its end.
  if (url.port === '0' || url.hostname.replace(/\.$/, '').split('.').includes('')) return false;
  return url.protocol === 'https:' ? !isThisMachine(url.hostname) : LOOPBACK.has(url.hostname);
}

/** Whether a redirect leads to the machine that the browser runs on, by whichever name. */
export function isLoopback(uri: string): boolean {
  return isThisMachine(URL.parse(uri)?.hostname ?? '');
}

function isThisMachine(hostname: string): boolean {
  const name = hostname.replace(/\.+$/, '').replace(/^\[(.*)\]$/, '$1');
  const version = isIP(name);
  if (version === 0) return MACHINE_NAMES.has(name) || name.endsWith('.localhost');
  return MACHINE.check(name, version === 4 ? 'ipv4' : 'ipv6');
}
