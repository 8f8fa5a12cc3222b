import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { tabTo } from './keyboard.ts';
import { settle } from './look.ts';
import type { Server } from './server.ts';

const PATH = '/projects/demo/widget';
const preview = (page: Page) => page.frameLocator('iframe[title="Preview of the widget"]');
const inPreview = (page: Page, selector: string) => preview(page).locator(`#reqbase-preview ${selector}`);
const status = (page: Page) => page.getByRole('form', { name: 'Widget' }).getByRole('status');
const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();
const saved = (page: Page) => page.getByText('The widget is saved.').first().waitFor();

async function open(page: Page, path = PATH): Promise<void> {
  await page.goto(path);
  await inPreview(page, '.hero').waitFor();
}

async function configure(server: Server, changes: object): Promise<void> {
  const answer = await fetch(`${server.url}/p/demo/api/v1/project/widget`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(changes),
  });
  expect(answer.status).toBe(200);
}

/** What pages that load the widget are told. */
async function onPages(server: Server): Promise<object> {
  const answer = await fetch(`${server.url}/w/demo/config`);
  return ((await answer.json()) as { data: object }).data;
}

/** Every call that is not a mere look, and every one of the widget's own endpoints. */
function watchCalls(page: Page): string[] {
  const calls: string[] = [];
  page.context().on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() !== 'GET' || pathname.startsWith('/w/')) calls.push(`${request.method()} ${pathname}`);
  });
  return calls;
}

