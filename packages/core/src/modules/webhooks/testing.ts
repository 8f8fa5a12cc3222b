import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deriveSecrets } from '@reqbase/auth';
import { TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import type { Prisma } from '@reqbase/db';
import { openOutbound } from '../../outbound/outbound.ts';
import type { Services } from '../../services.ts';
import type { TestCore } from '../../testing.ts';
import { sealedSecret } from './secrets.ts';

export const SEEDED_SECRET = 'whsec_of_the_tests';

/** Adds a webhook past the service; returns its id. */
export async function seedWebhook(
  { db, clock }: Pick<TestCore, 'db' | 'clock'>,
  { project }: Pick<TestTenant, 'project'>,
  columns: Partial<Prisma.WebhookUncheckedCreateInput> = {},
): Promise<string> {
  const [id, now] = [columns.id ?? randomUUID(), clock.now()];
  await db.prisma.webhook.create({
    data: {
      id,
      projectId: project.id,
      url: 'https://hooks.example/x',
      events: ['*'],
      secretSealed: sealedSecret(deriveSecrets(TEST_SECRET), id, SEEDED_SECRET),
      createdAt: now,
      updatedAt: now,
      ...columns,
    },
  });
  return id;
}

/** Adds a delivery past the service, one that is over; returns its id. */
export async function seedDelivery(
  { db, clock }: Pick<TestCore, 'db' | 'clock'>,
  columns: Partial<Prisma.WebhookDeliveryUncheckedCreateInput> & { readonly webhookId: string },
): Promise<string> {
  const [id, now] = [randomUUID(), clock.now()];
  await db.prisma.webhookDelivery.create({
    data: {
      id,
      eventId: randomUUID(),
      event: 'feature.created',
      status: 'succeeded',
      attempt: 1,
      statusCode: 200,
      durationMs: 12,
      createdAt: now,
      updatedAt: now,
      ...columns,
    },
  });
  return id;
}

/** The services as where `WEBHOOK_ALLOW_PRIVATE` is set: the tests' receivers are on this machine. */
export function reachingHere({ core }: Pick<TestCore, 'core'>, timeoutMs = 10_000): { readonly core: Services } {
  return { core: { ...core, outbound: openOutbound({ allowsPrivate: true, timeoutMs }) } };
}

export type Received = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
  readonly body: any;
};

/** How a receiver answers: by a status, or by its own doing. */
export type Answer = number | ((response: ServerResponse) => void);

export type Receiver = {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** What it answers next, one after the other; the last one from then on. 200 at first. */
  answers(...next: readonly Answer[]): void;
  close(): Promise<void>;
};

/** A real server on this machine that keeps what it is sent. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let answers: readonly Answer[] = [200];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      received.push({ path: request.url ?? '', headers: request.headers, raw, body: raw === '' ? null : JSON.parse(raw) });
      const [answer = 200, ...rest] = answers;
      if (rest.length > 0) answers = rest;
      if (typeof answer === 'number') response.writeHead(answer).end('answered');
      else answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    answers(...next) {
      answers = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
