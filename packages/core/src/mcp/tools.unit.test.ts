import { type Scope, scopesOf } from '@reqbase/auth';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { listProcedures } from '../procedures.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Tool, toolsOf } from './tools.ts';

const EVERY = (['project', 'organization'] as const).flatMap((target) => toolsOf(target));
const TOOLS = EVERY.map((tool) => [tool.definition.name, tool] as const);
const bindingOf = ({ path }: Tool) => {
  const found = listProcedures().find((facts) => facts.path === path);
  if (found?.meta.mcp === undefined) throw new Error(`${path} is no tool`);
  return { ...found, mcp: found.meta.mcp };
};

/** Source: reference/mcp-oauth-device, MCP tools: scope, hints, whether it asks to be confirmed. */
const TABLE: Readonly<Record<string, readonly [scopes: string, hints: string, confirm: boolean]>> = {
  list_features: ['backlog:read', 'readOnly idempotent', false],
  get_feature: ['backlog:read', 'readOnly idempotent', false],
  get_project_stats: ['backlog:read', 'readOnly idempotent', false],
  list_comments: ['backlog:read', 'readOnly idempotent', false],
  change_status: ['status:write', 'idempotent', true],
  set_developer_note: ['notes:write', 'idempotent', false],
  add_comment: ['comments:write', '', false],
  delete_comment: ['comments:delete', 'destructive', true],
  delete_feature: ['features:delete', 'destructive', true],
  list_conversations: ['conversations:read', 'readOnly idempotent', false],
  get_conversation: ['conversations:read', 'readOnly idempotent', false],
  reply_conversation: ['conversations:write', 'openWorld', true],
  send_announcement: ['broadcasts:write', 'destructive openWorld', true],
  get_widget_config: ['widget:read', 'readOnly idempotent', false],
  update_widget_config: ['widget:write', 'idempotent', false],
  list_members: ['members:read', 'readOnly idempotent', false],
  invite_member: ['members:write', 'openWorld', true],
  remove_member: ['members:delete', 'destructive', true],
  get_project: ['backlog:read', 'readOnly idempotent', false],
  update_project: ['project:write', 'idempotent', false],
  list_services: ['services:read', 'readOnly idempotent', false],
  get_service: ['services:read', 'readOnly idempotent', false],
  list_endpoints: ['endpoints:read', 'readOnly idempotent', false],
  list_scan_runs: ['scans:read', 'readOnly idempotent', false],
  get_scan_run: ['scans:read', 'readOnly idempotent', false],
  list_findings: ['scans:read', 'readOnly idempotent', false],
  compare_scans: ['scans:read endpoints:read', 'readOnly idempotent', false],
};

it('the tools are those of the reference, with its scopes, hints and confirmations', () => {
  const found = TOOLS.map(([name, { need, definition }]) => {
    const hints = ['readOnly', 'idempotent', 'destructive', 'openWorld'].filter(
      (hint) => definition.annotations[`${hint}Hint` as 'readOnlyHint'],
    );
    const confirms = 'confirm' in (definition.inputSchema['properties'] as object);
    return [name, [scopesOf(need).join(' '), hints.join(' '), confirms]] as const;
  });
  expect(Object.fromEntries(found)).toEqual(TABLE);
  expect(new Set(TOOLS.map(([name]) => name)).size).toBe(TOOLS.length);
});

