import { type Credential, type PublicError, toPublic } from '@reqbase/auth';
import { openTestAccess, seedKey, TEST_SECRET, type TestAccess, type TestTenant } from '@reqbase/auth/testing';
import { createCaller } from './app-router.ts';
import { installJobs } from './install-jobs.ts';
import { type ComposedMail, handingMailer, type Mailer } from './modules/mail/mailer.ts';
import { openOutbound, type Resolve } from './outbound/outbound.ts';
import { contextFor, createServices, type Services } from './services.ts';
import type { Context, Surface } from './trpc.ts';

export { driftOf as backlogDriftOf } from './modules/backlog/testing.ts';
export { endpointOf, findingOf, SCAN_BOUNDS, type ScanBound, scanOf, sizesOf } from './modules/catalogue/testing-scan.ts';
export { replyAddress } from './modules/conversations/reply-address.ts';
export { driftOf as conversationDriftOf } from './modules/conversations/testing.ts';
export { unsubscribeUrl } from './modules/notifications/unsubscribe.ts';
export { identityToken, newAnonymousId, seedIdentitySecret, weightDriftOf } from './modules/requesters/testing.ts';
export { openReceiver, type Receiver } from './modules/webhooks/testing.ts';
export { type RanJob, type RunJobsOptions, runJobs } from './testing-jobs.ts';

/** Every procedure over a database and a clock of the test's own. Seed it with `@reqbase/auth/testing`. */
export type TestCore = TestAccess & {
  readonly core: Services;
  /** The e-mails that `runJobs(t.core)` has sent, in order. */
  readonly outbox: ComposedMail[];
};

/** A mailer that keeps what it is to send. */
export function testMailer(): { readonly mailer: Mailer; readonly outbox: ComposedMail[] } {
  const outbox: ComposedMail[] = [];
  return { outbox, mailer: handingMailer('Reqbase <no-reply@reqbase.test>', (mail) => outbox.push(mail)) };
}

/** No test asks for a name outside. */
const nowhere: Resolve = (hostname, _options, callback) =>
  callback(Object.assign(new Error(`no such name: ${hostname}`), { code: 'ENOTFOUND' }), []);

export async function openTestCore(engine?: 'embedded' | 'postgres'): Promise<TestCore> {
  const access = await openTestAccess(engine);
  await installJobs(access.db);
  const { mailer, outbox } = testMailer();
  return {
    ...access,
    outbox,
    core: createServices({
      db: access.db,
      secret: TEST_SECRET,
      defaultPlan: 'free',
      clock: access.clock.now,
      mailer,
      outbound: openOutbound({ resolve: nowhere }),
    }),
  };
}

export type Caller = ReturnType<typeof createCaller>;

type CallAs = { surface?: Surface; change?: (ctx: Context) => Context };

/** Calls procedures as whoever presents the credential; every call is a request of its own. */
export function callAs(
  { core }: Pick<TestCore, 'core'>,
  credential: Credential,
  { surface = 'rpc', change = (ctx) => ctx }: CallAs = {},
): Caller {
  return createCaller(() => change(contextFor(core, { surface, credential, requestId: `req_${core.newId()}` })));
}

/** Calls procedures as the signed-in person. */
export function callAsUser(core: Pick<TestCore, 'core'>, { id }: { readonly id: string }): Caller {
  return callAs(core, { kind: 'session', userId: id });
}

/** Calls procedures with a new key of the tenant's person, or of a service account. */
export async function callAsKey(core: TestCore, tenant: TestTenant, options?: Parameters<typeof seedKey>[2]): Promise<Caller> {
  return callAs(core, (await seedKey(core, tenant, options)).credential);
}

/** What a caller is told of the refusal that `call` ends in. @throws when it ends well */
export async function refusalOf(call: Promise<unknown>): Promise<PublicError> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    return toPublic(error);
  }
  throw new Error(`not refused: ${JSON.stringify(answer)}`);
}

/** The code of the refusal that `call` ends in, or `admitted`. */
export function outcomeOf(call: Promise<unknown>): Promise<PublicError['code'] | 'admitted'> {
  return call.then(
    () => 'admitted' as const,
    (error: unknown) => toPublic(error).code,
  );
}
