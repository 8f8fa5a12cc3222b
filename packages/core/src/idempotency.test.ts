import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { testEngine } from '@reqbase/db/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimIdempotency, type IdempotencyClaim, purgeIdempotencyRecords } from './idempotency.ts';
import { withIdempotency } from './services.ts';
import { callAs, openTestCore, outcomeOf, type TestCore } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let key: TestKey;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  key = await seedKey(core, tenant, { scopes: ['backlog:write'] });
});

/** The embedded database runs one transaction at a time: there is no race to repeat. */
const ROUNDS = testEngine === 'postgres' ? 6 : 1;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

type Sent = { body?: unknown; idempotencyKey?: string; operation?: string; principalId?: string };
const claim = ({
  body = { title: 'Dark mode' },
  idempotencyKey = 'k1',
  operation = 'POST /features',
  principalId = key.id,
}: Sent = {}) => claimIdempotency(core.db, core.core, { principalId, operation, key: idempotencyKey, body });

/** Claims a key that nobody has. */
async function claimed(sent: Sent = {}): Promise<IdempotencyClaim> {
  const outcome = await claim(sent);
  if (outcome.kind !== 'claimed') throw new Error('the key was taken');
  return outcome.claim;
}

/** Makes the feature that an attempt is about, as whoever holds the claim. */
const act = (held: IdempotencyClaim, title = 'Dark mode') =>
  callAs(core, key.credential, { surface: 'project', change: (ctx) => withIdempotency(ctx, held) }).backlog.create({
    projectId: tenant.project.id,
    title,
  });

/** A POST as a surface sends it: claimed, then done or replayed, and released when it fails. */
async function post(sent: Sent & { title?: string } = {}): Promise<unknown> {
  const { title = 'Dark mode' } = sent;
  const outcome = await claim({ body: { title }, ...sent });
  if (outcome.kind === 'replay') return outcome.answer;
  return act(outcome.claim, title).catch(async (error: unknown) => {
    await outcome.claim.release();
    throw error;
  });
}

const titles = async () =>
  (await core.db.prisma.feature.findMany({ where: { projectId: tenant.project.id }, orderBy: { number: 'asc' } })).map(
    ({ title }) => title,
  );
const records = () => core.db.prisma.idempotencyRecord.findMany({ where: { principalId: key.id } });

describe('the same key with the same body', () => {
  it('acts once and gets the first answer again, as it was, whatever has happened since', async () => {
    const first = await post();
    await core.db.prisma.feature.updateMany({
      where: { projectId: tenant.project.id },
      data: { title: 'Changed', deletedAt: core.clock.now() },
    });
    core.clock.advance(HOUR_MS);
    expect(await post()).toEqual(first);
    expect(await titles()).toEqual(['Changed']);
  });

  it('sent ten times at once acts exactly once; the others get its answer or a conflict', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const sent = { title: `Feature ${round}`, idempotencyKey: `round ${round}` };
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => post(sent)));
      const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value as { id: string }] : []));
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result] : []));
      expect(answers.length).toBeGreaterThan(0);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      for (const { reason } of failures) expect(await outcomeOf(Promise.reject(reason))).toBe('IDEMPOTENCY_CONFLICT');
      expect(await titles()).toHaveLength(round + 1);
    }
    expect(await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id, action: 'feature.created' } })).toBe(
      ROUNDS,
    );
  });

  it('is a conflict while the first is in flight', async () => {
    const held = await claimed();
    expect(await outcomeOf(post())).toBe('IDEMPOTENCY_CONFLICT');
    await act(held);
    expect(await titles()).toHaveLength(1);
  });

  it('is the same whatever the order of its members', async () => {
    const held = await claimed({ body: { a: 1, b: { c: [1, { d: 2, e: null }], f: 'x' } } });
    await act(held);
    expect(await claim({ body: { b: { f: 'x', c: [1, { e: null, d: 2 }] }, a: 1 } })).toMatchObject({ kind: 'replay' });
  });

  it('by another caller, on another address or under another key is another call', async () => {
    const others: Sent[] = [
      {},
      { principalId: randomUUID() },
      { operation: 'POST /features/1/comments' },
      { idempotencyKey: 'k2' },
      { idempotencyKey: 'K1' },
    ];
    for (const sent of others) expect(await claim(sent)).toMatchObject({ kind: 'claimed' });
  });
});