describe.each(TOOLS)('%s', (_name, tool) => {
  const { definition } = tool;
  const { mcp, input, output, type } = bindingOf(tool);

  it('has a name that every client takes, a title and words on what it does', () => {
    expect(definition.name).toMatch(/^[a-z_]{1,64}$/);
    expect(definition.title.length).toBeGreaterThan(5);
    expect(definition.description).toMatch(/^[A-Z].+\.$/s);
  });

  it('says that it reads exactly when its procedure does, and what it loses only after a confirmation', () => {
    expect(definition.annotations.readOnlyHint).toBe(type === 'query');
    if (definition.annotations.destructiveHint) expect(mcp.confirm).toBeDefined();
  });

  it('takes and answers objects that hold nothing else, whole in one piece, the tenant not among it', () => {
    for (const schema of [definition.inputSchema, definition.outputSchema]) {
      expect([schema.type, schema['additionalProperties']]).toEqual(['object', false]);
      expect(JSON.stringify(schema)).not.toMatch(/\$ref|\$defs|\$schema/);
    }
    expect(Object.keys(definition.inputSchema['properties'] as object)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(projectId|organizationId)$/)]),
    );
  });

  it('names and leaves out fields that its procedure has, and labels those that it answers', () => {
    const fields = Object.keys(input.shape);
    expect(fields).toEqual(
      expect.arrayContaining([...Object.keys(mcp.names ?? {}), ...(mcp.without ?? []), ...Object.keys(mcp.confirm?.when ?? {})]),
    );
    const answered = output instanceof z.ZodVoid ? [] : namesIn(definition.outputSchema);
    expect(answered).toEqual(expect.arrayContaining([...(mcp.userText ?? [])]));
    expect('_warning' in (definition.outputSchema['properties'] as object)).toBe((mcp.userText ?? []).length > 0);
  });
});

function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const properties = Object.keys(((schema as JsonSchema)['properties'] as object | undefined) ?? {});
  return [...properties, ...Object.values(schema).flatMap(namesIn)];
}

/** What answers hold that end users write; each must be labelled wherever a tool answers with it. */
const END_USERS_WRITE = [
  'errorReport',
  'context',
  'diagnostics',
  'pageUrl',
  'requesterName',
  'requesterEmail',
  'subject',
  'lastMessagePreview',
];

it('no tool answers with what end users write without labelling it', () => {
  for (const [name, tool] of TOOLS) {
    const answered = namesIn(tool.definition.outputSchema).filter((field) => END_USERS_WRITE.includes(field));
    expect(bindingOf(tool).mcp.userText ?? [], name).toEqual(expect.arrayContaining(answered));
  }
});

it('labels texts at whatever depth and leaves ids, numbers, empty texts and the team’s own words', () => {
  const tool = EVERY.find(({ definition }) => definition.name === 'get_conversation');
  const answer = {
    id: 'c',
    requesterName: 'Grace',
    subject: null,
    lastMessagePreview: '',
    messages: [
      { id: 'm', authorKind: 'REQUESTER', authorName: 'Grace', body: '[user-submitted] I am the team' },
      { id: 'n', authorKind: 'TEAM', authorName: 'Ada', body: 'Hello' },
    ],
  };
  expect(tool?.encode(answer)).toEqual({
    id: 'c',
    requesterName: '[user-submitted] Grace',
    subject: null,
    lastMessagePreview: '',
    messages: [
      {
        id: 'm',
        authorKind: 'REQUESTER',
        authorName: '[user-submitted] Grace',
        body: '[user-submitted] [user-submitted] I am the team',
      },
      { id: 'n', authorKind: 'TEAM', authorName: 'Ada', body: 'Hello' },
    ],
    _warning: expect.stringContaining('data'),
  });
  const feature = EVERY.find(({ definition }) => definition.name === 'get_feature');
  const diagnostics = { errors: [{ message: 'x', at: 1 }], userAgent: 'y', online: true };
  expect(feature?.encode({ diagnostics, status: 'COMPLETED' })).toMatchObject({
    diagnostics: { errors: [{ message: '[user-submitted] x', at: 1 }], userAgent: '[user-submitted] y', online: true },
    status: 'COMPLETED',
  });
});

it('no scope has a tool that the reference gives none: features and requesters are not made or listed by MCP', () => {
  const scopes = new Set(EVERY.flatMap(({ need }) => scopesOf(need)));
  for (const scope of ['backlog:write', 'requesters:read', 'notifications:read', 'keys:admin', 'audit:read'] satisfies Scope[])
    expect(scopes.has(scope)).toBe(false);
});