describe('the form', () => {
  test('shows every change in the real widget at once, and on pages only once it is saved', async ({ visit, server }) => {
    const before = await onPages(server);
    const { page } = await visit({ role: 'developer', colorScheme: 'light' });
    const calls = watchCalls(page);
    await open(page);
    await status(page).getByText('Everything is saved.').waitFor();

    await page.getByLabel('Welcome').fill('Tell us what is on your mind');
    await preview(page).getByRole('heading', { name: 'Tell us what is on your mind' }).waitFor();
    await page.getByLabel('Label of the button').fill('Help us');
    await preview(page).getByRole('button', { name: 'Help us' }).waitFor();
    await page.getByText('Bottom left').click();
    await inPreview(page, '[data-position=bottom-left]').waitFor();
    await page.getByLabel('Colour', { exact: true }).fill('#b91c1c');
    await page.keyboard.press('Escape');
    await expect
      .poll(() => inPreview(page, '.hero').evaluate((hero) => getComputedStyle(hero).backgroundColor))
      .toBe('rgb(185, 28, 28)');
    await page.getByRole('radiogroup', { name: 'Theme' }).getByText('Dark').click();
    await inPreview(page, '[data-theme=dark]').waitFor();
    await page.getByLabel('Problems').uncheck();
    await preview(page).getByText('Report a problem').waitFor({ state: 'detached' });
    await page.getByRole('combobox', { name: 'Language' }).click();
    await page.getByRole('option', { name: 'German' }).click();
    await preview(page).getByText('Etwas vorschlagen').waitFor();
    await page.getByLabel('Style sheet').fill('.launcher { border-radius: 3px }');
    await expect
      .poll(() => inPreview(page, '.launcher').evaluate((launcher) => getComputedStyle(launcher).borderRadius))
      .toBe('3px');
    await page.getByLabel('Say “Powered by Reqbase”').uncheck();
    await inPreview(page, '.brand').waitFor({ state: 'detached' });
    await page.getByLabel('Say whether somebody is there').check();
    await inPreview(page, '.presence').waitFor();
    await page.getByRole('combobox', { name: 'Allowed origins' }).fill('app.example.com/pricing');
    await page.keyboard.press('Enter');

    await status(page).getByText('11 unsaved changes').waitFor();
    expect(calls).toEqual([]);
    expect(await onPages(server)).toEqual(before);
    await save(page);
    await saved(page);
    await status(page).getByText('Everything is saved.').waitFor();
    expect(calls).toEqual(['POST /trpc/widget.update']);
    expect(await onPages(server)).toMatchObject({
      welcomeMessage: 'Tell us what is on your mind',
      launcherLabel: 'Help us',
      position: 'bottom-left',
      color: '#b91c1c',
      theme: 'dark',
      locale: 'de',
      categoriesEnabled: ['FEATURE', 'FEEDBACK', 'OTHER'],
      customCss: '.launcher { border-radius: 3px }',
      showBranding: false,
      operatingHours: { timezone: 'UTC', days: [{ day: 'mon', from: '09:00', to: '17:00' }, {}, {}, {}, {}] },
    });
    await open(page);
    expect(await page.getByLabel('Welcome').inputValue()).toBe('Tell us what is on your mind');
    await page.getByText('https://app.example.com', { exact: true }).waitFor();
    await configure(server, { ...before, project: undefined, allowedOrigins: [] });
  });

  test('is saved with the keyboard alone', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await open(page);
    await tabTo(page, 'Label of the button');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('By keyboard');
    await preview(page).getByRole('button', { name: 'By keyboard' }).waitFor();
    await page.keyboard.press('Enter');
    await saved(page);
    expect(await onPages(server)).toMatchObject({ launcherLabel: 'By keyboard' });
  });

  test('says what is not right, does not send it, and shows none of it', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    const calls = watchCalls(page);
    await open(page);
    await page.getByLabel('Style sheet').fill('.hero { background: url(https://evil.example/x.png) }');
    await page.getByText('url() may only hold a data: picture.').waitFor();
    await page.getByRole('combobox', { name: 'Allowed origins' }).fill('not an origin');
    await page.keyboard.press('Enter');
    await page.getByText('Must be an origin such as https://app.example.com').waitFor();
    await status(page).getByText('Not right yet: Allowed origins, Style sheet').waitFor();
    await save(page);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true');
    expect(calls).toEqual([]);
    expect(await inPreview(page, '.hero').evaluate((hero) => getComputedStyle(hero).backgroundImage)).toBe('none');
  });

  test('keeps what was changed when it is left by mistake, and when it is discarded by mistake', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await open(page);
    await page.getByLabel('Welcome').fill('Half a thought');
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByRole('dialog').getByText('Leave without saving?').waitFor();
    await page.getByRole('button', { name: 'Stay' }).click();
    expect(await page.getByLabel('Welcome').inputValue()).toBe('Half a thought');
    await page.getByRole('button', { name: 'Discard' }).click();
    await status(page).getByText('Everything is saved.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await preview(page).getByRole('heading', { name: 'Half a thought' }).waitFor();
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByRole('heading', { name: 'Members' }).waitFor();
  });

  test('that somebody else has overtaken says in what, and loses nothing', async ({ visit, server }) => {
    const { page, expectRefusal } = await visit({ role: 'owner' });
    expectRefusal(412);
    // Else what is told live may come before the button is pressed, and disables it.
    await page.route('**/trpc/live.watch**', (route) => route.abort());
    await configure(server, { welcomeMessage: 'Before', color: '#111111', launcherLabel: 'Feedback' });
    await open(page);
    await page.getByLabel('Colour', { exact: true }).fill('#222222');
    await page.keyboard.press('Escape');
    await page.getByLabel('Label of the button').fill('Mine');
    await configure(server, { welcomeMessage: 'Theirs', color: '#333333' });
    await save(page);
    const conflict = page.getByRole('alert').filter({ hasText: 'Somebody else has changed the widget meanwhile' });
    await conflict.getByRole('listitem').getByText('Colour').waitFor();
    expect(await conflict.getByRole('listitem').count()).toBe(1);
    await shoot(page, 'widget-conflict-light-1280', { fullPage: false });
    await conflict.getByRole('button', { name: 'Reload, keep my changes' }).click();
    await preview(page).getByRole('heading', { name: 'Theirs' }).waitFor();
    expect(await page.getByLabel('Label of the button').inputValue()).toBe('Mine');
    await save(page);
    await saved(page);
    expect(await onPages(server)).toMatchObject({ welcomeMessage: 'Theirs', color: '#222222', launcherLabel: 'Mine' });
  });
});

