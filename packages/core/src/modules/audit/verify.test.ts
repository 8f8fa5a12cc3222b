import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { deriveSecrets, publishedKeys } from '@reqbase/auth';
import { type ChainedEntry, type Checkpoint, canonicalText, chainHash, signCheckpoint } from '@reqbase/auth/audit-chain';
import { type Verification, verifyAuditLog } from '@reqbase/auth/audit-verify';
import { seedKey, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callAs, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { checkpoint } from './checkpoint.ts';
import { exportAudit } from './export-audit.ts';

// What is changed here is an export as the server gives it, of acts by people and keys, of all kinds of words.

const ENTRIES = 24;

let core: TestCore;
let tenant: TestTenant;
let lines: string[];
let early: Checkpoint;
beforeAll(async () => {
  core = await openTestCore();
  tenant = await seedTenant(core, { plan: 'scale' });
  const key = await seedKey(core, tenant, { scopes: ['backlog:write'] });
  const [me, byKey] = [callAsUser(core, tenant.user), callAs(core, key.credential)];
  const of = { projectId: tenant.project.id };
  for (let round = 0; round < ENTRIES / 4; round++) {
    if (round === 2) early = await checkpoint(core.core, tenant.organization.id);
    const { id } = await me.backlog.create({ ...of, title: `"Wünsche" №${round} \u2028 \u{1f680} \\ ${'x'.repeat(round * 9)}` });
    await byKey.backlog.create({ ...of, title: `By a key, ${round}` });
    await me.backlog.changeStatus({ ...of, id, status: 'IN_PROGRESS' });
    await outcomeOf(byKey.backlog.remove({ ...of, id }));
    core.clock.advance(1_234);
  }
  const text = (await Readable.from(exportAudit(core.core, tenant.organization.id)).toArray()).join('');
  lines = text.split('\n').slice(0, -1);
  expect(lines).toHaveLength(ENTRIES + 1);
}, 60_000);
afterAll(() => core.db.close());

const published = () => publishedKeys(core.core.secrets);
const textOf = (all: readonly string[]) => `${all.join('\n')}\n`;
const verify = (text: string | Uint8Array, checkpoints: readonly Checkpoint[] = [], publicKeys = published()) =>
  verifyAuditLog(inPieces(Buffer.from(text)), { publicKeys, checkpoints });

/** As a file is read, but in pieces that end anywhere. */
function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 997) yield bytes.subarray(start, start + 997);
}

const entryAt = (index: number) => JSON.parse(lines[index] ?? '') as ChainedEntry;
/** The entry with other fields, and with a hash that fits them. */
function forged(index: number, changes: Partial<ChainedEntry>): string {
  const { hash: _old, ...changed } = { ...entryAt(index), ...changes };
  const { seq, prev_hash: prevHash, ...content } = changed;
  return canonicalText({ ...changed, hash: chainHash(prevHash, seq, canonicalText(content)) });
}
/** The chain from an entry on, made anew after it was changed. */
function rewrittenFrom(index: number): string[] {
  const all = lines.slice(0, ENTRIES);
  let prevHash = entryAt(index).prev_hash;
  for (let at = index; at < ENTRIES; at++) {
    all[at] = forged(at, { prev_hash: prevHash, ...(at === index && { action: 'nothing.happened' }) });
    prevHash = (JSON.parse(all[at] ?? '') as ChainedEntry).hash;
  }
  return [...all, lines[ENTRIES] ?? ''];
}

const bad = (verification: Verification) => (verification.isIntact ? null : [verification.seq, verification.reason]);
const anEntry = fc.nat(ENTRIES - 1);

it('an export that nobody touched is intact, also without its last line feed', async () => {
  const whole = { isIntact: true, entries: ENTRIES, checkpoint: JSON.parse(lines[ENTRIES] ?? '').checkpoint };
  expect(await verify(textOf(lines))).toEqual(whole);
  expect(await verify(lines.join('\n'))).toEqual(whole);
  expect(await verify(textOf(lines), [early, whole.checkpoint])).toEqual(whole);
});

