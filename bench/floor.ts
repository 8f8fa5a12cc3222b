// The floor: the same call, written by hand with Fastify and `pg`. The three prepared statements of Reqbase, the key's
// HMAC compared in constant time, the limits kept, the same JSON; no other gate, no schema, no log, no metrics.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import pg from 'pg';
import { type ListRoute, listByHand, servePeer } from './peer.ts';

type KeyRow = { id: string; secret_hash: Buffer; revoked_at: Date | null; expires_at: Date | null; project_id: string | null };
type Verdict = { minute_ok: boolean; day_ok: boolean };

const CALLS_PER_MINUTE = 30_000;
const KEY = /^Bearer [a-z]{2,8}_(?:live|test)_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})[0-9A-Za-z]{6}$/;

servePeer(async (app, options) => {
  const { databaseUrl, poolSize, statements, pepper, tenants } = options;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize });
  const hmacKey = createSecretKey(pepper, 'hex');

  app.get<ListRoute>('/p/:slug/api/v1/features', async (request, reply) => {
    const [, publicId = '', secret = ''] = KEY.exec(request.headers.authorization ?? '') ?? [];
    const lookUp = await pool.query<KeyRow>({
      name: 'lookUp',
      text: statements.lookUp,
      values: ['enterprise', publicId, null, request.params.slug, true],
    });
    const [key] = lookUp.rows;
    const hash = createHmac('sha256', hmacKey).update(secret).digest();
    const now = new Date();
    if (
      key === undefined ||
      !timingSafeEqual(hash, key.secret_hash) ||
      key.revoked_at !== null ||
      (key.expires_at !== null && key.expires_at <= now)
    ) {
      return reply.code(401).send({ error: { code: 'UNAUTHORIZED' } });
    }
    const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000);
    const charge = await pool.query<Verdict>({
      name: 'charge',
      text: statements.charge,
      values: [key.id, key.project_id, now.toISOString().slice(0, 10), minute, CALLS_PER_MINUTE, null, 1],
    });
    const [verdict] = charge.rows;
    if (!verdict?.minute_ok || !verdict.day_ok || key.project_id === null)
      return reply.code(429).send({ error: { code: 'RATE_LIMITED' } });
    return listByHand(pool, options, key.project_id);
  });
  return tenants.map(({ apiKey }) => apiKey);
});
