import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { test } from './fixture.ts';
import { tabTo } from './keyboard.ts';

const dialog = (page: Page) => page.getByRole('dialog');
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

/** Makes the request of a curl command. */
async function run(curl: string): Promise<Response> {
  const [, authorization = ''] = /-H "Authorization: ([^"]+)"/.exec(curl) ?? [];
  const [, url = ''] = /"(http[^"]+)"/.exec(curl) ?? [];
  return fetch(url, { headers: { authorization } });
}

async function textOf(page: Page, label: string): Promise<string> {
  return (await page.getByRole('region', { name: label }).locator('code').textContent()) ?? '';
}

async function startKey(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New key' }).first().click();
  await dialog(page).getByLabel('Name').fill(name);
}

async function openMenu(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

describe("an owner's key", () => {
  test('is made in the browser, shown once, calls the API as the page says, and is refused right after it is revoked', async ({
    visit,
  }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    await startKey(page, 'Billing export');
    await dialog(page).getByLabel('backlog:read').check();
    await dialog(page).getByRole('button', { name: 'Create key' }).click();
    await dialog(page).getByText('Store this key now. It is not shown again.').waitFor();
    const rawKey = await textOf(page, 'API key');
    const curl = await textOf(page, 'Example call');
    expect(curl).toContain(rawKey);

    const answer = await run(curl);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ data: { items: [{}, {}, {}], hasMore: true } });

    await dialog(page).getByRole('button', { name: 'Copy api key' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(rawKey);
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    await row(page, 'Billing export').getByText('Active').waitFor();
    await page.reload();
    await row(page, 'Billing export').waitFor();
    expect(await page.content()).not.toContain(rawKey);

    await openMenu(page, 'Billing export', 'Revoke');
    await dialog(page).getByText('Revoke “Billing export”?').waitFor();
    await dialog(page).getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('Key “Billing export” is revoked.').waitFor();
    const refusal = await run(curl);
    expect(refusal.status).toBe(401);
    expect(await refusal.json()).toMatchObject({ error: { code: 'API_KEY_REVOKED' } });
    await row(page, 'Billing export').getByText('Revoked').waitFor();
  });

  test('can be made with the keyboard alone', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    const { keyboard } = page;
    await page.goto('/projects/demo/api-keys');
    await page.getByRole('table').waitFor();
    await tabTo(page, 'New key');
    await keyboard.press('Enter');
    await dialog(page).waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') !== null);
    await tabTo(page, 'Name');
    await keyboard.type('By keyboard');
    await tabTo(page, 'backlog:write');
    await keyboard.press('Space');
    await keyboard.press('Enter');
    await dialog(page).getByText('is ready').waitFor();
    await keyboard.press('Escape');
    await dialog(page).getByText('You have not copied the key').waitFor();
    await tabTo(page, 'Copy api key');
    await keyboard.press('Enter');
    await dialog(page).getByText('Copied').first().waitFor();
    await keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await row(page, 'By keyboard').getByText('backlog:write').waitFor();
  });

  test('needs a name and a scope', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await dialog(page).getByRole('button', { name: 'Create key' }).click();
    await dialog(page).getByText('Give the key a name.').waitFor();
    await dialog(page).getByText('Choose at least one scope.').waitFor();
  });

  test('of a service account is refused, scope by scope, what the role of that account does not allow', async ({ visit }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(403);
    await page.goto('/projects/demo/api-keys');
    await startKey(page, 'Too much');
    await dialog(page).getByRole('combobox', { name: 'Owner' }).click();
    await page.getByRole('option', { name: 'Nightly sync (developer)' }).click();
    await dialog(page).getByLabel('backlog:read').check();
    await dialog(page).getByLabel('keys:admin').check();
    await dialog(page).getByRole('button', { name: 'Create key' }).click();
    await dialog(page).getByText('keys:admin: Needs the role owner.').waitFor();
    expect(await dialog(page).getByText('backlog:read:').count()).toBe(0);
  });

  test('tells gate by gate what a call would meet', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    await openMenu(page, 'Nightly sync', 'Check access');
    await dialog(page).getByText('A call now would be let in.').waitFor();
    await dialog(page).getByRole('combobox', { name: 'Scope' }).click();
    await page.getByRole('option', { name: /^features:delete/ }).click();
    await dialog(page).getByText('A call now would be refused.').waitFor();
    await dialog(page).getByText('Scope: refused').waitFor();
    await dialog(page).getByText('INSUFFICIENT_SCOPE').waitFor();
  });
});

