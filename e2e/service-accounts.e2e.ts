import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { test } from './fixture.ts';

const PATH = '/organizations/acme/service-accounts';
const dialog = (page: Page) => page.getByRole('dialog');
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

async function openMenu(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

describe('a service account', () => {
  test('is made, owns a key that calls the API, is refused while it is disabled, and is let in again', async ({
    visit,
    server,
  }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(PATH);
    await page.getByRole('button', { name: 'New service account' }).click();
    await dialog(page).getByLabel('Name').fill('Warehouse');
    await dialog(page).getByLabel('Viewer').check();
    await dialog(page).getByRole('button', { name: 'Create service account' }).click();
    await page.getByText('Service account “Warehouse” is ready to own keys.').waitFor();
    await row(page, 'Warehouse').getByText('No keys').waitFor();

    await openMenu(page, 'Warehouse', 'New key');
    await dialog(page).getByText('The key outlives the people who made it.').waitFor();
    await expect.poll(() => dialog(page).getByRole('combobox', { name: 'Owner' }).inputValue()).toBe('Warehouse (viewer)');
    await dialog(page).getByLabel('Name').fill('Stock');
    await dialog(page).getByLabel('backlog:read').check();
    await dialog(page).getByRole('button', { name: 'Create key' }).click();
    const rawKey = (await page.getByRole('region', { name: 'API key' }).locator('code').textContent()) ?? '';
    await dialog(page).getByRole('button', { name: 'Copy api key' }).click();
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await row(page, 'Warehouse').getByText('1 key').waitFor();

    const call = async () =>
      (await fetch(`${server.url}/p/demo/api/v1/features`, { headers: { authorization: `Bearer ${rawKey}` } })).status;
    expect(await call()).toBe(200);
    await openMenu(page, 'Warehouse', 'Disable');
    await dialog(page).getByText('Its 1 active key is refused from the next call on.').waitFor();
    await dialog(page).getByRole('button', { name: 'Disable' }).click();
    await row(page, 'Warehouse')
      .getByText(/^Disabled/)
      .waitFor();
    expect(await call()).toBe(403);
    await openMenu(page, 'Warehouse', 'Enable');
    await row(page, 'Warehouse').getByText('Active').waitFor();
    expect(await call()).toBe(200);
    await page.goto('/organizations/acme/api-keys');
    await row(page, 'Stock').getByText('Warehouse').waitFor();
  });

  test('gets another name and role; a name that is taken is said at the field', async ({ visit }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(409);
    await page.goto(PATH);
    await openMenu(page, 'API scanner', 'Edit');
    await dialog(page).getByLabel('Name').fill('Nightly sync');
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByText('There is a service account of this name.').waitFor();
    await dialog(page).getByLabel('Name').fill('API checks');
    await dialog(page).getByLabel('Admin').check();
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await page.getByText('Service account “API checks” is changed.').waitFor();
    await row(page, 'API checks').getByText('Admin').waitFor();
    await page.goto('/organizations/acme/audit-log');
    await page.getByText('Changed a service account').first().waitFor();
  });

  test('that somebody else has changed meanwhile is not overwritten', async ({ visit }) => {
    const [{ page, expectRefusal }, { page: other }] = [await visit({ role: 'owner' }), await visit({ role: 'owner' })];
    expectRefusal(412);
    await page.goto(PATH);
    await openMenu(page, 'Nightly sync', 'Edit');
    await other.goto(PATH);
    await openMenu(other, 'Nightly sync', 'Edit');
    await dialog(other).getByLabel('Viewer').check();
    await dialog(other).getByRole('button', { name: 'Save' }).click();
    await row(other, 'Nightly sync').getByText('Viewer').waitFor();
    await dialog(page).getByLabel('Admin').check();
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByText('The resource has changed since it was read.').waitFor();
    await row(page, 'Nightly sync').getByText('Viewer').waitFor();
  });
});

describe('who may have service accounts', () => {
  test('an admin, but none above their own role', async ({ visit }) => {
    const { page } = await visit({ role: 'admin' });
    await page.goto(PATH);
    await page.getByRole('button', { name: 'New service account' }).click();
    expect(await dialog(page).getByLabel('Owner').isDisabled()).toBe(true);
    await dialog(page).getByText('Above your own role.').waitFor();
    expect(await dialog(page).getByLabel('Admin').isEnabled()).toBe(true);
  });

  test('on Free nobody: the page says so and offers none', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/tiny/api-keys');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Service accounts' }).click();
    await page.getByText('Service accounts come with Pro').waitFor();
    await page.getByText('No service accounts yet').waitFor();
    expect(await page.getByRole('button', { name: 'New service account' }).count()).toBe(0);
  });
});
