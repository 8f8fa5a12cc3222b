import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { chargeThread, type Services } from '@reqbase/core';
import { callAsUser, conversationDriftOf, replyAddress } from '@reqbase/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from '../testing.ts';
import { browse } from '../widget/testing.ts';
import { mailReader } from './mail-reader.ts';
import { GRACE, openSmtpSession, openTestListener, REPLY_DOMAIN, sendRaw, sendTo } from './testing.ts';

let t: TestInstallation;
let tenant: TestTenant;
let listener: Awaited<ReturnType<typeof openTestListener>>;
/** A conversation of Grace’s, and its address. */
let thread: { readonly conversationId: string; readonly requesterId: string };
let address: string;

beforeAll(async () => {
  t = await openInstallation({ replyDomain: REPLY_DOMAIN });
  listener = await openTestListener(t);
});
afterAll(async () => {
  await listener.stop();
  await t.close();
});
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  listener.outcomes.length = 0;
  listener.lines.length = 0;
  tenant = await seedTenant(t, { plan: 'scale' });
  const { body } = await browse(t, tenant.project.slug).post('/submit', { category: 'OTHER', email: GRACE, text: 'How?' });
  const { conversationId } = body.data.request;
  const { requesterId } = await t.db.prisma.conversation.findUniqueOrThrow({ where: { id: conversationId } });
  thread = { conversationId, requesterId: requesterId ?? '' };
  address = replyAddress(t.core, thread) ?? '';
});
afterEach(async () => {
  expect(await conversationDriftOf(t)).toEqual([]);
});

const ofProject = () => ({ projectId: tenant.project.id });
const bodies = async () =>
  (await t.db.prisma.message.findMany({ where: { conversation: ofProject() }, orderBy: { seq: 'asc' } })).map(({ body }) => body);
const me = () => callAsUser(t, tenant.user);
const GONE = { code: 550, text: '5.1.1 There is no such address.' };

