import { TEST_SECRET } from '@reqbase/auth/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServices, type Services } from '../../services.ts';
import { openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { smtpMailer } from './mailer.ts';
import { Mail, sendMail } from './send-mail.ts';
import { openSmtpServer } from './testing.ts';

const mail: Mail = { to: 'ada@example.test', subject: 'Hello', text: 'Hello', dedupeId: 'hello-1' };

let t: TestCore;
let smtp: Awaited<ReturnType<typeof openSmtpServer>>;
let services: Services;
beforeEach(async () => {
  [t, smtp] = await Promise.all([openTestCore(), openSmtpServer()]);
  const mailer = smtpMailer(smtp.url, 'Acme <hello@acme.example>');
  services = createServices({ db: t.db, secret: TEST_SECRET, defaultPlan: 'free', clock: t.clock.now, mailer });
});
afterEach(() => Promise.all([t.db.close(), smtp.close()]));

const add = (data: Mail) => t.db.prisma.$transaction((tx) => services.queue.add(tx, sendMail, data));
const run = async (withRetries = false) =>
  (await runJobs(services, { withRetries })).map(({ error }) => error?.message ?? 'sent');

it.each(['subject', 'text', 'html'] as const)('an e-mail whose %s holds half a character, or NUL, is none', (field) => {
  for (const text of ['\ud83d', 'a\0'])
    expect(Mail.safeParse({ ...mail, [field]: text }).error?.issues.map(({ path }) => path.join())).toContain(field);
});

describe('an e-mail in the queue', () => {
  it('goes out after the commit, once', async () => {
    await add(mail);
    expect(smtp.received).toEqual([]);
    expect(await run()).toEqual(['sent']);
    expect(await run(true)).toEqual([]);
    expect(smtp.received.map(({ to }) => to)).toEqual([['ada@example.test']]);
  });

  it('refused for the time being, goes out later, once', async () => {
    smtp.refuseNext({ at: 'RCPT TO', code: 451 });
    await add(mail);
    expect(await run()).toEqual([expect.stringContaining('451')]);
    expect(await run(true)).toEqual(['sent']);
    expect(await run(true)).toEqual([]);
    expect(smtp.received).toHaveLength(1);
  });

  it('that went out, but whose job was not noted as done, does not go out again', async () => {
    await add(mail);
    await run();
    // As after a failure of the database, or a lost connection.
    await t.db.sql.query(`update pgboss.job set state = 'retry', completed_on = null where name = 'mail.send'`);
    expect(await run(true)).toEqual(['sent']);
    expect(smtp.received).toHaveLength(1);
  });
});
