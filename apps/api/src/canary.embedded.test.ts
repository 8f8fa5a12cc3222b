import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deriveSecrets } from '@reqbase/auth';
import { newAnonymousId, replyAddress } from '@reqbase/core/testing';
import { openDatabase } from '@reqbase/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSmtpSession, REPLY_DOMAIN, sendTo } from './inbound-mail/testing.ts';
import { type ServerProcess, startServer, until } from './testing-processes.ts';

// A whole journey through a real process that logs all that it can. Then the log, every table and every answer are
// searched for what must be nowhere: the secret part of each key, the cookie, the passwords, the address for answers.

const PASSWORD = 'canary-password-of-the-demo';
const WRONG_PASSWORD = 'canary-password-that-is-wrong';
const SECRET = 'canary-secret-of-the-installation';

let dataDir: string;
let server: ServerProcess;
/** Every answer but those whose business is to hand out a secret. */
const answers: string[] = [];
const secrets = new Map<string, string>();
/** All of the new key that may be seen. */
let shown = 'nothing yet';

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'reqbase-canary-'));
  server = await startServer({
    DATA_DIR: dataDir,
    DEMO: '1',
    DEMO_PASSWORD: PASSWORD,
    LOG_LEVEL: 'trace',
    SECRET,
    REPLY_DOMAIN,
    INBOUND_SMTP_PORT: '0',
  });
}, 60_000);
afterAll(async () => {
  await server.end('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

type Options = { method?: string; headers?: Record<string, string>; body?: unknown };

async function call(path: string, { method = 'GET', headers = {}, body }: Options = {}): Promise<Response> {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(server.origin + path, {
    method,
    headers: { origin: server.origin, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: payload }),
  });
}

async function note(path: string, options: Options = {}): Promise<Response> {
  const response = await call(path, options);
  answers.push(await response.clone().text(), JSON.stringify([...response.headers]));
  return response;
}

/** Writes bytes as they are, and reads what comes. */
function exchange(text: string): Promise<string> {
  const { hostname, port } = new URL(server.origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.end(text));
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', () => resolve(answer));
  });
}

