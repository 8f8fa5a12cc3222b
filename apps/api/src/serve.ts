import { once } from 'node:events';
import { type AddressInfo, createServer as createProbe } from 'node:net';
import {
  type ComposedMail,
  createServices,
  handingMailer,
  installJobs,
  openOutbound,
  type Services,
  smtpMailer,
  startWorker,
} from '@reqbase/core';
import { type Database, migrate } from '@reqbase/db';
import { printBanner } from './banner.ts';
import { compactHeap } from './compact.ts';
import { loadDemo } from './demo.ts';
import { type Env, EnvError } from './env.ts';
import type { MailListener } from './inbound-mail/listener.ts';
import { createServer, type Server } from './server.ts';
import { unknownKeyLimit } from './unknown-keys.ts';

/** Of one address. */
const UNKNOWN_KEYS_PER_MINUTE = 20;
/** By then the first jobs and calls have compiled what they need. */
const SETTLED_MS = 5_000;
/** A job that takes longer is left to be tried again, as long as there is time to say so. */
const JOBS_DRAIN_MS = 15_000;

/**
 * Migrates the database, serves everything on the port of `given` and prints the banner.
 *
 * @returns what ends it all, the database too, once calls and jobs in flight are finished
 * @throws {EnvError} when a variable names what cannot be had: a host, a port
 */
export async function serve(given: Env, db: Database): Promise<() => Promise<void>> {
  await migrate(db);
  await installJobs(db);
  // Loaded where there is a Redis: elsewhere its client would only take memory.
  const redis = given.redisUrl === null ? null : await (await import('@reqbase/auth/redis')).openRedisMeter(given.redisUrl);
  const env = await withPort(given);
  const services = createServices({
    db,
    secret: env.secret,
    defaultPlan: env.defaultPlan,
    ...(redis !== null && { meter: redis.meter }),
    unknownKeys: unknownKeyLimit(UNKNOWN_KEYS_PER_MINUTE, () => new Date()),
    publicUrl: env.publicUrl,
    outbound: openOutbound({ allowsPrivate: env.allowsPrivateWebhooks }),
    replyDomain: env.mail.answers?.domain ?? null,
    mailer: env.mail.smtpUrl === null ? handingMailer(env.mail.from, logMail) : smtpMailer(env.mail.smtpUrl, env.mail.from),
  });
  const server = createServer(services, env);
  const { app, sessions, metrics, hasAdmin } = server;
  await app.listen({ port: env.port, host: env.host }).catch(refuseToListen);
  const mail = await listenForMail(services, env, server);
  const worker = await startWorker(services, { log: app.log, onOutcome: metrics.onJob });
  // The last that can fail: its secrets are shown once, and must not be lost to a port that is taken.
  const demo = env.isDemo ? await loadDemo(services, sessions, env.demoPassword) : null;
  printBanner({ url: env.publicUrl, hasAdmin, demo });
  setTimeout(compactHeap, SETTLED_MS).unref();
  return async () => {
    await Promise.all([app.close(), mail?.stop(), worker.stop(JOBS_DRAIN_MS)]);
    await redis?.close();
    await db.close();
  };

  function logMail({ to, subject, text }: ComposedMail): void {
    // With its text: an invitation's link is nowhere else.
    app.log.info({ to, subject, text }, 'e-mail, not sent without SMTP_URL');
  }
}

/** Null where e-mails cannot be answered. */
async function listenForMail(services: Services, { host, mail }: Env, { app, metrics }: Server): Promise<MailListener | null> {
  if (mail.answers === null) return null;
  const { port } = mail.answers;
  // Loaded where answers are taken.
  const { openMailListener } = await import('./inbound-mail/listener.ts');
  const options = { host, port, mailFrom: mail.from, log: app.log, onOutcome: metrics.onMail };
  return openMailListener(services, options).catch((error: unknown) => {
    throw new EnvError([`HOST and INBOUND_SMTP_PORT: ${error instanceof Error ? error.message : String(error)}`]);
  });
}

/**
 * With `PORT=0`, a port that is free, in the public URL as well: what is told of it (an issuer, a link) is told from the first
 * call on, and made before the server listens.
 */
async function withPort(env: Env): Promise<Env> {
  if (env.port !== 0) return env;
  const probe = createProbe();
  await once(probe.listen({ port: 0, host: env.host }), 'listening').catch(refuseToListen);
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return { ...env, port, publicUrl: env.publicUrl.replace(/:0$/, `:${port}`) };
}

function refuseToListen(error: unknown): never {
  throw new EnvError([`HOST and PORT: ${error instanceof Error ? error.message : String(error)}`]);
}
