import { createHash, randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, signIn, test } from './fixture.ts';
import { faultsOf, overflowOf, settle } from './look.ts';
import type { Server } from './server.ts';

let clients = 0;

/** An app on this machine that has registered itself, and its request as it opens it in the browser. */
async function startApp(server: Server, name: string, scope = 'backlog:read status:write comments:delete') {
  const address = { 'x-forwarded-for': `203.0.113.${++clients}` };
  const metadata = (await (await fetch(`${server.url}/.well-known/oauth-authorization-server`)).json()) as { issuer: string };
  const redirectUri = `${server.url}/healthz`;
  const registered = await fetch(`${server.url}/api/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...address },
    body: JSON.stringify({ client_name: name, redirect_uris: ['http://localhost/healthz'] }),
  });
  expect(registered.status).toBe(201);
  const { client_id } = (await registered.json()) as { client_id: string };
  const verifier = randomBytes(32).toString('base64url');
  const resource = `${metadata.issuer}/p/demo/mcp`;
  const params = {
    client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'xyz',
    scope,
    resource,
  };
  const redeem = async (code: string) => {
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id,
      code_verifier: verifier,
      resource,
    };
    const answer = await fetch(`${server.url}/api/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: address,
    });
    return (await answer.json()) as { access_token: string; scope: string };
  };
  return { path: `/api/oauth/authorize?${new URLSearchParams(params)}`, redeem };
}

const allow = (page: Page) => page.getByRole('button', { name: 'Allow' });
/** As if the app's own description were out of reach. */
const keepUnread = (page: Page) => {
  const error = { code: 'UNAVAILABLE', message: 'The service is not available right now.' };
  return page.route('**/authorize/*/request', (route) => route.fulfill({ status: 503, json: { error } }));
};
const landed = async (page: Page) => {
  await page.waitForURL(/\/healthz\?/);
  return new URL(page.url()).searchParams;
};

describe('an app', () => {
  test('is let in with less than it asks for, acts by its token, and is disconnected', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    const app = await startApp(server, 'Inspector');
    await page.goto(app.path);
    await page.getByRole('heading', { name: 'Connect “Inspector” to Demo?' }).waitFor();
    await page.getByText('The answer goes to a program on this computer').waitFor();
    await page.getByLabel('Delete comments').uncheck();
    await allow(page).click();
    const answer = await landed(page);
    expect(answer.get('state')).toBe('xyz');
    const { access_token, scope } = await app.redeem(answer.get('code') ?? '');
    expect(scope).toBe('backlog:read status:write');
    const call = () =>
      fetch(`${server.url}/p/demo/api/v1/features?limit=1`, { headers: { authorization: `Bearer ${access_token}` } });
    expect((await call()).status).toBe(200);

    await page.goto('/projects/demo/connected-apps');
    const card = page.getByRole('article', { name: 'Inspector' });
    await card.getByText('status:write').waitFor();
    await settle(page);
    await shoot(page, 'connected-apps-light-1280');
    await card.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('is disconnected.').waitFor();
    await page.getByText('No apps are connected').waitFor();
    expect((await call()).status).toBe(401);
  });

  test('that is denied is told so, and gets nothing', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto((await startApp(server, 'Curious')).path);
    await page.getByRole('button', { name: 'Deny' }).click();
    const answer = await landed(page);
    expect([answer.get('error'), answer.get('code')]).toEqual(['access_denied', null]);
  });

  test('can be denied while nothing can be read of it', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(503);
    await keepUnread(page);
    await page.goto((await startApp(server, 'Out of reach')).path);
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await page.getByRole('button', { name: 'Deny' }).click();
    expect((await landed(page)).get('error')).toBe('access_denied');
  });

  test('waits while its person signs in', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    await page.goto((await startApp(server, 'Patient')).path);
    await page.waitForURL(/\/sign-in/);
    await signIn(page, 'owner');
    await page.getByRole('heading', { name: 'Connect “Patient” to Demo?' }).waitFor();
  });

  test('is not for a developer to let in, who is told so and led back', async ({ visit, server }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto((await startApp(server, 'Hopeful')).path);
    await page.getByText('You cannot allow this').waitFor();
    expect(await allow(page).count()).toBe(0);
    await settle(page);
    await shoot(page, 'connect-may-not-light-1280');
    await page.getByRole('button', { name: 'Back to the app' }).click();
    expect((await landed(page)).get('error')).toBe('access_denied');
  });

  test('is disconnected by its person, also when they can let in none any more', async ({ visit, server }) => {
    const { page: owners } = await visit({ role: 'owner' });
    const handOver = async (name: string) => {
      await owners.goto('/projects/demo/members');
      await owners.getByRole('button', { name: `Actions for ${name}` }).click();
      await owners.getByRole('menuitem', { name: 'Make owner' }).click();
      await owners.getByRole('dialog').getByRole('button', { name: 'Hand the project over' }).click();
      await owners.getByText('owns the project now.').waitFor();
    };
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/connected-apps');
    await page.getByText('No apps act in your name').waitFor();
    await handOver('Demo developer');
    await page.goto((await startApp(server, 'Helper')).path);
    await allow(page).click();
    await landed(page);
    await handOver('Demo viewer');
    await page.goto('/projects/demo/connected-apps');
    await page.getByText('to disconnect your own is yours.').waitFor();
    await settle(page);
    await shoot(page, 'own-apps-light-1280');
    expect([await faultsOf(page), await overflowOf(page)]).toEqual([[], 0]);
    await page.getByRole('article', { name: 'Helper' }).getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('No apps act in your name').waitFor();
  });

  test('is let in by the browser that it has opened, and by no other', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto((await startApp(server, 'Passed on')).path);
    await page.waitForURL(/\/connect\//);
    const { page: other, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(410);
    await other.goto(new URL(page.url()).pathname);
    await other.getByText('This request is over').waitFor();
  });
});

const LOOKS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'dark', width: 390 },
] as const;

describe.each(LOOKS)('on a page of $width pixels, $colorScheme', ({ colorScheme, width }) => {
  test('what an app asks for, and the apps that are let in, are whole, readable and accessible', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit({ role: 'owner', colorScheme, viewport: { width, height: 860 } });
    const look = async (name: string) => {
      await settle(page);
      await shoot(page, `${name}-${colorScheme}-${width}`);
      expect([name, await faultsOf(page), await overflowOf(page)]).toEqual([name, [], 0]);
    };
    await page.goto((await startApp(server, 'An app with a rather long name indeed', '')).path);
    await page.getByRole('heading', { name: /^Connect/ }).waitFor();
    await look('connect');
    await allow(page).click();
    await landed(page);
    await page.goto('/projects/demo/connected-apps');
    await page.getByRole('article').first().waitFor();
    await look('connected-apps');
    expectRefusal(503);
    await keepUnread(page);
    await page.goto((await startApp(server, 'Out of reach')).path);
    await page.getByRole('button', { name: 'Deny' }).waitFor();
    await look('connect-unavailable');
  });
});
