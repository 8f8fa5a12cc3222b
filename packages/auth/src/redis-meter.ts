import { createClient, defineScript } from '@redis/client';
import { type Charge, type KeyDay, type LastUse, type Meter, minuteOf, utcDay, verdictOf } from './meter.ts';

const DAY_MS = 86_400_000;
/** As long as the usage screen looks back, and some. */
const KEPT_SECONDS = 100 * 86_400;
/** The field of a day's hash that counts all keys. */
const ALL = '*';

// One script, so one atomic step: judges both counters, then moves both or none. A call about no project has no second key.
// KEYS: the key's minute, the project's day. ARGV: minute, calls a minute, calls a day (-1: unlimited), cost, key id, seconds to keep, address.
const CHARGE = `
  local minute, perMinute, perDay, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
  local open = tonumber(redis.call('HGET', KEYS[1], 'minute') or '0')
  local used = 0
  if open >= minute then used = tonumber(redis.call('HGET', KEYS[1], 'calls')) end
  local day = -1
  if KEYS[2] then day = tonumber(redis.call('HGET', KEYS[2], '${ALL}') or '0') end
  local minuteOk = used + 1 <= perMinute
  local dayOk = cost == 0 or perDay < 0 or day + cost <= perDay
  if minuteOk and dayOk then
    redis.call('HSET', KEYS[1], 'minute', math.max(open, minute), 'calls', used + 1, 'ip', ARGV[7])
    if cost > 0 then
      redis.call('HINCRBY', KEYS[2], '${ALL}', cost)
      redis.call('HINCRBY', KEYS[2], ARGV[5], cost)
      redis.call('EXPIRE', KEYS[2], ARGV[6])
    end
  end
  return { used, day, minuteOk and 1 or 0, dayOk and 1 or 0 }`;

type ChargeReply = [minute: number, day: number, minuteOk: number, dayOk: number];

const charge = defineScript({
  SCRIPT: CHARGE,
  parseCommand(parser, keys: readonly string[], args: readonly string[]) {
    parser.push(String(keys.length));
    parser.pushKeys([...keys]);
    parser.push(...args);
  },
  transformReply: (reply: unknown) => reply as ChargeReply,
});

/** The meter over Redis, which must persist (append-only file) for the counters to survive it. */
export async function openRedisMeter(url: string): Promise<{ meter: Meter; close(): Promise<void> }> {
  let hasConnected = false;
  const client = createClient({
    url,
    scripts: { charge },
    disableOfflineQueue: true,
    // A start without Redis fails at once; once there, it is waited for.
    socket: { reconnectStrategy: (retries: number) => (hasConnected ? Math.min(retries * 50, 1_000) : false) },
  });
  // Commands in flight fail by themselves; without a listener the event would end the process.
  client.on('error', () => {});
  await client.connect();
  hasConnected = true;
  const meter: Meter = {
    async charge(call) {
      const cost = call.cost === 'call' && call.projectId !== null ? 1 : 0;
      const [minute = 0, day = 0, minuteOk, dayOk] = await client.charge(keysOf(call), [
        String(minuteOf(call.at).getTime()),
        String(call.callsPerMinute),
        String(call.callsPerDay ?? -1),
        String(cost),
        call.keyId,
        String(KEPT_SECONDS),
        call.ip ?? '',
      ]);
      const admitted = verdictOf(minuteOk === 1, dayOk === 1);
      const moved = admitted === 'yes' ? 1 : 0;
      return { admitted, minute: minute + moved, day: call.projectId === null ? null : day + moved * cost };
    },
    async read({ keyId, projectId, callsPerMinute, callsPerDay, at, cost }) {
      const { minute = '0', calls = '0' } = await client.hGetAll(minuteKey(keyId));
      const used = Number(minute) >= minuteOf(at).getTime() ? Number(calls) : 0;
      const day = projectId === null ? null : await meter.callsOn(projectId, utcDay(at));
      const isDayOk = cost === 'minute' || day === null || callsPerDay === null || day < callsPerDay;
      return { admitted: verdictOf(used < callsPerMinute, isDayOk), minute: used, day };
    },
    async callsOn(projectId, day) {
      return Number((await client.hGet(dayKey(projectId, day), ALL)) ?? 0);
    },
    async callsByKey(projectId, first, last) {
      const days = daysBetween(first, last);
      const hashes = await Promise.all(days.map((day) => client.hGetAll(dayKey(projectId, day))));
      return hashes.flatMap((hash, index) =>
        Object.entries(hash).flatMap(([keyId, calls]): KeyDay[] =>
          keyId === ALL ? [] : [{ day: days[index] ?? '', keyId, calls: Number(calls) }],
        ),
      );
    },
    async lastUsed(keyIds) {
      const uses = await Promise.all(keyIds.map((keyId) => client.hmGet(minuteKey(keyId), ['minute', 'ip'])));
      return new Map(
        keyIds.flatMap((keyId, index): [string, LastUse][] => {
          const [minute, ip] = uses[index] ?? [];
          return minute == null ? [] : [[keyId, { minute: new Date(Number(minute)), ip: ip === '' ? null : (ip ?? null) }]];
        }),
      );
    },
  };
  return { meter, close: () => client.close() };
}

const minuteKey = (keyId: string) => `reqbase:minute:${keyId}`;
const dayKey = (projectId: string, day: string) => `reqbase:day:${projectId}:${day}`;

function keysOf({ keyId, projectId, at }: Charge): string[] {
  return projectId === null ? [minuteKey(keyId)] : [minuteKey(keyId), dayKey(projectId, utcDay(at))];
}

function daysBetween(first: string, last: string): string[] {
  const count = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, index) => utcDay(new Date(Date.parse(first) + index * DAY_MS)));
}