/** Makes a key that reads the backlog, and returns the call that the page shows for it. */
async function makeKey(page: Page, name: string, networks: readonly string[] = []): Promise<string> {
  await startKey(page, name);
  await dialog(page).getByLabel('backlog:read').check();
  for (const network of networks) await addNetwork(page, network);
  await dialog(page).getByRole('button', { name: 'Create key' }).click();
  const curl = await textOf(page, 'Example call');
  await dialog(page).getByRole('button', { name: 'Copy api key' }).click();
  await dialog(page).getByRole('button', { name: 'Done' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  return curl;
}

async function addNetwork(page: Page, network: string): Promise<void> {
  const field = dialog(page).getByRole('combobox', { name: 'Allowed addresses' });
  await field.fill(network);
  await field.press('Enter');
}

describe('a key that is rotated', () => {
  test('works beside the new one and says until when; the new one is shown once, and the list tells which follows which', async ({
    visit,
  }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    const former = await makeKey(page, 'Shop backend');
    expect((await run(former)).headers.get('x-api-key-expires')).not.toBeNull();
    await openMenu(page, 'Shop backend', 'Rotate');
    await dialog(page).getByLabel('7 days').check();
    await dialog(page).getByRole('button', { name: 'Rotate key' }).click();
    await dialog(page).getByText('Store this key now. It is not shown again.').waitFor();
    await dialog(page)
      .getByText(/works until .* X-API-Key-Expires/)
      .waitFor();
    const next = await textOf(page, 'Example call');
    expect(next).not.toBe(former);

    const [before, after] = [await run(former), await run(next)];
    expect([before.status, after.status]).toEqual([200, 200]);
    const end = Date.parse(before.headers.get('x-api-key-expires') ?? '');
    expect(Math.round((end - Date.now()) / 86_400_000)).toBe(7);

    await page.keyboard.press('Escape');
    await dialog(page).getByText('You have not copied the key').waitFor();
    await dialog(page).getByRole('button', { name: 'Back to the key' }).click();
    await dialog(page).getByRole('button', { name: 'Copy api key' }).click();
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    const [old, fresh] = [
      row(page, 'Replaced by').filter({ hasText: 'Shop backend' }),
      row(page, 'Shop backend').filter({ hasText: 'Replaces' }),
    ];
    await old.getByText('Rotating').waitFor();
    await fresh.getByText('Active').waitFor();
    await old.getByRole('button', { name: 'Actions for Shop backend' }).click();
    await page.getByRole('menuitem', { name: 'Rotate It has been rotated' }).waitFor();
    expect(await page.getByRole('menuitem', { name: /^Rotate/ }).isDisabled()).toBe(true);
  });

  test('without an overlap ends at once', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    const former = await makeKey(page, 'Spilled');
    await openMenu(page, 'Spilled', 'Rotate');
    await dialog(page).getByLabel('None').check();
    await dialog(page).getByRole('button', { name: 'Rotate key' }).click();
    await dialog(page).getByText('does not work any more.').waitFor();
    const refusal = await run(former);
    expect([refusal.status, await refusal.json()]).toMatchObject([401, { error: { code: 'API_KEY_EXPIRED' } }]);
  });

  test('is its owner’s own: an admin is told who can', async ({ visit }) => {
    const { page } = await visit({ role: 'admin' });
    await page.goto('/organizations/acme/api-keys');
    await page.getByRole('button', { name: 'Actions for Demo key' }).click();
    await page.getByRole('menuitem', { name: 'Rotate Only Demo owner can' }).waitFor();
  });
});

describe('a key that is bound to addresses', () => {
  test('is refused from others, until its list is changed', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    const curl = await makeKey(page, 'Warehouse', ['203.0.113.9/24']);
    await row(page, 'Warehouse').getByText('Only from 203.0.113.0/24').waitFor();
    const refusal = await run(curl);
    expect([refusal.status, await refusal.json()]).toMatchObject([403, { error: { code: 'IP_NOT_ALLOWED' } }]);

    await openMenu(page, 'Warehouse', 'Check access');
    await dialog(page).getByText('The key itself: refused').waitFor();
    await dialog(page).getByText('IP_NOT_ALLOWED').waitFor();
    await dialog(page).getByLabel('Address that calls').fill('203.0.113.77');
    await dialog(page).getByText('A call now would be let in.').waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });

    await openMenu(page, 'Warehouse', 'Edit');
    await addNetwork(page, 'warehouse.example');
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByText('“warehouse.example” is neither an address nor a network.').waitFor();
    await dialog(page).getByRole('combobox', { name: 'Allowed addresses' }).press('Backspace');
    await addNetwork(page, '127.0.0.1');
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await page.getByText('Key “Warehouse” is changed.').waitFor();
    await row(page, 'Warehouse').getByText('Only from 203.0.113.0/24 and 1 more').waitFor();
    expect((await run(curl)).status).toBe(200);
    await page.reload();
    await row(page, 'Warehouse').getByText('127.0.0.1', { exact: true }).waitFor();
  });
});

