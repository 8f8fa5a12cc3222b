import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test, type Visitor } from './fixture.ts';
import { faultsOf, overflowOf, settle } from './look.ts';

const PICTURE = join(import.meta.dirname, '..', 'docs', 'screenshot.png');
const MAX_PICTURE_BYTES = 300_000;
const CALLS_IN_PICTURE = 1_240;

type Screen = {
  readonly name: string;
  readonly path: string;
  readonly ready: string;
  readonly act?: (page: Page) => Promise<unknown>;
};

const openNewKey = async (page: Page) => {
  await page.getByRole('button', { name: 'New key' }).first().click();
  await page.getByRole('dialog').getByLabel('backlog:write').check();
  await page.getByRole('dialog').getByLabel('Name').fill('Billing export');
};
const SCREENS: Screen[] = [
  { name: 'backlog', path: '/projects/demo/backlog', ready: 'Load more' },
  { name: 'backlog-nothing', path: '/projects/demo/backlog?q=zzzz', ready: 'Nothing matches' },
  { name: 'backlog-empty', path: '/projects/tiny/backlog', ready: 'Nothing has been asked for yet' },
  { name: 'feature', path: '/projects/demo/backlog?category=ERROR&sort=comments', ready: 'Load more', act: openFirst },
  { name: 'feature-missing', path: '/projects/demo/backlog/00000000-0000-7000-8000-000000000000', ready: 'Feature not found' },
  {
    name: 'new-request',
    path: '/projects/demo/backlog',
    ready: 'Load more',
    act: (page) => page.getByRole('button', { name: 'New request' }).click(),
  },
  { name: 'api-keys', path: '/projects/demo/api-keys', ready: 'Trade fair' },
  { name: 'api-keys-free', path: '/projects/tiny/api-keys', ready: 'API keys come with Pro' },
  { name: 'new-key', path: '/projects/demo/api-keys', ready: 'Trade fair', act: openNewKey },
  {
    name: 'new-key-shown',
    path: '/projects/demo/api-keys',
    ready: 'Trade fair',
    act: async (page) => {
      await openNewKey(page);
      await page.getByRole('button', { name: 'Create key' }).click();
      await page.getByText('Example call').waitFor();
    },
  },
  {
    name: 'check-access',
    path: '/projects/demo/api-keys',
    ready: 'Trade fair',
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for Trade fair' }).click();
      await page.getByRole('menuitem', { name: 'Check access' }).click();
      await page.getByText('A call now would be refused.').waitFor();
    },
  },
  {
    name: 'edit-key',
    path: '/projects/demo/api-keys',
    ready: 'Trade fair',
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for Build server' }).click();
      await page.getByRole('menuitem', { name: 'Edit' }).click();
      await page.getByRole('dialog').getByText('203.0.113.0/24', { exact: true }).waitFor();
    },
  },
  {
    name: 'rotate-key',
    path: '/projects/demo/api-keys',
    ready: 'Trade fair',
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for Build server' }).click();
      await page.getByRole('menuitem', { name: 'Rotate' }).click();
      await page.getByText('The present one works for').waitFor();
    },
  },
  { name: 'organization-keys', path: '/organizations/acme/api-keys', ready: 'Demo key' },
  {
    name: 'organization-key-new',
    path: '/organizations/acme/api-keys',
    ready: 'Demo key',
    act: async (page) => {
      await page.getByRole('button', { name: 'New key' }).first().click();
      await page.getByRole('combobox', { name: 'Service' }).click();
      await page.getByRole('option', { name: 'Billing API' }).click();
      await page.getByRole('combobox', { name: 'Environment or workflow' }).waitFor();
    },
  },
  {
    name: 'key-details',
    path: '/organizations/acme/api-keys',
    ready: 'Demo key',
    act: async (page) => {
      await page.getByRole('button', { name: 'Build pipeline', exact: true }).click();
      await page.getByText('Keys made with it').waitFor();
    },
  },
  { name: 'service-accounts', path: '/organizations/acme/service-accounts', ready: 'Former helpdesk' },
  {
    name: 'service-account-new',
    path: '/organizations/acme/service-accounts',
    ready: 'Former helpdesk',
    act: (page) => page.getByRole('button', { name: 'New service account' }).click(),
  },
  {
    name: 'service-account-disable',
    path: '/organizations/acme/service-accounts',
    ready: 'Former helpdesk',
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for API scanner' }).click();
      await page.getByRole('menuitem', { name: 'Disable' }).click();
      await page.getByText('is refused from the next call on').waitFor();
    },
  },
  { name: 'audit-log', path: '/organizations/acme/audit-log', ready: 'Load more' },
  { name: 'usage', path: '/projects/demo/usage', ready: 'By key' },
  { name: 'usage-free', path: '/projects/tiny/usage', ready: 'No calls in the last 30 days' },
  { name: 'requesters', path: '/projects/demo/requesters', ready: 'Load more' },
  { name: 'requesters-empty', path: '/projects/tiny/requesters', ready: 'Nobody has identified themselves yet' },
  { name: 'requester', path: '/projects/demo/requesters?sort=revenue', ready: 'Load more', act: openRequester },
  {
    name: 'requester-edit',
    path: '/projects/demo/requesters?sort=revenue',
    ready: 'Load more',
    act: async (page) => {
      await openRequester(page);
      await page.getByRole('button', { name: 'Edit' }).click();
    },
  },
  { name: 'notifications', path: '/projects/demo/notifications', ready: 'Load more' },
  { name: 'notifications-empty', path: '/projects/tiny/notifications', ready: 'Nothing has happened yet' },
  {
    name: 'announcement',
    path: '/projects/demo/notifications',
    ready: 'Load more',
    act: async (page) => {
      await page.getByRole('button', { name: 'New announcement' }).click();
      await page.getByText('0 of 3 sent today (UTC).').waitFor();
    },
  },
  { name: 'members', path: '/projects/demo/members', ready: 'new.colleague@example.com' },
  {
    name: 'invite-free',
    path: '/projects/tiny/members',
    ready: 'Nobody has been invited yet.',
    act: (page) => page.getByRole('button', { name: 'Invite' }).click(),
  },
  { name: 'widget', path: '/projects/demo/widget', ready: 'Who may use it', act: openWidget },
  { name: 'widget-free', path: '/projects/tiny/widget', ready: 'Who may use it', act: openWidget },
  {
    name: 'widget-hours',
    path: '/projects/demo/widget',
    ready: 'Who may use it',
    act: async (page) => {
      await page.getByLabel('Say whether somebody is there').check();
      await page.getByRole('button', { name: 'More hours on Monday' }).click();
      await page.getByLabel('Tuesday, to').fill('08:00');
      await page.getByText('Must lie after from.').first().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'settings',
    path: '/projects/demo/settings',
    ready: 'Identity',
    act: async (page) => {
      await page.getByRole('button', { name: /^(Make a|Reveal) secret$/ }).click();
      await page.getByText('Example for Node.js').waitFor();
    },
  },
  { name: 'not-found', path: '/projects/nowhere/backlog', ready: 'Project not found' },
];