describe('the preview', () => {
  test('is used like the widget, and sends nothing', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    const calls = watchCalls(page);
    await open(page);
    await preview(page).getByText('Suggest something').click();
    await preview(page).getByLabel('What would you like?').fill('A preview that works');
    await preview(page).getByRole('button', { name: 'Send' }).click();
    await preview(page).getByText('Thank you').waitFor();
    expect(calls).toEqual([]);
  });

  test('is an origin of its own: a style sheet cannot leave it, and our session is not in it', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await open(page);
    await page
      .getByLabel('Style sheet')
      .fill(':host { position: fixed !important; inset: 0; background: red } body { display: none }');
    await expect
      .poll(() => inPreview(page, '.launcher').evaluate(({ ownerDocument }) => ownerDocument.defaultView?.origin))
      .toBe('null');
    await page.getByRole('heading', { name: 'Widget', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
  });

  test('shows the widget on a light page and on a dark one', async ({ visit, server }) => {
    await configure(server, { theme: 'auto' });
    const { page } = await visit({ role: 'viewer', colorScheme: 'dark' });
    await open(page);
    await inPreview(page, '[data-theme=dark]').waitFor();
    await page.getByRole('radiogroup', { name: 'Page' }).getByText('Light').click();
    await inPreview(page, '[data-theme=light]').waitFor();
  });

  test('on a phone takes turns with the form', async ({ visit }) => {
    const { page } = await visit({ role: 'owner', viewport: { width: 390, height: 844 } });
    await page.goto(PATH);
    await page.getByLabel('Welcome').fill('From a phone');
    await page.getByRole('radiogroup', { name: 'Show' }).getByText('Preview').click();
    await preview(page).getByRole('heading', { name: 'From a phone' }).waitFor();
    expect(await page.getByLabel('Welcome').isVisible()).toBe(false);
    await settle(page);
    await shoot(page, 'widget-preview-light-390', { fullPage: false });
  });
});

describe('the snippet', () => {
  test('is copied, and names this server and this project', async ({ visit, server }) => {
    const { page } = await visit({ role: 'viewer' });
    await open(page);
    await page.getByRole('link', { name: 'Put it on your pages' }).click();
    await page.getByRole('button', { name: 'Copy for every visitor' }).click();
    const snippet = await page.evaluate(() => navigator.clipboard.readText());
    expect(snippet).toBe(`<script src="${server.url}/widget.js" data-project="demo" async></script>`);
    expect((await fetch(`${server.url}/widget.js`)).status).toBe(200);
    await page.getByRole('button', { name: 'Copy for people who are signed in' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/data-project="demo"\s+data-identity-token="/);
  });
});

describe('who may change it', () => {
  test('a viewer sees all of it, and nothing to change it with', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await open(page);
    await page.getByText('Your role sees the configuration; a developer changes it.').waitFor();
    for (const label of ['Welcome', 'Style sheet', 'Secure mode', 'Problems'])
      expect(await page.getByLabel(label).isDisabled(), label).toBe(true);
    expect(await page.getByRole('combobox', { name: 'Allowed origins' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  });

  test('on Free, what comes with Pro is there, disabled, with the reason', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await open(page, '/projects/tiny/widget');
    for (const label of [/^Say “Powered by Reqbase”/, /^Comments/, /^Style sheet/])
      expect(await page.getByLabel(label).isDisabled()).toBe(true);
    expect(await page.getByText(/Comes with Pro: upgrade the organization\./).count()).toBe(3);
    expect(await page.getByLabel('Announcements').isEnabled()).toBe(true);
  });

  test('secure mode without a secret says that it shuts everybody out, and where to make one', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await open(page, '/projects/tiny/widget');
    await page.getByLabel('Secure mode').check();
    await page.getByText('Nobody can use it like this').waitFor();
    await page.getByRole('link', { name: 'Make one in the settings' }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByRole('heading', { name: 'Identity' }).waitFor();
  });
});
