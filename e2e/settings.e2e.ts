import { createHmac } from 'node:crypto';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { faultsOf, settle } from './look.ts';
import type { Server } from './server.ts';

const PATH = '/projects/demo/settings';
const identity = (page: Page) => page.getByRole('region', { name: 'Identity' });
const textOf = async (page: Page, label: string) =>
  (await page.getByRole('region', { name: label, exact: true }).locator('code').textContent()) ?? '';

/** Signs a token as the example on the page does. */
function tokenFor(secret: string, audience: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part({ sub: 'user-1', email: 'user@customer.example', aud: audience, iat: now, exp: now + 300 })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** How the widget's endpoints answer who comes with the token. */
async function callWith(server: Server, token: string): Promise<number> {
  const headers = { origin: server.url, 'x-reqbase-identity': token };
  return (await fetch(`${server.url}/w/demo/mine`, { headers })).status;
}

describe('the settings of a project', () => {
  test('are changed by the owner, and shown everywhere', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(PATH);
    await page.getByLabel('Name').fill('Demo & friends');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('berlin');
    await page.getByRole('option', { name: 'Europe/Berlin' }).click();
    await page.getByLabel('Domain').fill('example.com');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('The settings are saved.').waitFor();
    await page.getByRole('navigation').getByText('Demo & friends').waitFor();
    await page.reload();
    expect(await page.getByLabel('Name').inputValue()).toBe('Demo & friends');
    expect(await page.getByLabel('Domain').inputValue()).toBe('example.com');
    await page.getByLabel('Name').fill('Demo');
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').getByText('Demo', { exact: true }).waitFor();
  });

  test('that are refused say where and why, and what was typed is neither lost nor left by mistake', async ({ visit }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(400);
    await page.goto(PATH);
    await page.getByLabel('Domain').fill('https://example.com/shop');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('Must be a host name, such as example.com.').waitFor();
    expect(await page.getByLabel('Domain').inputValue()).toBe('https://example.com/shop');
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click();
    expect(await page.getByLabel('Domain').inputValue()).toBe('https://example.com/shop');
    await page.getByLabel('Name').fill(' ');
    await page.getByText('A project needs a name.').waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await page.getByLabel('Name').inputValue()).toBe('Demo');
  });

  test('that somebody else has changed meanwhile are not written over unseen', async ({ visit }) => {
    const [mine, theirs] = [await visit({ role: 'owner' }), await visit({ role: 'owner' })];
    mine.expectRefusal(412);
    // Without the stream of events, which would tell of it before saving does.
    await mine.page.route('**/trpc/live.watch**', (route) => route.abort());
    await mine.page.goto(PATH);
    await mine.page.getByLabel('Domain').fill('mine.example.com');
    await theirs.page.goto(PATH);
    await theirs.page.getByLabel('Domain').fill('theirs.example.com');
    await theirs.page.getByRole('button', { name: 'Save settings' }).click();
    await theirs.page.getByText('The settings are saved.').waitFor();
    await mine.page.getByRole('button', { name: 'Save settings' }).click();
    await mine.page.getByText('Somebody else has changed the settings meanwhile').waitFor();
    expect(await mine.page.getByLabel('Domain').inputValue()).toBe('mine.example.com');
    await mine.page.getByRole('button', { name: 'Reload, drop my changes' }).click();
    expect(await mine.page.getByLabel('Domain').inputValue()).toBe('theirs.example.com');
    await mine.page.getByLabel('Domain').fill('mine.example.com');
    await mine.page.getByRole('button', { name: 'Save settings' }).click();
    await mine.page.getByText('The settings are saved.').waitFor();
  });

  test('are read by a developer, who is told who changes them, and sees nothing of the secret', async ({ visit }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto(PATH);
    await page.getByText('Only the owner changes the settings of the project.').waitFor();
    expect(await page.getByLabel('Name').isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: /Save|secret|Rotate/ }).count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Identity' }).count()).toBe(0);
  });
});

