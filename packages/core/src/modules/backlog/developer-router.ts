import { project } from '../../project.ts';
import { claimForAgent } from './agent-claim.ts';
import { reportAgentEvent } from './agent-event.ts';
import * as agentSchema from './agent-schema.ts';
import { getAgentSection, getNote, writeAgentSection, writeNote } from './developer-note.ts';
import * as schema from './schema.ts';

const NOT_FOUND = ['FEATURE_NOT_FOUND'] as const;

/** Null to who does not see notes, at the same version. */
const NOTE_TAG = { etag: 'version', perReader: ['text', 'updatedAt'] } as const;

/** The part of the backlog's router for developers and their agents: notes, claims, events. */
export const developerProcedures = {
  getNote: project
    .scope('backlog:read')
    .meta({
      summary: 'Read the developer note',
      errors: NOT_FOUND,
      rest: { project: { method: 'GET', path: '/features/{id}/developer-note', ...NOTE_TAG } },
    })
    .input(schema.FeatureRef)
    .output(schema.DeveloperNote)
    .query(({ ctx, input }) => getNote(ctx, input)),
  writeNote: project
    .scope('notes:write')
    .meta({
      summary: 'Write the developer note',
      errors: ['FEATURE_NOT_FOUND', 'PRECONDITION_FAILED'],
      rest: { project: { method: 'PUT', path: '/features/{id}/developer-note', ...NOTE_TAG } },
      mcp: {
        name: 'set_developer_note',
        title: 'Write the developer note of a feature request',
        hints: { idempotent: true },
        names: { id: 'featureId' },
      },
    })
    .input(schema.WriteNote)
    .output(schema.DeveloperNote)
    .mutation(({ ctx, input }) => writeNote(ctx, input)),
  getAgentSection: project
    .scope('backlog:read')
    .meta({
      summary: "Read the agent's section of the developer note",
      errors: NOT_FOUND,
      rest: { project: { method: 'GET', path: '/features/{id}/developer-note/agent-section', ...NOTE_TAG } },
    })
    .input(schema.FeatureRef)
    .output(schema.AgentSection)
    .query(({ ctx, input }) => getAgentSection(ctx, input)),
  writeAgentSection: project
    .scope('notes:write')
    .meta({
      summary: "Replace the agent's section of the developer note",
      description: 'Whatever else the note holds stays byte for byte.',
      errors: ['FEATURE_NOT_FOUND', 'PRECONDITION_FAILED'],
      rest: { project: { method: 'PUT', path: '/features/{id}/developer-note/agent-section', ...NOTE_TAG } },
    })
    .input(schema.WriteAgentSection)
    .output(schema.AgentSection)
    .mutation(({ ctx, input }) => writeAgentSection(ctx, input)),
  claimForAgent: project
    .scope('agent:claim')
    .meta({
      summary: 'Take a feature request up for an agent',
      description: 'A feature costs one loop of the month, however often it is claimed. The answer says why one is not claimed.',
      rest: { project: { method: 'POST', path: '/agent-claims' } },
    })
    .input(agentSchema.ClaimForAgent)
    .output(agentSchema.AgentClaim)
    .mutation(({ ctx, input }) => claimForAgent(ctx, input)),
  reportAgentEvent: project
    .scope('agent:claim')
    .meta({
      summary: 'Tell the team what an agent has done or needs',
      errors: NOT_FOUND,
      rest: { project: { method: 'POST', path: '/agent-events' } },
    })
    .input(agentSchema.ReportAgentEvent)
    .output(agentSchema.Accepted)
    .mutation(({ ctx, input }) => reportAgentEvent(ctx, input)),
};
