import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { callAsUser, conversationDriftOf, runJobs } from '@reqbase/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, send, type TestInstallation } from '../testing.ts';
import { browse } from '../widget/testing.ts';
import { GRACE, openTestListener, REPLY_DOMAIN, sendRaw, sendTo } from './testing.ts';

// From what somebody writes on a page, by the e-mail that answers it and their answer to that, to the inbox and back to the
// page: over the real endpoints, a real SMTP client and the real listener.

let t: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let listener: Awaited<ReturnType<typeof openTestListener>>;
let grace: ReturnType<typeof browse>;

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
  t.outbox.length = 0;
  listener.outcomes.length = 0;
  tenant = await seedTenant(t, { plan: 'scale' });
  await t.db.prisma.project.update({ where: { id: tenant.project.id }, data: { name: 'Acme' } });
  key = await seedKey(t, tenant, { scopes: ['admin'] });
  grace = browse(t, tenant.project.slug);
});
afterEach(async () => {
  expect(await conversationDriftOf(t)).toEqual([]);
});

const team = () => projectApi(t, tenant, key);

/** Grace’s question, answered: the e-mail that she gets. */
async function ask(category: 'ERROR' | 'FEATURE' = 'ERROR') {
  const given = category === 'ERROR' ? { text: 'The export is empty.' } : { title: 'Dark mode' };
  const { body } = await grace.post('/submit', { category, email: GRACE, name: 'Grace', ...given });
  return body.data.request as { id: string; conversationId: string };
}
async function replied(conversationId: string, body = 'Please try again.') {
  expect((await team().post(`/conversations/${conversationId}/messages`, { body })).status).toBe(201);
  await runJobs(t.core);
  const mail = t.outbox.pop();
  if (mail?.replyTo === undefined) throw new Error('no e-mail that can be answered');
  return { ...mail, replyTo: mail.replyTo };
}
const setStatus = (id: string, status: 'resolved' | 'closed') =>
  callAsUser(t, tenant.user).conversations.update({ projectId: tenant.project.id, id, status });
const conversation = async (id: string) => (await team().get(`/conversations/${id}`)).body.data;
const messages = async (id: string): Promise<any[]> => (await team().get(`/conversations/${id}/messages`)).body.data;
const quoted = (text: string) => text.replace(/^/gm, '> ');

describe('an answer to the e-mail that brings a reply', () => {
  it('is in the conversation, opens it again, and is told to the team; the page shows it', async () => {
    const { conversationId } = await ask();
    const mail = await replied(conversationId);
    expect(mail).toMatchObject({
      to: GRACE,
      text: expect.stringContaining('You can answer this e-mail: Acme gets what you write'),
    });
    await setStatus(conversationId, 'resolved');
    t.clock.advance(3_600_000);

    const reply = await sendTo(listener, {
      // Whoever it says that it is from: she is known by the address that she writes to.
      from: { name: 'Somebody Else', address: 'other@mail.example' },
      to: mail.replyTo,
      subject: `Re: ${mail.subject}`,
      inReplyTo: mail.messageId,
      text: `It works now – thank you!\n\nOn Sat, Mar 14, 2026 at 10:20 AM Acme <hello@acme.example> wrote:\n\n${quoted(mail.text)}\n`,
    });
    expect(reply).toEqual({ code: 250, text: '2.6.0 It has arrived.' });

    expect((await messages(conversationId)).map(({ body, via, authorName }) => [body, via, authorName])).toEqual([
      ['The export is empty.', 'widget', 'Grace'],
      ['Please try again.', 'api', expect.any(String)],
      ['It works now – thank you!', 'email', 'Grace'],
    ]);
    expect(await conversation(conversationId)).toMatchObject({
      status: 'open',
      channel: 'widget',
      unreadCount: 2,
      lastMessagePreview: 'It works now – thank you!',
      waitingSince: '2026-03-14T11:20:30.250Z',
    });
    const { body: feed } = await team().get('/notifications?type=message.received');
    expect(feed.data.items).toMatchObject([
      { title: 'Grace wrote: The export is empty.', conversationId, actorKind: 'REQUESTER' },
    ]);
    const { body: page } = await grace.get(`/conversations/${conversationId}/messages`);
    expect(page.data.items.at(-1)).toMatchObject({ author: 'you', body: 'It works now – thank you!' });
    // Nothing of the name and the address that it said.
    expect(JSON.stringify([feed, page, await messages(conversationId)])).not.toMatch(/Somebody|other@/);
    // And nobody gets an e-mail of it.
    await runJobs(t.core);
    expect(t.outbox).toEqual([]);
  });

  it('can be answered, and that answered again, by the same address', async () => {
    const { conversationId } = await ask();
    const first = await replied(conversationId);
    await sendTo(listener, { to: first.replyTo, text: 'One' });
    const second = await replied(conversationId, 'And now?');
    expect(second.replyTo).toBe(first.replyTo);
    await sendTo(listener, { to: second.replyTo.toUpperCase(), text: 'Two' });
    expect((await messages(conversationId)).map(({ body }) => body).slice(1)).toEqual([
      'Please try again.',
      'One',
      'And now?',
      'Two',
    ]);
  });

  it('goes to the conversation that goes on from a closed one', async () => {
    const { conversationId } = await ask();
    const { replyTo } = await replied(conversationId);
    await setStatus(conversationId, 'closed');
    await sendTo(listener, { to: replyTo, text: 'It is back.' });
    const { body } = await team().get('/conversations?status=open');
    expect(body.data.items).toMatchObject([{ previousConversationId: conversationId, lastMessagePreview: 'It is back.' }]);
  });
});

