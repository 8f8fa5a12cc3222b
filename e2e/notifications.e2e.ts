import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { faultsOf, settle } from './look.ts';
import { widgetVisitor } from './widget-visitor.ts';

const PATH = '/projects/demo/notifications';
const dialog = (page: Page) => page.getByRole('dialog');
const feed = (page: Page) => page.getByRole('region', { name: 'Notifications' }).getByRole('listitem');
const link = (page: Page) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Notifications/ });

async function announce(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'New announcement' }).click();
  await dialog(page).getByLabel('Title').fill(title);
  await dialog(page).getByLabel('Text').fill('Have a look under Settings.');
  await dialog(page).getByRole('button', { name: 'Send to everyone' }).click();
}

describe('the feed', () => {
  test('says what is new since the last look, counts it until it is seen, and shows what comes in', async ({ visit, server }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/backlog');
    await link(page).getByText('42').waitFor();
    await link(page).click();
    await feed(page).first().getByText('New', { exact: true }).waitFor();
    await link(page).getByText('42').waitFor({ state: 'detached' });
    await page.reload();
    await feed(page).first().waitFor();
    expect(await page.getByText('New', { exact: true }).count()).toBe(0);

    const { conversationId } = await widgetVisitor(server).ask('Do I hear of it at once?');
    await feed(page).first().getByText('Do I hear of it at once?').first().waitFor();
    await feed(page).first().getByText('New', { exact: true }).waitFor();
    await feed(page).first().getByRole('link').click();
    await page.waitForURL(new RegExp(`/inbox/${conversationId}|/backlog/`));
  });

  test('is narrowed by what the address says, and goes on page by page', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto(PATH);
    await feed(page).first().waitFor();
    const before = await feed(page).count();
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.waitForFunction(
      (count) => document.querySelectorAll('section[aria-label=Notifications] li').length > count,
      before,
    );
    await page.getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: 'Message from a requester' }).click();
    await page.waitForURL(/type=message\.received/);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('section[aria-label=Notifications] li')].every((entry) =>
        entry.textContent.includes('Message from a requester'),
      ),
    );
    await page.getByText('To requesters', { exact: true }).click();
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await feed(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(await page.getByRole('button', { name: 'New announcement' }).count()).toBe(0);
  });
});

describe('an announcement', () => {
  test('reaches who has used the widget; three go out a day, and the page says when the next one can', async ({
    visit,
    server,
  }) => {
    const headers = {
      'content-type': 'application/json',
      origin: server.url,
      'x-reqbase-visitor': randomBytes(24).toString('base64url'),
    };
    const submitted = await fetch(`${server.url}/w/demo/submit`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ category: 'OTHER', text: 'What is new?' }),
    });
    expect(submitted.status).toBe(201);
    const { page, expectRefusal } = await visit({ role: 'developer' });
    await page.goto(PATH);
    await page.getByRole('button', { name: 'New announcement' }).click();
    await dialog(page).getByRole('button', { name: 'Send to everyone' }).click();
    await dialog(page).getByText('Say in a few words what is new.').waitFor();
    await dialog(page).getByLabel('Title').fill('Dark mode is here');
    // What is typed is not thrown away by a key, nor by a slip.
    const question = page.getByRole('dialog', { name: 'Discard what you have written?' });
    const isAsked = () => page.waitForFunction(() => document.activeElement?.textContent === 'Keep writing');
    await page.keyboard.press('Escape');
    await isAsked();
    await settle(page);
    expect(await faultsOf(page)).toEqual([]);
    await shoot(page, 'announcement-discard-light-1280', { fullPage: false });
    await page.keyboard.press('Enter');
    await question.waitFor({ state: 'detached' });
    await dialog(page).getByRole('button', { name: 'Close' }).click();
    await isAsked();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await settle(page);
    expect(await question.count()).toBe(0);
    expect(await dialog(page).getByLabel('Title').inputValue()).toBe('Dark mode is here');
    await page.keyboard.press('Escape');
    await isAsked();
    await question.getByRole('button', { name: 'Discard' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'New announcement' }).click();
    expect(await dialog(page).getByLabel('Title').inputValue()).toBe('');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await announce(page, 'Dark mode is here');
    await page.getByText(/^The announcement went to \d+ requesters\.$/).waitFor();
    await feed(page).first().getByText('Dark mode is here').waitFor();
    await feed(page)
      .first()
      .getByText(/^To \d+ requesters$/)
      .waitFor();
    const told = await (await fetch(`${server.url}/w/demo/notifications`, { headers })).text();
    expect(told).toContain('Dark mode is here');

    // With the keyboard alone.
    await tabTo(page, 'New announcement');
    await page.keyboard.press('Enter');
    await dialog(page).getByText('1 of 3 sent today (UTC).').waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') !== null);
    await tabTo(page, 'Title');
    await page.keyboard.type('The second');
    await page.keyboard.press('Tab');
    await page.keyboard.type('With the keyboard.');
    await tabTo(page, 'Send to everyone');
    await page.keyboard.press('Enter');
    await feed(page).first().getByText('The second').waitFor();

    // The third is written while another goes out elsewhere.
    expectRefusal(429);
    await page.getByRole('button', { name: 'New announcement' }).click();
    await dialog(page).getByText('2 of 3 sent today (UTC).').waitFor();
    await dialog(page).getByLabel('Title').fill('One too many');
    await dialog(page).getByLabel('Text').fill('Not lost.');
    const elsewhere = await fetch(`${server.url}/p/demo/api/v1/announcements`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'The third', body: 'By the API.' }),
    });
    expect(elsewhere.status).toBe(201);
    await dialog(page).getByRole('button', { name: 'Send to everyone' }).click();
    await dialog(page).getByText('Three announcements a day have been sent.').waitFor();
    expect(await dialog(page).getByLabel('Text').inputValue()).toBe('Not lost.');
    await dialog(page).getByText('Three were sent today; the next is possible from 00:00 UTC.').waitFor();
    expect(await dialog(page).getByRole('button', { name: 'Send to everyone' }).isDisabled()).toBe(true);
    await settle(page);
    await shoot(page, 'announcement-refused-light-1280', { fullPage: false });
  });
});
