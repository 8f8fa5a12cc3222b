import { createHash } from 'node:crypto';
import { type Services, takeInScan } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';

const DAY_MS = 86_400_000;

type Scan = Parameters<typeof takeInScan>[2];
type Endpoint = Scan['endpoints'][number];
type Finding = Scan['findings'][number];
type Run = { readonly daysAgo: number; readonly endpoints: readonly Endpoint[]; readonly findings: readonly Finding[] };
type DemoService = { readonly name: string; readonly ownerTeam: string; readonly tags: string[]; readonly runs: readonly Run[] };

/** `GET /charges listCharges`, as an endpoint of the tag. */
function operation(tag: string, line: string): Endpoint {
  const [method = '', path = '', operationId = ''] = line.split(' ');
  const summary = operationId.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return {
    method: method as Endpoint['method'],
    path,
    operationId,
    tags: [tag],
    summary: summary[0]?.toUpperCase() + summary.slice(1),
  };
}

function finding(severity: Finding['severity'], code: string, message: string, at?: string): Finding {
  const [method = null, path = null] = at?.split(' ') ?? [];
  return { code, severity, message, method: method as Finding['method'], path };
}

const CHARGES = [
  'GET /charges listCharges',
  'POST /charges createCharge',
  'GET /charges/{chargeId} getCharge',
  'POST /charges/{chargeId}/refunds refundCharge',
].map((line) => operation('Payments', line));
const INVOICES = [
  'GET /invoices listInvoices',
  'GET /invoices/{invoiceId} getInvoice',
  'GET /invoices/{invoiceId}/pdf getInvoicePdf',
].map((line) => operation('Invoices', line));
const SUBSCRIPTIONS = [
  'GET /subscriptions listSubscriptions',
  'POST /subscriptions createSubscription',
  'PATCH /subscriptions/{id} updateSubscription',
  'DELETE /subscriptions/{id} cancelSubscription',
].map((line) => operation('Subscriptions', line));
const PLAIN_SERVER = finding('high', 'server-http', 'A server is reached without TLS: http://billing.example.com');
const KEY_IN_QUERY = finding(
  'high',
  'api-key-in-query',
  'The API key is sent in the query, where logs keep it.',
  'GET /invoices/{invoiceId}/pdf',
);
const NO_TAGS = finding('info', 'operation-tags-missing', 'The operation has no tags.', 'GET /charges');
const NO_ERRORS = finding('low', 'error-response-missing', 'No refusal is described.', 'POST /charges/{chargeId}/refunds');
const NO_LIMIT = finding('low', 'unbounded-array', 'The list has no limit.', 'GET /subscriptions');
const OPEN_WRITE = finding(
  'critical',
  'no-security-on-write',
  'Anybody may write: the operation asks for no credential.',
  'DELETE /subscriptions/{id}',
);
const SUBSCRIBERS = SUBSCRIPTIONS.map((endpoint) =>
  endpoint.operationId === 'cancelSubscription' ? { ...endpoint, operationId: 'endSubscription' } : endpoint,
);

const SHIPMENTS = ['GET /shipments listShipments', 'POST /shipments createShipment', 'GET /shipments/{id} getShipment'].map(
  (line) => operation('Shipments', line),
);
const LABELS = ['POST /shipments/{id}/label printLabel', 'GET /carriers listCarriers'].map((line) => operation('Labels', line));
const LEGACY = ['GET /v0/parcels getParcels', 'POST /v0/parcels postParcel'].map((line) => ({
  ...operation('Legacy', line),
  deprecated: true,
}));
const NUMERIC = finding('low', 'numeric-id', 'Ids that can be counted invite to be guessed.', 'GET /shipments/{id}');
const NO_SUNSET = finding(
  'info',
  'deprecated-without-sunset',
  'It is deprecated and nobody is told until when it works.',
  'GET /v0/parcels',
);