describe('the first bad entry is named', () => {
  it('after an edit of any character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(ENTRIES), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), async (index, at, character) => {
        const line = lines[index] ?? '';
        const place = at % line.length;
        fc.pre(character !== '\n' && character !== line[place]);
        const edited = line.slice(0, place) + character + line.slice(place + 1);
        const verified = await verify(textOf(lines.with(index, edited)));
        expect(verified).toMatchObject({ isIntact: false, seq: index + 1 });
      }),
      { numRuns: 400 },
    );
  });

  it('after an edit of any byte, whether it is still a text or not', async () => {
    const bytes = Buffer.from(textOf(lines));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const edited = Buffer.from(bytes);
        edited[at] = (edited[at] ?? 0) ^ change;
        fc.pre(bytes[at] !== 10 && edited[at] !== 10);
        const seq = bytes.subarray(0, at).filter((byte) => byte === 10).length + 1;
        expect(await verify(edited)).toMatchObject({ isIntact: false, seq });
      }),
      { numRuns: 400 },
    );
  });

  it('after an edit of a field, with a hash that fits it', async () => {
    await fc.assert(
      fc.asyncProperty(
        anEntry,
        fc.constantFrom<Partial<ChainedEntry>>(
          { action: 'x.y' },
          { at: '2026-01-01T00:00:00.000Z' },
          { diff: {} },
          { ip: '::1' },
        ),
        async (index, changes) => {
          const verified = await verify(textOf(lines.with(index, forged(index, changes))));
          expect(bad(verified)).toEqual([index + 1, index === ENTRIES - 1 ? 'rewritten' : 'replaced']);
        },
      ),
    );
  });

  it('after a deletion', async () => {
    await fc.assert(
      fc.asyncProperty(anEntry, fc.integer({ min: 1, max: 3 }), async (index, count) => {
        const isEnd = index + count >= ENTRIES;
        const left = lines.toSpliced(index, Math.min(count, ENTRIES - index));
        expect(bad(await verify(textOf(left)))).toEqual([index + 1, isEnd ? 'truncated' : 'missing']);
      }),
    );
  });

  it('after a swap', async () => {
    await fc.assert(
      fc.asyncProperty(anEntry, anEntry, async (one, two) => {
        fc.pre(one !== two);
        const swapped = lines.with(one, lines[two] ?? '').with(two, lines[one] ?? '');
        expect(bad(await verify(textOf(swapped)))).toEqual([Math.min(one, two) + 1, 'out of order']);
      }),
    );
  });

  it('after an insertion, of what is there already or of what never was', async () => {
    await fc.assert(
      fc.asyncProperty(anEntry, anEntry, fc.boolean(), async (index, copied, isCopy) => {
        const before = index === 0 ? '0'.repeat(64) : entryAt(index - 1).hash;
        const inserted = isCopy ? (lines[copied] ?? '') : forged(copied, { seq: index + 1, prev_hash: before, action: 'x.y' });
        const verified = await verify(textOf(lines.toSpliced(index, 0, inserted)));
        if (!isCopy) expect(bad(verified)).toEqual([index + 1, 'inserted']);
        // A copy right behind or before its original: there are two of it.
        else if (copied === index || copied === index - 1) expect(bad(verified)).toEqual([copied + 1, 'inserted']);
        else expect(bad(verified)).toEqual([index + 1, copied > index ? 'out of order' : 'inserted']);
      }),
    );
  });

  it('after a truncation, wherever it is cut', async () => {
    const bytes = Buffer.from(textOf(lines));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), async (length) => {
        const cut = bytes.subarray(0, length);
        const whole = cut.filter((byte) => byte === 10).length + (bytes[length] === 10 ? 1 : 0);
        expect(bad(await verify(cut))).toEqual([whole + 1, 'truncated']);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a chain that was made anew from an entry on', () => {
  it('does not end in what was signed', async () => {
    await fc.assert(
      fc.asyncProperty(anEntry, async (index) => {
        expect(bad(await verify(textOf(rewrittenFrom(index))))).toEqual([ENTRIES, 'rewritten']);
      }),
    );
  });

  it('is found out by a checkpoint of before, even when the server signs the new one', async () => {
    const anew = rewrittenFrom(3).slice(0, ENTRIES);
    const { hash } = JSON.parse(anew.at(-1) ?? '') as ChainedEntry;
    const claim = { orgId: tenant.organization.id, seq: ENTRIES, hash, at: core.clock.now().toISOString() };
    const signed = [...anew, canonicalText({ checkpoint: signCheckpoint(core.core.secrets.checkpoints[0], claim) })];
    expect(await verify(textOf(signed))).toMatchObject({ isIntact: true });
    expect(bad(await verify(textOf(signed), [early]))).toEqual([early.seq, 'rewritten']);
  });

  it('or an older export, is too short for a checkpoint of after', async () => {
    const older = [...lines.slice(0, early.seq), canonicalText({ checkpoint: early })];
    expect(await verify(textOf(older))).toMatchObject({ isIntact: true, entries: early.seq });
    const now = JSON.parse(lines[ENTRIES] ?? '').checkpoint as Checkpoint;
    expect(bad(await verify(textOf(older), [now]))).toEqual([early.seq + 1, 'truncated']);
  });
});

describe('a checkpoint', () => {
  it('is worth nothing when another key has signed it, under its own name or the server’s', async () => {
    const pair = generateKeyPairSync('ed25519');
    const { checkpoint: genuine } = JSON.parse(lines[ENTRIES] ?? '') as { checkpoint: Checkpoint };
    for (const id of ['mallory', genuine.keyId]) {
      const signed = canonicalText({ checkpoint: signCheckpoint({ id, privateKey: pair.privateKey }, genuine) });
      expect(bad(await verify(textOf(lines.with(ENTRIES, signed))))).toEqual([ENTRIES + 1, 'not signed']);
    }
  });

  it('of another organization is not this one’s', async () => {
    const other = await seedTenant(core, { plan: 'scale' });
    const foreign = canonicalText({ checkpoint: await checkpoint(core.core, other.organization.id) });
    expect(bad(await verify(textOf(lines.with(ENTRIES, foreign))))).toEqual([ENTRIES + 1, 'foreign']);
  });

  it('holds after SECRET was changed, by the key of before, which is still published', async () => {
    const secrets = deriveSecrets(`another SECRET of the tests, thirty-two,${TEST_SECRET}`);
    expect(secrets.checkpoints[0].id).not.toBe(published()[0]?.kid);
    expect(await verify(textOf(lines), [], publishedKeys(secrets))).toMatchObject({ isIntact: true });
  });
});
