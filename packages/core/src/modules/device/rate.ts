import { createHmac } from 'node:crypto';
import { DomainError } from '@reqbase/auth';
import type { Services } from '../../services.ts';

const MINUTE_MS = 60_000;
/** Longer than any window, and for a clock that lags behind. */
const KEPT_MS = 3_600_000;

export type Limit = { readonly name: string; readonly calls: number; readonly windowMs: number };

/** Source: wire-facts, Device flow. */
export const CODES_BY_ADDRESS: Limit = { name: 'code by address', calls: 5, windowMs: MINUTE_MS };
export const DECISIONS_BY_PERSON: Limit = { name: 'decision by person', calls: 10, windowMs: MINUTE_MS };
/** Wrong ones, in as long as a code lives: of 2^38 codes nobody guesses one (RFC 8628 §5.1). */
export const GUESSES_BY_PERSON: Limit = { name: 'guess by person', calls: 5, windowMs: 15 * MINUTE_MS };
/** More, since people may share an address. */
export const GUESSES_BY_ADDRESS: Limit = { name: 'guess by address', calls: 20, windowMs: 15 * MINUTE_MS };

// One statement: of calls that race for the last one in a window, one gets it. A refused call moves nothing.
const CHARGE = `
  insert into device_rate as r (subject, window_start, calls) values ($1, $2, 1)
  on conflict (subject) do update
    set window_start = greatest(r.window_start, excluded.window_start),
      calls = case when r.window_start < excluded.window_start then 1 else r.calls + 1 end
    where r.window_start < excluded.window_start or r.calls < $3::int4
  returning calls`;

const GIVE_BACK = 'update device_rate set calls = calls - 1 where subject = $1 and window_start = $2 and calls > 0';

type Charging = Pick<Services, 'access' | 'secrets' | 'clock'>;

/**
 * Counts a call against a limit, for all processes of the installation together. Windows are fixed and aligned.
 *
 * @returns what gives it back
 * @throws {DomainError} RATE_LIMITED
 */
export async function chargeLimit(
  { access, secrets, clock }: Charging,
  limit: Limit,
  whom: string,
): Promise<() => Promise<void>> {
  const now = clock().getTime();
  const start = Math.floor(now / limit.windowMs) * limit.windowMs;
  const subject = createHmac('sha256', secrets.address).update(`${limit.name}: ${whom}`).digest();
  const charged = await access.db.sql.query(CHARGE, [subject, new Date(start), limit.calls]);
  if (charged.length === 0) {
    const retryAfter = Math.max(1, Math.ceil((start + limit.windowMs - now) / 1_000));
    throw new DomainError('RATE_LIMITED', { retryAfter });
  }
  return async () => {
    await access.db.sql.query(GIVE_BACK, [subject, new Date(start)]);
  };
}

/** Forgets who has not called for an hour. */
export async function purgeRates({ access, clock }: Pick<Services, 'access' | 'clock'>): Promise<void> {
  await access.db.prisma.deviceRate.deleteMany({ where: { windowStart: { lt: new Date(clock().getTime() - KEPT_MS) } } });
}
