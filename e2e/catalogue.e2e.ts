import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, signIn, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { faultsOf, overflowOf, settle } from './look.ts';
import type { Server } from './server.ts';

const SERVICES = '/organizations/acme/services';
const FINDINGS = '/organizations/acme/findings';
const soon = { timeout: 10_000 };
const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const decide = (page: Page) => page.getByRole('toolbar', { name: 'Decide' });

type Scan = { readonly service: string; readonly endpoints?: object[]; readonly findings?: object[]; readonly hash?: string };
type Ingested = { readonly id: string; readonly serviceId: string; readonly resultUrl: string };

/** Sends a scan as a build does. */
async function ingest(
  { url, demoKey }: Server,
  { service, endpoints = [], findings = [], hash = 'a' }: Scan,
  more: object = {},
): Promise<Ingested> {
  const answer = await fetch(`${url}/api/scans/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demoKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      service: { name: service },
      spec: { hash: hash.repeat(64).slice(0, 64), format: 'openapi', version: '3.1.0', title: service },
      endpoints,
      findings,
      ...more,
    }),
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Ingested;
}

const endpoint = (method: string, path: string, operationId: string | null = null) => ({
  method,
  path,
  operationId,
  tags: [],
  summary: null,
});
const finding = (message: string, severity = 'high') => ({ code: 'server-http', severity, message, method: null, path: null });

/** Another hand: changes a finding by the API while a person looks at it. */
async function acceptByKey({ url, demoKey }: Server, serviceId: string): Promise<void> {
  const headers = { authorization: `Bearer ${demoKey}`, 'content-type': 'application/json' };
  const listed = await fetch(`${url}/api/findings?serviceId=${serviceId}`, { headers });
  const { findings } = (await listed.json()) as { findings: { id: string }[] };
  const body = JSON.stringify({ state: 'accepted' });
  const answer = await fetch(`${url}/api/findings/${findings[0]?.id}`, { method: 'PATCH', headers, body });
  expect(answer.status).toBe(200);
}

describe('the result URL of a scan', () => {
  test('leads who is not signed in through the sign-in to what was scanned and what has changed', async ({ visit, server }) => {
    const charges = [endpoint('GET', '/charges', 'listCharges'), endpoint('POST', '/charges', 'createCharge')];
    const first = await ingest(server, { service: 'Ledger', endpoints: charges, findings: [finding('Plain HTTP')] });
    const source = { branch: 'main', gitSha: '0123456789abcdef0123456789abcdef01234567', ciUrl: 'https://ci.example.com/7' };
    const changed = [endpoint('GET', '/charges', 'allCharges'), endpoint('GET', '/refunds', 'listRefunds')];
    const second = await ingest(server, { service: 'Ledger', endpoints: changed, hash: 'b' }, { source });
    const { page, expectRefusal } = await visit();
    expectRefusal(401);
    await page.goto(new URL(second.resultUrl).pathname);
    await signIn(page, 'owner');
    await page.getByRole('heading', { name: 'Ledger, scan 2' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/organizations/acme/scan-runs/${second.id}`);
    await page.getByText('by the key Demo key').waitFor();
    await region(page, 'Added endpoints').getByText('/refunds').waitFor();
    await region(page, 'Removed endpoints').getByText('POST').waitFor();
    await region(page, 'Other operation ids: generated clients break').getByText('allCharges').waitFor();
    await region(page, 'Findings that are gone').getByText('Plain HTTP').waitFor();
    const facts = region(page, 'What was scanned');
    await facts.getByRole('link', { name: 'ci.example.com/7' }).waitFor();
    await facts.getByRole('button', { name: 'Copy hash' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('b'.repeat(64));

    const third = await ingest(server, { service: 'Ledger', endpoints: changed, hash: 'b' });
    await page.goto(`/scan-runs/${third.id}`);
    await page.getByText('Unchanged', { exact: true }).waitFor();
    await page.getByText('Nothing has changed, neither endpoints nor findings.').waitFor();
    await page.getByRole('combobox', { name: 'Compare with' }).click();
    await page.getByRole('option', { name: /^Scan 1 / }).click();
    await region(page, 'Added endpoints').getByText('/refunds').waitFor();
    await expect.poll(() => new URL(page.url()).search, soon).toBe(`?base=${first.id}`);
    await page.goto(`/scan-runs/${first.id}`);
    await page.getByText('This is the first scan of the service').waitFor();
    await page.getByRole('link', { name: 'Open service' }).click();
    await page.getByRole('heading', { name: 'Ledger', exact: true }).waitFor();
  });

  test('opens for a member of the organization alone, whichever it is, and otherwise nothing is there', async ({
    visit,
    server,
  }) => {
    const { id } = await ingest(server, { service: 'Members only' });
    const { page, expectRefusal } = await visit({ role: 'owner' });
    // They come from another of their organizations.
    await page.goto('/organizations/tiny/api-keys');
    await page.goto(`/scan-runs/${id}`);
    await page.getByRole('heading', { name: 'Members only, scan 1' }).waitFor();
    expectRefusal(404);
    expectRefusal(400);
    for (const unknown of ['00000000-0000-7000-8000-000000000000', 'nothing']) {
      await page.goto(`/scan-runs/${unknown}`);
      await page.getByRole('heading', { name: 'Scan not found' }).waitFor();
    }
    const developer = await visit({ role: 'developer' });
    developer.expectRefusal(404);
    await developer.page.goto(`/scan-runs/${id}`);
    await developer.page.getByRole('heading', { name: 'Scan not found' }).waitFor();
  });

  test('shows 2,000 endpoints, and finds one of them at once', async ({ visit, server }) => {
    const endpoints = Array.from({ length: 2_000 }, (_, index) => endpoint('GET', `/things/${index}`, `getThing${index}`));
    const { id } = await ingest(server, { service: 'Everything', endpoints });
    const { page } = await visit({ role: 'owner' });
    await page.goto(`/scan-runs/${id}`);
    const list = region(page, 'Endpoints (2,000)');
    await list.getByRole('row').nth(50).waitFor();
    expect(await list.getByRole('row').count()).toBe(51);
    await list.getByRole('button', { name: 'More endpoints' }).click();
    expect(await list.getByRole('row').count()).toBe(101);
    await page.keyboard.press('/');
    await page.keyboard.type('getthing1987');
    await list.getByText('1 endpoint of 2,000').waitFor();
    await list.getByText('/things/1987').waitFor();
  });
});

