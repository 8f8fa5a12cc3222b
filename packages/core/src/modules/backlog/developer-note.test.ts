import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { seedFeature } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
let id: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  id = await seedFeature(core, tenant, { title: 'Dark mode' });
});

const of = () => ({ projectId: tenant.project.id, id });
const rowOf = () => core.db.prisma.feature.findUniqueOrThrow({ where: { id } });
const entries = () => core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id }, orderBy: { at: 'asc' } });
const setRole = (role: 'viewer' | 'developer' | 'admin' | 'owner') =>
  core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
const setPlan = (plan: 'free' | 'pro') =>
  core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan } });
const write = (text: string | null, caller = me) => caller.backlog.writeNote({ ...of(), text });
const writeSection = (text: string, caller = me) => caller.backlog.writeAgentSection({ ...of(), text });
const agent = () => callAsKey(core, tenant, { scopes: ['notes:write', 'backlog:read'] });

describe('the developer note', () => {
  it('is written and removed, with the time, and leaves an entry without its text', async () => {
    core.clock.advance(60_000);
    const written = { text: 'See the import', updatedAt: '2026-03-14T10:21:30.250Z', version: 2 };
    expect(await write('See the import')).toEqual(written);
    expect(await me.backlog.getNote(of())).toEqual(written);
    expect(await me.backlog.get(of())).toMatchObject({
      developerNote: 'See the import',
      developerNoteUpdatedAt: '2026-03-14T10:21:30.250Z',
      version: 2,
      updatedAt: '2026-03-14T10:21:30.250Z',
    });
    expect(await write(null)).toMatchObject({ text: null, version: 3 });
    expect((await entries()).map(({ action, resourceId }) => [action, resourceId])).toEqual([
      ['feature.note_written', id],
      ['feature.note_written', id],
    ]);
    expect(JSON.stringify(await entries())).not.toContain('import');
  });

  it('is seen by developers and above, and null to viewers', async () => {
    await write('secret\n## Reqio agent\nsecret too');
    for (const [role, seen] of [
      ['owner', true],
      ['admin', true],
      ['developer', true],
      ['viewer', false],
    ] as const) {
      await setRole(role);
      const { developerNote, developerNoteUpdatedAt } = await me.backlog.get(of());
      const [note, section] = [await me.backlog.getNote(of()), await me.backlog.getAgentSection(of())];
      for (const field of [developerNote, developerNoteUpdatedAt, note.text, note.updatedAt, section.text, section.updatedAt])
        expect([role, field !== null]).toEqual([role, seen]);
    }
  });

  it('is null on the plan Free, to the owner too, and there again on Pro', async () => {
    await write('secret');
    await setPlan('free');
    expect(await me.backlog.get(of())).toMatchObject({ developerNote: null, developerNoteUpdatedAt: null });
    expect(await me.backlog.getNote(of())).toMatchObject({ text: null, updatedAt: null });
    await setPlan('pro');
    expect(await me.backlog.getNote(of())).toMatchObject({ text: 'secret' });
  });

  it('is seen through a key as its owner’s role allows', async () => {
    await write('secret');
    const [viewer, developer] = [
      await seedKey(core, tenant, { serviceAccount: { role: 'viewer' } }),
      await seedKey(core, tenant, { serviceAccount: { role: 'developer' } }),
    ];
    for (const [key, text] of [
      [viewer, null],
      [developer, 'secret'],
    ] as const) {
      expect((await callAs(core, key.credential).backlog.get(of())).developerNote).toBe(text);
      expect((await callAs(core, key.credential).backlog.getNote(of())).text).toBe(text);
    }
  });

  it('is in no other answer to a viewer: no list, no change', async () => {
    await write('secret');
    const key = await callAsKey(core, tenant, { scopes: ['backlog:read'], serviceAccount: { role: 'viewer' } });
    expect(JSON.stringify(await key.backlog.list({ projectId: tenant.project.id }))).not.toContain('secret');
    await setRole('viewer');
    expect([await outcomeOf(write('mine')), await outcomeOf(writeSection('mine'))]).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect(await rowOf()).toMatchObject({ developerNote: 'secret', version: 2 });
  });

  it('has at most 20,000 characters', async () => {
    expect(await outcomeOf(write('x'.repeat(20_001)))).toBe('BAD_REQUEST');
    expect(await outcomeOf(write('x'.repeat(20_000)))).toBe('admitted');
  });

  it('is not written over what somebody has written since it was read', async () => {
    const { version } = await me.backlog.getNote(of());
    await writeSection('found it', await agent());
    const late = me.backlog.writeNote({ ...of(), text: 'mine', ifVersion: version });
    expect(await refusalOf(late)).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
    expect((await rowOf()).developerNote).toBe('## Reqio agent\nfound it');
    expect(await me.backlog.writeNote({ ...of(), text: 'mine', ifVersion: version + 1 })).toMatchObject({ text: 'mine' });
  });
});

