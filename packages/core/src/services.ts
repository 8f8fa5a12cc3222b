import {
  type AccessServices,
  auditLog,
  type Credential,
  deriveSecrets,
  keyReader,
  type Meter,
  type Metered,
  type PlanName,
  parseKey,
  postgresMeter,
  type Secrets,
  type UnknownKeys,
} from '@reqbase/auth';
import type { Database } from '@reqbase/db';
import { uuidv7 } from 'uuidv7';
import { bossQueue } from './boss-queue.ts';
import type { IdempotencyClaim } from './idempotency.ts';
import { type LiveHub, liveHub } from './live-hub.ts';
import { type Mailer, noMailer } from './modules/mail/mailer.ts';
import { quotaWatch } from './modules/webhooks/quota-watch.ts';
import { type DeliveryTally, deliveryTally } from './modules/webhooks/tally.ts';
import { type Outbound, openOutbound } from './outbound/outbound.ts';
import type { Queue } from './queue.ts';
import type { Context, Surface } from './trpc.ts';

/** What every call of the installation shares. */
export type Services = {
  readonly access: AccessServices;
  readonly secrets: Secrets;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly queue: Queue;
  /** Who watches projects live, in this process. */
  readonly live: LiveHub;
  /** For jobs: what is to be sent after a commit is added to the queue as `sendMail`. */
  readonly mailer: Mailer;
  /** The way out to the receivers of webhooks. */
  readonly outbound: Outbound;
  /** The way out to the documents of clients, which anybody names: to public addresses alone, whatever webhooks may reach. */
  readonly documentOutbound: Outbound;
  /** What became of deliveries to webhooks, in this process. */
  readonly deliveries: DeliveryTally;
  /** Where people reach the installation, without a slash at its end: what links in e-mails begin with. */
  readonly publicUrl: string;
  /** The domain, in lower case, of the addresses at which requesters answer e-mails; null: there are none. */
  readonly replyDomain: string | null;
};

export type ServicesOptions = {
  readonly db: Database;
  readonly secret: string;
  /** The plan of organizations that have none of their own. */
  readonly defaultPlan: PlanName;
  readonly clock?: () => Date;
  /** PostgreSQL unless given. */
  readonly meter?: Meter;
  /** For processes that answer calls from outside. */
  readonly unknownKeys?: UnknownKeys;
  readonly publicUrl?: string;
  /** None unless given. */
  readonly replyDomain?: string | null;
  /** None unless given: for processes that run jobs. */
  readonly mailer?: Mailer;
  /** To public addresses alone unless given. */
  readonly outbound?: Outbound;
  /** For tests. */
  readonly documentOutbound?: Outbound;
};

export function createServices({
  db,
  secret,
  defaultPlan,
  clock = () => new Date(),
  meter = postgresMeter(db.sql),
  unknownKeys,
  publicUrl = 'http://localhost:3100',
  replyDomain = null,
  mailer = noMailer,
  outbound = openOutbound(),
  documentOutbound = openOutbound(),
}: ServicesOptions): Services {
  const secrets = deriveSecrets(secret);
  const queue = bossQueue(db, secrets, clock);
  return {
    access: {
      db,
      source: { sql: db.sql, readKey: keyReader(db.sql), secrets, defaultPlan },
      meter,
      audit: auditLog(db),
      unknownKeys: unknownKeys ?? null,
      quotaWatch: quotaWatch({ db, queue, clock, newId: uuidv7 }),
    },
    secrets,
    clock,
    newId: uuidv7,
    queue,
    live: liveHub(db.sql),
    mailer,
    outbound,
    documentOutbound,
    deliveries: deliveryTally(),
    publicUrl,
    replyDomain,
  };
}

/** What a surface knows of one call. */
export type CallOptions = {
  readonly surface: Surface;
  readonly credential: Credential;
  /** Reads the credential anew, for a call that goes on: a session may have ended since. */
  readonly credentialNow?: () => Promise<Credential>;
  readonly requestId: string;
  readonly ip?: string | null;
  readonly userAgent?: string | null;
  readonly onKey?: Context['onKey'];
  readonly onMetered?: (metered: Metered) => void;
};

/** The context of one call. */
export function contextFor(services: Services, call: CallOptions): Context {
  return {
    ...services,
    surface: call.surface,
    credential: call.credential,
    credentialNow: call.credentialNow ?? (async () => call.credential),
    requestId: call.requestId,
    ip: call.ip ?? null,
    userAgent: call.userAgent ?? null,
    onKey: call.onKey ?? null,
    onMetered: call.onMetered ?? null,
    facts: new Map(),
    isReplay: false,
    isMcp: call.surface === 'mcp',
    idempotency: null,
  };
}

/** The same call, holding an idempotency claim, or known to be a replay. */
export function withIdempotency(ctx: Context, idempotency: IdempotencyClaim | 'replay'): Context {
  return idempotency === 'replay' ? { ...ctx, isReplay: true } : { ...ctx, idempotency };
}

/** What an API key's text is to the pipeline. */
export function keyCredential(text: string): Credential {
  const key = parseKey(text);
  return key === null ? { kind: 'malformed' } : { kind: 'key', key };
}
