import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { faultsOf, overflowOf, settle } from './look.ts';

// A real receiver beside the real server.

type Received = { readonly headers: Record<string, unknown>; readonly raw: string };
const received: Received[] = [];
let answer = 200;
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ headers: request.headers, raw: Buffer.concat(chunks).toString() });
    response.writeHead(answer).end();
  });
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});
beforeEach(() => {
  answer = 200;
  received.length = 0;
});

const dialog = (page: Page) => page.getByRole('dialog');
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const openMenu = async (page: Page, of: string, item: string) => {
  await page.getByRole('button', { name: `Actions for ${of}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
};

async function create(page: Page, events: readonly string[]): Promise<string> {
  await page.goto('/projects/demo/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  await dialog(page).getByLabel('URL').fill(url);
  for (const event of events) await dialog(page).getByLabel(event, { exact: true }).check();
  await dialog(page).getByRole('button', { name: 'Create webhook' }).click();
  await dialog(page).getByText('The webhook is ready').waitFor();
  const secret = await dialog(page).getByRole('region', { name: 'Signing secret' }).locator('code').textContent();
  await dialog(page).getByRole('button', { name: 'Copy signing secret' }).click();
  await dialog(page).getByRole('button', { name: 'Done' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  return secret ?? '';
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a webhook', () => {
  test('is created, tested, told of what happens, rotated, paused and deleted', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    const secret = await create(page, ['feature.*']);
    await row(page, url).getByText('Active').waitFor();
    expect(await page.content()).not.toContain(secret);

    await openMenu(page, url, 'Deliveries and test');
    await dialog(page).getByText('Nothing has been sent yet.').waitFor();
    await dialog(page).getByRole('button', { name: 'Send test' }).click();
    await dialog(page).getByText('The test has arrived.').waitFor();
    await dialog(page).getByRole('listitem').filter({ hasText: 'webhook.test' }).getByText('Delivered').waitFor();
    answer = 500;
    await dialog(page).getByRole('button', { name: 'Send test' }).click();
    await dialog(page).getByText('The test has failed.').waitFor();
    await page.keyboard.press('Escape');

    // Of what happens it is told by the jobs, and again until it has it.
    answer = 503;
    received.length = 0;
    await page.goto('/projects/demo/backlog');
    await page.getByRole('button', { name: 'New request' }).click();
    await dialog(page).getByLabel('Title').fill('Told by webhook');
    await dialog(page).getByRole('button', { name: 'Create request' }).click();
    await until(() => received.length > 0);
    answer = 200;
    await page.goto('/projects/demo/webhooks');
    await openMenu(page, url, 'Deliveries and test');
    const delivery = dialog(page).getByRole('listitem').filter({ hasText: 'feature.created' });
    await delivery.getByText('Delivered').waitFor({ timeout: 20_000 });
    await delivery.getByText(/attempts/).waitFor();
    const { headers, raw } = received.at(-1) ?? { headers: {}, raw: '' };
    expect(JSON.parse(raw)).toMatchObject({ event: 'feature.created', data: { title: 'Told by webhook' } });
    expect(headers['x-rogeriq-signature']).toBe(`sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`);
    await page.keyboard.press('Escape');

    await openMenu(page, url, 'Rotate secret');
    await dialog(page).getByRole('button', { name: 'Rotate secret' }).click();
    await dialog(page).getByText('the former secret signs too').waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).getByText('You have not copied the secret').waitFor();
    await dialog(page).getByRole('button', { name: 'Close anyway' }).click();
    await row(page, url).getByText('Two secrets').waitFor();

    await openMenu(page, url, 'Edit');
    await dialog(page).getByLabel('feature.*', { exact: true }).uncheck();
    await dialog(page).getByLabel('Everything').check();
    expect(await dialog(page).getByLabel('message.created', { exact: true }).isDisabled()).toBe(true);
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await page.getByText('The webhook is saved.').waitFor();

    await openMenu(page, url, 'Disable');
    await row(page, url).getByText('Disabled').waitFor();
    await openMenu(page, url, 'Enable');
    await row(page, url).getByText('Active').waitFor();

    await openMenu(page, url, 'Delete');
    await dialog(page).getByRole('button', { name: 'Delete webhook' }).click();
    await row(page, url).waitFor({ state: 'detached' });
  });

  test('needs a URL that may be called, and an event', async ({ visit }) => {
    const { page, expectRefusal } = await visit({ role: 'admin' });
    expectRefusal(400);
    await page.goto('/projects/demo/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await dialog(page).getByRole('button', { name: 'Create webhook' }).click();
    await dialog(page).getByText('Choose at least one event.').waitFor();
    await dialog(page).getByLabel('URL').fill('https://user:password@example.com/');
    await dialog(page).getByLabel('message.created', { exact: true }).check();
    await dialog(page).getByRole('button', { name: 'Create webhook' }).click();
    await dialog(page).getByText('Must not carry a user or a password.').waitFor();
  });

  test('can be made with the keyboard alone', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    const { keyboard } = page;
    await page.goto('/projects/demo/webhooks');
    await page.getByRole('table').waitFor();
    await tabTo(page, 'New webhook');
    await keyboard.press('Enter');
    await dialog(page).waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') !== null);
    await tabTo(page, 'URL');
    await keyboard.type(`${url}/by-keyboard`);
    await tabTo(page, 'message.created');
    await keyboard.press('Space');
    await keyboard.press('Enter');
    await dialog(page).getByText('The webhook is ready').waitFor();
    await tabTo(page, 'Copy signing secret');
    await keyboard.press('Enter');
    await keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await row(page, 'by-keyboard').getByText('message.created').waitFor();
  });

  test('is not for developers', async ({ visit }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/webhooks');
    await page.getByText('Your role does not include webhooks').waitFor();
    expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
  });
});

const WIDTHS = [1280, 390] as const;
describe.each(WIDTHS)('at %i pixels', (width) => {
  test.for(['light', 'dark'] as const)('the screens in the %s scheme have no faults and fit', async (colorScheme, { visit }) => {
    const { page } = await visit({ role: 'owner', viewport: { width, height: width === 390 ? 844 : 860 }, colorScheme });
    const look = async (name: string, isWhole = true) => {
      await settle(page);
      await shoot(page, `webhooks-${name}-${width}-${colorScheme}`, { fullPage: isWhole });
      expect(await faultsOf(page)).toEqual([]);
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    };
    await page.goto('/projects/tiny/webhooks');
    await page.getByText('No webhooks yet').waitFor();
    await look('empty');
    await page.goto('/projects/demo/webhooks');
    await page.getByText('https://example.com/old-tracker/intake').waitFor();
    await look('list');
    await openMenu(page, 'https://example.com/old-tracker/intake', 'Deliveries and test');
    await dialog(page).getByText('No answer in time').waitFor();
    await look('deliveries', false);
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await openMenu(page, 'https://example.com/hooks/reqbase', 'Rotate secret');
    await dialog(page).getByText('goes on signing').waitFor();
    await look('rotate', false);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    await dialog(page).getByLabel('URL').fill(url);
    await dialog(page).getByLabel('conversation.*', { exact: true }).check();
    await look('new', false);
    await dialog(page).getByRole('button', { name: 'Create webhook' }).click();
    await dialog(page).getByText('The webhook is ready').waitFor();
    await look('secret', false);
  });
});
