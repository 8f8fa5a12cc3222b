import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { faultsOf, settle } from './look.ts';
import type { Server } from './server.ts';

/** Waits until there are rows, and each has the text in it. */
const everyRowSays = (page: Page, text: string) =>
  page.waitForFunction((wanted) => {
    const found = [...document.querySelectorAll('tbody tr')];
    return found.length > 0 && found.every((row) => row.textContent.includes(wanted));
  }, text);
const rows = (page: Page) => page.getByRole('table').locator('tbody tr');
const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

async function choose(page: Page, field: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: field, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

async function rest(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}/p/demo/api/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' },
  });
}

/** Makes a feature by the API, as a backend would, and returns its id. */
async function createFeature(server: Server, title: string): Promise<string> {
  const answer = await rest(server, '/features', { method: 'POST', body: JSON.stringify({ title, tags: ['e2e'] }) });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { data: { id: string } }).data.id;
}

describe('the list', () => {
  test('is filtered by what the address says, and the address by what is chosen', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/backlog');
    await rows(page).first().waitFor();
    await page.locator('label').filter({ hasText: 'In progress' }).click();
    await page.waitForURL(/status=IN_PROGRESS/);
    await choose(page, 'Category', 'Error');
    await page.waitForURL(/category=ERROR/);
    await page.keyboard.press('Escape');
    await everyRowSays(page, 'Error');
    const texts = await rows(page).allTextContents();
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text).toMatch(/Error.*In progress/);

    await page.reload();
    await rows(page).first().waitFor();
    expect(await rows(page).allTextContents()).toEqual(texts);
  });

  test('is searched with `/`, and says when nothing matches', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/backlog');
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('keyboard shortcuts');
    await page.waitForURL(/q=keyboard\+shortcuts/);
    await everyRowSays(page, 'Keyboard shortcuts');
    await page.getByRole('searchbox', { name: 'Search' }).fill('no such words at all');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).last().click();
    await rows(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('');
  });

  test('is narrowed by a tag out of those in use', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/backlog');
    await rows(page).first().waitFor();
    await choose(page, 'Tags', 'billing');
    await page.waitForURL(/tag=billing/);
    await everyRowSays(page, 'billing');
  });

  test('is sorted by a column, both ways, and goes on page by page without repeating anything', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/backlog');
    await page.getByRole('button', { name: 'Votes' }).click();
    await page.waitForURL(/sort=votes/);
    await page.getByRole('columnheader', { name: 'Votes' }).and(page.locator('[aria-sort=descending]')).waitFor();
    for (const shown of [25, 50, 75]) {
      await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length === count, shown);
      if (shown < 75) await page.getByRole('button', { name: 'Load more' }).click();
    }
    const votes = (await rows(page).locator('td:nth-child(5)').allTextContents()).map(Number);
    expect(votes).toEqual(votes.toSorted((a, b) => b - a));
    const numbers = await rows(page).locator('td:nth-child(1)').allTextContents();
    expect(new Set(numbers).size).toBe(75);
    await page.getByRole('button', { name: 'Votes' }).click();
    await page.getByRole('columnheader', { name: 'Votes' }).and(page.locator('[aria-sort=ascending]')).waitFor();
  });

  test('is the same again on the way back from a request', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/backlog?category=FEATURE&sort=votes');
    await rows(page).first().getByRole('link').click();
    await section(page, 'Comments').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Backlog' }).click();
    await rows(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('?category=FEATURE&sort=votes');
  });
});

