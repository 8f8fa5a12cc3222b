import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { widgetVisitor } from './widget-visitor.ts';

const PATH = '/projects/demo/requesters';
const list = (page: Page) => page.getByRole('region', { name: 'Requesters' });
const rows = (page: Page) => list(page).locator('tbody tr');
const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

describe('the list of requesters', () => {
  test('is searched, narrowed and ordered by what the address says, and the same again on the way back', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto(PATH);
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('northwind');
    await page.waitForURL(/q=northwind/);
    await page.waitForFunction(() => {
      const found = [...document.querySelectorAll('tbody tr')];
      return found.length > 0 && found.every((row) => row.textContent.includes('Northwind'));
    });
    await page.getByRole('combobox', { name: 'Order' }).click();
    await page.getByRole('option', { name: 'Most revenue first' }).click();
    await page.waitForURL(/sort=revenue/);
    await page.waitForFunction(() => document.querySelector('tbody tr td:nth-child(4)')?.textContent === '$199');
    const names = await rows(page).allTextContents();
    await rows(page).first().getByRole('link').click();
    await section(page, 'Details').getByText('Northwind').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Requesters' }).click();
    await rows(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('?q=northwind&sort=revenue');
    expect(await rows(page).allTextContents()).toEqual(names);
    await page.getByRole('searchbox', { name: 'Search' }).fill('nobody at all');
    await page.getByText('Nobody matches').waitFor();
    await page.getByRole('button', { name: 'Show everybody' }).click();
    await rows(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('?kind=all&sort=revenue');
  });

  test('goes on page by page without repeating anybody', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto(`${PATH}?kind=all`);
    await rows(page).first().waitFor();
    const more = page.getByRole('button', { name: 'Load more' });
    while ((await more.count()) > 0) {
      const before = await rows(page).count();
      await more.click();
      await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length > count, before);
    }
    const ids = await rows(page)
      .getByRole('link')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(ids.length).toBeGreaterThan(70);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('of a project that nobody has come to yet says how people get there', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/tiny/requesters');
    await page.getByText('Nobody has identified themselves yet').waitFor();
    await page.getByRole('button', { name: 'Show anonymous visitors too' }).click();
    await page.getByText('Nobody has asked yet').waitFor();
  });
});

describe('a requester', () => {
  test('who wrote by the widget is there with what they asked, and is changed with the keyboard', async ({ visit, server }) => {
    await widgetVisitor(server, 'demo', 'Wanda Widget').ask('Where is the manual?');
    const { page } = await visit({ role: 'developer' });
    await page.goto(`${PATH}?kind=all&q=wanda`);
    await list(page).getByRole('link', { name: 'Wanda Widget' }).click();
    await section(page, 'Requests').getByRole('link', { name: 'Where is the manual?' }).waitFor();
    await section(page, 'Conversations').getByText('Open').waitFor();
    await section(page, 'Details').getByText('vera@visitor.example (not verified)').waitFor();

    await tabTo(page, 'Edit');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') !== null);
    await tabTo(page, 'Company');
    await page.keyboard.type('Widget Works');
    await page.keyboard.press('Enter');
    await section(page, 'Details').getByText('Widget Works').waitFor();
    expect(await page.getByRole('button', { name: 'Erase', exact: true }).count()).toBe(0);

    await section(page, 'Requests').getByRole('link', { name: 'Where is the manual?' }).click();
    await section(page, 'Details').getByRole('link', { name: 'Wanda Widget' }).click();
    await page.getByRole('heading', { name: 'Wanda Widget', level: 1 }).waitFor();
  });

  test('is erased for good by an admin, after a question; what they asked for stays without their name', async ({
    visit,
    server,
  }) => {
    const { featureId } = await widgetVisitor(server, 'demo', 'Erin Erased').ask('Forget me, please');
    const { page, expectRefusal } = await visit({ role: 'admin' });
    expectRefusal(404);
    await page.goto(`${PATH}?kind=all&q=erin`);
    await list(page).getByRole('link', { name: 'Erin Erased' }).click();
    await page.getByRole('heading', { name: 'Erin Erased', level: 1 }).waitFor();
    const address = page.url();
    await page.getByRole('button', { name: 'Erase', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Erase', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Erase for good' }).click();
    await page.getByText('Erin Erased is erased.').waitFor();
    await rows(page).first().waitFor();
    await page.goto(address);
    await page
      .getByRole('alert')
      .getByText(/not found/i)
      .waitFor();
    await page.goto(`/projects/demo/backlog/${featureId}`);
    await page.getByRole('heading', { name: 'Forget me, please', level: 1 }).waitFor();
    expect(await page.getByText('Erin Erased').count()).toBe(0);
  });

  test('is read by a viewer, who is offered nothing that changes them', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto(PATH);
    await rows(page).first().getByRole('link').click();
    await section(page, 'Details').getByText('Known by').waitFor();
    for (const name of ['Edit', 'Erase']) expect(await page.getByRole('button', { name }).count()).toBe(0);
  });
});