describe('services', () => {
  test('are found by name and lifecycle, which the address keeps', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/backlog');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Services' }).click();
    const list = region(page, 'Services');
    await list.getByRole('link', { name: 'Billing API' }).waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('shipp');
    await list.getByRole('link', { name: 'Billing API' }).waitFor({ state: 'detached' });
    await list.getByRole('link', { name: 'Shipping API' }).waitFor();
    expect(new URL(page.url()).search).toBe('?q=shipp');
    await page.goto(`${SERVICES}?lifecycle=deprecated`);
    await page.getByText('Nothing matches').waitFor();
    await list.getByRole('button', { name: 'Clear filters' }).click();
    await list.getByRole('link', { name: 'Billing API' }).waitFor();
  });

  test('where there are none, the command that scans one is there to be copied', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/organizations/tiny/services');
    await page.getByText('No service has been scanned yet').waitFor();
    await page.getByRole('button', { name: 'Copy command' }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(`reqbase scan --service 'Billing API' --spec ./openapi.yaml --api-url ${server.url}`);
  });

  test('one shows its health and its trend, as charts and as numbers, its endpoints, and its scans', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto(SERVICES);
    await region(page, 'Services').getByRole('link', { name: 'Billing API' }).click();
    await page.getByRole('img', { name: /^Findings from scan 1 to scan 6: from 3 to 2/ }).waitFor();
    await page.getByRole('img', { name: /^Endpoints from scan 1 to scan 6: from 4 to 10/ }).waitFor();
    await region(page, 'Trend').getByText('Table', { exact: true }).click();
    expect(await region(page, 'Trend').getByRole('row').count()).toBe(7);

    const sections = page.getByRole('navigation', { name: 'Service' });
    await sections.getByRole('link', { name: 'Endpoints' }).click();
    await page.getByRole('combobox', { name: 'State' }).click();
    await page.getByRole('option', { name: 'Removed' }).click();
    await region(page, 'Endpoints').getByText('/invoices/{invoiceId}/pdf').waitFor();
    await expect.poll(() => new URL(page.url()).search, soon).toBe('?state=removed');
    await page.goto(`${new URL(page.url()).pathname}?method=POST&q=refund`);
    await region(page, 'Endpoints').getByText('/charges/{chargeId}/refunds').waitFor();
    expect(await region(page, 'Endpoints').getByRole('row').count()).toBe(2);

    await sections.getByRole('link', { name: 'Scans' }).click();
    await region(page, 'Scans').getByRole('link', { name: 'Scan 6' }).waitFor();
    await region(page, 'Scans').getByText('Unchanged').waitFor();
    await region(page, 'Scans').getByRole('link', { name: 'Scan 4' }).click();
    await page.getByRole('heading', { name: 'Billing API, scan 4' }).waitFor();
  });

  test('one gets an environment, and another owner, but not over what somebody else has saved', async ({ visit, server }) => {
    const { serviceId } = await ingest(server, { service: 'Contested' });
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(409);
    expectRefusal(412);
    await page.goto(`${SERVICES}/${serviceId}`);
    await page.getByLabel('New environment').fill('Staging');
    await page.getByRole('button', { name: 'Add environment' }).click();
    await region(page, 'Environments').getByText('Staging', { exact: true }).waitFor();
    await page.getByLabel('New environment').fill('STAGING');
    await page.getByLabel('New environment').press('Enter');
    await page.getByText('There is one of this name').waitFor();

    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Owner').fill('Payments');
    await ingest(server, { service: 'Contested' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else has changed the service').waitFor();
    await page.getByRole('button', { name: 'Reload, keep my changes' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The service is saved.').waitFor();
    await region(page, 'Details').getByText('Payments').waitFor();
  });
});

describe('findings', () => {
  test('are accepted, ignored for a reason, and that is taken back', async ({ visit, server }) => {
    const findings = [finding('One'), finding('Two', 'low'), finding('Three', 'critical')];
    const { serviceId } = await ingest(server, { service: 'Triage', findings });
    const { page } = await visit({ role: 'owner' });
    await page.goto(`${FINDINGS}?service=${serviceId}`);
    const list = region(page, 'Findings');
    await list.getByRole('checkbox', { name: 'Choose: One' }).check();
    await list.getByRole('checkbox', { name: 'Choose: Two' }).check();
    await decide(page).getByText('2 findings chosen').waitFor();
    await decide(page).getByRole('button', { name: 'Ignore' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Ignore' }).click();
    await page.getByText('Say why: whoever comes after you will ask.').waitFor();
    await page.getByRole('dialog').getByLabel('Reason').fill('Behind the proxy');
    await page.getByRole('combobox', { name: 'For how long' }).click();
    await page.getByRole('option', { name: 'For 30 days' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Ignore' }).click();
    await page.getByText('2 findings are ignored.').waitFor();
    await list.getByText('One').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await list.getByText('One').waitFor();
    await page.getByText('2 findings are open again.').waitFor();

    await list.getByRole('button', { name: 'Three' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('dialog', { name: 'Accept 1 finding' }).getByRole('button', { name: 'Accept' }).click();
    await page.getByText('1 finding is accepted.').waitFor();
    await page.getByRole('search').getByText('Accepted').click();
    await list.getByRole('button', { name: 'Three' }).waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('state'), soon).toBe('accepted');
  });

  test('are decided with the keyboard alone, one after the other', async ({ visit, server }) => {
    const { serviceId } = await ingest(server, { service: 'Keys', findings: ['One', 'Two', 'Three'].map((m) => finding(m)) });
    const { page } = await visit({ role: 'owner' });
    await page.goto(`${FINDINGS}?service=${serviceId}`);
    const list = region(page, 'Findings');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await list.getByRole('row').nth(3).waitFor();
    const [first, second] = await list.locator('[data-finding]').allTextContents();
    await page.keyboard.press('j');
    expect(await focused()).toBe(first);
    await page.keyboard.press('a');
    await page.getByRole('dialog').getByLabel('Reason').waitFor();
    await tabTo(page, 'Accept');
    await page.keyboard.press('Enter');
    await list.getByText(first ?? '', { exact: true }).waitFor({ state: 'detached' });
    await expect.poll(focused, soon).toBe(second);
    await page.keyboard.press('x');
    await decide(page).getByText('1 finding chosen').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  });

  test('are searched with `/` and have the gravest first, or the newest', async ({ visit, server }) => {
    const findings = [finding('Grave', 'critical'), finding('Small', 'low')];
    const { serviceId } = await ingest(server, { service: 'Sorted', findings });
    await ingest(server, { service: 'Sorted', findings: [...findings, finding('Fresh', 'medium')] });
    const { page } = await visit({ role: 'owner' });
    await page.goto(`${FINDINGS}?service=${serviceId}`);
    const messages = () => region(page, 'Findings').locator('[data-finding]').allTextContents();
    await expect.poll(messages, soon).toEqual(['Grave', 'Fresh', 'Small']);
    await page.getByRole('combobox', { name: 'Order' }).click();
    await page.getByRole('option', { name: 'Newest first' }).click();
    await expect.poll(async () => (await messages())[0], soon).toBe('Fresh');
    await expect.poll(() => new URL(page.url()).searchParams.get('sort'), soon).toBe('createdAt');
    await page.keyboard.press('Escape');
    await page.locator('h1').click();
    await page.keyboard.press('/');
    await page.keyboard.type('small');
    await page.waitForURL(/q=small/);
    await expect.poll(messages, soon).toEqual(['Small']);
  });

  test('what somebody else has decided meanwhile is left alone, and told', async ({ visit, server }) => {
    const { serviceId } = await ingest(server, { service: 'Race', findings: [finding('Contested')] });
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(412);
    await page.goto(`${FINDINGS}?service=${serviceId}`);
    await region(page, 'Findings').getByRole('checkbox', { name: 'Choose: Contested' }).check();
    await acceptByKey(server, serviceId);
    await decide(page).getByRole('button', { name: 'Ignore' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('Known');
    await page.getByRole('dialog').getByRole('button', { name: 'Ignore' }).click();
    await page.getByText('1 finding was changed by somebody else meanwhile, and left alone.').waitFor();
    await page.getByText('Nothing matches').waitFor();
  });

  test('of a scan are narrowed by a press on a severity', async ({ visit, server }) => {
    const { id } = await ingest(server, { service: 'Grave', findings: [finding('Grave'), finding('Small', 'low')] });
    const { page } = await visit({ role: 'owner' });
    await page.goto(`/scan-runs/${id}`);
    await page.getByRole('button', { name: '1 Low' }).click();
    await page.getByRole('button', { name: 'Grave' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Small' }).waitFor();
    await expect.poll(() => new URL(page.url()).search, soon).toBe('?severity=low');
  });
});

test('who has a part in a project alone is told that the catalogue is not theirs, and is not led there', async ({ visit }) => {
  const { page } = await visit({ role: 'developer' });
  await page.goto('/projects/demo/backlog');
  await page.getByRole('table').waitFor();
  expect(await page.getByRole('link', { name: 'Services' }).count()).toBe(0);
  for (const path of [SERVICES, FINDINGS]) {
    await page.goto(path);
    await page.getByText('Your role does not include the catalogue').waitFor();
  }
});

test('a viewer of the organization sees findings, and is offered no decision', async ({ visit }) => {
  const { page } = await visit({ role: 'owner' });
  // No screen makes viewers of an organization; the role is what the server says.
  await page.route(/\/trpc\/.*organizations\.list/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replaceAll('"role":"owner"', '"role":"viewer"') });
  });
  await page.goto(`${FINDINGS}?state=all`);
  await region(page, 'Findings').locator('[data-finding]').first().click();
  await page.getByRole('dialog').getByText('First seen').waitFor();
  expect(await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).count()).toBe(0);
  await page.keyboard.press('Escape');
  expect(await decide(page).count()).toBe(0);
  await page.goto(SERVICES);
  await region(page, 'Services').getByRole('link', { name: 'Billing API' }).click();
  await region(page, 'Environments').getByText('Staging').waitFor();
  expect(await page.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Add environment' }).count()).toBe(0);
});

describe.for([
  { colorScheme: 'light', width: 1280, height: 860 },
  { colorScheme: 'dark', width: 1280, height: 860 },
  { colorScheme: 'light', width: 390, height: 844 },
  { colorScheme: 'dark', width: 390, height: 844 },
] as const)('in $colorScheme, $width px wide', ({ colorScheme, width, height }) => {
  test('it fits, and has nothing that axe finds wrong', async ({ visit }) => {
    const { page } = await visit({ role: 'owner', colorScheme, viewport: { width, height } });
    const look = async (name: string, { isWhole = true } = {}) => {
      await settle(page);
      await shoot(page, `catalogue-${name}-${colorScheme}-${width}`, { fullPage: isWhole });
      expect([name, await faultsOf(page), await overflowOf(page)]).toEqual([name, [], 0]);
    };
    await page.goto('/organizations/tiny/services');
    await page.getByText('No service has been scanned yet').waitFor();
    await look('empty');
    await page.goto(SERVICES);
    await region(page, 'Services').getByRole('link', { name: 'Billing API' }).waitFor();
    await look('services');
    await region(page, 'Services').getByRole('link', { name: 'Billing API' }).click();
    await page.getByRole('img', { name: /^Endpoints/ }).waitFor();
    await region(page, 'Environments').getByText('Staging').waitFor();
    await look('service');
    await region(page, 'Trend').getByText('Table', { exact: true }).click();
    await look('service-table');
    const service = new URL(page.url()).pathname;
    await page.goto(`${service}/endpoints`);
    await page.getByText('/charges/{chargeId}/refunds').waitFor();
    await look('endpoints');
    await page.goto(`${service}/scan-runs`);
    await page.getByRole('link', { name: 'Scan 3' }).waitFor();
    await look('scans');
    await page.getByRole('link', { name: 'Scan 3' }).click();
    await region(page, 'Added endpoints').waitFor();
    await page.getByRole('button', { name: /^1 Critical/ }).waitFor();
    await page.getByText('/charges/{chargeId}/refunds').first().waitFor();
    await look('run');
    await page.goto(`${FINDINGS}?state=all`);
    await region(page, 'Findings').locator('[data-finding]').first().waitFor();
    await look('findings');
    await page
      .getByRole('checkbox', { name: /^Choose: / })
      .and(page.locator(':enabled'))
      .first()
      .check();
    await decide(page).getByRole('button', { name: 'Ignore' }).click();
    await page.getByRole('dialog').getByLabel('Reason').waitFor();
    await look('ignore', { isWhole: false });
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await region(page, 'Findings').locator('[data-finding]').first().click();
    await page.getByRole('dialog').getByText('First seen').waitFor();
    await look('finding', { isWhole: false });
  });
});