describe('a key that has leaked', () => {
  test('is ended by whoever shows it, its owner is told, and the list says why', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    const curl = await makeKey(page, 'Pasted');
    const [, key = ''] = /Bearer ([^"]+)"/.exec(curl) ?? [];
    const report = await fetch(`${server.url}/api/keys/leaked`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
    expect(report.status).toBe(202);
    expect(await (await run(curl)).json()).toMatchObject({ error: { code: 'API_KEY_REVOKED' } });
    await page.reload();
    await row(page, 'Pasted').getByText('Leaked').waitFor();
    expect(await server.mailTo('owner@example.com')).toContain('Pasted');
  });
});

describe('scopes', () => {
  test('that an admin may not grant are there, disabled, with the reason', async ({ visit }) => {
    const { page } = await visit({ role: 'admin' });
    await page.goto('/organizations/acme/api-keys');
    await page.getByRole('button', { name: 'New key' }).first().click();
    const everything = dialog(page).getByLabel('admin', { exact: true });
    await everything.waitFor();
    expect(await everything.isDisabled()).toBe(true);
    await dialog(page).getByText('Everything · Needs the role owner.', { exact: true }).waitFor();
    expect(await dialog(page).getByLabel('project:delete').isDisabled()).toBe(true);
    expect(await dialog(page).getByLabel('webhooks:write').isEnabled()).toBe(true);
  });

  test('of a project do not have the coarse ones, and what a wider one includes is not chosen beside it', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/api-keys');
    await page.getByRole('button', { name: 'New key' }).click();
    const read = dialog(page).getByLabel('backlog:read');
    await read.check();
    await dialog(page).getByLabel('backlog:write').check();
    expect(await read.isDisabled()).toBe(true);
    expect(await read.isChecked()).toBe(true);
    await dialog(page).getByText('1 chosen').waitFor();
    expect(await dialog(page).getByLabel('admin', { exact: true }).count()).toBe(0);
  });
});

/** Makes the key that the form describes, and returns it. */
async function finishKey(page: Page): Promise<string> {
  await dialog(page).getByRole('button', { name: 'Create key' }).click();
  const rawKey = await textOf(page, 'API key');
  await dialog(page).getByRole('button', { name: 'Copy api key' }).click();
  await dialog(page).getByRole('button', { name: 'Done' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  return rawKey;
}

describe('a key for the catalogue', () => {
  const chooseService = async (page: Page, name: string) => {
    await dialog(page).getByRole('combobox', { name: 'Service' }).click();
    await page.getByRole('option', { name }).click();
  };
  test('is bound to a service in the form, owned by a service account, opens that service alone, and says so', async ({
    visit,
    server,
  }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/organizations/acme/api-keys');
    await startKey(page, 'Billing reader');
    await dialog(page).getByRole('combobox', { name: 'Owner' }).click();
    await page.getByRole('option', { name: 'API scanner (developer)' }).click();
    const catalogue = dialog(page).getByRole('group', { name: 'Catalogue' });
    await catalogue.getByText('open every service').waitFor();
    await chooseService(page, 'Billing API');
    await catalogue.getByText('open this service alone').waitFor();
    await dialog(page).getByLabel('backlog:read').check();
    await dialog(page).getByRole('button', { name: 'Create key' }).click();
    await catalogue.getByText('None of the scopes that are chosen is about services.').waitFor();
    await dialog(page).getByLabel('services:read').check();
    const rawKey = await finishKey(page);

    const read = async (path: string) =>
      (await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${rawKey}` } })).json();
    const { services } = (await read('/api/services')) as { services: { name: string }[] };
    expect(services.map(({ name }) => name)).toEqual(['Billing API']);
    expect(await read('/p/demo/api/v1/features')).toMatchObject({ data: { hasMore: true } });

    await row(page, 'Billing reader').getByRole('img', { name: 'Only for one service' }).waitFor();
    await page.getByRole('button', { name: 'Billing reader', exact: true }).click();
    await dialog(page).getByText('A service account: the key outlives the people who made it.').waitFor();
    await dialog(page).getByText('only service Billing API').waitFor();
  });

  test('can be bound to an environment of it, and then sends scans that are taken there', async ({ visit, server }) => {
    const post = async (rawKey: string, path: string, body: object) => {
      const headers = { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    const spec = { hash: 'e'.repeat(64), format: 'openapi' };
    const scan = { service: { name: 'Places API' }, spec, endpoints: [], findings: [] };
    const { serviceId } = (await post(server.demoKey, '/scans/ingest', scan)).body;
    const staging = await post(server.demoKey, `/services/${serviceId}/environments`, { name: 'staging' });

    const { page } = await visit({ role: 'owner' });
    await page.goto('/organizations/acme/api-keys');
    await startKey(page, 'Staging scans');
    await chooseService(page, 'Places API');
    await dialog(page).getByRole('combobox', { name: 'Environment or workflow' }).click();
    await page.getByRole('option', { name: 'staging' }).click();
    await dialog(page).getByText('The scopes of scans open those of this environment alone').waitFor();
    await dialog(page).getByLabel('scans:create', { exact: true }).check();
    await dialog(page).getByRole('button', { name: 'Create key' }).click();
    await dialog(page).getByText('A key with these could not send a scan.').waitFor();
    await dialog(page).getByRole('button', { name: 'Choose them' }).click();
    const rawKey = await finishKey(page);
    const there = await post(rawKey, '/scans/ingest', { ...scan, environmentId: staging.body['id'] });
    expect([(await post(rawKey, '/scans/ingest', scan)).status, there.status]).toEqual([403, 201]);

    await page.getByRole('button', { name: 'Staging scans', exact: true }).click();
    await dialog(page).getByText('only service Places API, environment staging').waitFor();
  });
});

describe('a key that was made with a key', () => {
  test('is told of with it, and ends with it', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/organizations/acme/api-keys');
    await startKey(page, 'Key maker');
    for (const scope of ['keys:admin', 'backlog:read']) await dialog(page).getByLabel(scope, { exact: true }).check();
    const parent = await finishKey(page);
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const made = await fetch(`${server.url}/api/v1/orgs/acme/keys`, {
      method: 'POST',
      headers: { 'x-api-key': parent, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Made by it', scopes: ['backlog:read'], expires_at: expiresAt }),
    });
    expect(made.status).toBe(201);

    await page.reload();
    await page.getByRole('button', { name: 'Made by it', exact: true }).click();
    await dialog(page).getByText('It can do no more than that one, and ends with it.').waitFor();
    await dialog(page).getByRole('button', { name: 'Key maker' }).click();
    await dialog(page).getByRole('button', { name: 'Made by it' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });

    await openMenu(page, 'Key maker', 'Revoke');
    await dialog(page).getByText('So is whatever uses a key that was made with it.').waitFor();
    await dialog(page).getByRole('button', { name: 'Revoke key' }).click();
    await row(page, 'Made by it').getByText('Revoked').waitFor();
    await page.getByRole('button', { name: 'Made by it', exact: true }).click();
    await dialog(page)
      .getByText(/with the key that it was made with/)
      .waitFor();
  });
});

describe('who may have keys', () => {
  test('on Free nobody: the page says so and offers none', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/tiny/api-keys');
    await page.getByText('API keys come with Pro').waitFor();
    await page.getByText('No keys yet').waitFor();
    expect(await page.getByRole('button', { name: 'New key' }).count()).toBe(0);
  });

  test('an admin those of the organization, not those of a project', async ({ visit }) => {
    const { page } = await visit({ role: 'admin' });
    await page.goto('/projects/demo/backlog');
    const navigation = page.getByRole('navigation', { name: 'Main' });
    await navigation.getByRole('link', { name: 'Organization keys' }).waitFor();
    expect(await navigation.getByRole('link', { name: 'API keys' }).count()).toBe(0);
    await page.goto('/projects/demo/api-keys');
    await page.getByText('Your role does not include keys').waitFor();
  });

  test('a developer none', async ({ visit }) => {
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/backlog');
    await page.getByRole('table').waitFor();
    expect(await page.getByRole('link', { name: /keys/i }).count()).toBe(0);
  });
});