async function openRequester(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Requesters' }).getByRole('link').first().click();
  await page.getByText('Known by').waitFor();
}

async function openWidget(page: Page): Promise<void> {
  const frame = page.locator('iframe[title="Preview of the widget"]');
  if (await frame.isVisible()) await frame.contentFrame().locator('.hero').waitFor();
}

async function openFirst(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Requests' }).getByRole('link').first().click();
  await page.getByRole('region', { name: 'Comments' }).getByRole('listitem').first().waitFor();
}

type Walk = { readonly suffix: string; readonly isWide: boolean; readonly withAxe: boolean };

async function walk({ page, expectRefusal }: Visitor, { suffix, isWide, withAxe }: Walk): Promise<Record<string, string[]>> {
  expectRefusal(404);
  const faults: Record<string, string[]> = {};
  for (const { name, path, ready, act } of SCREENS) {
    await page.goto(path);
    await page.getByText(ready).first().waitFor();
    await act?.(page);
    await settle(page);
    await shoot(page, `${name}-${suffix}`, { fullPage: !isWide && (await page.getByRole('dialog').count()) === 0 });
    const found = withAxe ? await faultsOf(page) : [];
    if (found.length > 0) faults[name] = found;
    const overflow = await overflowOf(page);
    if (overflow > 0) faults[`${name}, width`] = [`the page is ${overflow} px too wide`];
  }
  return faults;
}

describe.for([
  { colorScheme: 'light', width: 1280, height: 860, withAxe: true },
  { colorScheme: 'dark', width: 1280, height: 860, withAxe: false },
  { colorScheme: 'light', width: 390, height: 844, withAxe: false },
  { colorScheme: 'dark', width: 390, height: 844, withAxe: true },
] as const)('in $colorScheme, $width px wide', ({ colorScheme, width, height, withAxe }) => {
  test('every screen fits, and has nothing that axe finds wrong', async ({ visit }) => {
    const visitor = await visit({ role: 'owner', colorScheme, viewport: { width, height } });
    expect(await walk(visitor, { suffix: `${colorScheme}-${width}`, isWide: width > 1_000, withAxe })).toEqual({});
  });

  test('signing in does, too', async ({ visit }) => {
    const { page } = await visit({ colorScheme, viewport: { width, height } });
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your password.').waitFor();
    await settle(page);
    await shoot(page, `sign-in-${colorScheme}-${width}`);
    expect(await faultsOf(page)).toEqual([]);
  });
});

