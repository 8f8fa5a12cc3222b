import { describe, expect, it } from 'vitest';
import { faultOfTarget } from './target.ts';

const fault = (url: string) => faultOfTarget(url, { allowsPrivate: false });

describe('a URL that may be called', () => {
  it.each(['https://example.com/hook?x=1', 'https://example.com:8443/', 'https://8.8.8.8/', 'https://[2606:4700:4700::1111]/'])(
    '%s',
    (url) => expect(fault(url)).toBeNull(),
  );

  it.each([
    ['http://example.com/', 'https'],
    ['ftp://example.com/', 'https'],
    ['file:///etc/passwd', 'https'],
    ['nothing', 'https'],
    ['https://user:password@example.com/', 'user'],
    ['https://user@example.com/', 'user'],
    ['https://example.com@127.0.0.1/', 'user'],
    ['https://127.0.0.1/', 'public'],
    ['https://localhost/', 'public'],
    ['https://LOCALHOST./', 'public'],
    ['https://a.localhost/', 'public'],
    ['https://127.0.0.1./', 'public'],
    ['https://2130706433/', 'public'],
    ['https://0x7f000001/', 'public'],
    ['https://0x7f.0.0.1/', 'public'],
    ['https://0177.0.0.1/', 'public'],
    ['https://127.1/', 'public'],
    ['https://0/', 'public'],
    ['https://１２７.0.0.1/', 'public'],
    ['https://127。0。0。1/', 'public'],
    ['https://%31%32%37.0.0.1/', 'public'],
    ['https://169.254.169.254/latest/meta-data', 'public'],
    ['https://[::1]/', 'public'],
    ['https://[::]/', 'public'],
    ['https://[::ffff:127.0.0.1]/', 'public'],
    ['https://[::ffff:7f00:1]/', 'public'],
    ['https://[0:0:0:0:0:ffff:a9fe:a9fe]/', 'public'],
    ['https://[64:ff9b::7f00:1]/', 'public'],
    ['https://[fd00:ec2::254]/', 'public'],
    ['https://[fe80::1]/', 'public'],
  ])('is not %s', (url, why) => expect(fault(url)).toContain(why));

  it('is any of them where private ones are allowed, but for credentials', () => {
    const allowed = (url: string) => faultOfTarget(url, { allowsPrivate: true });
    expect([allowed('http://127.0.0.1:3000/'), allowed('http://localhost/'), allowed('https://[::1]/')]).toEqual([
      null,
      null,
      null,
    ]);
    expect(allowed('http://user@127.0.0.1/')).toContain('user');
    expect(allowed('file:///etc/passwd')).toContain('https');
  });
});
