import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnvError, readEnv } from './env.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'reqbase-env-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const SECRET = 'a secret of thirty-two characters';
const DATABASE_URL = 'postgres://reqbase@127.0.0.1:5432/reqbase';
const read = (env: Record<string, string>) => readEnv({ DATA_DIR: dataDir, ...env });

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    if (error instanceof EnvError) return error.faults;
    throw error;
  }
}

describe('a variable that is wrong is told in one line that begins with its name', () => {
  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['HOST', '999.1.1.1'],
    ['HOST', 'a b'],
    ['HOST', 'localhost:3100'],
    ['HOST', 'http://localhost'],
    ['PUBLIC_URL', 'requests.example.com'],
    ['PUBLIC_URL', 'ftp://requests.example.com'],
    ['DATABASE_URL', 'mysql://localhost/reqbase'],
    ['DATABASE_URL', 'localhost'],
    ['REDIS_URL', 'localhost:6379'],
    ['SECRET', 'too short'],
    ['SECRET', 'a'.repeat(31)],
    ['SECRET', `short,${SECRET}`],
    ['SECRET', `${SECRET},short`],
    ['DEMO', 'yes'],
    ['DEMO', 'true'],
    ['DEMO_PASSWORD', 'seven77'],
    ['DEMO_PASSWORD', 'a'.repeat(129)],
    ['DEFAULT_PLAN', 'business'],
    ['DEFAULT_PLAN', 'Pro'],
    ['LOG_LEVEL', 'verbose'],
    ['SMTP_URL', 'mail.example.com:587'],
    ['SMTP_URL', 'https://mail.example.com'],
    ['MAIL_FROM', 'Acme'],
    ['MAIL_FROM', 'hello@'],
    ['MAIL_FROM', 'Acme <hello@acme>'],
    ['MAIL_FROM', 'Acme <hello@acme.example>, <other@acme.example>'],
    ['MAIL_FROM', 'Acme\r\nBcc: other@acme.example <hello@acme.example>'],
    ['WEBHOOK_ALLOW_PRIVATE', 'yes'],
    ['REPLY_DOMAIN', 'localhost'],
    ['REPLY_DOMAIN', 'reply@example.com'],
    ['REPLY_DOMAIN', 'replies.example.com.'],
    ['REPLY_DOMAIN', `${'a'.repeat(60)}.${'a'.repeat(60)}.${'a'.repeat(60)}.example`],
    ['INBOUND_SMTP_PORT', 'smtp'],
    ['INBOUND_SMTP_PORT', '65536'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', 'proxy.example.com'],
    ['TRUST_PROXY', 'fe'],
    ['TRUST_PROXY', '10.0.0.1,'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.0/'],
    ['PUBLIC_URL', 'https://requests.example.com/app'],
    ['PUBLIC_URL', 'https://requests.example.com/?a=1'],
  ])('%s=%s', (name, value) => {
    const beside = {
      ...(name === 'SMTP_URL' && { MAIL_FROM: 'hello@acme.example' }),
      ...(name === 'REPLY_DOMAIN' && { INBOUND_SMTP_PORT: '2525' }),
      ...(name === 'INBOUND_SMTP_PORT' && { REPLY_DOMAIN: 'replies.example.com' }),
    };
    const faults = faultsOf({ SECRET, ...beside, [name]: value });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name}: \\S.{8,}$`))]);
    // A secret that is refused is a secret all the same.
    if (name === 'SECRET' || name === 'DEMO_PASSWORD') expect(faults.join()).not.toContain(value);
  });

  it('all of them at once', () => {
    const faults = faultsOf({ PORT: 'http', DATABASE_URL, DEMO: 'yes', LOG_LEVEL: 'loud' });
    expect(faults.map((fault) => fault.split(':', 1)[0])).toEqual(['PORT', 'DEMO', 'LOG_LEVEL', 'SECRET']);
  });

  it('a missing MAIL_FROM, where e-mail goes out', () => {
    const smtp = { SECRET, SMTP_URL: 'smtps://user:password@mail.example.com' };
    expect(faultsOf(smtp)).toEqual([expect.stringMatching(/^MAIL_FROM: required with SMTP_URL /)]);
    for (const from of ['hello@acme.example', 'Acme <hello@acme.example>', '<hello@acme.example>']) {
      expect(read({ ...smtp, MAIL_FROM: from }).mail).toEqual({ smtpUrl: smtp.SMTP_URL, from, answers: null });
    }
    expect(read({ SECRET, PUBLIC_URL: 'https://requests.acme.example' }).mail).toEqual({
      smtpUrl: null,
      from: 'Reqbase <no-reply@requests.acme.example>',
      answers: null,
    });
  });

  it('one of the two that answers by e-mail need', () => {
    expect(faultsOf({ SECRET, REPLY_DOMAIN: 'replies.example.com' })).toEqual([
      expect.stringMatching(/^INBOUND_SMTP_PORT: required with REPLY_DOMAIN /),
    ]);
    expect(faultsOf({ SECRET, INBOUND_SMTP_PORT: '2525' })).toEqual([
      expect.stringMatching(/^REPLY_DOMAIN: required with INBOUND_SMTP_PORT /),
    ]);
    for (const [port, number] of [
      ['0', 0],
      ['2525', 2525],
    ] as const)
      expect(read({ SECRET, REPLY_DOMAIN: 'Replies.Example.com', INBOUND_SMTP_PORT: port }).mail.answers).toEqual({
        domain: 'replies.example.com',
        port: number,
      });
  });

  it('a missing SECRET, where several processes have to agree on it', () => {
    expect(faultsOf({ DATABASE_URL })).toEqual([
      'SECRET: required with DATABASE_URL (32 characters or more, the same for every process)',
    ]);
    expect(faultsOf({ DATABASE_URL, SECRET: '' })).toHaveLength(1);
  });

  it.each([
    ['a file in its place', ''],
    ['a file above it', 'below'],
  ])('DATA_DIR: %s', (_name, below) => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    expect(faultsOf({ DATA_DIR: join(file, below) })).toEqual([expect.stringMatching(/^DATA_DIR: E\w+: /)]);
  });

  it.each(['/proc/nothing', '/proc/nothing/below'])('DATA_DIR: %s, where no folder can be made', (folder) => {
    expect(faultsOf({ DATA_DIR: folder })).toEqual([expect.stringMatching(/^DATA_DIR: E\w+: /)]);
  });
});

describe('without a variable', () => {
  it('the defaults are those of the README', () => {
    expect(readEnv({ SECRET })).toEqual({
      port: 3100,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:3100',
      database: { dataDir: expect.stringMatching(/[\\/]\.data$/) },
      redisUrl: null,
      secret: SECRET,
      isDemo: true,
      demoPassword: null,
      defaultPlan: 'enterprise',
      logLevel: 'info',
      mail: { smtpUrl: null, from: 'Reqbase <no-reply@localhost>', answers: null },
      trustProxy: false,
      allowsPrivateWebhooks: false,
      clientDocuments: 'all',
    });
  });

  it('an empty one is as good as none', () => {
    const empty = Object.fromEntries(
      [
        'PORT',
        'HOST',
        'PUBLIC_URL',
        'DATABASE_URL',
        'REDIS_URL',
        'DEMO',
        'DEMO_PASSWORD',
        'DEFAULT_PLAN',
        'LOG_LEVEL',
        'REPLY_DOMAIN',
        'INBOUND_SMTP_PORT',
        'TRUST_PROXY',
        'WEBHOOK_ALLOW_PRIVATE',
        'OAUTH_CLIENT_DOCUMENTS',
      ].map((name) => [name, '']),
    );
    expect(read({ SECRET, ...empty })).toEqual(read({ SECRET }));
  });

  it('there is a demo on the embedded database alone', () => {
    expect([read({ SECRET }).isDemo, read({ SECRET, DEMO: '0' }).isDemo]).toEqual([true, false]);
    expect([read({ SECRET, DATABASE_URL }).isDemo, read({ SECRET, DATABASE_URL, DEMO: '1' }).isDemo]).toEqual([false, true]);
  });
});

describe('a variable that is right', () => {
  it('takes effect', () => {
    const env = read({
      SECRET,
      PORT: '0',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://requests.example.com/',
      DATABASE_URL,
      REDIS_URL: 'rediss://redis:6380/1',
      DEFAULT_PLAN: 'pro',
      DEMO_PASSWORD: 'eight888',
      LOG_LEVEL: 'trace',
      WEBHOOK_ALLOW_PRIVATE: '1',
    });
    expect(env).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      publicUrl: 'https://requests.example.com',
      database: { url: DATABASE_URL },
      redisUrl: 'rediss://redis:6380/1',
      defaultPlan: 'pro',
      demoPassword: 'eight888',
      logLevel: 'trace',
      allowsPrivateWebhooks: true,
    });
  });

  it.each([
    ['0', false],
    ['1', 1],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.0/8, ::1, 2001:db8::/32', '10.0.0.0/8, ::1, 2001:db8::/32'],
  ])('TRUST_PROXY=%s', (given, expected) => {
    expect(read({ SECRET, TRUST_PROXY: given }).trustProxy).toBe(expected);
  });
});

describe('PUBLIC_URL, when it is not given,', () => {
  it.each([
    ['127.0.0.1', 'http://localhost:3100'],
    ['::', 'http://localhost:3100'],
    ['::1', 'http://localhost:3100'],
    ['2001:db8::7', 'http://[2001:db8::7]:3100'],
    ['requests.internal', 'http://requests.internal:3100'],
  ])('on HOST=%s is %s', (host, expected) => {
    expect(read({ SECRET, HOST: host }).publicUrl).toBe(expected);
  });
});

describe('SECRET on the embedded database', () => {
  const file = () => join(dataDir, 'secret');

  it('is made once, is random, and is the owner’s alone to read', () => {
    const { secret } = read({});
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(read({}).secret).toBe(secret);
    expect(readFileSync(file(), 'utf8')).toBe(`${secret}\n`);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['secret']);
    expect(read({ DATA_DIR: join(dataDir, 'other') }).secret).not.toBe(secret);
  });

  it('is the variable’s where it is set, and then nothing is written', () => {
    expect(read({ SECRET }).secret).toBe(SECRET);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('is in a folder that is made for it, the owner’s alone', () => {
    const inner = join(dataDir, 'a', 'b');
    read({ DATA_DIR: inner });
    expect(statSync(inner).mode & 0o777).toBe(0o700);
  });

  it.each(['', '\n', 'half of one'])('is not taken from a file that holds %j', (text) => {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file(), text);
    expect(faultsOf({})).toEqual([expect.stringMatching(/^SECRET: .*secret holds none/)]);
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });
});