it('an answer to the e-mail of a status is in the conversation about the request, which is open again', async () => {
  const { id, conversationId } = await ask();
  expect((await team().patch(`/features/${id}`, { status: 'COMPLETED', completionKind: 'SHIPPED' })).status).toBe(200);
  await runJobs(t.core);
  const [mail] = t.outbox;
  expect(mail).toMatchObject({ subject: expect.stringMatching(/^Shipped: /), replyTo: expect.any(String) });
  await sendTo(listener, { to: mail?.replyTo ?? '', text: 'It is still empty.' });
  expect((await messages(conversationId)).at(-1)).toMatchObject({ body: 'It is still empty.', via: 'email' });
  expect((await team().get(`/features/${id}`)).body.data.status).toBe('NEEDS_ACTION');
});

describe('an e-mail that comes again', () => {
  const mail = (to: string) => ({ to, text: 'Once', messageId: '<once@mail.example>' });

  it('adds nothing, and its sender is told the same', async () => {
    const { conversationId } = await ask();
    const { replyTo } = await replied(conversationId);
    const replies = [await sendTo(listener, mail(replyTo)), await sendTo(listener, mail(replyTo))];
    expect(replies[0]).toEqual(replies[1]);
    expect(listener.outcomes).toEqual(['stored', 'repeated']);
    expect(await messages(conversationId)).toHaveLength(3);
  });

  it('by several ways at once is there once', async () => {
    const { conversationId } = await ask();
    const { replyTo } = await replied(conversationId);
    const replies = await Promise.all(Array.from({ length: 4 }, () => sendTo(listener, mail(replyTo))));
    expect(replies.map(({ code }) => code)).toEqual([250, 250, 250, 250]);
    expect(listener.outcomes.toSorted()).toEqual(['repeated', 'repeated', 'repeated', 'stored']);
    expect(await messages(conversationId)).toHaveLength(3);
  });
});

describe('what arrives in other clothes is read', () => {
  const HEAD = 'Message-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\n';
  it.each<[string, string | Buffer, string]>([
    [
      'ISO-8859-1',
      Buffer.from(
        `${HEAD}Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n`,
        'latin1',
      ),
      'Grüße',
    ],
    [
      'base64',
      `${HEAD}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from('Grüße 👍').toString('base64')}\r\n`,
      'Grüße 👍',
    ],
    [
      'HTML alone',
      `${HEAD}Content-Type: text/html; charset=utf-8\r\n\r\n<div>It works &amp; <b>well</b>.</div><div class="gmail_quote"><div>On Sat, Mar 14, 2026 at 10:20 AM Acme &lt;hello@acme.example&gt; wrote:</div><blockquote>Please try again.</blockquote></div>\r\n`,
      'It works & well.',
    ],
    ['lines that begin with dots', `${HEAD}\r\n.hidden\r\n..two\r\n`, '.hidden\n..two'],
  ])('%s', async (_what, raw, body) => {
    const { conversationId } = await ask();
    const { replyTo } = await replied(conversationId);
    expect((await sendRaw(listener, replyTo, raw)).code).toBe(250);
    expect((await messages(conversationId)).at(-1)).toMatchObject({ body, contentType: 'text' });
  });
});

describe('an e-mail of a program', () => {
  it.each<[string, Record<string, string>, string]>([
    ['that answers by itself', { 'Auto-Submitted': 'auto-replied' }, GRACE],
    ['to many', { Precedence: 'bulk' }, GRACE],
    ['of a list', { Precedence: 'list' }, GRACE],
    ['that nobody sent: a bounce', {}, ''],
  ])('%s is taken, dropped and counted', async (_what, headers, from) => {
    const { conversationId } = await ask();
    const { replyTo } = await replied(conversationId);
    const mail = { to: replyTo, envelope: { from, to: replyTo }, text: 'I am away.', headers };
    expect((await sendTo(listener, mail)).code).toBe(250);
    expect(listener.outcomes).toEqual(['automatic']);
    expect(await messages(conversationId)).toHaveLength(2);
  });

  it('is also our own, should it come back', async () => {
    const { conversationId } = await ask();
    const { replyTo, text } = await replied(conversationId);
    const mail = { to: replyTo, text, headers: { 'Auto-Submitted': 'auto-generated' } };
    expect((await sendTo(listener, mail)).code).toBe(250);
    expect(listener.outcomes).toEqual(['automatic']);
  });
});

it('the metrics count what has come by what became of it', async () => {
  const count = async (outcome: string) => {
    const { text } = await send(t, { method: 'GET', url: '/metrics' });
    return Number(new RegExp(`^reqbase_inbound_mails_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  const before = [await count('stored'), await count('unknown_address')];
  const { conversationId } = await ask();
  const { replyTo } = await replied(conversationId);
  await sendTo(listener, { to: replyTo, text: 'Hello' });
  await sendTo(listener, { to: `nobody@${REPLY_DOMAIN}`, text: 'Hello' });
  expect([await count('stored'), await count('unknown_address')]).toEqual(before.map((n) => n + 1));
  expect(await count('limited')).toBe(0);
});
