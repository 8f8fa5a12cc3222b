import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, signIn, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { faultsOf, overflowOf, settle } from './look.ts';
import type { Server } from './server.ts';

type Codes = { readonly device_code: string; readonly user_code: string; readonly verification_uri_complete: string };
type Answer = { readonly status: number; readonly body: Record<string, unknown> };

let devices = 0;

async function post(server: Server, path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/api/auth/device${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Begins as a device does, from an address of its own: an address begins five times a minute. */
async function startDevice(server: Server, clientName: string, scope?: string): Promise<Codes & { readonly path: string }> {
  const { status, body } = await post(
    server,
    '/code',
    { client_name: clientName, ...(scope !== undefined && { scope }) },
    { 'x-forwarded-for': `203.0.113.${++devices}` },
  );
  expect(status).toBe(200);
  const codes = body as Codes;
  const { pathname, search } = new URL(codes.verification_uri_complete);
  return { ...codes, path: pathname + search };
}

/** Polls as the contract has it, until there is an answer. */
async function poll(server: Server, { device_code }: Codes): Promise<Answer> {
  for (;;) {
    const answer = await post(server, '/token', { device_code });
    if (answer.status !== 202 && answer.body.code !== 'SLOW_DOWN') return answer;
    await pause(Number(answer.body.interval) * 1_000);
  }
}

async function goOn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue' }).click();
}
const codeField = (page: Page) => page.getByRole('textbox', { name: 'Code' });
const confirm = (page: Page) => page.getByLabel(/^I started this myself/);
const approve = (page: Page) => page.getByRole('button', { name: 'Approve' });

describe('a device', () => {
  test('gets its key while its person looks on, and calls the API with it; the key is in the list and can be revoked', async ({
    visit,
    server,
  }) => {
    const { page } = await visit({ role: 'owner' });
    const codes = await startDevice(server, 'reqbase on laptop', 'write usage:read');
    const answer = poll(server, codes);
    await page.goto(codes.path);
    expect(await codeField(page).inputValue()).toBe(codes.user_code);
    await goOn(page);
    await page.getByRole('heading', { name: 'Give “reqbase on laptop” an API key?' }).waitFor();
    await page.getByText('which is not this browser’s').waitFor();
    await page.getByLabel('Read and write everything but what administers').waitFor();
    await page.getByText('What write includes').click();
    await page.getByText('Reply in conversations').waitFor();
    await page.getByLabel('Read the usage figures').uncheck();
    expect(await page.getByRole('radio', { name: 'Acme' }).isChecked()).toBe(true);
    expect(await page.getByRole('radio', { name: 'Tiny' }).isDisabled()).toBe(true);
    await page.getByText('Its plan has no API keys: they come with Pro.').waitFor();
    await approve(page).click();
    await page.getByText('Approve only what you have started yourself.').waitFor();
    await confirm(page).check();
    await approve(page).click();
    await page.getByRole('heading', { name: 'Approved' }).waitFor();

    const { status, body } = await answer;
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        token_type: 'bearer',
        scopes: ['write'],
        org_slug: 'acme',
        access_token: expect.stringMatching(/^riq_/),
      }),
    ]);
    const call = () =>
      fetch(`${server.url}/p/demo/api/v1/features?limit=1`, {
        headers: { authorization: `Bearer ${String(body.access_token)}` },
      });
    expect((await call()).status).toBe(200);
    expect(await post(server, '/token', codes)).toMatchObject({ status: 410, body: { code: 'DEVICE_CODE_EXPIRED' } });

    await page.getByRole('button', { name: 'Enter another code' }).click();
    expect(await codeField(page).inputValue()).toBe('');
    await codeField(page).fill(codes.user_code);
    await goOn(page);
    await page.getByRole('heading', { name: 'This code has been used' }).waitFor();

    await page.goto('/organizations/acme/api-keys');
    const row = page.getByRole('row').filter({ hasText: 'reqbase on laptop (device flow)' });
    await row.getByText('Asked for by a device').waitFor();
    await settle(page);
    await shoot(page, 'device-key-in-list-light-1280');
    await row.getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('is revoked.').waitFor();
    expect((await call()).status).toBe(401);
  });

  test('is denied with the keyboard alone, by a code that is typed as people do', async ({ visit, server }) => {
    const { page } = await visit({ role: 'admin' });
    const codes = await startDevice(server, 'somebody else’s');
    const answer = poll(server, codes);
    await page.goto('/device');
    await codeField(page).waitFor();
    await page.keyboard.type(codes.user_code.toLowerCase().replace('-', ''));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Give “somebody else’s” an API key?' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await tabTo(page, 'Deny');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Denied' }).waitFor();
    expect(await answer).toMatchObject({ status: 403, body: { code: 'ACCESS_DENIED', error: 'The request was denied.' } });
  });

  test('is approved with the keyboard alone', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    const codes = await startDevice(server, 'by keyboard');
    await page.goto(codes.path);
    await codeField(page).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await confirm(page).waitFor();
    await tabTo(page, `I started this myself, on a device in front of me that shows ${codes.user_code}.`);
    await page.keyboard.press('Space');
    await tabTo(page, 'Approve');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Approved' }).waitFor();
    expect((await poll(server, codes)).status).toBe(200);
  });
});

