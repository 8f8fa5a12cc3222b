import { BlockList, isIP } from 'node:net';

/** Https, or http to the machine itself by one of the names that RFC 8252 §7.3 and the library have for it. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const WRITTEN = /^(https?):\/\/([^/?#@\\]+)(?:[/?]|$)/i;
const VISIBLE = /^[\x21-\x7e]*$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': ':80', 'https:': ':443' };

/** All addresses that lead to the machine itself: to an unspecified one, systems connect there too. */
const MACHINE = new BlockList();
MACHINE.addSubnet('127.0.0.0', 8, 'ipv4');
MACHINE.addSubnet('0.0.0.0', 8, 'ipv4');
MACHINE.addSubnet('::', 127, 'ipv6');

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
  return url.protocol === 'https:' ? !isThisMachine(url.hostname) : LOOPBACK.has(url.hostname);
}

/** Whether a redirect leads to the machine that the browser runs on, by whichever name. */
export function isLoopback(uri: string): boolean {
  return isThisMachine(URL.parse(uri)?.hostname ?? '');
}

function isThisMachine(hostname: string): boolean {
  const name = hostname.replace(/\.+$/, '').replace(/^\[(.*)\]$/, '$1');
  const version = isIP(name);
  if (version === 0) return name === 'localhost' || name.endsWith('.localhost');
  return MACHINE.check(name, version === 4 ? 'ipv4' : 'ipv6');
}
