import { rowOf, type Section } from './report.ts';
import { withScratch } from './scratch.ts';
import { SECRET, seedTenant } from './seed.ts';
import { runLoad, startReqbase, stop } from './servers.ts';

const CONNECTIONS = 16;
const ROUNDS = 5;
const SLOT = { leadInMs: 300, durationMs: 2_000 };
const WARM_UP = { leadInMs: 0, durationMs: 3_000 };
const FAST = { atLeast: 5_000 };
/** An address is limited to 6,000 calls a minute: as many visitors as it takes call through a proxy, and nobody is refused. */
const VISITORS = 1_024;

/** The widget's configuration as its pages fetch it: whole, and by the tag of what they have. */
export async function measureWidgetConfig(): Promise<Section> {
  return withScratch(async (scratch) => {
    const { slug } = await seedTenant(scratch);
    const server = await startReqbase({ env: { DATABASE_URL: scratch.url, SECRET, DEMO: '0', TRUST_PROXY: '1' } });
    try {
      const path = `/w/${slug}/config`;
      const origin = { origin: 'https://shop.example.com' };
      const tag = (await fetch(server.origin + path, { headers: origin })).headers.get('etag');
      if (tag === null) throw new Error('the configuration has no tag');
      const kinds = [
        { name: 'whole, 200', expectedStatus: 200, headers: origin },
        { name: 'unchanged, 304', expectedStatus: 304, headers: { ...origin, 'if-none-match': tag } },
      ];
      const rates = new Map(kinds.map(({ name }) => [name, [] as number[]]));
      for (let round = -1; round < ROUNDS; round++) {
        for (const { name, expectedStatus, headers } of kinds) {
          const timing = round < 0 ? WARM_UP : SLOT;
          const targets = Array.from({ length: VISITORS }, (_, visitor) => ({
            path,
            headers: { ...headers, 'x-forwarded-for': `10.0.${visitor >> 8}.${visitor & 255}` },
          }));
          const result = await runLoad({ origin: server.origin, connections: CONNECTIONS, expectedStatus, targets, ...timing });
          if (result.refused > 0) throw new Error(`${name}: ${result.refused} of ${result.requests} were answered otherwise`);
          if (round >= 0) rates.get(name)?.push(result.requestsPerSecond);
        }
      }
      return {
        title: `GET /w/<slug>/config, ${CONNECTIONS} connections, one process on PostgreSQL`,
        about: ['The load generator runs on the same cores.'],
        rows: [...rates].map(([name, values]) => rowOf(name, '/s', values, FAST)),
      };
    } finally {
      await stop(server);
    }
  });
}