describe('the page of a device', () => {
  test('lets a visitor sign in first, and comes back with the code', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    const codes = await startDevice(server, 'reqbase');
    await page.goto(codes.path);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, 'owner');
    await page.getByRole('heading', { name: 'Connect a device' }).waitFor();
    expect(await codeField(page).inputValue()).toBe(codes.user_code);
    await page.getByText('Signed in as owner@example.com').waitFor();
    // Opening it has bound the code to nobody.
    await page.getByRole('button', { name: 'Use another account' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, 'admin');
    await page.getByText('Signed in as admin@example.com').waitFor();
    await goOn(page);
    await page.getByRole('heading', { name: 'Give “reqbase” an API key?' }).waitFor();
  });

  test('knows no code that another account has looked up', async ({ visit, server }) => {
    const [mine, theirs] = [await visit({ role: 'owner' }), await visit({ role: 'admin' })];
    theirs.expectRefusal(404);
    const codes = await startDevice(server, 'reqbase');
    await mine.page.goto(codes.path);
    await goOn(mine.page);
    await mine.page.getByRole('heading', { name: 'Give “reqbase” an API key?' }).waitFor();
    await theirs.page.goto(codes.path);
    await goOn(theirs.page);
    await theirs.page.getByRole('alert').getByText('There is no request with this code.').waitFor();
    await goOn(theirs.page);
    await theirs.page.getByRole('alert').getByText('There is no request with this code.').waitFor();
  });

  test('offers nothing to who may make no keys, and says why', async ({ visit, server }) => {
    const { page } = await visit({ role: 'developer' });
    const codes = await startDevice(server, 'reqbase');
    await page.goto(codes.path);
    await goOn(page);
    await page.getByText('There is no organization for which you may make API keys.').waitFor();
    await page.getByText('You are in some of its projects only').first().waitFor();
    expect(await approve(page).count()).toBe(0);
    await settle(page);
    await shoot(page, 'device-may-not-light-1280');
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'Denied' }).waitFor();
  });

  test('takes no more guesses after five wrong codes', async ({ visit }) => {
    const { page, expectRefusal } = await visit({ role: 'viewer' });
    expectRefusal(404);
    expectRefusal(429);
    await page.goto('/device');
    const guess = async (code: string) => {
      await codeField(page).fill(code);
      const answer = page.waitForResponse(/\/trpc\/device\.lookUp/);
      await goOn(page);
      return (await answer).status();
    };
    const statuses: number[] = [];
    // Twice as many, should another quarter of an hour begin meanwhile.
    for (let n = 0; n < 10 && statuses.at(-1) !== 429; n++) statuses.push(await guess(`BCDF-234${'23456789BC'.charAt(n)}`));
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.length).toBeGreaterThan(5);
    await page
      .getByRole('alert')
      .getByText(/^Try again in (a minute|\d+ minutes)\.$/)
      .waitFor();
    await settle(page);
    await shoot(page, 'device-guessed-light-1280');
  });

  test('says that it is over when that happened meanwhile', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(409);
    const codes = await startDevice(server, 'reqbase');
    await page.goto(codes.path);
    await goOn(page);
    await confirm(page).check();
    const elsewhere = await page.context().newPage();
    await elsewhere.goto(codes.path);
    await goOn(elsewhere);
    await elsewhere.getByRole('button', { name: 'Deny' }).click();
    await elsewhere.getByRole('heading', { name: 'Denied' }).waitFor();
    await page.bringToFront();
    // Either coming back has shown it already, or trying does.
    await approve(page)
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    await page.getByRole('heading', { name: 'Denied' }).waitFor();
  });
});

const LOOKS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'dark', width: 390 },
] as const;

/** Lets the request have come to this: its time cannot be moved in a real server. */
async function pretend(page: Page, status: string): Promise<void> {
  await page.route(/\/trpc\/device\.lookUp/, async (route) => {
    const response = await route.fetch();
    const answers = (await response.json()) as { result: { data: object } }[];
    await route.fulfill({ response, json: answers.map(({ result: { data } }) => ({ result: { data: { ...data, status } } })) });
  });
}

describe.each(LOOKS)('on a page of $width pixels, $colorScheme', ({ colorScheme, width }) => {
  test('every state of a request is whole, readable and accessible', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit({ role: 'owner', colorScheme, viewport: { width, height: 860 } });
    expectRefusal(404);
    const codes = await startDevice(server, 'reqbase on a laptop with a rather long name', 'write usage:read keys:admin');
    const look = async (name: string) => {
      await settle(page);
      await shoot(page, `device-${name}-${colorScheme}-${width}`);
      expect([name, await faultsOf(page), await overflowOf(page)]).toEqual([name, [], 0]);
    };
    await page.goto(codes.path);
    await page.getByRole('heading', { name: 'Connect a device' }).waitFor();
    await look('code');
    await goOn(page);
    await approve(page).click();
    await page.getByText('Approve only what you have started yourself.').waitFor();
    await look('request');
    for (const [status, title] of [
      ['approved', 'Approved'],
      ['denied', 'Denied'],
      ['expired', 'This code has expired'],
      ['redeemed', 'This code has been used'],
      ['lapsed', 'This code is worth nothing any more'],
    ] as const) {
      await pretend(page, status);
      await page.goto(codes.path);
      await goOn(page);
      await page.getByRole('heading', { name: title }).waitFor();
      await look(status);
      await page.unroute(/\/trpc\/device\.lookUp/);
    }
  });
});
