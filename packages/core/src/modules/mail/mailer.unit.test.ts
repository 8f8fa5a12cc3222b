import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HopelessJobError } from '../../queue.ts';
import { handingMailer, noMailer, smtpMailer } from './mailer.ts';
import { Mail } from './send-mail.ts';
import { openSmtpServer } from './testing.ts';

const FROM = 'Acme <hello@acme.example>';
const AT = new Date('2026-03-14T10:20:30.000Z');
const mail: Mail = {
  to: 'ada@example.test',
  subject: 'Your request is done',
  text: 'It is there.\nLook: https://acme.example/1\n',
  dedupeId: 'notification-1:ada',
};

let smtp: Awaited<ReturnType<typeof openSmtpServer>>;
beforeEach(async () => {
  smtp = await openSmtpServer();
});
afterEach(() => smtp.close());

describe('an e-mail', () => {
  it('reaches the server as it was written', async () => {
    await smtpMailer(smtp.url, FROM).send(mail, AT);
    const [message, ...others] = smtp.received;
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      from: 'hello@acme.example',
      to: ['ada@example.test'],
      headers: {
        from: [FROM],
        to: ['ada@example.test'],
        subject: ['Your request is done'],
        date: ['Sat, 14 Mar 2026 10:20:30 +0000'],
        'message-id': [expect.stringMatching(/^<[0-9a-f]{32}@acme\.example>$/)],
        'auto-submitted': ['auto-generated'],
        'content-type': ['text/plain; charset=utf-8'],
      },
    });
    expect(message?.body.trim().split('\r\n')).toEqual(['It is there.', 'Look: https://acme.example/1']);
  });

  it('carries HTML beside its text, an address for answers and headers of its own', async () => {
    const headers = { 'List-Unsubscribe': '<https://acme.example/u/1>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
    await smtpMailer(smtp.url, FROM).send(
      { ...mail, html: '<p>It is <b>there</b>.</p>', replyTo: 'team@acme.example', headers },
      AT,
    );
    const [message] = smtp.received;
    expect(message?.headers).toMatchObject({
      'content-type': [expect.stringMatching(/^multipart\/alternative;/)],
      'reply-to': ['team@acme.example'],
      'list-unsubscribe': ['<https://acme.example/u/1>'],
      'list-unsubscribe-post': ['List-Unsubscribe=One-Click'],
    });
    expect(message?.body).toContain('It is there.');
    expect(message?.body).toContain('<p>It is <b>there</b>.</p>');
  });

  it('keeps characters beyond ASCII, in the subject and in the text', async () => {
    await smtpMailer(smtp.url, FROM).send({ ...mail, subject: 'Grüße 🎉', text: 'Größe' }, AT);
    const [message] = smtp.received;
    expect(message?.headers['subject']).toEqual([expect.stringMatching(/^=\?UTF-8\?[BQ]\?\S+\?=$/i)]);
    expect(message?.body).toContain('Gr=C3=B6=C3=9Fe');
  });

  it('has the same Message-ID however often it is sent, and another e-mail another', async () => {
    // Two processes, of which neither knows what the other has done.
    for (const dedupeId of ['a', 'a', 'b']) await smtpMailer(smtp.url, FROM).send({ ...mail, dedupeId }, AT);
    const ids = smtp.received.map(({ headers }) => headers['message-id']?.[0]);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(ids.join()).not.toContain('ada');
  });

  it('is not sent twice by a process that knows that it has sent it', async () => {
    const mailer = smtpMailer(smtp.url, FROM);
    for (let n = 0; n < 3; n++) await mailer.send(mail, AT);
    await mailer.send({ ...mail, dedupeId: 'another' }, AT);
    expect(smtp.received).toHaveLength(2);
  });

  it('goes to one recipient, whatever its address looks like', async () => {
    for (const to of ['"a,b"@example.test', "o'neill+x@example.test"]) {
      await smtpMailer(smtp.url, FROM).send({ ...mail, to, dedupeId: to }, AT);
    }
    expect(smtp.received.map(({ to }) => to)).toEqual([['"a,b"@example.test'], ["o'neill+x@example.test"]]);
  });
});

describe('a server that refuses', () => {
  it.each(['RCPT TO', 'DATA'] as const)('for good at %s makes it hopeless', async (at) => {
    smtp.refuseNext({ at, code: 550 });
    await expect(smtpMailer(smtp.url, FROM).send(mail, AT)).rejects.toThrow(HopelessJobError);
    expect(smtp.received).toEqual([]);
  });

  it.each([
    { at: 'CONNECT', code: 421 },
    { at: 'RCPT TO', code: 450 },
    { at: 'DATA', code: 451 },
    // For the operator to mend: the e-mails wait.
    { at: 'AUTH', code: 535 },
    { at: 'MAIL FROM', code: 550 },
  ] as const)('with $code at $at lets it be tried again, and then it goes out', async (refusal) => {
    smtp.refuseNext(refusal);
    const mailer = smtpMailer(smtp.url, FROM);
    const error: unknown = await mailer.send(mail, AT).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(HopelessJobError);
    expect(smtp.received).toEqual([]);
    await mailer.send(mail, AT);
    expect(smtp.received).toHaveLength(1);
  });

  it('or is not there, lets it be tried again', async () => {
    await smtp.close();
    const error: unknown = await smtpMailer(smtp.url, FROM)
      .send(mail, AT)
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ originalCode: 'ECONNREFUSED' });
    smtp = await openSmtpServer();
  });
});

describe('without a server', () => {
  it('what would be sent is handed on, with the same Message-ID', async () => {
    const handed: unknown[] = [];
    await handingMailer(FROM, (composed) => handed.push(composed)).send(mail, AT);
    await smtpMailer(smtp.url, FROM).send(mail, AT);
    const { dedupeId: _, ...written } = mail;
    expect(handed).toEqual([{ ...written, from: FROM, messageId: smtp.received[0]?.headers['message-id']?.[0] }]);
  });

  it('and without anybody to hand it to, it is not lost', async () => {
    await expect(noMailer.send(mail, AT)).rejects.toThrow('sends no e-mail');
  });
});

describe('what could become more than one e-mail, or another, is none', () => {
  it.each([
    ['a line break in the subject', { subject: 'Hello\r\nBcc: eve@example.test' }],
    ['a line break in the recipient', { to: 'ada@example.test\r\nRCPT TO:<eve@example.test>' }],
    ['two recipients', { to: 'ada@example.test, eve@example.test' }],
    ['a name with the recipient', { to: 'Ada <ada@example.test>' }],
    ['a line break in the address for answers', { replyTo: 'ada@example.test\nBcc: eve@example.test' }],
    ['a line break in a header', { headers: { 'List-Unsubscribe': '<https://a.example>\r\nBcc: eve@example.test' } }],
    ['a header that is not for it to set', { headers: { Bcc: 'eve@example.test' } }],
    ['a line break in the name of a header', { headers: { 'X-A\r\nBcc': 'eve@example.test' } }],
    ['an empty subject', { subject: '' }],
    ['a text without end', { text: 'a'.repeat(100_001) }],
  ])('%s', (_what, change) => {
    expect(Mail.safeParse(mail).success).toBe(true);
    expect(Mail.safeParse({ ...mail, ...change }).success).toBe(false);
  });
});
