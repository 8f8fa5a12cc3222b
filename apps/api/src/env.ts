import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { PLAN_NAMES } from '@reqbase/auth/contract';
import { makeFolder } from '@reqbase/db';
import * as z from 'zod';
import type { ClientDocuments } from './oauth/client-documents.ts';

const Origin = z
  .string()
  .refine(isOrigin, 'must be an http or https origin, without path, query or user')
  .transform((url) => new URL(url).origin);
const Flag = z.enum(['0', '1']).transform((flag) => flag === '1');

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin, href } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && href === `${origin}/`;
}

const SHORTEST_SECRET = 32;
/** With the longest local part, 254 characters (RFC 5321 §4.5.3.1.3). */
const LONGEST_MAIL_DOMAIN = 189;

/** Several secrets are separated by commas: the first is the present one. */
function isLongEnough(secret: string): boolean {
  return secret.split(',').every((part) => part.trim().length >= SHORTEST_SECRET);
}

/** `0`, `1`, or addresses and networks (`10.0.0.0/8`) separated by commas. */
function isProxyList(text: string): boolean {
  return text === '0' || text === '1' || text.split(',').every((part) => isNetwork(part.trim()));
}

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  if (bits !== undefined && !/^\d+$/.test(bits)) return false;
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  try {
    new BlockList().addSubnet(address, bits === undefined ? 0 : Number(bits), family);
    return true;
  } catch {
    return false;
  }
}

/** `0`, `1`, or hosts, with a port where it is not the usual one, separated by commas. */
function isHostList(text: string): boolean {
  return text.split(',').every((host) => /^[\w.:-]{1,253}$/.test(host.trim()) && URL.canParse(`https://${host.trim()}`));
}

/** What stands in a URL as it is: the platform's own reading of hosts, which knows no 999.1.1.1. */
function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  return /^[\w.-]{1,253}$/.test(text) && URL.canParse(`http://${text}`);
}

/** One that addresses can have. */
function isMailDomain(text: string): boolean {
  return text.length <= LONGEST_MAIL_DOMAIN && z.email().safeParse(`reply@${text}`).success;
}

function isSender(text: string): boolean {
  const [, name, address] = /^(?:([^<>\p{Cc}]*)<([^<>]+)>|.*)$/u.exec(text) ?? [];
  return z.email().safeParse(name === undefined ? text : address).success;
}

const Port = z
  .string()
  .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a number from 0 to 65535')
  .transform(Number);

// The one place that reads the environment. An empty variable is an unset one.
const Variables = z.object({
  PORT: Port.default(3100),
  HOST: z.string().refine(isHost, 'must be a host name or an IP address, without a port').default('127.0.0.1'),
  PUBLIC_URL: Origin.optional(),
  DATA_DIR: z.string().default('./.data'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be the postgres:// URL of a server' }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be the redis:// or rediss:// URL of a server' }).optional(),
  SECRET: z
    .string()
    .refine(isLongEnough, 'must have at least 32 characters (a comma separates several, each as long)')
    .optional(),
  DEMO: Flag.optional(),
  DEMO_PASSWORD: z.string().min(8, 'must have at least 8 characters').max(128).optional(),
  DEFAULT_PLAN: z.enum(PLAN_NAMES).default('enterprise'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be the smtp:// or smtps:// URL of a server' }).optional(),
  MAIL_FROM: z.string().refine(isSender, 'must be an address, or a name and an address: Acme <hello@acme.example>').optional(),
  REPLY_DOMAIN: z
    .string()
    .refine(isMailDomain, 'must be a domain that e-mail addresses can have: replies.example.com')
    .transform((domain) => domain.toLowerCase())
    .optional(),
  INBOUND_SMTP_PORT: Port.optional(),
  TRUST_PROXY: z.string().refine(isProxyList, 'must be 0, 1 or a list of addresses of proxies').default('0'),
  WEBHOOK_ALLOW_PRIVATE: Flag.optional(),
  OAUTH_CLIENT_DOCUMENTS: z
    .string()
    .refine(isHostList, 'must be 0, 1 or a list of host names')
    .transform((text) => (text === '0' ? 'none' : text === '1' ? 'all' : text.split(',').map((host) => host.trim())))
    .prefault('1'),
});

export type Env = {
  readonly port: number;
  readonly host: string;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly database: { readonly url: string } | { readonly dataDir: string };
  readonly redisUrl: string | null;
  readonly secret: string;
  readonly isDemo: boolean;
  readonly demoPassword: string | null;
  readonly defaultPlan: (typeof PLAN_NAMES)[number];
  readonly logLevel: string;
  readonly mail: {
    /** Null: e-mail goes to the log. */
    readonly smtpUrl: string | null;
    readonly from: string;
    /** Null: e-mails cannot be answered. */
    readonly answers: { readonly domain: string; readonly port: number } | null;
  };
  /** A number: how many proxies stand in front. */
  readonly trustProxy: false | number | string;
  /** Webhooks may lead to private addresses, and by http. */
  readonly allowsPrivateWebhooks: boolean;
  /** Whose client metadata documents the authorization server asks for. */
  readonly clientDocuments: ClientDocuments;
};

/** Thrown for an environment that cannot be started with: one line for each fault. */
export class EnvError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'EnvError';
    this.faults = faults;
  }
}

