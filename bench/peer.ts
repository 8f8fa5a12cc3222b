import { createHmac, createSecretKey } from 'node:crypto';
import { isoText } from '@reqbase/db/iso-text';
import Fastify, { type FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Tenant } from './seed.ts';

/** What the bench hands to a peer. */
export type PeerOptions = {
  readonly databaseUrl: string;
  /** As Reqbase's own. */
  readonly poolSize: number;
  /** Reqbase's own statement, and what it takes after the project's id. */
  readonly list: { readonly text: string; readonly values: readonly unknown[] };
  /** HMAC key of the stored secrets. */
  readonly pepper: string;
  readonly tenants: readonly Pick<Tenant, 'slug' | 'projectId' | 'userId' | 'apiKey'>[];
};

type FeatureRow = {
  readonly id: string;
  readonly category: string;
  readonly statusChangedAt: string;
  readonly createdAt: string;
  readonly updatedAt: string;
};

const PAGE_SIZE = 25;
const CURSOR_KEY = createSecretKey('a cursor key of the peers', 'utf8');

/** The list as one writes it by hand: one prepared statement, its instants spelled as Reqbase does, a signed cursor. */
export async function listByHand(pool: pg.Pool, { list }: PeerOptions, projectId: string) {
  const { rows } = await pool.query<FeatureRow>({ name: 'list', text: list.text, values: [projectId, ...list.values] });
  const hasMore = rows.length > PAGE_SIZE;
  const items = rows.slice(0, PAGE_SIZE).map((row) => ({
    ...row,
    visibility: isPublic(row) ? 'public' : 'private',
    statusChangedAt: isoText(row.statusChangedAt),
    createdAt: isoText(row.createdAt),
    updatedAt: isoText(row.updatedAt),
  }));
  const last = items.at(-1);
  return { data: { items, hasMore, nextCursor: hasMore && last !== undefined ? cursorOf(last) : null } };
}

function isPublic({ category }: FeatureRow): boolean {
  return category === 'FEATURE' || category === 'OTHER';
}

function cursorOf({ createdAt, id }: FeatureRow): string {
  const payload = Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
  return `${payload}.${createHmac('sha256', CURSOR_KEY).update(payload).digest().subarray(0, 16).toString('base64url')}`;
}

export type ListRoute = { Params: { slug: string } };
/** What a peer tells the bench once it listens. */
export type PeerReady = { readonly origin: string; readonly apiKeys: readonly string[] };

/** Serves what `mount` adds on a free port of the loopback. `mount` returns the keys to call by, one for each tenant. */
export function servePeer(mount: (app: FastifyInstance, options: PeerOptions) => Promise<readonly string[]>): void {
  process.once('message', (options: PeerOptions) => {
    const app = Fastify();
    process.once('disconnect', () => process.exit(0));
    const start = async (): Promise<void> => {
      const apiKeys = await mount(app, options);
      const origin = await app.listen({ port: 0, host: '127.0.0.1' });
      process.send?.({ origin, apiKeys } satisfies PeerReady);
    };
    start().catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
}