describe('an address that is nobody’s is refused at once, always in the same words', () => {
  it.each<[string, () => string]>([
    ['that was never one', () => `postmaster@${REPLY_DOMAIN}`],
    ['that looks like one', () => `reply-${'0'.repeat(56)}@${REPLY_DOMAIN}`],
    ['with another MAC', () => address.replace(/[0-9a-f]{4}@/, (end) => (end === '0000@' ? '1111@' : '0000@'))],
    ['of another conversation with this one’s MAC', () => `reply-${crypto.randomUUID().replaceAll('-', '')}${address.slice(38)}`],
    ['at another domain', () => address.replace(REPLY_DOMAIN, 'elsewhere.example')],
  ])('%s', async (_which, of) => {
    const session = await openSmtpSession(listener);
    await session.say('EHLO mail.example');
    await session.say(`MAIL FROM:<${GRACE}>`);
    expect(await session.say(`RCPT TO:<${of()}>`)).toBe(`${GONE.code} ${GONE.text}`);
    // It cannot be written to nevertheless.
    expect(await session.say('DATA')).toMatch(/^503 /);
    session.end();
    expect(await bodies()).toEqual(['How?']);
    expect(listener.outcomes).toEqual(['unknown_address']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['whose requester was erased', () => me().requesters.remove({ ...ofProject(), id: thread.requesterId })],
    ['whose conversation was deleted', () => me().conversations.remove({ ...ofProject(), id: thread.conversationId })],
    [
      'whose project was deleted',
      () => t.db.prisma.project.update({ where: { id: tenant.project.id }, data: { deletedAt: t.clock.now() } }),
    ],
  ])('%s', async (_which, change) => {
    expect((await sendTo(listener, { to: address, text: 'Before' })).code).toBe(250);
    await change();
    expect(await sendTo(listener, { to: address, text: 'After' })).toEqual(GONE);
    expect(await bodies()).not.toContain('After');
  });

  it('also when that happens while the e-mail arrives', async () => {
    const session = await openSmtpSession(listener);
    await session.say('EHLO mail.example');
    await session.say(`MAIL FROM:<${GRACE}>`);
    expect(await session.say(`RCPT TO:<${address}>`)).toMatch(/^250 /);
    expect(await session.say('DATA')).toMatch(/^354 /);
    await me().requesters.remove({ ...ofProject(), id: thread.requesterId });
    expect(await session.say('\r\nHello\r\n.')).toBe(`${GONE.code} ${GONE.text}`);
    session.end();
  });
});

describe('an e-mail is refused, with words that help, and nothing of it is kept', () => {
  const HEAD = 'Message-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\n';
  it.each<[string, string, number, RegExp]>([
    ['larger than 10 MiB', `${HEAD}\r\n${`${'a'.repeat(998)}\r\n`.repeat(10_500)}`, 552, /^5\.3\.4 .*10 MB/],
    ['of more than 20,000 characters', `${HEAD}\r\n${'a '.repeat(10_001)}b\r\n`, 552, /^5\.2\.3 .*20,000 characters/],
    [
      'of more than a mebibyte of HTML',
      `${HEAD}Content-Type: text/html\r\n\r\n${'<p>a</p>\r\n'.repeat(150_000)}`,
      552,
      /^5\.2\.3 /,
    ],
    ['without a text', `${HEAD}\r\n\r\n`, 554, /^5\.6\.0 .*no text/],
    ['with nothing but what it quotes', `${HEAD}\r\nOn 3/14/26 10:20, Acme wrote:\r\n> How?\r\n`, 554, /^5\.6\.0 .*no text/],
    [
      'with nothing but a picture',
      `${HEAD}Content-Type: image/png; name="a.png"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n`,
      554,
      /^5\.6\.0 .*attached is not kept/,
    ],
    [
      'of thousands of parts',
      `${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\na\r\n'.repeat(5_000)}--b--\r\n`,
      554,
      /^5\.6\.0 .*plain text/,
    ],
    [
      'of parts in parts',
      `${HEAD}Content-Type: multipart/mixed; boundary=b0\r\n\r\n${Array.from({ length: 5_000 }, (_, n) => `--b${n}\r\nContent-Type: multipart/mixed; boundary=b${n + 1}\r\n\r\n`).join('')}`,
      554,
      /^5\.6\.0 .*plain text/,
    ],
    ['of a hundred thousand headers', `${'X-A: b\r\n'.repeat(100_000)}\r\nHello\r\n`, 554, /^5\.6\.0 .*plain text/],
  ])('%s', async (_which, raw, code, text) => {
    expect(await sendRaw(listener, address, raw)).toEqual({ code, text: expect.stringMatching(text) });
    expect(await bodies()).toEqual(['How?']);
  });

  it('but for one of exactly 20,000, and one with megabytes attached', async () => {
    expect((await sendTo(listener, { to: address, text: 'a'.repeat(20_000) })).code).toBe(250);
    const attachments = [{ filename: 'a.zip', content: Buffer.alloc(7 * 1_048_576) }];
    expect((await sendTo(listener, { to: address, text: 'See this.', attachments })).code).toBe(250);
    expect((await bodies()).slice(1)).toEqual(['a'.repeat(20_000), 'See this.\n\n[Attached, and not kept: a.zip]']);
  });
});

it('what takes a reader too long is refused in time, while calls and other e-mails are answered', async () => {
  const apart = await openTestListener(t, { read: mailReader({ timeoutMs: 4_000 }) });
  // A quarter of a minute's work.
  const slow = sendRaw(apart, address, `Content-Type: text/html\r\n\r\n${`${'<b>'.repeat(300)}\r\n`.repeat(1_100)}`);
  const next = sendTo(apart, { to: address, text: 'Hello' });
  const before = performance.now();
  expect((await send(t, { method: 'GET', url: '/healthz' })).status).toBe(200);
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(await slow).toEqual({ code: 554, text: expect.stringMatching(/^5\.6\.0 /) });
  expect((await next).code).toBe(250);
  expect(await bodies()).toEqual(['How?', 'Hello']);
  await apart.stop();
});

describe('its sender is told to try again', () => {
  it('when a conversation gets too many; then it arrives', async () => {
    expect((await sendTo(listener, { to: address, text: 'The first' })).code).toBe(250);
    for (let n = 1; n < 30; n++) await chargeThread(t.core, thread.conversationId);
    const late = { to: address, text: 'Late', messageId: '<late@mail.example>' };
    expect(await sendTo(listener, late)).toEqual({ code: 451, text: expect.stringMatching(/^4\.7\.1 /) });
    t.clock.advance(60_000);
    expect((await sendTo(listener, late)).code).toBe(250);
    expect(await bodies()).toEqual(['How?', 'The first', 'Late']);
  });

  it('when the database fails, at the address or at the message, in words that tell nothing of it; then it is there once', async () => {
    let fails: 'never' | 'at the address' | 'at the message' = 'never';
    const SECRET = 'connection to 10.1.2.3 lost, password=hunter2';
    const failing = () => Promise.reject(new Error(SECRET));
    const { db } = t.core.access;
    const services: Services = {
      ...t.core,
      access: {
        ...t.core.access,
        db: {
          ...db,
          sql: { ...db.sql, query: (...args) => (fails === 'at the address' ? failing() : db.sql.query(...args)) },
          prisma: new Proxy(db.prisma, {
            get: (prisma, name) =>
              name === '$transaction' && fails === 'at the message' ? failing : Reflect.get(prisma, name, prisma),
          }),
        },
      },
    };
    const other = await openTestListener(t, { services });
    const mail = { to: address, text: 'Hello', messageId: '<1@mail.example>' };
    const answers = [];
    for (fails of ['at the address', 'at the message', 'never', 'never'] as const) answers.push(await sendTo(other, mail));
    expect(answers.map(({ code }) => code)).toEqual([451, 451, 250, 250]);
    expect(answers[0]).toEqual(answers[1]);
    expect(JSON.stringify(answers)).not.toMatch(/10\.1|hunter2|database/i);
    // The operator is told.
    expect(other.lines.filter((line) => typeof line === 'object' && line !== null && 'err' in line)).toHaveLength(2);
    expect(await bodies()).toEqual(['How?', 'Hello']);
    expect(other.outcomes).toEqual(['failed', 'failed', 'stored', 'repeated']);
    await other.stop();
  });

  it('when the reader fails by itself', async () => {
    const other = await openTestListener(t, { read: () => Promise.reject(new Error('spawn ENOMEM')) });
    expect(await sendTo(other, { to: address, text: 'Hello' })).toEqual({ code: 451, text: expect.stringMatching(/^4\.3\.0 /) });
    await other.stop();
  });

  it('of a second recipient, for whom it comes again by itself', async () => {
    const session = await openSmtpSession(listener);
    await session.say('EHLO mail.example');
    await session.say(`MAIL FROM:<${GRACE}>`);
    await session.say(`RCPT TO:<${address}>`);
    expect(await session.say(`RCPT TO:<other@${REPLY_DOMAIN}>`)).toMatch(/^452 /);
    session.end();
  });
});

describe('a connection', () => {
  it('is told what there is, and nothing of the machine', async () => {
    const session = await openSmtpSession(listener);
    expect(session.greeting).toBe(`220 ${REPLY_DOMAIN} ESMTP`);
    const hello = await session.say('EHLO mail.example');
    expect(hello).toContain(`SIZE ${10 * 1_048_576}`);
    expect(hello).not.toMatch(/STARTTLS|AUTH|XCLIENT/);
    expect(await session.say(`MAIL FROM:<${GRACE}> SIZE=${11 * 1_048_576}`)).toMatch(/^552 /);
    for (const command of ['AUTH PLAIN AGEAYg==', 'STARTTLS', 'WIZ x', 'HELP', 'XCLIENT ADDR=1.2.3.4'])
      expect(await session.say(command)).toMatch(/^50\d /);
    expect(await session.say(`VRFY ${address}`)).toMatch(/^252 /);
    session.end();
  });

  it('that breaks in the middle of an e-mail leaves nothing', async () => {
    const session = await openSmtpSession(listener);
    await session.say('EHLO mail.example');
    await session.say(`MAIL FROM:<${GRACE}>`);
    await session.say(`RCPT TO:<${address}>`);
    await session.say('DATA');
    session.write('\r\nHello\r\n');
    session.end();
    while (listener.outcomes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(listener.outcomes).toEqual(['interrupted']);
    expect(await bodies()).toEqual(['How?']);
  });

  it('that speaks without an end is ended', async () => {
    const other = await openTestListener(t, { longestSessionMs: 500 });
    const session = await openSmtpSession(other);
    const before = performance.now();
    let reply = '';
    while (!reply.startsWith('421') && performance.now() - before < 10_000) {
      reply = await session.say('NOOP');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(reply).toMatch(/^421 4\.3\.2 /);
    await other.stop();
  });

  it('may pipeline, and what follows an e-mail is no part of it', async () => {
    const session = await openSmtpSession(listener);
    await session.say('EHLO mail.example');
    session.write(`MAIL FROM:<${GRACE}>\r\nRCPT TO:<${address}>\r\nDATA\r\n\r\nHello\n.\nMAIL FROM:<>\r\n.\r\nRSET\r\n`);
    const codes = [];
    for (let n = 0; n < 5; n++) codes.push((await session.reply()).slice(0, 3));
    expect(codes).toEqual(['250', '250', '354', '250', '250']);
    session.end();
    // Half a line break ends nothing (SMTP smuggling).
    expect(await bodies()).toEqual(['How?', 'Hello\n.\nMAIL FROM:<>']);
  });
});

describe('told to stop, the listener', () => {
  it('takes in what is arriving, ends who waits, and lets nobody in', async () => {
    const other = await openTestListener(t);
    const [arriving, waiting] = [await openSmtpSession(other), await openSmtpSession(other)];
    await arriving.say('EHLO mail.example');
    await arriving.say(`MAIL FROM:<${GRACE}>`);
    await arriving.say(`RCPT TO:<${address}>`);
    await arriving.say('DATA');
    arriving.write('\r\nHello');
    const stopped = other.stop();
    expect(await waiting.reply()).toMatch(/^421 4\.3\.2 /);
    expect(await waiting.reply()).toBe('');
    await expect(sendTo(other, { to: address, text: 'Late' })).rejects.toThrow('ECONNREFUSED');
    expect(await arriving.say('\r\n.')).toMatch(/^250 /);
    expect(await arriving.reply()).toMatch(/^421 /);
    await stopped;
    expect(await bodies()).toEqual(['How?', 'Hello']);
  });

  it('with nothing to do stops at once', async () => {
    const other = await openTestListener(t);
    await sendTo(other, { to: address, text: 'Hello' });
    const before = performance.now();
    await other.stop();
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

it('no line of the log says an address, or anything that was written', async () => {
  const text = 'a text of its own';
  await sendTo(listener, { to: address, subject: 'a subject of its own', text, messageId: '<own@mail.example>' });
  await sendTo(listener, { to: `${address.split('@')[0]}@elsewhere.example`, text });
  expect(listener.lines).toEqual([
    { outcome: 'stored', bytes: expect.any(Number), ms: expect.any(Number), ip: '127.0.0.1' },
    'e-mail received',
  ]);
});
