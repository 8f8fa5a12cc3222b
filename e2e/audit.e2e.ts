import { readFileSync } from 'node:fs';
import { verifyAuditLog } from '@reqbase/auth/audit-verify';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { faultsOf, overflowOf, settle } from './look.ts';

const LOG = '/organizations/acme/audit-log';
const entries = (page: Page) => page.getByRole('region', { name: 'Entries' });
const filters = (page: Page) => page.getByRole('search', { name: 'Filter entries' });
const details = (page: Page) => page.getByRole('dialog');
const soon = { timeout: 10_000 };
const rowsOf = (page: Page) => entries(page).getByRole('row');

describe('the audit log', () => {
  test('tells of the sign-in that led to it, and of a key made after it', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/organizations/acme/api-keys');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit log' }).click();
    await rowsOf(page).nth(1).getByText('Demo owner').waitFor();
    await rowsOf(page).nth(1).getByRole('button', { name: 'Signed in' }).waitFor();

    await page.goto('/organizations/acme/api-keys');
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByRole('dialog').getByLabel('Name').fill('For the log');
    await page.getByRole('dialog').getByLabel('backlog:read').check();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('Example call').waitFor();
    await page.goto(LOG);
    await rowsOf(page).nth(1).getByRole('button', { name: 'Created an API key' }).click();
    await details(page).getByText('For the log').first().waitFor();
    await details(page).getByText('Hash of the entry before').waitFor();
  });

  test('keeps its filters in the address, narrows to what is picked in an entry, and lets go of it', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(`${LOG}?outcome=denied`);
    await entries(page).getByRole('button', { name: 'Tried backlog.remove' }).first().waitFor();
    expect(await entries(page).getByText('Allowed', { exact: true }).count()).toBe(0);
    await entries(page).getByRole('button', { name: 'Tried backlog.remove' }).first().click();
    await details(page).getByText('INSUFFICIENT_SCOPE').waitFor();
    await details(page).getByRole('button', { name: 'Only by this key' }).click();
    await details(page).waitFor({ state: 'detached' });
    await filters(page).getByText('One key').waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.has('key'), soon).toBe(true);
    await page.reload();
    await entries(page).getByText('Nightly sync').first().waitFor();
    await filters(page).getByRole('button', { name: 'Remove the filter: One key' }).click();
    await expect.poll(() => new URL(page.url()).search, soon).toBe('?outcome=denied');
    await filters(page).getByLabel('To', { exact: true }).fill('2020-01-01');
    await page.getByText('Nothing matches').waitFor();
    await entries(page).getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => new URL(page.url()).search, soon).toBe('');
    await rowsOf(page).nth(1).waitFor();
  });

  test('pages on', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(LOG);
    await rowsOf(page).nth(25).waitFor();
    expect(await rowsOf(page).count()).toBe(26);
    await page.getByRole('button', { name: 'Load more' }).click();
    await rowsOf(page).nth(50).waitFor();
    expect(await rowsOf(page).count()).toBe(51);
  });

  test('is read with the keyboard alone, which comes back to the entry that it left', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(`${LOG}?action=api_key.created`);
    await entries(page).getByRole('table').waitFor();
    await tabTo(page, 'Created an API key');
    await page.keyboard.press('Enter');
    await details(page).getByText('What changed').waitFor();
    await page.keyboard.press('Escape');
    await details(page).waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent), soon).toBe('Created an API key');
  });

  test('is exported as a file that verifies', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(LOG);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export all' }).click()]);
    expect(download.suggestedFilename()).toMatch(/^acme-audit-log-\d{4}-\d\d-\d\d\.jsonl$/);
    const { keys } = (await (await fetch(`${server.url}/.well-known/reqbase-audit-keys`)).json()) as { keys: [] };
    const verified = await verifyAuditLog([readFileSync(await download.path())], { publicKeys: keys });
    expect(verified).toMatchObject({ isIntact: true });
  });

  test('says on Free which plan it comes with, and is not offered to a developer', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/organizations/tiny/audit-log');
    await page.getByText('The audit log comes with Scale').waitFor();
    expect(await page.getByRole('link', { name: 'Export all' }).count()).toBe(0);
    await page.waitForFunction(() => document.title === 'Audit log · Tiny · Reqbase');
    const developer = await visit({ role: 'developer' });
    await developer.page.goto('/projects/demo/backlog');
    await developer.page.getByRole('table').waitFor();
    expect(await developer.page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
    await developer.page.goto(LOG);
    await developer.page.getByText('Your role does not include the audit log').waitFor();
  });
});

describe.for([
  { colorScheme: 'light', width: 1280, height: 860 },
  { colorScheme: 'dark', width: 1280, height: 860 },
  { colorScheme: 'light', width: 390, height: 844 },
  { colorScheme: 'dark', width: 390, height: 844 },
] as const)('in $colorScheme, $width px wide', ({ colorScheme, width, height }) => {
  test('it fits, and has nothing that axe finds wrong', async ({ visit }) => {
    const { page } = await visit({ role: 'owner', colorScheme, viewport: { width, height } });
    const look = async (name: string, fullPage: boolean) => {
      await settle(page);
      await shoot(page, `audit-${name}-${colorScheme}-${width}`, { fullPage });
      expect([name, await faultsOf(page), await overflowOf(page)]).toEqual([name, [], 0]);
    };
    await page.goto(`${LOG}?key=00000000-0000-7000-8000-000000000000`);
    await page.getByText('Nothing matches').waitFor();
    await look('nothing', false);
    await page.goto(LOG);
    await page.getByText('Load more').waitFor();
    await look('list', width < 1_000);
    await entries(page).getByRole('button', { name: 'Created a request' }).first().click();
    await details(page).getByText('What changed').waitFor();
    await look('entry', false);
    await page.goto('/organizations/tiny/audit-log');
    await page.getByText('The audit log comes with Scale').waitFor();
    await look('free', false);
  });
});
