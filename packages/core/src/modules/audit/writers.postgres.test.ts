import { Readable } from 'node:stream';
import { publishedKeys } from '@reqbase/auth';
import { verifyAuditLog } from '@reqbase/auth/audit-verify';
import { seedKey, seedProject, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { type Database, openDatabase } from '@reqbase/db';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices, type Services } from '../../services.ts';
import { callAs, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { holdOpen, waiting } from '../../testing-locks.ts';
import { exportAudit } from './export-audit.ts';

// Two processes on one server, as far as the database can tell.

const WRITERS = 50;

let core: TestCore;
let second: Database;
let processes: readonly { readonly core: Services }[];
let tenant: TestTenant;
beforeAll(async () => {
  core = await openTestCore('postgres');
  second = await openDatabase({ url: core.db.url ?? expect.fail('no server'), poolSize: 10 });
  const services = createServices({ db: second, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
  processes = [core, { core: services }];
});
afterAll(async () => {
  await second.close();
  await core.db.close();
});
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
});

async function verified() {
  const text = (await Readable.from(exportAudit(core.core, tenant.organization.id)).toArray()).join('');
  return verifyAuditLog([Buffer.from(text)], { publicKeys: publishedKeys(core.core.secrets) });
}

const deadlocks = async () => {
  const [row] = await core.db.sql.query<{ deadlocks: number }>(
    'select deadlocks::int4 from pg_stat_database where datname = current_database()',
  );
  return row?.deadlocks;
};

describe(`${WRITERS} writers of one organization`, () => {
  it('neither fork the chain nor leave a gap, with refusals among them, and none waits for another in a ring', async () => {
    const projects = [tenant.project, await seedProject(core, tenant.organization), await seedProject(core, tenant.organization)];
    const reader = await seedKey(core, tenant, { scopes: ['backlog:read'], projectId: null });
    const before = await deadlocks();
    const write = async (writer: number) => {
      const process = processes[writer % 2] ?? core;
      const of = { projectId: projects[writer % 3]?.id ?? '' };
      const me = callAsUser(process, tenant.user);
      const { id } = await me.backlog.create({ ...of, title: `By writer ${writer}` });
      await me.backlog.changeStatus({ ...of, id, status: 'IN_PROGRESS' });
      expect(await outcomeOf(callAs(process, reader.credential).backlog.remove({ ...of, id }))).toBe('INSUFFICIENT_SCOPE');
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    expect(await verified()).toMatchObject({ isIntact: true, entries: WRITERS * 3 });
    expect(await deadlocks()).toBe(before);
  });

  it('leave no gap where acts are undone', async () => {
    const me = (writer: number) => callAsUser(processes[writer % 2] ?? core, tenant.user);
    const of = { projectId: tenant.project.id };
    await Promise.all(
      Array.from({ length: WRITERS }, (_, writer) =>
        writer % 2 === 0
          ? me(writer / 2).backlog.create({ ...of, title: `By writer ${writer}` })
          : outcomeOf(me(writer).backlog.changeStatus({ ...of, id: core.core.newId(), status: 'IN_PROGRESS' })),
      ),
    );
    expect(await verified()).toMatchObject({ isIntact: true, entries: WRITERS / 2 });
  });
});

it('who holds the end of the chain keeps writers of the organization waiting for the commit alone, and nobody else', async () => {
  const other = await seedTenant(core, { plan: 'scale' });
  const create = ({ user, project }: TestTenant) =>
    callAsUser(core, user).backlog.create({ projectId: project.id, title: 'Dark mode' });
  const held = await holdOpen(
    core,
    (tx) => tx.$executeRaw`
    select from audit_head where org_id = ${tenant.organization.id}::uuid for update`,
  );
  const waiter = create(tenant);
  await waiting(core, 1);
  await create(other);
  await held.commit();
  await waiter;
  expect(await verified()).toMatchObject({ isIntact: true, entries: 1 });
});
