import { seedTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { driftOf } from '../backlog/testing.ts';
import { weightDriftOf } from './testing.ts';
import { mergedTraits, monthlyRevenueOf } from './traits.ts';

let core: TestCore;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());

const people = fc.constantFrom('ada', 'grace', 'ken');
const anyFeature = fc.nat(3);
const act = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    by: people,
    category: fc.constantFrom('FEATURE' as const, 'ERROR' as const),
  }),
  fc.record({ kind: fc.constant('vote' as const), by: people, feature: anyFeature }),
  fc.record({ kind: fc.constant('unvote' as const), by: people, feature: anyFeature }),
  fc.record({ kind: fc.constant('duplicate' as const), feature: anyFeature, of: anyFeature }),
  fc.record({ kind: fc.constant('pay' as const), by: people, amount: fc.nat(5_000), interval: fc.constantFrom('month', 'year') }),
  fc.record({ kind: fc.constant('erase' as const), by: people }),
);

describe('the weight of a feature', () => {
  it('is the monthly revenue of all who asked for it, each once, after any acts in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (acts) => {
        const tenant = await seedTenant(core);
        const me = callAsUser(core, tenant.user);
        const ofProject = { projectId: tenant.project.id };
        const features: string[] = [];
        const idOf = async (externalId: string) => (await me.requesters.upsert({ ...ofProject, externalId })).id;
        for (const step of [{ kind: 'create' as const, by: 'ada', category: 'FEATURE' as const }, ...acts]) {
          const at = (index: number) => features[index % features.length] ?? '';
          if (step.kind === 'create') {
            const { by, category } = step;
            features.push((await me.backlog.create({ ...ofProject, title: 'X', category, requester: { externalId: by } })).id);
          } else if (step.kind === 'vote')
            await outcomeOf(me.backlog.addVote({ ...ofProject, id: at(step.feature), requester: { externalId: step.by } }));
          else if (step.kind === 'unvote')
            await me.backlog.removeVote({ ...ofProject, id: at(step.feature), requesterId: await idOf(step.by) });
          else if (step.kind === 'duplicate') {
            const closed = { status: 'COMPLETED' as const, closeReason: 'DUPLICATE' as const, duplicateOfId: at(step.of) };
            await outcomeOf(me.backlog.changeStatus({ ...ofProject, id: at(step.feature), ...closed }));
          } else if (step.kind === 'pay')
            await me.requesters.upsert({
              ...ofProject,
              externalId: step.by,
              traits: { amount: step.amount, interval: step.interval === 'year' ? 'year' : 'month' },
            });
          else await me.requesters.remove({ ...ofProject, id: await idOf(step.by) });
          expect(await weightDriftOf(core)).toEqual([]);
        }
        expect(await driftOf(core)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });
});

describe('a monthly revenue', () => {
  it.each([
    [{}, 0],
    [{ amount: 4_900 }, 4_900],
    [{ amount: 4_900, interval: 'month' }, 4_900],
    [{ amount: 120_000, interval: 'year' }, 10_000],
    [{ amount: 100, interval: 'year' }, 8],
    [{ interval: 'year' }, 0],
    [{ amount: '4900' }, 0],
    [{ amount: -5 }, 0],
    [{ amount: 0.5 }, 0],
  ])('of %j is %i cents', (traits, cents) => {
    expect(monthlyRevenueOf(traits)).toBe(cents);
  });
});

describe('traits put over others', () => {
  it('win by name, are taken away by null, and are never more than 50', () => {
    const traits = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), fc.option(fc.nat()), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(traits, traits, (present, given) => {
        const kept = Object.fromEntries(Object.entries(present).filter(([, value]) => value !== null));
        const merged = mergedTraits(kept, given) ?? {};
        for (const name of new Set([...Object.keys(kept), ...Object.keys(given)])) {
          const wanted = Object.hasOwn(given, name) ? given[name] : kept[name];
          expect(Object.hasOwn(merged, name) ? merged[name] : null).toBe(wanted ?? null);
        }
      }),
    );
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, n]));
    expect(mergedTraits(many, { more: 1 })).toBeNull();
    expect(mergedTraits(many, { more: 1, t0: null })).not.toBeNull();
  });
});
