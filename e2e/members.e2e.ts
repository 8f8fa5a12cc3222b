import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { faultsOf, settle } from './look.ts';
import type { Server } from './server.ts';

const PATH = '/projects/demo/members';
const PASSWORD = 'correct horse battery';
const dialog = (page: Page) => page.getByRole('dialog');
const member = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Members' }).getByRole('listitem').filter({ hasText: name });
const invitation = (page: Page, email: string) =>
  page.getByRole('region', { name: 'Invitations' }).getByRole('listitem').filter({ hasText: email });

async function invite(page: Page, email: string, role: string): Promise<void> {
  await page.getByRole('button', { name: 'Invite' }).click();
  await dialog(page).getByLabel('E-mail').fill(email);
  await dialog(page).getByRole('radio', { name: role }).check();
  await dialog(page).getByRole('button', { name: 'Send invitation' }).click();
}

async function act(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Where the link in the next e-mail to an address leads. */
async function linkTo(server: Server, email: string): Promise<string> {
  const [, path] = /https?:\/\/[^/\s]+(\/invitations\/\S+)/.exec(await server.mailTo(email)) ?? [];
  if (path === undefined) throw new Error('no link in the e-mail');
  return path;
}

describe('an invitation', () => {
  test('makes an account for who has none, and leads them straight in', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(PATH);
    await invite(page, 'grace@team.example', 'Developer');
    await page.getByText('grace@team.example is invited.').waitFor();
    await invitation(page, 'grace@team.example').getByText('Open').waitFor();
    await page.getByText('2 of 15 seats taken').waitFor();

    const guest = await visit({ colorScheme: 'dark', viewport: { width: 390, height: 844 } });
    guest.expectRefusal(401);
    await guest.page.goto(await linkTo(server, 'grace@team.example'));
    await guest.page.getByRole('heading', { name: 'Join Demo' }).waitFor();
    await guest.page.getByText('Demo owner invites grace@team.example as developer.').waitFor();
    await guest.page.getByLabel('Password', { exact: true }).fill('short');
    await guest.page.getByRole('button', { name: 'Create account and join' }).click();
    await guest.page.getByText('Say what you are called.').waitFor();
    await guest.page.getByText('Choose at least 8 characters.').waitFor();
    await settle(guest.page);
    await shoot(guest.page, 'invitation-new-dark-390');
    expect(await faultsOf(guest.page)).toEqual([]);
    await guest.page.getByLabel('Your name').fill('Grace');
    await guest.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await guest.page.keyboard.press('Enter');
    await guest.page.getByRole('heading', { name: 'Backlog' }).waitFor();
    await guest.page.getByText('Account of Grace').waitFor({ state: 'attached' });

    await page.reload();
    await member(page, 'Grace').getByText('Developer', { exact: true }).waitFor();
    await invitation(page, 'grace@team.example').getByText('Accepted').waitFor();
  });

  test('is accepted by who has an account once they are signed in as the right person', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/tiny/members');
    await invite(page, 'viewer@example.com', 'Viewer');
    await page.getByText('viewer@example.com is invited.').waitFor();
    const link = await linkTo(server, 'viewer@example.com');

    const wrong = await visit({ role: 'developer' });
    await wrong.page.goto(link);
    await wrong.page.getByText('You are signed in as developer@example.com.').waitFor();
    await settle(wrong.page);
    await shoot(wrong.page, 'invitation-other-light-1280');

    const guest = await visit();
    guest.expectRefusal(401);
    await guest.page.goto(link);
    await guest.page.getByRole('link', { name: 'Sign in to accept' }).click();
    await guest.page.getByLabel('E-mail').fill('viewer@example.com');
    await guest.page.getByLabel('Password', { exact: true }).fill('a password for tests');
    await guest.page.keyboard.press('Enter');
    await guest.page.getByRole('button', { name: 'Accept invitation' }).click();
    await guest.page.getByText('Nothing has been asked for yet').waitFor();
    expect(new URL(guest.page.url()).pathname).toBe('/projects/tiny/backlog');
    guest.expectRefusal(410);
    await guest.page.goto(link);
    await guest.page.getByText('This invitation cannot be used').waitFor();
  });

  test('is sent again with a new link, not twice in a minute, and is withdrawn', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(429);
    await page.goto(PATH);
    const again = page.getByRole('button', { name: 'Send again: the invitation of new.colleague@example.com' });
    await again.click();
    await page.getByText('A new link is on its way to new.colleague@example.com.').waitFor();
    await again.click();
    await page.getByText('The last e-mail went out less than a minute ago.').waitFor();

    const guest = await visit();
    guest.expectRefusal(410);
    await guest.page.goto(await linkTo(server, 'new.colleague@example.com'));
    await guest.page.getByRole('heading', { name: 'Join Demo' }).waitFor();
    await page.getByRole('button', { name: 'Withdraw the invitation of new.colleague@example.com' }).press('Enter');
    await dialog(page).getByRole('button', { name: 'Withdraw' }).click();
    await invitation(page, 'new.colleague@example.com').getByText('Withdrawn').waitFor();
    await guest.page.reload();
    await guest.page.getByText('This invitation cannot be used').waitFor();
    await shoot(guest.page, 'invitation-gone-light-1280');
  });

  test('of somebody who is there already is refused in words, and what was typed stays', async ({ visit }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(409);
    await page.goto(PATH);
    await invite(page, 'developer@example.com', 'Viewer');
    await dialog(page).getByRole('alert').waitFor();
    expect(await dialog(page).getByLabel('E-mail').inputValue()).toBe('developer@example.com');
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
    await page.goto('/projects/tiny/members');
    await page.getByRole('button', { name: 'Invite' }).click();
    await dialog(page).getByText('Takes a seat, and the plan has none: upgrade the organization.').first().waitFor();
    expect(await dialog(page).getByRole('radio', { name: 'Developer' }).isDisabled()).toBe(true);
  });
});

