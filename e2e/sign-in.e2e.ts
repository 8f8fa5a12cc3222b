import { describe, expect } from 'vitest';
import { signIn, test } from './fixture.ts';
import { PASSWORD } from './server.ts';

describe('signing in', () => {
  test('leads back to the page that was asked for', async ({ visit }) => {
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    await page.goto('/projects/demo/usage');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, 'owner');
    await page.getByRole('heading', { name: 'Usage' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/projects/demo/usage');
  });

  test('is refused with a wrong password, and works with the right one after it', async ({ visit }) => {
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    await page.goto('/');
    await signIn(page, 'owner', 'not the password');
    await page.getByRole('alert').getByText('E-mail or password is wrong.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await signIn(page, 'owner');
    await page.getByRole('heading', { name: 'Backlog' }).waitFor();
  });

  test('asks for what is missing without asking the server', async ({ visit }) => {
    const { page } = await visit();
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your e-mail address.').waitFor();
    await page.getByText('Enter your password.').waitFor();
  });

  test('never leads to another site', async ({ visit }) => {
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    await page.goto('/sign-in?redirect=//elsewhere.example/');
    await signIn(page, 'viewer');
    await page.getByRole('heading', { name: 'Backlog' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/projects/demo/backlog');
  });
});

describe('a session', () => {
  test('ends with signing out: the way back shows nothing', async ({ visit }) => {
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    await page.goto('/');
    await signIn(page, 'admin');
    await page.getByRole('heading', { name: 'Backlog' }).waitFor();
    await page.getByRole('button', { name: 'Account of Demo admin' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('table').count()).toBe(0);
  });

  test('that has expired leads to signing in, and from there back', async ({ visit }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(401);
    let answers = 0;
    page.on('response', (response) => {
      if (response.url().includes('backlog.list')) answers++;
    });
    await page.goto('/projects/demo/backlog');
    await page.getByRole('table').waitFor();
    // Everything is asked again when the stream of events has begun, which would lead to signing in before the click does.
    await expect.poll(() => answers, { timeout: 10_000 }).toBe(2);
    await page.context().clearCookies();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, 'owner');
    await page.getByRole('heading', { name: 'Usage' }).waitFor();
    await page.getByText('Calls today').waitFor();
  });

  // Last: it uses up the attempts of this address.
  test('is not opened after too many attempts, and the page says when to try again', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    expectRefusal(429);
    const attempt = async () =>
      (
        await page.request.post('/api/auth/sign-in/email', {
          data: { email: 'owner@example.com', password: 'wrong password' },
          headers: { origin: server.url },
        })
      ).status();
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 60) statuses.push(await attempt());
    expect(statuses.at(-1)).toBe(429);
    await page.goto('/sign-in');
    await signIn(page, 'owner', PASSWORD);
    await page.getByText(/^Too many attempts\. Try again in \d+ seconds\.$/).waitFor();
  });
});
