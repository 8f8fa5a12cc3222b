import type { JobOutcome, Services } from '@reqbase/core';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MailOutcome } from './inbound-mail/outcomes.ts';
import { jobMetrics } from './job-metrics.ts';
import { mailMetrics } from './mail-metrics.ts';
import { isEventStream } from './rpc.ts';

/** For whoever runs jobs and takes e-mails in this process. */
export type Metrics = { readonly onJob: (outcome: JobOutcome) => void; readonly onMail: (outcome: MailOutcome) => void };

/** Prometheus metrics at `/metrics`: calls of this process by route and status, refusals, jobs, e-mails, and Node's own. */
export function mountMetrics(app: FastifyInstance, { access: { db }, live, deliveries }: Services): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'reqbase_http_request_duration_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  const refused = new Counter({
    name: 'reqbase_calls_refused_total',
    help: 'Calls refused by status: 401 and 403 by the gates, 429 by the meter',
    labelNames: ['procedure', 'status'],
    registers: [registry],
  });
  new Gauge({
    name: 'reqbase_live_streams',
    help: 'Live streams that are open',
    registers: [registry],
    collect() {
      this.set(live.size());
    },
  });
  new Counter({
    name: 'reqbase_webhook_deliveries_total',
    help: 'Attempts at deliveries to webhooks by outcome: succeeded, retried (failed, and tried again later), failed, dropped',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(deliveries.counts())) this.inc({ outcome }, count);
    },
  });
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, never the path as sent: a stranger must not be able to make labels.
    const { url: route = 'none', config } = request.routeOptions;
    // How long somebody has watched says nothing of how fast we are.
    if (!isEventStream(reply.getHeader('content-type')))
      duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    if (reply.statusCode === 401 || reply.statusCode === 403 || reply.statusCode === 429) {
      refused.inc({ procedure: config.procedure ?? route, status: reply.statusCode });
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return { onJob: jobMetrics(registry, db), onMail: mailMetrics(registry) };
}