describe('the same key with another body', () => {
  it('is a conflict, before and after the first is done, and acts on nothing', async () => {
    const held = await claimed();
    expect(await outcomeOf(post({ title: 'Light mode' }))).toBe('IDEMPOTENCY_CONFLICT');
    await act(held);
    expect(await outcomeOf(post({ title: 'Light mode' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await titles()).toEqual(['Dark mode']);
  });

  it('is told from any other by every value in it', async () => {
    const canonical = (value: unknown): string =>
      JSON.stringify(value, (_key, part: unknown) =>
        typeof part === 'object' && part !== null && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
          : part,
      );
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), async (first, second) => {
        const sent = { idempotencyKey: randomUUID() };
        await act(await claimed({ ...sent, body: first }));
        const again = { ...sent, body: second };
        const isSame = canonical(first) === canonical(second);
        expect(await outcomeOf(claim(again))).toBe(isSame ? 'admitted' : 'IDEMPOTENCY_CONFLICT');
        expect(await claim({ ...sent, body: structuredClone(first) })).toMatchObject({ kind: 'replay' });
      }),
      { numRuns: 25 },
    );
  });
});

describe('a first call that fails', () => {
  it('can be tried again, with the same body or another', async () => {
    expect(await outcomeOf(post({ title: '  ' }))).toBe('BAD_REQUEST');
    expect(await records()).toEqual([]);
    expect(await post({ title: 'Light mode' })).toMatchObject({ title: 'Light mode' });
    expect(await titles()).toEqual(['Light mode']);
  });

  it('leaves no answer and no act, when it fails at the last moment', async () => {
    const held = await claimed();
    await held.release();
    expect(await outcomeOf(act(held))).toBe('IDEMPOTENCY_CONFLICT');
    expect([await titles(), await records()]).toEqual([[], []]);
    const { featureNumber } = await core.db.prisma.project.findUniqueOrThrow({ where: { id: tenant.project.id } });
    expect(featureNumber).toBe(0);
  });

  it('releases nothing once it has been done', async () => {
    const held = await claimed();
    const answer = await act(held);
    await held.release();
    expect(await post()).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  it('answers at most once: a claim is used up', async () => {
    const held = await claimed();
    await act(held);
    expect(await outcomeOf(act(held, 'Again'))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await titles()).toEqual(['Dark mode']);
  });
});

describe('a first call that never ends', () => {
  it('is taken over after 60 seconds and not before, with another body too', async () => {
    await claimed();
    core.clock.advance(60 * SECOND_MS);
    expect(await outcomeOf(post())).toBe('IDEMPOTENCY_CONFLICT');
    core.clock.advance(1);
    expect(await post({ title: 'Light mode' })).toMatchObject({ title: 'Light mode' });
  });

  it('is undone if it ends after all: one act, the one that took over', async () => {
    const late = await claimed();
    core.clock.advance(61 * SECOND_MS);
    const second = await claimed();
    expect(await outcomeOf(act(late, 'Late'))).toBe('IDEMPOTENCY_CONFLICT');
    await late.release();
    const answer = await act(second);
    expect(await outcomeOf(act(late, 'Later'))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await titles()).toEqual(['Dark mode']);
    expect(await post()).toEqual(JSON.parse(JSON.stringify(answer)));
    expect(await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id, action: 'feature.created' } })).toBe(
      1,
    );
  });

  it('races its successor, and exactly one of the two acts', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const sent = { idempotencyKey: `round ${round}` };
      const late = await claimed(sent);
      core.clock.advance(61 * SECOND_MS);
      const takeOver = async () => {
        const outcome = await claim(sent);
        // A replay: the first has ended just before.
        return outcome.kind === 'replay' ? outcome.answer : act(outcome.claim, `Second ${round}`);
      };
      const outcomes = await Promise.all([act(late, `Late ${round}`), takeOver()].map(outcomeOf));
      for (const outcome of outcomes) expect(['admitted', 'IDEMPOTENCY_CONFLICT']).toContain(outcome);
      expect((await titles()).filter((title) => title.endsWith(` ${round}`))).toHaveLength(1);
    }
  });

  it('is taken over by one of many', async () => {
    await claimed();
    core.clock.advance(61 * SECOND_MS);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(claimed())));
    expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('is kept for 24 hours, and acts anew after', async () => {
    const first = await post();
    core.clock.advance(24 * HOUR_MS);
    expect(await post()).toEqual(first);
    core.clock.advance(1);
    expect(await post()).not.toEqual(first);
    expect(await titles()).toHaveLength(2);
  });

  it('is purged when it is no longer kept, and not before', async () => {
    await core.db.prisma.idempotencyRecord.deleteMany();
    await post({ idempotencyKey: 'old' });
    core.clock.advance(1);
    await post({ idempotencyKey: 'new' });
    await claimed({ idempotencyKey: 'in flight' });
    core.clock.advance(24 * HOUR_MS - 1);
    expect(await purgeIdempotencyRecords(core.db, core.clock.now())).toBe(0);
    core.clock.advance(1);
    expect(await purgeIdempotencyRecords(core.db, core.clock.now())).toBe(1);
    expect((await records()).map((record) => record.key).toSorted()).toEqual(['in flight', 'new']);
    core.clock.advance(1);
    expect(await purgeIdempotencyRecords(core.db, core.clock.now())).toBe(2);
  });
});