const SERVICES: readonly DemoService[] = [
  {
    name: 'Billing API',
    ownerTeam: 'Payments',
    tags: ['public', 'money'],
    runs: [
      { daysAgo: 56, endpoints: [...CHARGES], findings: [PLAIN_SERVER, NO_TAGS, NO_ERRORS] },
      { daysAgo: 41, endpoints: [...CHARGES, ...INVOICES], findings: [PLAIN_SERVER, NO_ERRORS, KEY_IN_QUERY] },
      {
        daysAgo: 27,
        endpoints: [...CHARGES, ...INVOICES, ...SUBSCRIPTIONS],
        findings: [NO_ERRORS, KEY_IN_QUERY, NO_LIMIT, OPEN_WRITE],
      },
      { daysAgo: 13, endpoints: [...CHARGES, ...INVOICES, ...SUBSCRIBERS], findings: [NO_ERRORS, KEY_IN_QUERY, NO_LIMIT] },
      { daysAgo: 6, endpoints: [...CHARGES, ...INVOICES, ...SUBSCRIBERS], findings: [NO_ERRORS, KEY_IN_QUERY, NO_LIMIT] },
      { daysAgo: 1, endpoints: [...CHARGES, ...INVOICES.slice(0, 2), ...SUBSCRIBERS], findings: [NO_ERRORS, NO_LIMIT] },
    ],
  },
  {
    name: 'Shipping API',
    ownerTeam: 'Logistics',
    tags: ['internal'],
    runs: [
      { daysAgo: 48, endpoints: [...SHIPMENTS, ...LEGACY], findings: [NUMERIC, NO_SUNSET] },
      { daysAgo: 20, endpoints: [...SHIPMENTS, ...LABELS, ...LEGACY], findings: [NUMERIC, NO_SUNSET] },
      { daysAgo: 3, endpoints: [...SHIPMENTS, ...LABELS], findings: [NUMERIC] },
    ],
  },
];

/** Two services of the demo's organization, scanned by its key over two months: some findings are resolved, some decided on. */
export async function insertDemoCatalogue(tx: Transaction, { clock, newId }: Pick<Services, 'clock' | 'newId'>): Promise<void> {
  const { orgId } = await tx.project.findUniqueOrThrow({ where: { slug: 'demo' }, select: { orgId: true } });
  const key = await tx.apiKey.findFirstOrThrow({
    where: { orgId, name: 'Demo key' },
    select: { id: true, name: true, ownerUserId: true },
  });
  const by = { keyId: key.id, userId: key.ownerUserId, name: key.name };
  const now = clock().getTime();
  for (const { name, ownerTeam, tags, runs } of SERVICES) {
    for (const { daysAgo, endpoints, findings } of runs) {
      const hash = createHash('sha256')
        .update(JSON.stringify([name, endpoints]))
        .digest('hex');
      const spec = { hash, format: 'openapi' as const, version: '3.1.0', title: name };
      const scan = { service: { name }, spec, endpoints: [...endpoints], findings: [...findings], source: { branch: 'main' } };
      await takeInScan(tx, { orgId, by, newId, clock: () => new Date(now - daysAgo * DAY_MS), admit: () => undefined }, scan);
    }
    await tx.service.updateMany({ where: { orgId, name }, data: { ownerTeam, tags } });
    await tx.serviceEnvironment.createMany({
      data: await placesOf(tx, { orgId, name, newId, names: ['Production', 'Staging'] }),
    });
    await tx.serviceWorkflow.createMany({ data: await placesOf(tx, { orgId, name, newId, names: ['Nightly build'] }) });
  }
  const decided = { decidedById: key.ownerUserId, decidedByName: 'Demo owner', decidedAt: new Date(now - 2 * DAY_MS) };
  await tx.finding.updateMany({
    where: { orgId, code: NO_LIMIT.code },
    data: { ...decided, state: 'ignored', reason: 'Until lists are paged', ignoredUntil: new Date(now + 30 * DAY_MS) },
  });
  await tx.finding.updateMany({
    where: { orgId, code: NUMERIC.code },
    data: { ...decided, state: 'accepted', reason: 'The ids are on parcels already' },
  });
}

type Named = { readonly orgId: string; readonly name: string; readonly newId: () => string; readonly names: readonly string[] };

async function placesOf(tx: Transaction, { orgId, name: service, newId, names }: Named) {
  const { id: serviceId, createdAt } = await tx.service.findFirstOrThrow({ where: { orgId, name: service } });
  return names.map((name) => ({ id: newId(), serviceId, name, nameKey: name.toLowerCase(), createdAt }));
}
