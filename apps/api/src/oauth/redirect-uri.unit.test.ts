import { describe, expect, it } from 'vitest';
import { isLoopback, isRedirectUri } from './redirect-uri.ts';

/** As the files of hosts of common systems have them. */
const MACHINE_NAMES = [
  'localhost.localdomain',
  'localhost4',
  'localhost4.localdomain4',
  'localhost6',
  'localhost6.localdomain6',
  'ip6-localhost',
  'ip6-loopback',
  'IP6-LOOPBACK.',
];

describe('an answer may be sent', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example',
    'https://app.example?a=b',
    'https://APP.example:443/cb',
    'https://app.example:8443/cb?to=http://localhost/@me',
    'https://203.0.113.7/cb',
    'https://[2001:db8::7]/cb',
    'https://[64:ff9b::cb00:7107]/cb',
    'https://app.example./cb',
    'https://xn--bcher-kva.example/cb',
    'http://localhost/callback',
    'http://LOCALHOST:1234/callback',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:80/callback',
    'http://[::1]:49152/callback',
  ])('to %s', (uri) => expect(isRedirectUri(uri)).toBe(true));

  it.each([
    ['http elsewhere', 'http://app.example/cb'],
    ['a scheme of its own', 'cursor://cb'],
    ['a fragment', 'https://app.example/cb#'],
    ['https to the machine itself', 'https://localhost/cb'],
    ['the same with a dot at the end', 'https://localhost./cb'],
    ['the same by http', 'http://localhost./cb'],
    ['a name below localhost', 'https://app.localhost/cb'],
    ['another address of the machine', 'http://127.0.0.2/cb'],
    ['the same by https', 'https://127.0.0.2/cb'],
    ['the end of its network', 'https://127.255.255.254/cb'],
    ['a short address', 'http://127.1/cb'],
    ['a number for an address', 'http://2130706433/cb'],
    ['a hexadecimal address', 'http://0x7f.0.0.1/cb'],
    ['an octal address', 'http://0177.0.0.1/cb'],
    ['an address with a dot at its end', 'http://127.0.0.1./cb'],
    ['no address in particular', 'https://0.0.0.0/cb'],
    ['none in particular of IPv6', 'https://[::]/cb'],
    ['the machine by IPv6 and https', 'https://[::1]/cb'],
    ['the machine at length', 'http://[0:0:0:0:0:0:0:1]/cb'],
    ['the machine, mapped into IPv6', 'http://[::ffff:127.0.0.1]/cb'],
    ['the same by https', 'https://[::ffff:7f00:1]/cb'],
    ['the machine in IPv6 of old', 'https://[::7f00:1]/cb'],
    ['none in particular in it', 'https://[::0.0.0.2]/cb'],
    ['the machine, translated from IPv6', 'https://[64:ff9b::7f00:1]/cb'],
    ...MACHINE_NAMES.map((name): [string, string] => ['a name that systems have for the machine', `https://${name}/cb`]),
    ['such a name by http', 'http://ip6-localhost/cb'],
    ['a port that is none', 'https://app.example:0/cb'],
    ['the same of the machine', 'http://localhost:0/cb'],
    ['an empty label', 'https://app..example/cb'],
    ['an empty label at the start', 'https://.app.example/cb'],
    ['empty labels at the end', 'https://app.example../cb'],
    ['a user', 'https://a:b@app.example/cb'],
    ['a user without a name', 'https://@app.example/cb'],
    ['a host for a user', 'https://app.example@evil.example/cb'],
    ['a backslash for a slash', 'https:\\\\app.example/cb'],
    ['a backslash before the path', 'https://app.example\\cb'],
    ['a backslash before another host', 'https://app.example\\@evil.example/cb'],
    ['a backslash in the path', 'https://app.example/a\\b'],
    ['one slash', 'https:/app.example/cb'],
    ['no slash', 'https:app.example/cb'],
    ['three slashes', 'https:///app.example/cb'],
    ['an encoded host', 'https://app%2eexample/cb'],
    ['a colon without a port', 'https://app.example:/cb'],
    ['a space', 'https://app.example/a b'],
    ['a letter that is written otherwise', 'https://ａpp.example/cb'],
    ['no URL', 'callback'],
  ])('nowhere with %s: %s', (_name, uri) => expect(isRedirectUri(uri)).toBe(false));
});

describe('the person is warned of the machine itself', () => {
  it.each([
    'http://localhost:1/cb',
    'https://localhost./cb',
    'https://a.localhost/cb',
    'http://127.0.0.1/cb',
    'https://127.9.9.9/cb',
    'https://0.0.0.0/cb',
    'http://[::1]/cb',
    'https://[::]/cb',
    'https://[::ffff:127.0.0.1]/cb',
    'http:\\\\127.1/cb',
    'https://[::7f00:1]/cb',
    'https://[64:ff9b::7f00:1]/cb',
    ...MACHINE_NAMES.map((name) => `https://${name}/cb`),
  ])('at %s', (uri) => expect(isLoopback(uri)).toBe(true));

  it.each(['https://app.example/cb', 'https://localhost.example/cb', 'https://notlocalhost/cb', 'https://128.0.0.1/cb', 'x'])(
    'not at %s',
    (uri) => expect(isLoopback(uri)).toBe(false),
  );
});
