import { type FieldMap, snakeCase } from './wire.ts';

/** Sort keys are written as the fields that they name. */
const inSnakeCase = (...names: string[]) => Object.fromEntries(names.map((name) => [name, snakeCase(name)]));

/** Of every page: where the next one begins. */
const CURSOR = { nextCursor: 'cursor' };

const PROJECTS: FieldMap = {
  names: { ...CURSOR, agentPaused: 'agent_mode' },
  values: { agentPaused: { false: 'active', true: 'paused' } },
};

/** By slice, what contract RogerIQ calls otherwise than in snake_case. Source: wire-facts, Resources. */
const ORG_FIELDS: Readonly<Record<string, FieldMap>> = {
  backlog: {
    names: CURSOR,
    values: { sort: inSnakeCase('createdAt', 'updatedAt') },
  },
  conversations: {
    names: {
      ...CURSOR,
      requesterId: 'contact_id',
      requesterName: 'contact_name',
      requesterEmail: 'contact_email',
      assigneeId: 'assigned_to',
      authorKind: 'sender_type',
      authorId: 'sender_id',
      authorName: 'sender_name',
      body: 'content',
    },
    values: {
      authorKind: { TEAM: 'agent', REQUESTER: 'customer', AI: 'ai', SYSTEM: 'system' },
      sort: inSnakeCase('lastMessageAt', 'createdAt', 'updatedAt', 'waitingSince'),
    },
  },
  requesters: {
    names: { ...CURSOR, traits: 'metadata' },
    values: { sort: inSnakeCase('lastSeenAt', 'createdAt', 'updatedAt') },
    schemas: { Requester: 'Contact', RequesterPage: 'ContactPage', RequesterKind: 'ContactKind', Traits: 'Metadata' },
  },
  projects: PROJECTS,
  organizationProjects: PROJECTS,
};

const PLAIN: FieldMap = { names: CURSOR };

/** How the organization surface spells the fields of a slice. */
export function orgFields(slice: string): FieldMap {
  return ORG_FIELDS[slice] ?? PLAIN;
}
