import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './public-address.ts';

describe('a public address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '169.253.0.1', '2606:4700:4700::1111', '2a00:1450:4001::200e'])(
    '%s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ['this host', ['0.0.0.0', '0.1.2.3', '::']],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
    ['private networks', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1']],
    ['shared by carriers', ['100.64.0.1', '100.127.255.255']],
    ['a link, and what clouds have there', ['169.254.0.1', '169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fec0::1']],
    ['unique local', ['fc00::1', 'fd00:ec2::254']],
    ['groups and everybody', ['224.0.0.1', '239.255.255.250', '255.255.255.255', 'ff02::1']],
    [
      'reserved and documentation',
      ['192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1', '2001:db8::1'],
    ],
    [
      'IPv4 in IPv6',
      [
        '::ffff:127.0.0.1',
        '::ffff:8.8.8.8',
        '::127.0.0.1',
        '64:ff9b::7f00:1',
        '64:ff9b:1::a00:1',
        '2002:7f00:1::',
        '2001:0:7f00:1::',
      ],
    ],
    ['not given out', ['4000::1', '1::1', '100::1', '5f00::1']],
    ['no addresses', ['', 'localhost', '127.1', '0x7f.1', '2130706433', '[::1]', 'example.com']],
  ])('is none of %s', (_of, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });

  it('is none that IPv6 wraps around an IPv4 address, whichever', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const mapped = ipaddr.IPv4.parse(address).toIPv4MappedAddress().toString();
        expect(isPublicAddress(mapped)).toBe(false);
      }),
    );
  });
});
