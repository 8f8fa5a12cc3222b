import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { readAgentSection, withAgentSection } from './agent-section.ts';
import { seesNotes } from './feature-row.ts';
import {
  type AgentSection,
  type DeveloperNote,
  type FeatureRef,
  LONGEST_NOTE,
  type WriteAgentSection,
  type WriteNote,
} from './schema.ts';
import { lockFeatures, whereFeature } from './service.ts';
import { publishFeature } from './tell.ts';

/** The note of a feature; null to who may not see notes, as it is in the feature. @throws {DomainError} FEATURE_NOT_FOUND */
export async function getNote(ctx: ProjectContext, { id }: FeatureRef): Promise<DeveloperNote> {
  return toNote(ctx, await readNote(ctx.access.db.prisma, ctx, id));
}

/** The agent's part of it. @throws {DomainError} FEATURE_NOT_FOUND */
export async function getAgentSection(ctx: ProjectContext, { id }: FeatureRef): Promise<AgentSection> {
  return toSection(await getNote(ctx, { projectId: ctx.tenant.project.id, id }));
}

/**
 * Sets or removes the whole note, the agent's part included: whoever read it before gives its version as `ifVersion`, and
 * is refused when somebody has written since.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, PRECONDITION_FAILED
 */
export async function writeNote(ctx: ProjectContext, { id, text, ifVersion }: WriteNote): Promise<DeveloperNote> {
  return change(ctx, { id, ifVersion }, 'feature.note_written', () => text);
}

/**
 * Replaces the agent's part alone, read and written under the feature's lock: whoever writes the rest at the same time
 * loses nothing. Source: wire-facts, Reqio.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND; PRECONDITION_FAILED when `ifVersion` is not the feature's; BAD_REQUEST when the
 *   whole note would be too long
 */
export async function writeAgentSection(ctx: ProjectContext, { id, text, ifVersion }: WriteAgentSection): Promise<AgentSection> {
  const note = await change(ctx, { id, ifVersion }, 'feature.agent_section_written', ({ developerNote }) => {
    const becomes = withAgentSection(developerNote, text);
    if (becomes.length > LONGEST_NOTE) {
      const message = `The whole note may have ${LONGEST_NOTE} characters, and would have ${becomes.length}.`;
      throw new DomainError('BAD_REQUEST', { issues: [{ path: 'text', message }] });
    }
    return becomes;
  });
  return toSection(note);
}

const NOTE_FIELDS = { developerNote: true, developerNoteUpdatedAt: true, version: true } as const;
type NoteRow = { readonly developerNote: string | null; readonly developerNoteUpdatedAt: Date | null; readonly version: number };

async function readNote(tx: Transaction, ctx: ProjectContext, id: string): Promise<NoteRow> {
  const row = await tx.feature.findFirst({ where: whereFeature(ctx, id), select: NOTE_FIELDS });
  if (row === null) throw new DomainError('FEATURE_NOT_FOUND');
  return row;
}

async function change(
  ctx: ProjectContext,
  { id, ifVersion }: { readonly id: string; readonly ifVersion: number | undefined },
  action: string,
  noteAfter: (before: NoteRow) => string | null,
): Promise<DeveloperNote> {
  return write(ctx, async (tx, audit) => {
    await lockFeatures(tx, ctx, [id]);
    const before = await readNote(tx, ctx, id);
    if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
    const developerNote = noteAfter(before);
    const now = ctx.clock();
    const row = await tx.feature.update({
      where: { id, projectId: ctx.tenant.project.id },
      data: { developerNote, developerNoteUpdatedAt: now, updatedAt: now, version: { increment: 1 } },
      select: { ...NOTE_FIELDS, category: true },
    });
    await audit({ action, resourceType: 'feature', resourceId: id });
    await publishFeature(tx, ctx, { id, category: row.category });
    return toNote(ctx, row);
  });
}

function toNote({ grant }: ProjectContext, { developerNote, developerNoteUpdatedAt, version }: NoteRow): DeveloperNote {
  return seesNotes(grant)
    ? { text: developerNote, updatedAt: developerNoteUpdatedAt?.toISOString() ?? null, version }
    : { text: null, updatedAt: null, version };
}

function toSection({ text, updatedAt, version }: DeveloperNote): AgentSection {
  return { text: readAgentSection(text), updatedAt, version };
}