describe('the identity secret', () => {
  test('signs tokens that count, is hidden again, and is followed by another, gently or at once', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(PATH);
    await identity(page).getByText('There is no secret yet.').waitFor();
    await identity(page).getByRole('button', { name: 'Make a secret' }).click();
    const first = await textOf(page, 'Secret');
    const [, audience = ''] = /setAudience\('([^']+)'\)/.exec(await textOf(page, 'Example for Node.js')) ?? [];
    expect(await callWith(server, tokenFor(first, audience))).toBe(200);
    expect(await callWith(server, tokenFor(`${first}x`, audience))).toBe(401);
    await identity(page).getByRole('button', { name: 'Copy secret' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(first);
    await identity(page).getByRole('button', { name: 'Hide secret' }).click();
    expect(await page.content()).not.toContain(first);

    await page.reload();
    await identity(page).getByRole('button', { name: 'Reveal secret' }).click();
    await identity(page).getByRole('button', { name: 'Hide secret' }).waitFor();
    expect(await textOf(page, 'Secret')).toBe(first);

    await identity(page).getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('radio', { name: '24 hours' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    await identity(page)
      .getByText(/The former one is accepted too and ends/)
      .waitFor();
    const second = await textOf(page, 'Secret');
    expect(second).not.toBe(first);
    expect(await callWith(server, tokenFor(first, audience))).toBe(200);
    expect(await callWith(server, tokenFor(second, audience))).toBe(200);

    // While two are accepted there is no third beside them: the page says until when, and offers what is possible.
    await identity(page).getByRole('button', { name: 'Rotate' }).click();
    await page
      .getByRole('dialog')
      .getByText(/A rotation is under way until \w+ \d+, 20\d\d/)
      .waitFor();
    for (const name of ['24 hours', '7 days'])
      expect(await page.getByRole('dialog').getByRole('radio', { name }).isDisabled()).toBe(true);
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).isDisabled()).toBe(true);
    await settle(page);
    expect(await faultsOf(page)).toEqual([]);
    await shoot(page, 'rotation-under-way-light-1280', { fullPage: false });
    await page.getByRole('dialog').getByRole('radio', { name: 'None' }).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    await identity(page)
      .getByText(/The former one is accepted too/)
      .waitFor({ state: 'detached' });
    const third = await textOf(page, 'Secret');
    expect(await callWith(server, tokenFor(first, audience))).toBe(401);
    expect(await callWith(server, tokenFor(second, audience))).toBe(401);
    expect(await callWith(server, tokenFor(third, audience))).toBe(200);
  });
});

describe('the address for agents', () => {
  test('is there with what to write into each client, and is the one that the server answers at', async ({ visit, server }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto(PATH);
    const section = page.getByRole('region', { name: 'MCP' });
    await section.getByRole('button', { name: 'Copy address' }).click();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    const headers = {
      authorization: `Bearer ${server.demoKey}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const { result } = (await (await fetch(url, { method: 'POST', headers, body })).json()) as { result: { tools: object[] } };
    expect(result.tools).toHaveLength(20);
    expect(await textOf(page, 'Command')).toContain(`claude mcp add --transport http reqbase ${url} `);
    for (const [client, label] of [
      ['Cursor', '.cursor/mcp.json'],
      ['VS Code', '.vscode/mcp.json'],
      ['By a command', 'Configuration'],
    ] as const) {
      await section.getByText(client, { exact: true }).click();
      const configuration = await textOf(page, label);
      expect(() => JSON.parse(configuration), client).not.toThrow();
      if (client !== 'By a command') expect(configuration).toContain(url);
    }
    // Until then the button is called otherwise than it reads.
    await section.getByText('Copied').waitFor({ state: 'detached' });
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      await section.scrollIntoViewIfNeeded();
      await settle(page);
      expect(await faultsOf(page)).toEqual([]);
      await shoot(page, `settings-mcp-${colorScheme}-${width}`, { fullPage: false });
    }
  });
});

describe('a project', () => {
  test('is made by the owner of the organization, and deleted by who types its slug', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(409);
    await page.goto('/projects/demo/settings');
    await page.getByRole('button', { name: 'New project' }).click();
    const dialog = page.getByRole('dialog', { name: 'New project' });
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Give it a name.').waitFor();
    await dialog.getByLabel('Name').fill('Second shop');
    await dialog.getByLabel('Slug').fill('demo');
    await page.keyboard.press('Enter');
    await dialog.getByText('The slug is taken.').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await settle(page);
      expect(await faultsOf(page)).toEqual([]);
      await shoot(page, `project-new-${colorScheme}-1280`);
    }
    await dialog.getByLabel('Slug').fill('');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/projects/second-shop/backlog');
    await page.getByRole('heading', { name: 'Backlog' }).waitFor();
    await page.goto('/projects/second-shop/settings');
    await page.getByRole('button', { name: 'Delete the project' }).click();
    const question = page.getByRole('dialog', { name: 'Delete Second shop?' });
    await question.getByLabel('Type second-shop to confirm').fill('second');
    expect(await question.getByRole('button', { name: 'Delete for good' }).isDisabled()).toBe(true);
    await question.getByLabel('Type second-shop to confirm').fill('second-shop');
    await page.setViewportSize({ width: 390, height: 844 });
    await settle(page);
    expect(await faultsOf(page)).toEqual([]);
    await shoot(page, 'project-delete-dark-390');
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.keyboard.press('Enter');
    await page.waitForURL('**/projects/demo/backlog');
    const { data } = (await (
      await fetch(`${server.url}/api/v1/orgs/acme/projects`, { headers: { 'x-api-key': server.demoKey } })
    ).json()) as { data: { slug: string }[] };
    expect(data.map(({ slug }) => slug)).toEqual(['demo']);
  });

  test('is offered neither to make nor to delete to who may not', async ({ visit }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/settings');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await page.getByRole('button', { name: 'New project' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Delete the project' }).count()).toBe(0);
  });
});
