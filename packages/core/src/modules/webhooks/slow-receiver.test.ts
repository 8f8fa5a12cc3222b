import { seedTenant } from '@reqbase/auth/testing';
import { expect, it, vi } from 'vitest';
import { callAsUser, openTestCore } from '../../testing.ts';
import { startWorker } from '../../worker.ts';
import { webhookJobs } from './rounds.ts';
import { openReceiver, reachingHere, seedWebhook } from './testing.ts';

const WORKERS = 8;

it('a receiver that does not answer does not hold up the others', async () => {
  const core = await openTestCore();
  const here = reachingHere(core);
  const [slow, quick] = [await openReceiver(), await openReceiver()];
  slow.answers(() => {});
  const tenant = await seedTenant(core, { plan: 'scale' });
  await seedWebhook(core, tenant, { url: slow.url, events: ['feature.created'] });
  await seedWebhook(core, tenant, { url: quick.url, events: ['comment.created'] });
  const owner = callAsUser(here, tenant.user);
  const projectId = tenant.project.id;
  let id = '';
  // More than there are workers, and before anything for the other one.
  for (let n = 0; n < WORKERS + 4; n++) ({ id } = await owner.backlog.create({ projectId, title: `Request ${n}` }));
  for (let n = 0; n < 3; n++) await owner.backlog.createComment({ projectId, id, body: `Comment ${n}` });

  const log = { warn: () => {}, error: () => {} };
  const worker = await startWorker(here.core, { log, jobs: webhookJobs.filter(({ cron }) => cron === undefined), tickMs: 50 });
  try {
    await vi.waitFor(() => expect(slow.received.length).toBeGreaterThan(0), 20_000);
    await vi.waitFor(() => expect(quick.received).toHaveLength(3), 20_000);
    expect(slow.received.length).toBeLessThan(WORKERS);
  } finally {
    await slow.close();
    await worker.stop();
    await quick.close();
    await core.db.close();
  }
}, 60_000);
