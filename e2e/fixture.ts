import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { test as base, expect } from 'vitest';
import { PASSWORD, type Server, startServer } from './server.ts';

export type Role = 'owner' | 'admin' | 'developer' | 'viewer';

/** A person at a browser. */
export type Visitor = {
  readonly page: Page;
  /** Says that an answer of this status is part of the story; every other one from 400 up fails the test. */
  readonly expectRefusal: (status: number) => void;
};
export type VisitorOptions = BrowserContextOptions & { readonly role?: Role };

const OUTPUT = join(import.meta.dirname, 'output');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WIDE = { width: 1280, height: 860 };
const PATIENCE_MS = 10_000;

/** Started once for a file: the server and the browser. `visit` opens a browser of its own for a person. */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture needs; this one, nothing.
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }): Promise<Server> => {
    const server = await startServer();
    onCleanup(server.stop);
    return server;
  })
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture needs; this one, nothing.
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    onCleanup(() => browser.close());
    return browser;
  })
  .extend('sessions', { scope: 'file' }, async (): Promise<Map<Role, StorageState>> => new Map())
  .extend('visit', async ({ server, browser, sessions, task }, { onCleanup }) => {
    const closings: (() => Promise<void>)[] = [];
    onCleanup(async () => {
      for (const close of closings) await close();
    });
    return async ({ role, ...options }: VisitorOptions = {}): Promise<Visitor> => {
      const context = await browser.newContext({
        baseURL: server.url,
        viewport: WIDE,
        locale: 'en-US',
        timezoneId: 'Europe/Berlin',
        permissions: ['clipboard-read', 'clipboard-write'],
        ...(role !== undefined && { storageState: await sessionOf(server, browser, sessions, role) }),
        ...options,
      });
      context.setDefaultTimeout(PATIENCE_MS);
      const { problems, expectRefusal } = await watch(context, options.baseURL ?? server.url);
      const page = await context.newPage();
      closings.push(async () => {
        if (task.result?.state === 'fail') await shoot(page, `failed-${task.name.replace(/\W+/g, '-').slice(0, 80)}`);
        await context.close();
        expect(problems).toEqual([]);
      });
      return { page, expectRefusal };
    };
  });

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Signs in once for a role and a file: signing in is limited, as it should be. */
async function sessionOf(server: Server, browser: Browser, sessions: Map<Role, StorageState>, role: Role): Promise<StorageState> {
  const known = sessions.get(role);
  if (known !== undefined) return known;
  const context = await browser.newContext({ baseURL: server.url });
  const answer = await context.request.post('/api/auth/sign-in/email', {
    data: { email: `${role}@example.com`, password: PASSWORD },
    headers: { origin: server.url },
  });
  expect(answer.status()).toBe(200);
  const state = await context.storageState();
  sessions.set(role, state);
  await context.close();
  return state;
}

/** Collects what must not happen on any page: errors in the console, violations of the policy, requests that leave the origin. */
async function watch(context: BrowserContext, origin: string) {
  const problems: string[] = [];
  const expected = new Set<number>();
  await context.exposeFunction('reportViolation', (what: string) => problems.push(`policy: ${what}`));
  await context.addInitScript(() => {
    const report = (window as unknown as { reportViolation: (what: string) => void }).reportViolation;
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      report(`${violatedDirective} ${blockedURI}`),
    );
  });
  context.on('request', (request) => {
    const { protocol, origin: target } = new URL(request.url());
    if (protocol.startsWith('http') && target !== origin) problems.push(`left the origin: ${request.url()}`);
  });
  context.on('response', (response) => {
    const status = response.status();
    if (status < 400 || expected.has(status)) return;
    problems.push(`answered ${status}: ${response.request().method()} ${new URL(response.url()).pathname}`);
  });
  context.on('console', (message) => {
    // The same as the answers above, which say more.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if ((message.type() === 'error' || message.type() === 'warning') && !isAnswer) problems.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => problems.push(`thrown: ${error.error().message}`));
  return { problems, expectRefusal: (status: number) => expected.add(status) };
}

/** Takes a picture into `e2e/output`. */
export async function shoot(page: Page, name: string, { fullPage = true } = {}): Promise<void> {
  mkdirSync(OUTPUT, { recursive: true });
  const path = join(OUTPUT, `${name}.png`);
  await page.screenshot({ path, fullPage, animations: 'disabled' });
}

/** Signs in as a person does. */
export async function signIn(page: Page, role: Role, password: string = PASSWORD): Promise<void> {
  await page.getByLabel('E-mail').fill(`${role}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