/**
 * Reads and checks the environment. On the embedded database without `SECRET`, makes one and keeps it in `DATA_DIR`.
 *
 * @throws {EnvError} naming every variable that is wrong
 */
export function readEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const parsed = Variables.safeParse(given);
  const faults = (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const isEmbedded = given['DATABASE_URL'] === undefined;
  if (!isEmbedded && given['SECRET'] === undefined) {
    faults.push('SECRET: required with DATABASE_URL (32 characters or more, the same for every process)');
  }
  if (given['SMTP_URL'] !== undefined && given['MAIL_FROM'] === undefined) {
    faults.push('MAIL_FROM: required with SMTP_URL (whom e-mail comes from)');
  }
  for (const [name, other] of [
    ['REPLY_DOMAIN', 'INBOUND_SMTP_PORT'],
    ['INBOUND_SMTP_PORT', 'REPLY_DOMAIN'],
  ] as const)
    if (given[name] === undefined && given[other] !== undefined)
      faults.push(`${name}: required with ${other} (e-mails are answered at the one and arrive at the other)`);
  if (!parsed.success || faults.length > 0) throw new EnvError(faults);
  const vars = parsed.data;
  const dataDir = resolve(vars.DATA_DIR);
  const publicUrl = vars.PUBLIC_URL ?? `http://${hostInUrl(vars.HOST)}:${vars.PORT}`;
  return {
    port: vars.PORT,
    host: vars.HOST,
    publicUrl,
    database: vars.DATABASE_URL === undefined ? { dataDir } : { url: vars.DATABASE_URL },
    redisUrl: vars.REDIS_URL ?? null,
    secret: vars.SECRET ?? keptSecret(dataDir),
    isDemo: vars.DEMO ?? isEmbedded,
    demoPassword: vars.DEMO_PASSWORD ?? null,
    defaultPlan: vars.DEFAULT_PLAN,
    logLevel: vars.LOG_LEVEL,
    mail: {
      smtpUrl: vars.SMTP_URL ?? null,
      from: vars.MAIL_FROM ?? `Reqbase <no-reply@${new URL(publicUrl).hostname}>`,
      answers: answersIn(vars),
    },
    trustProxy: vars.TRUST_PROXY === '1' ? 1 : vars.TRUST_PROXY === '0' ? false : vars.TRUST_PROXY,
    allowsPrivateWebhooks: vars.WEBHOOK_ALLOW_PRIVATE ?? false,
    clientDocuments: vars.OAUTH_CLIENT_DOCUMENTS,
  };
}

function answersIn({ REPLY_DOMAIN: domain, INBOUND_SMTP_PORT: port }: z.infer<typeof Variables>): Env['mail']['answers'] {
  return domain === undefined || port === undefined ? null : { domain, port };
}

/** A host as it stands in a URL; one that means this machine, or all of its addresses, by the name that people use. */
function hostInUrl(host: string): string {
  if (['0.0.0.0', '127.0.0.1', '::', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * The installation's own secret: without it no key and no session of this data folder is worth anything.
 *
 * @throws {EnvError} when the folder cannot be used, or what it keeps is no secret
 */
function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'secret');
  try {
    makeFolder(dataDir);
    const kept = read(file) ?? makeSecret(file);
    if (!isLongEnough(kept)) throw new EnvError([`SECRET: ${file} holds none; put the one of before back, or set SECRET`]);
    return kept;
  } catch (error) {
    if (error instanceof EnvError || !(error instanceof Error)) throw error;
    throw new EnvError([`DATA_DIR: ${error.message}`]);
  }
}

/** Written aside and linked whole, so that nobody ever reads half of it: of two first starts at once, one makes it. */
function makeSecret(file: string): string {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return read(file) ?? '';
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
