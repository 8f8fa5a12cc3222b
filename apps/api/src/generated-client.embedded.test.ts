import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { seedKey, seedTenant } from '@reqbase/auth/testing';
import { generateApi } from 'swagger-typescript-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from './testing.ts';

// The document for what it is for: a client made of it by a generator of the field, compiled and used.

const DOCUMENT = fileURLToPath(new URL('../openapi/project.json', import.meta.url));
const TYPES = fileURLToPath(new URL('../../../node_modules/@types', import.meta.url));
const TSC = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));

/** What a team does with the client; every line of it is checked against the generated types. */
const JOURNEY = `
import { Api, type Message } from './api.ts';

const [baseUrl, projectId, key] = process.argv.slice(2) as [string, string, string];
const api = new Api<string>({ baseUrl, securityWorker: (token) => ({ headers: { Authorization: \`Bearer \${token}\` } }) });
api.setSecurityData(key);
const calls = api.p;

const { data: project } = (await calls.projectsGet(projectId)).data;
const { data: renamed } = (await calls.projectsUpdate(projectId, { timezone: 'Europe/Berlin' })).data;
const { data: feature } = (
  await calls.backlogCreate(projectId, { title: 'Export as CSV', tags: ['export'], requester: { externalId: 'c-1', email: 'grace@example.com' } })
).data;
const { data: moved } = (await calls.backlogChangeStatus(projectId, feature.id, { status: 'IN_PROGRESS' })).data;
await calls.backlogCreateComment(projectId, feature.id, { body: 'We are on it.' });
const { data: comments } = (await calls.backlogListComments(projectId, feature.id)).data;
await calls.backlogWriteAgentSection(projectId, feature.id, { text: 'Touches the export service.' });
const { data: note } = (await calls.backlogGetNote(projectId, feature.id)).data;
const { data: claim } = (await calls.backlogClaimForAgent(projectId, { featureId: feature.id })).data;
const { data: features } = (await calls.backlogList(projectId, { status: ['IN_PROGRESS'], limit: 10 })).data;
const { data: requesters } = (await calls.requestersList(projectId)).data;
const { data: conversations } = (await calls.conversationsList(projectId, { status: ['open'] })).data;
const [conversation] = conversations.items;
if (conversation === undefined) throw new Error('no conversation');
await calls.conversationsReply(projectId, conversation.id, { body: 'Thank you, we are looking into it.' });
const { data: messages } = (await calls.conversationsListMessages(projectId, conversation.id)).data;
const { data: widget } = (await calls.widgetUpdate(projectId, { color: '#112233' })).data;
const { data: notifications } = (await calls.notificationsList(projectId)).data;
const { data: announcement } = (await calls.announcementsSend(projectId, { title: 'News', body: 'CSV is coming.' })).data;
const { data: invitation } = (await calls.membersInvite(projectId, { email: 'ada@example.com', role: 'viewer' })).data;
const { data: members } = (await calls.membersList(projectId)).data;
await calls.backlogRemove(projectId, feature.id);
const gone = await calls.backlogGet(projectId, feature.id).catch((refusal: { status: number; error: { error: { code: string } } }) => refusal);

console.log(
  JSON.stringify({
    project: project.slug,
    timezone: renamed.timezone,
    status: moved.status,
    comments: comments.items.map(({ body }) => body),
    note: note.text,
    claimed: claim.claimed,
    features: features.items.map(({ title }) => title),
    requesters: requesters.items.map(({ externalId }) => externalId),
    messages: (messages as Message[]).map(({ authorKind, body }) => [authorKind, body]),
    color: widget.color,
    types: [...new Set(notifications.items.map(({ type }) => type))].sort(),
    announcement: announcement.title,
    invitation: invitation.state,
    members: members.items.length,
    gone: [gone.status, 'error' in gone ? (gone.error as { error: { code: string } }).error.code : null],
  }),
);
`;

let installation: TestInstallation;
let folder: string;
beforeAll(async () => {
  installation = await openInstallation();
  folder = mkdtempSync(join(tmpdir(), 'reqbase-client-'));
  const { files } = await generateApi({
    input: DOCUMENT,
    output: false,
    httpClientType: 'fetch',
    generateUnionEnums: true,
    silent: true,
  });
  expect(files).toHaveLength(1);
  writeFileSync(join(folder, 'api.ts'), files[0]?.fileContent ?? '');
  writeFileSync(join(folder, 'journey.ts'), JOURNEY);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await installation.close();
});

const run = promisify(execFile);

/** What the compiler has to say; nothing of what compiles. */
async function faultsOf(compile: readonly string[]): Promise<string> {
  try {
    return (await run(process.execPath, [...compile])).stdout;
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}

/** A thread that a requester has begun, as the widget leaves it. */
async function openConversation(projectId: string): Promise<void> {
  const at = installation.clock.now();
  const [id, messageId] = [installation.core.newId(), installation.core.newId()];
  const times = { lastMessageAt: at, createdAt: at, updatedAt: at };
  await installation.db.prisma.conversation.create({
    data: {
      id,
      projectId,
      channel: 'widget',
      messageSeq: 1,
      unreadCount: 1,
      ...times,
      messages: {
        create: {
          id: messageId,
          seq: 1,
          authorKind: 'REQUESTER',
          authorName: 'Grace',
          body: 'It does not load.',
          via: 'widget',
          createdAt: at,
        },
      },
    },
  });
}

describe('a client generated from the document', () => {
  it('compiles, and completes a journey against the server', async () => {
    const strict = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'];
    const libraries = [
      '--ignoreConfig',
      '--lib',
      'es2022,dom',
      '--allowImportingTsExtensions',
      '--types',
      'node',
      '--typeRoots',
      TYPES,
    ];
    expect(await faultsOf([TSC, ...strict, ...libraries, join(folder, 'journey.ts')])).toBe('');

    const tenant = await seedTenant(installation, { plan: 'scale' });
    const key = await seedKey(installation, tenant, { scopes: ['admin'] });
    await openConversation(tenant.project.id);
    const origin = await installation.app.listen({ port: 0, host: '127.0.0.1' });
    // The generator writes an enum, which Node does not only strip.
    const node = ['--experimental-transform-types', '--no-warnings', join(folder, 'journey.ts')];
    const { stdout } = await run(process.execPath, [...node, origin, tenant.project.slug, key.raw]);
    expect(JSON.parse(stdout)).toEqual({
      project: tenant.project.slug,
      timezone: 'Europe/Berlin',
      status: 'IN_PROGRESS',
      comments: ['We are on it.'],
      note: expect.stringContaining('## Reqio agent'),
      claimed: true,
      features: ['Export as CSV'],
      requesters: ['c-1'],
      messages: [
        ['REQUESTER', 'It does not load.'],
        ['TEAM', 'Thank you, we are looking into it.'],
      ],
      color: '#112233',
      types: expect.arrayContaining(['comment.created', 'feature.created', 'feature.status_changed']),
      announcement: 'News',
      invitation: 'open',
      members: 1,
      gone: [404, 'FEATURE_NOT_FOUND'],
    });
  });
});