describe('a request', () => {
  test('is made by hand, and one of the same title is pointed out', async ({ visit }) => {
    const { page } = await visit({ role: 'developer' });
    const make = async () => {
      await page.getByRole('button', { name: 'New request' }).click();
      await page.getByRole('dialog').getByLabel('Title').fill('Print the yearly summary');
      await page.getByRole('dialog').getByRole('button', { name: 'Create request' }).click();
    };
    await page.goto('/projects/demo/backlog');
    await make();
    await page.getByRole('heading', { name: 'Print the yearly summary', level: 1 }).waitFor();
    await page.goto('/projects/demo/backlog');
    await make();
    await page.getByText('Is this a duplicate?').waitFor();
    await page.getByRole('link', { name: /^#\d+ Print the yearly summary$/ }).waitFor();
  });

  test('is commented on, noted on, and moved', async ({ visit, server }) => {
    const id = await createFeature(server, 'Move me');
    const { page } = await visit({ role: 'developer' });
    await page.goto(`/projects/demo/backlog/${id}`);
    await page.getByLabel('Add a comment').fill('We are on it.');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await section(page, 'Comments').getByRole('listitem').getByText('We are on it.').waitFor();

    await section(page, 'Developer note').getByRole('button', { name: 'Write' }).click();
    await page.getByRole('textbox', { name: 'Developer note' }).fill('Small change.');
    await page.getByRole('button', { name: 'Save note' }).click();
    await section(page, 'Developer note').getByText('Small change.').waitFor();

    await choose(page, 'Status', 'Completed');
    await choose(page, 'Outcome', 'Shipped');
    await page.getByRole('button', { name: 'Save status' }).click();
    await page.getByText('is now “Completed”').waitFor();
    const { data } = (await (await rest(server, `/features/${id}`)).json()) as { data: unknown };
    expect(data).toMatchObject({
      status: 'COMPLETED',
      completionKind: 'SHIPPED',
      commentCount: 1,
      developerNote: 'Small change.',
    });
  });

  test('that subscribers are told of waits for five seconds in which it is taken back, and leaves at once with who goes elsewhere', async ({
    visit,
    server,
  }) => {
    const id = await createFeature(server, 'Not so fast');
    const statusOf = async () =>
      ((await (await rest(server, `/features/${id}`)).json()) as { data: { status: string; version: number } }).data;
    const { page } = await visit({ role: 'developer' });
    await page.goto(`/projects/demo/backlog/${id}`);
    await choose(page, 'Status', 'In progress');
    await page.getByLabel('What subscribers are told').fill('Starting on Monday.');
    await page.getByRole('button', { name: 'Save status' }).click();
    await section(page, 'Status').getByText('It goes out in a moment.').waitFor();
    await settle(page);
    expect(await faultsOf(page)).toEqual([]);
    await shoot(page, 'status-held-light-1280', { fullPage: false });
    await section(page, 'Status').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Save status' }).waitFor();
    await page.waitForTimeout(6_000);
    expect(await statusOf()).toMatchObject({ status: 'NEEDS_ACTION' });
    expect(await page.getByLabel('What subscribers are told').inputValue()).toBe('Starting on Monday.');

    // A comment meanwhile is no reason to refuse it.
    await page.getByRole('button', { name: 'Save status' }).click();
    const comment = await rest(server, `/features/${id}/comments`, { method: 'POST', body: JSON.stringify({ body: 'Hurry!' }) });
    expect(comment.status).toBe(201);
    await section(page, 'Comments').getByText('Hurry!').waitFor();
    await section(page, 'Status').getByRole('button', { name: 'Undo' }).waitFor();
    await page.getByText('is now “In progress”').waitFor();

    await choose(page, 'Status', 'Completed');
    await page.getByRole('button', { name: 'Save status' }).click();
    await section(page, 'Status').getByRole('button', { name: 'Undo' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Backlog' }).click();
    await expect.poll(async () => (await statusOf()).status, { timeout: 3_000 }).toBe('COMPLETED');

    // Nobody is told that it is open again: nothing to take back.
    await page.goto(`/projects/demo/backlog/${id}`);
    await choose(page, 'Status', 'Needs action');
    await page.getByRole('button', { name: 'Save status' }).click();
    await expect.poll(async () => (await statusOf()).status, { timeout: 3_000 }).toBe('NEEDS_ACTION');
  });

  test('is closed as a duplicate of one that is searched for', async ({ visit, server }) => {
    const original = await createFeature(server, 'Calendar of releases');
    const id = await createFeature(server, 'A calendar, please');
    const { page } = await visit({ role: 'developer' });
    await page.goto(`/projects/demo/backlog/${id}`);
    await choose(page, 'Status', 'Completed');
    await choose(page, 'Outcome', 'Duplicate');
    await page.getByRole('combobox', { name: 'Duplicate of' }).fill('calendar of');
    await page.getByRole('option', { name: /Calendar of releases/ }).click();
    await page.getByRole('button', { name: 'Save status' }).click();
    await section(page, 'Details')
      .getByRole('link', { name: /Calendar of releases/ })
      .waitFor();
    const { data } = (await (await rest(server, `/features/${id}`)).json()) as { data: unknown };
    expect(data).toMatchObject({ closeReason: 'DUPLICATE', duplicateOfId: original });
  });

  test('that somebody else has changed is not overwritten: the page says so and loads it anew', async ({ visit, server }) => {
    const id = await createFeature(server, 'Contested');
    const { page, expectRefusal } = await visit({ role: 'developer' });
    expectRefusal(412);
    // A page that is told of it loads it anew by itself: this one is not.
    await page.route(/live\.watch/, (route) => route.abort());
    await page.goto(`/projects/demo/backlog/${id}`);
    await section(page, 'Status').waitFor();
    const elsewhere = await rest(server, `/features/${id}`, { method: 'PATCH', body: JSON.stringify({ status: 'IN_PROGRESS' }) });
    expect(elsewhere.status).toBe(200);
    await choose(page, 'Status', 'Completed');
    await page.getByRole('button', { name: 'Save status' }).click();
    await page.getByText('Somebody else has changed this request').waitFor();
    await page.getByRole('button', { name: 'Reload request' }).click();
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('section[aria-labelledby=status] input')?.value === 'In progress',
    );
    await choose(page, 'Status', 'Completed');
    await page.getByRole('button', { name: 'Save status' }).click();
    await page.getByText('is now “Completed”').waitFor();
  });

  test('is offered only the statuses of its category', async ({ visit, server }) => {
    const answer = await rest(server, '/features', {
      method: 'POST',
      body: JSON.stringify({ title: 'So nice', category: 'FEEDBACK' }),
    });
    const { data } = (await answer.json()) as { data: { id: string } };
    const { page } = await visit({ role: 'developer' });
    await page.goto(`/projects/demo/backlog/${data.id}`);
    await page.getByRole('combobox', { name: 'Status' }).click();
    await page.getByRole('option').first().waitFor();
    expect(await page.getByRole('option').allTextContents()).toEqual(['Needs action', 'Completed']);
  });

  test('shows who asked for it and the picture that came with it, large on a click', async ({ visit, server }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/backlog');
    await rows(page).first().waitFor();
    const screenshot = (await page.screenshot()).toString('base64');
    const submitted = await fetch(`${server.url}/w/demo/submit`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: server.url,
        'x-reqbase-visitor': randomBytes(24).toString('base64url'),
      },
      body: JSON.stringify({ category: 'ERROR', text: 'The list is empty', name: 'Petra Picture', screenshot }),
    });
    expect(submitted.status).toBe(201);
    const { data } = (await submitted.json()) as { data: { request: { id: string } } };
    await page.goto(`/projects/demo/backlog/${data.request.id}`);
    await section(page, 'Details').getByRole('link', { name: 'Petra Picture' }).waitFor();
    await section(page, 'Screenshot').getByRole('img', { name: 'What the requester saw' }).waitFor();
    await settle(page);
    await shoot(page, 'feature-screenshot-light-1280');
    await page.getByRole('button', { name: 'Show the screenshot large' }).click();
    const large = page.getByRole('dialog').getByRole('img', { name: 'What the requester saw' });
    await expect.poll(() => large.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1280);
    expect(await faultsOf(page)).toEqual([]);
    await settle(page);
    await shoot(page, 'feature-screenshot-large-light-1280', { fullPage: false });
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'detached' });
  });

  test('tells its subscribers the usual words, which the page shows, or others', async ({ visit, server }) => {
    const { page } = await visit({ role: 'developer' });
    const told = async () => {
      const answer = await rest(server, '/notifications?type=feature.status_changed&type=feature.completed&limit=1');
      return ((await answer.json()) as { data: { items: { body: string }[] } }).data.items[0]?.body;
    };
    const id = await createFeature(server, 'Say something');
    await page.goto(`/projects/demo/backlog/${id}`);
    const words = page.getByLabel('What subscribers are told');
    expect(await words.count()).toBe(0);
    await choose(page, 'Status', 'In progress');
    expect(await words.getAttribute('placeholder')).toBe('We are working on it.');
    await page.getByRole('button', { name: 'Save status' }).click();
    await page.getByText('is now “In progress”').waitFor();
    expect(await told()).toBe('We are working on it.');
    await choose(page, 'Status', 'Completed');
    await choose(page, 'Outcome', 'Shipped');
    expect(await words.getAttribute('placeholder')).toBe('It has shipped.');
    await words.fill('Out today, thanks to you.');
    await page.getByRole('button', { name: 'Save status' }).click();
    await page.getByText('is now “Completed”').waitFor();
    expect(await told()).toBe('Out today, thanks to you.');
  });

  test('loses a comment after a question', async ({ visit, server }) => {
    const id = await createFeature(server, 'Talked about');
    await rest(server, `/features/${id}/comments`, { method: 'POST', body: JSON.stringify({ body: 'Wrong place, sorry' }) });
    const { page } = await visit({ role: 'developer' });
    await page.goto(`/projects/demo/backlog/${id}`);
    await section(page, 'Comments')
      .getByRole('button', { name: /^Delete the comment of/ })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete comment' }).click();
    await section(page, 'Comments').getByText('Nobody has said anything yet.').waitFor();
  });

  test('is deleted after a question, and gone', async ({ visit, server }) => {
    const id = await createFeature(server, 'Delete me');
    const { page, expectRefusal } = await visit({ role: 'developer' });
    expectRefusal(404);
    await page.goto(`/projects/demo/backlog/${id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete request' }).click();
    await rows(page).first().waitFor();
    expect(await page.getByText('Delete me').count()).toBe(0);
    await page.goto(`/projects/demo/backlog/${id}`);
    await page.getByRole('alert').getByText('Feature not found').waitFor();
  });
});

describe('a viewer', () => {
  test('reads a request and is offered nothing that changes it', async ({ visit, server }) => {
    const id = await createFeature(server, 'Look, do not touch');
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/backlog');
    await rows(page).first().waitFor();
    expect(await page.getByRole('button', { name: 'New request' }).count()).toBe(0);
    await page.goto(`/projects/demo/backlog/${id}`);
    await section(page, 'Comments').getByText('Nobody has said anything yet.').waitFor();
    await section(page, 'Voters').waitFor();
    for (const name of ['Save status', 'Comment', 'Delete', 'Write'])
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
    expect(await section(page, 'Developer note').count()).toBe(0);
  });
});

describe('on Free', () => {
  test('requests are made and moved, and comments come with Pro', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/tiny/backlog');
    await page.getByText('Nothing has been asked for yet').waitFor();
    await page.getByRole('button', { name: 'New request' }).first().click();
    await page.getByRole('dialog').getByLabel('Title').fill('The first one');
    await page.getByRole('dialog').getByRole('button', { name: 'Create request' }).click();
    await page.getByRole('heading', { name: 'The first one' }).waitFor();
    await page.getByText('Writing comments comes with Pro').waitFor();
    expect(await page.getByLabel('Add a comment').count()).toBe(0);
  });
});