test('on a phone the navigation opens, closes with a choice, and switches the project', async ({ visit }) => {
  const { page } = await visit({ role: 'owner', viewport: { width: 390, height: 844 } });
  await page.goto('/projects/demo/backlog');
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await settle(page);
  await shoot(page, 'navigation-light-390');
  await page.getByRole('link', { name: 'Usage' }).click();
  await page.getByRole('heading', { name: 'Usage' }).waitFor();
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await page.getByRole('combobox', { name: 'Organization' }).click();
  await page.getByRole('option', { name: 'Tiny · free' }).click();
  await page.getByText('Nothing has been asked for yet').waitFor();
  expect(new URL(page.url()).pathname).toBe('/projects/tiny/backlog');
});

test('the chosen colour scheme stays over a reload', async ({ visit }) => {
  const { page } = await visit({ role: 'viewer', colorScheme: 'light' });
  const scheme = () => page.evaluate(() => document.documentElement.dataset['mantineColorScheme']);
  await page.goto('/projects/demo/backlog');
  await page.getByRole('button', { name: 'Colour scheme' }).click();
  await page.getByRole('menuitem', { name: 'Dark' }).click();
  expect(await scheme()).toBe('dark');
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction(() => document.documentElement.dataset['mantineColorScheme'] !== undefined);
  expect(await scheme()).toBe('dark');
});

test('the skip link leads into the page', async ({ visit }) => {
  const { page } = await visit({ role: 'viewer' });
  await page.goto('/projects/demo/backlog');
  await page.getByRole('table').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
});

test('every page has a title of its own', async ({ visit }) => {
  const { page } = await visit({ role: 'owner' });
  for (const [path, title] of [
    ['/projects/demo/backlog', 'Backlog · Demo · Reqbase'],
    ['/projects/demo/api-keys', 'API keys · Demo · Reqbase'],
    ['/organizations/acme/api-keys', 'Organization keys · Acme · Reqbase'],
    ['/organizations/acme/service-accounts', 'Service accounts · Acme · Reqbase'],
    ['/organizations/acme/audit-log', 'Audit log · Acme · Reqbase'],
    ['/organizations/acme/services', 'Services · Acme · Reqbase'],
    ['/organizations/acme/findings', 'Findings · Acme · Reqbase'],
    ['/projects/demo/usage', 'Usage · Demo · Reqbase'],
    ['/projects/demo/requesters', 'Requesters · Demo · Reqbase'],
    ['/projects/demo/notifications', 'Notifications · Demo · Reqbase'],
    ['/projects/demo/widget', 'Widget · Demo · Reqbase'],
    ['/projects/demo/members', 'Members · Demo · Reqbase'],
    ['/projects/demo/settings', 'Settings · Demo · Reqbase'],
    ['/no/such/page', 'Page not found · Reqbase'],
  ] as const) {
    await page.goto(path);
    await page.waitForFunction((expected) => document.title === expected, title);
  }
});

test('who has no projects is told so', async ({ visit }) => {
  const { page } = await visit({ role: 'viewer' });
  const empty = { result: { data: { items: [], hasMore: false, nextCursor: null } } };
  await page.route(/\/trpc\/.*projects\.list/, async (route) => {
    const response = await route.fetch();
    const names = new URL(route.request().url()).pathname.replace('/trpc/', '').split(',');
    const answers = (await response.json()) as unknown[];
    await route.fulfill({ response, json: answers.map((answer, index) => (names[index] === 'projects.list' ? empty : answer)) });
  });
  await page.goto('/');
  await page.getByText('No projects yet').waitFor();
  await shoot(page, 'no-projects-light-1280');
});

test('a list that cannot be loaded says so, and is there after another try', async ({ visit }) => {
  const { page } = await visit({ role: 'viewer' });
  await page.route(/\/trpc\/.*backlog\.list/, (route) => route.abort());
  await page.goto('/projects/demo/backlog');
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
  await shoot(page, 'backlog-failed-light-1280');
  await page.unroute(/\/trpc\/.*backlog\.list/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table').waitFor();
});

test('the API reference is served from our own origin, and lists the operations', async ({ visit }) => {
  const { page } = await visit();
  await page.goto('/docs');
  await page.getByText('/features/{id}').first().waitFor();
  await shoot(page, 'docs-light-1280');
});

test.runIf(process.env.UPDATE_SCREENSHOT === '1')('the picture of the README is taken', async ({ visit, server }) => {
  const headers = { authorization: `Bearer ${server.demoKey}` };
  for (let call = 0; call < CALLS_IN_PICTURE; call++) await fetch(`${server.url}/p/demo/api/v1/features?limit=1`, { headers });
  const { page } = await visit({ role: 'owner', viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
  await page.goto('/projects/demo/usage');
  await page.getByText('By key').waitFor();
  await settle(page);
  mkdirSync(join(PICTURE, '..'), { recursive: true });
  await page.screenshot({ path: PICTURE });
  expect(statSync(PICTURE).size).toBeLessThan(MAX_PICTURE_BYTES);
});
