import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { DomainError, secondsToNextMinute } from '@reqbase/auth';
import type { Database } from '@reqbase/db';
import type { Services } from '../../services.ts';

/** Calls a minute from one address. Source: reference/scopes-codes-limits, Limits. */
const CALLS_A_MINUTE = { read: 600, write: 30 } as const;
const MINUTE_MS = 60_000;
/** Long enough for a clock that lags behind. */
const KEPT_MS = 3_600_000;

/**
 * Whose calls are counted together: an IPv4 address, or the /64 network that one household or host has of IPv6 (RFC 6177
 * §2). Mapped addresses are the IPv4 ones that they stand for (RFC 4291 §2.5.5).
 */
export function addressGroup(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  const [address = ''] = ip.split('%');
  if (!isIPv6(address)) return ip;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

// One statement: of calls that race for the last one in a minute, one gets it. A refused call moves nothing.
const CHARGE = `
  insert into widget_rate as r (ip_hash, is_write, minute, calls) values ($1, $2, $3, 1)
  on conflict (ip_hash, is_write) do update
    set minute = greatest(r.minute, excluded.minute), calls = case when r.minute < excluded.minute then 1 else r.calls + 1 end
    where r.minute < excluded.minute or r.calls < $4::int4
  returning calls`;

type Counting = Pick<Services, 'access' | 'secrets' | 'clock'>;

/** Counts a call from an address, for all processes of the installation together. @throws {DomainError} RATE_LIMITED */
export async function chargeAddress(services: Counting, ip: string, kind: 'read' | 'write'): Promise<void> {
  await charge(services, addressGroup(ip), kind);
}

/** Counts what comes for a conversation by e-mail, as writes: all of it comes from the same mail servers. @throws {DomainError} RATE_LIMITED */
export async function chargeThread(services: Counting, conversationId: string): Promise<void> {
  await charge(services, `conversation ${conversationId}`, 'write');
}

async function charge({ access, secrets, clock }: Counting, caller: string, kind: 'read' | 'write'): Promise<void> {
  const now = clock();
  const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
  const hash = createHmac('sha256', secrets.address).update(caller).digest();
  const charged = await access.db.sql.query(CHARGE, [hash, kind === 'write', minute, CALLS_A_MINUTE[kind]]);
  if (charged.length === 0) throw new DomainError('RATE_LIMITED', { retryAfter: secondsToNextMinute(now) });
}

/** Forgets addresses that have not called for an hour; returns how many. */
export async function purgeWidgetRates({ prisma }: Database, now: Date): Promise<number> {
  const { count } = await prisma.widgetRate.deleteMany({ where: { minute: { lt: new Date(now.getTime() - KEPT_MS) } } });
  return count;
}