async function journey(): Promise<void> {
  const signIn = (password: string) =>
    call('/api/auth/sign-in/email', { method: 'POST', body: { email: 'owner@example.com', password } });
  answers.push(await (await signIn(WRONG_PASSWORD)).text());
  const [cookie = ''] = (await signIn(PASSWORD)).headers.getSetCookie().map((set) => set.split(';', 1)[0] ?? '');
  const [, signed = ''] = decodeURIComponent(cookie.split('=')[1] ?? '').split('.');
  secrets.set('the signature of the cookie', signed);

  const made = await call('/trpc/apiKeys.create', {
    method: 'POST',
    headers: { cookie },
    body: { projectId: 'demo', name: 'Canary', scopes: ['backlog:write', 'status:write'] },
  });
  const { id, rawKey: raw } = ((await made.json()) as any).result.data as { id: string; rawKey: string };
  const demoKey = /Demo key +(\S+)/.exec(server.output())?.[1] ?? '';
  for (const [name, key] of [
    ['the new key', raw],
    ['the demo key', demoKey],
  ] as const)
    secrets.set(name, key.split('_')[3]?.slice(0, 43) ?? '');

  shown = raw.split('_').slice(0, 3).join('_');

  const bearer = { authorization: `Bearer ${raw}` };
  const api = '/p/demo/api/v1';
  const created = await note(`${api}/features`, {
    method: 'POST',
    headers: { ...bearer, 'idempotency-key': 'canary-1' },
    body: { title: 'A canary' },
  });
  const feature = ((await created.json()) as any).data.id;
  await note(`${api}/features`, {
    method: 'POST',
    headers: { ...bearer, 'idempotency-key': 'canary-1' },
    body: { title: 'A canary' },
  });
  await note(`${api}/features/${feature}`, { headers: bearer });
  await note(`${api}/features/${feature}`, { method: 'PATCH', headers: bearer, body: { status: 'COMPLETED' } });
  // Refusals of every kind, and keys in all the wrong places.
  await note(`${api}/features/${feature}`, { method: 'DELETE', headers: bearer });
  await note(`${api}/features`, { method: 'POST', headers: bearer, body: `{"title": ${raw}` });
  await note(`${api}/features`, { method: 'POST', headers: { ...bearer, 'content-type': raw }, body: '{}' });
  await note(`${api}/features?api_key=${raw}`);
  await note(`${api}/features?cursor=${raw}&access_token=${raw}`, { headers: bearer });
  await note(`/p/${raw}/api/v1/features`, { headers: bearer });
  await note(`/p/${raw}/mcp`, { method: 'POST', headers: bearer, body: {} });
  await note(`/.well-known/oauth-protected-resource/p/${raw}/mcp`);
  await note(`${api}/features/${raw}`, { headers: bearer });
  await note(`${api}/features/${raw.replaceAll('_', '%5F')}`, { headers: bearer });
  await note(`/${raw}`);
  await note(`/trpc/${raw}?input=${raw}`, { headers: bearer });
  await note(`${api}/features/%zz${raw}`, { headers: bearer });
  for (const authorization of [`Bearer ${raw}x`, `Bearer ${raw.slice(0, -1)}`, `Basic ${raw}`, raw, `Bearer ${raw} `])
    await note(`${api}/project`, { headers: { authorization } });
  await note(`${api}/project`, { headers: { 'x-api-key': raw, 'x-request-id': raw, 'user-agent': 'a canary' } });
  await note('/trpc/members.me?input=%7B%7D', { headers: { ...bearer, 'x-api-key': `${raw.slice(0, -1)}_` } });
  await note('/trpc/backlog.create', { method: 'POST', headers: { cookie, origin: 'https://elsewhere.example' }, body: {} });
  await note('/trpc/apiKeys.list?input=%7B%22projectId%22%3A%22demo%22%7D', { headers: { cookie } });
  await note('/trpc/apiKeys.get?input=%7B%22projectId%22%3A%22demo%22%7D', { headers: { cookie } });
  answers.push(
    await exchange(
      `GET ${api}/project HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${raw}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
    ),
  );
  answers.push(await exchange(`Authorization: Bearer ${raw}\r\n\r\n`));
  const rotated = await call('/trpc/apiKeys.rotate', { method: 'POST', headers: { cookie }, body: { projectId: 'demo', id } });
  const successor = ((await rotated.json()) as any).result.data.rawKey as string;
  secrets.set('the successor', successor.split('_')[3]?.slice(0, 43) ?? '');
  await note(`/api/keys/leaked?key=${successor}`, { method: 'POST', body: `{"key": ${successor}` });
  await note('/api/keys/leaked', { method: 'POST', body: { key: [successor] } });
  await note('/api/keys/leaked', { method: 'POST', body: { key: successor } });
  await note(`${api}/project`, { headers: { authorization: `Bearer ${successor}` } });
  await note('/trpc/apiKeys.revoke', { method: 'POST', headers: { cookie }, body: { projectId: 'demo', id } });
  await note(`${api}/project`, { headers: bearer });
  await note('/metrics');
  await note('/api/auth/change-password', {
    method: 'POST',
    headers: { cookie },
    body: { currentPassword: WRONG_PASSWORD, newPassword: `${PASSWORD}-2` },
  });
  await call('/trpc/members.invite', {
    method: 'POST',
    headers: { cookie },
    body: { projectId: 'demo', email: 'canary@example.test', role: 'viewer' },
  });
  await byMail(cookie);
  while (invitationToken() === '') await delay(50);
  await note('/trpc/members.listInvitations?input=%7B%22projectId%22%3A%22demo%22%7D', { headers: { cookie } });
  await note('/api/auth/sign-out', { method: 'POST', headers: { cookie }, body: {} });
}

/** Somebody asks, is answered, and answers that by e-mail, at the right address and at wrong ones. */
async function byMail(cookie: string): Promise<void> {
  const asked = await note('/w/demo/submit', {
    method: 'POST',
    headers: { 'x-reqbase-visitor': newAnonymousId() },
    body: { category: 'OTHER', text: 'A canary asks', email: 'visitor@example.test' },
  });
  const { conversationId } = ((await asked.json()) as any).data.request;
  const rpc = async (path: string, input: object, method = 'GET') => {
    const given = method === 'GET' ? { path: `?input=${encodeURIComponent(JSON.stringify(input))}` } : { path: '', body: input };
    const answer = await note(`/trpc/${path}${given.path}`, { method, headers: { cookie }, body: given.body });
    return ((await answer.json()) as any).result.data;
  };
  const ref = { projectId: 'demo', id: conversationId };
  const { requesterId } = await rpc('conversations.get', ref);
  await rpc('conversations.reply', { ...ref, body: 'The team answers' }, 'POST');
  await until(() => server.output().includes('You can answer this e-mail'));

  const address =
    replyAddress({ secrets: deriveSecrets(SECRET), replyDomain: REPLY_DOMAIN }, { conversationId, requesterId }) ?? '';
  const [local = ''] = address.split('@');
  secrets.set('the address for answers', local.slice(-24));
  const port = Number(/"port":(\d+)[^\n]*taking answers by e-mail/.exec(server.output())?.[1]);
  const answer = { to: address, subject: address, text: `A canary answers, at ${address} and ${address.toUpperCase()}.` };
  const stored = await sendTo({ port }, answer);
  expect(stored.code).toBe(250);
  for (const to of [`${local}0@${REPLY_DOMAIN}`, `${local}@elsewhere.example`, `x${local.slice(1)}@${REPLY_DOMAIN}`])
    answers.push((await sendTo({ port }, { ...answer, to })).text);
  const session = await openSmtpSession({ port });
  for (const command of [`EHLO ${local}`, `VRFY ${address}`, `AUTH PLAIN ${btoa(address)}`, address, `MAIL FROM:<${address}>`])
    answers.push(await session.say(command));
  answers.push(await session.say(`RCPT TO:${address}`), await session.say(`RCPT TO:<${address}> ${address}=${address}`));
  // It is left open: the process ends all the same.
  const messages = await rpc('conversations.listMessages', ref);
  expect(messages.at(-1)).toMatchObject({ via: 'email', body: expect.stringContaining(`at reply-…@${REPLY_DOMAIN}`) });
}

/** Of the invitation's link, which is in an e-mail; without `SMTP_URL` e-mails go to the log. */
const invitationToken = (): string => /invitations\/([\w-]+)/.exec(server.output())?.[1] ?? '';

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const db = await openDatabase({ dataDir });
  try {
    const tables = await db.sql.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    expect(tables).toContainEqual({ name: 'pgboss.job' });
    const rows = await Promise.all(
      tables.map(({ name }) => db.sql.query<{ row: string }>(`select t::text as row from ${name} t`)),
    );
    expect(rows.flat().length).toBeGreaterThan(500);
    return rows
      .flat()
      .map(({ row }) => row)
      .join('\n');
  } finally {
    await db.close();
  }
}

it('a raw key, a cookie and a password are in no log line, no table, no answer and no figure', async () => {
  await journey();
  expect(answers.length).toBeGreaterThan(50);
  expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });

  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  expect(lines.length).toBeGreaterThan(25);
  const log = lines.join('\n');
  const tables = await dump();
  const searched = { log, tables, answers: answers.join('\n') };
  expect(secrets.size).toBe(5);
  for (const [name, secret] of [...secrets, ['the password', PASSWORD], ['a wrong password', WRONG_PASSWORD]] as const) {
    expect(secret.length).toBeGreaterThan(20);
    for (const [where, text] of Object.entries(searched)) {
      for (const form of [
        secret,
        secret.toUpperCase(),
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64'),
        JSON.stringify([...Buffer.from(secret.slice(0, 16))]).slice(1, -1),
      ]) {
        expect(text.includes(form), `${name} in the ${where}`).toBe(false);
      }
    }
  }
  // An e-mail waits among the jobs, and stays there a while.
  expect(tables).toContain('mail.send');
  for (const text of [tables, searched.answers]) expect(text).not.toContain(invitationToken());
  // The search would have found it: what may be shown of a key is there.
  expect(tables).toContain(shown);
  expect(searched.answers).toContain(shown);
  // The log names routes, not addresses: not even that part of a key is in it.
  expect(log).not.toContain(shown);

  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), time: expect.any(Number), msg: expect.any(String) });
  const answered = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'answered');
  expect(answered.length).toBeGreaterThan(25);
  for (const { reqId, method, route, status } of answered)
    expect([reqId, method, route, status]).toEqual([
      expect.stringMatching(/^[\w-]{8,64}$/),
      expect.any(String),
      expect.any(String),
      expect.any(Number),
    ]);
}, 60_000);