describe('a member', () => {
  test('is given another role with the keyboard, is removed, and is out at once', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(PATH);
    await member(page, 'Grace').waitFor();
    await tabTo(page, 'Actions for Grace');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Change role' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    await dialog(page).getByRole('radio', { name: 'Developer' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('Grace is now admin.').waitFor();
    await member(page, 'Grace').getByText('Admin', { exact: true }).waitFor();

    const grace = await visit();
    grace.expectRefusal(401);
    await grace.page.goto('/');
    await grace.page.getByLabel('E-mail').fill('grace@team.example');
    await grace.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await grace.page.keyboard.press('Enter');
    await grace.page.getByRole('heading', { name: 'Backlog' }).waitFor();
    await act(page, 'Grace', 'Remove');
    await dialog(page).getByRole('button', { name: 'Remove from the project' }).click();
    await page.getByText('Grace is removed.').waitFor();
    await member(page, 'Grace').waitFor({ state: 'detached' });
    await grace.page.goto(PATH);
    await grace.page.getByRole('heading', { name: 'Project not found' }).waitFor();
  });

  test('who may not manage members sees who there is, and who manages them', async ({ visit }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto(PATH);
    await page.getByText('Only the owner invites members, changes roles and removes people.').waitFor();
    await member(page, 'Demo owner').waitFor();
    expect(await page.getByRole('button', { name: /^(Invite|Send|Withdraw)/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Actions for Demo developer' }).click();
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Leave the project']);
  });

  test('leaves, and has no part in it any more', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/tiny/settings');
    await page.getByRole('button', { name: 'Leave the project' }).click();
    await dialog(page).getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByText('You have left the project.').waitFor();
    await page.waitForURL('**/projects/demo/backlog');
    await page.goto('/projects/tiny/backlog');
    await page.getByRole('heading', { name: 'Project not found' }).waitFor();
  });

  test('becomes the owner, and the one before keeps what the organization gives', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(PATH);
    await act(page, 'Demo developer', 'Make owner');
    await dialog(page).getByText('You keep all rights on it, as an owner of Acme.').waitFor();
    await dialog(page).getByRole('button', { name: 'Hand the project over' }).click();
    await page.getByText('Demo developer owns the project now.').waitFor();
    await member(page, 'Demo developer').getByText('Owner', { exact: true }).waitFor();
    const { page: theirs } = await visit({ role: 'developer' });
    await theirs.goto(PATH);
    await theirs.getByRole('button', { name: 'Invite' }).waitFor();
    await theirs.getByRole('link', { name: 'API keys' }).waitFor();
  });
});