describe('the agent’s section', () => {
  it('is put and read, and leaves the team’s part byte for byte', async () => {
    const [before, after] = ['Mine,\r\n\r\n# with\ta heading \r\n', '## Later\r\nmine too'];
    await write(`${before}## Reqio agent\r\nold\r\n\r\n${after}`);
    core.clock.advance(60_000);
    const put = await writeSection('# Found\nit', await agent());
    expect(put).toEqual({ text: '# Found\nit', updatedAt: '2026-03-14T10:21:30.250Z', version: 3 });
    expect(await me.backlog.getAgentSection(of())).toEqual(put);
    expect((await rowOf()).developerNote).toBe(`${before}## Reqio agent\r\n\\# Found\nit\n\n${after}`);
  });

  it('is not written over what somebody has changed since it was read, when the version says so', async () => {
    const { version } = await me.backlog.getAgentSection(of());
    await write('mine');
    const late = me.backlog.writeAgentSection({ ...of(), text: 'found it', ifVersion: version });
    expect(await refusalOf(late)).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
    expect((await rowOf()).developerNote).toBe('mine');
    const now = await me.backlog.writeAgentSection({ ...of(), text: 'found it', ifVersion: version + 1 });
    expect(now).toMatchObject({ text: 'found it', version: version + 2 });
  });

  it('is null until an agent or a person begins one', async () => {
    expect((await me.backlog.getAgentSection(of())).text).toBeNull();
    await write('mine');
    expect((await me.backlog.getAgentSection(of())).text).toBeNull();
    await writeSection('');
    expect((await me.backlog.getAgentSection(of())).text).toBe('');
    expect((await rowOf()).developerNote).toBe('mine\n\n## Reqio agent\n');
  });

  it('leaves one audit entry, without its text', async () => {
    await writeSection('a secret thought');
    expect(await entries()).toMatchObject([{ action: 'feature.agent_section_written', resourceType: 'feature', resourceId: id }]);
    expect(JSON.stringify(await entries())).not.toContain('thought');
  });

  it('is refused when the whole note would be too long, and the note stays', async () => {
    await write('x'.repeat(15_000));
    expect(await refusalOf(writeSection('y'.repeat(5_000)))).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'text' }] });
    expect(await rowOf()).toMatchObject({ developerNote: 'x'.repeat(15_000), version: 2 });
    expect(await outcomeOf(writeSection('y'.repeat(20_000)))).toBe('BAD_REQUEST');
    expect(await outcomeOf(writeSection('y'.repeat(4_900)))).toBe('admitted');
  });

  it.each<[string, unknown]>([
    ['no text', undefined],
    ['null', null],
    ['a NUL', 'a\0'],
    ['20,001 characters', 'x'.repeat(20_001)],
  ])('is not %s', async (_what, text) => {
    expect(await refusalOf(writeSection(text as string))).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'text' }] });
  });

  it('and the team’s part lose nothing to each other, however many write both at once', async () => {
    await write('begun');
    const asAgent = await agent();
    /** A person adds a line to what they have read, and tries again when it is not that any more. */
    const addLine = async (line: string): Promise<void> => {
      for (;;) {
        const { text, version } = await me.backlog.getNote(of());
        const outcome = await outcomeOf(me.backlog.writeNote({ ...of(), text: `${line}\n${text}`, ifVersion: version }));
        if (outcome === 'admitted') return;
        expect(outcome).toBe('PRECONDITION_FAILED');
      }
    };
    const lines = Array.from({ length: 8 }, (_, n) => `line ${n}`);
    const puts = Array.from({ length: 12 }, (_, n) => `put ${n}`);
    await Promise.all([...lines.map(addLine), ...puts.map((text) => writeSection(text, asAgent))]);
    const { developerNote, version } = await rowOf();
    const [team = '', section = ''] = (developerNote ?? '').split('\n\n## Reqio agent\n');
    expect(team.split('\n').toSorted()).toEqual([...lines, 'begun'].toSorted());
    expect(puts).toContain(section);
    expect(version).toBe(1 + 1 + lines.length + puts.length);
  });
});
