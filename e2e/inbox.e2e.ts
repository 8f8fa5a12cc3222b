import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished } from 'vitest';
import { shoot, test } from './fixture.ts';
import { lineTo } from './line.ts';
import { faultsOf, overflowOf, settle } from './look.ts';
import type { Server } from './server.ts';
import { widgetVisitor } from './widget-visitor.ts';

const rows = (page: Page) => page.locator('[data-conversation]');
const row = (page: Page, id: string) => page.locator(`[data-conversation="${id}"]`);
const thread = (page: Page) => page.getByRole('region', { name: 'Messages' });
const message = (page: Page, text: string) => thread(page).getByRole('listitem').filter({ hasText: text });
const box = (page: Page, kind: 'Reply' | 'Internal note') => page.getByRole('textbox', { name: kind });
const navigation = (page: Page) => page.getByRole('navigation', { name: 'Main' });
const path = (id: string, search = '') => `/projects/demo/inbox/${id}${search}`;

async function rest(server: Server, at: string, body?: object): Promise<{ status: number; data: unknown }> {
  const answer = await fetch(`${server.url}/p/demo/api/v1${at}`, {
    headers: { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, data: answer.status === 204 ? null : ((await answer.json()) as { data: unknown }).data };
}

const conversation = async (server: Server, id: string) => (await rest(server, `/conversations/${id}`)).data;
const bodiesOf = async (server: Server, id: string) =>
  ((await rest(server, `/conversations/${id}/messages`)).data as { body: string }[]).map(({ body }) => body);

/** Says whether all of it is inside what it scrolls in. */
function isInSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  const frame = element.closest('section')?.getBoundingClientRect();
  return frame !== undefined && top >= frame.top && bottom <= frame.bottom;
}

/** Waits until the server says so. */
async function until(read: () => Promise<unknown>, expected: object): Promise<void> {
  await expect.poll(read, { timeout: 10_000, interval: 200 }).toMatchObject(expected);
}

async function choose(page: Page, button: string | RegExp, item: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

describe('a conversation', () => {
  test('is read, answered, noted on, assigned, snoozed and resolved with the mouse', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('How do I print an invoice?');
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/inbox');
    await row(page, id).getByText('1 unread message of').waitFor({ state: 'attached' });
    await row(page, id).click();
    await page.waitForURL(`**${path(id)}`);
    await message(page, 'How do I print an invoice?').getByText('Requester', { exact: true }).waitFor();
    await until(() => conversation(server, id), { unreadCount: 0 });
    await page.waitForFunction((of) => document.querySelector(`[data-conversation="${of}"][data-unread]`) === null, id);

    await box(page, 'Reply').fill('With the wrong word');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await box(page, 'Reply').inputValue()).toBe('With the wrong word');
    await box(page, 'Reply').fill('With the button at the top.');
    await page.getByRole('button', { name: 'Send' }).click();
    await message(page, 'With the button at the top.').getByText('Sending…').waitFor();
    expect(await box(page, 'Reply').inputValue()).toBe('');
    await message(page, 'With the button at the top.').getByText('Team', { exact: true }).waitFor();
    await page.getByRole('radiogroup', { name: 'Kind of message' }).getByText('Internal note').click();
    await box(page, 'Internal note').fill('Ask the printer people.');
    await page.getByRole('button', { name: 'Add note' }).click();
    await message(page, 'Ask the printer people.').getByText('Internal note').waitFor();
    expect(await bodiesOf(server, id)).toEqual([
      'How do I print an invoice?',
      'With the button at the top.',
      'Ask the printer people.',
    ]);

    await page.getByRole('button', { name: 'Assign', exact: true }).click();
    await page.getByRole('option', { name: 'Me', exact: true }).click();
    await thread(page).getByText('Demo developer took it').waitFor();
    await choose(page, 'Snooze', /^Tomorrow/);
    await thread(page)
      .getByText(/Demo developer snoozed it until/)
      .waitFor();
    await until(() => conversation(server, id), { status: 'snoozed' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await until(() => conversation(server, id), { status: 'open', snoozedUntil: null });
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('button', { name: 'Open again' }).waitFor();
    await until(() => conversation(server, id), { status: 'resolved' });
    await row(page, id).waitFor({ state: 'detached' });
  });

  test('is read, answered, noted on, assigned, snoozed and resolved with the keyboard alone', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Is there a keyboard?');
    const { page } = await visit({ role: 'developer' });
    const { keyboard } = page;
    const isFocused = (of: string) =>
      page.waitForFunction((wanted) => document.activeElement?.getAttribute('data-conversation') === wanted, of);
    await page.goto('/projects/demo/inbox');
    await row(page, id).waitFor();
    const [first, second] = await rows(page).evaluateAll((all) =>
      all.map((each) => each.getAttribute('data-conversation') ?? ''),
    );
    expect(first).toBe(id);
    await keyboard.press('j');
    await isFocused(id);
    await keyboard.press('j');
    await isFocused(second ?? '');
    await keyboard.press('k');
    await isFocused(id);
    await keyboard.press('Enter');
    await message(page, 'Is there a keyboard?').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'detail');

    await keyboard.press('r');
    await keyboard.type('Yes: j, k, e, s, a, u and ? do something.');
    await keyboard.press('Control+Enter');
    await message(page, 'Yes: j, k, e, s, a, u and ? do something.').waitFor();
    expect(page.url()).toContain(id);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await keyboard.press('Escape');
    await keyboard.press('n');
    await keyboard.type('They type fast.');
    await keyboard.press('Control+Enter');
    await message(page, 'They type fast.').getByText('Internal note').waitFor();
    await keyboard.press('Escape');

    await keyboard.press('a');
    await keyboard.type('admin');
    await page.locator('[role=option][data-combobox-selected]', { hasText: 'Demo admin' }).waitFor();
    await keyboard.press('Enter');
    await thread(page).getByText('Demo developer assigned it to Demo admin').waitFor();
    await keyboard.press('s');
    await page.getByRole('menuitem', { name: /^Tomorrow/ }).waitFor();
    await keyboard.press('ArrowDown');
    await keyboard.press('End');
    await keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Snooze until' });
    await dialog.getByLabel('Date and time').fill('2020-01-01T10:00');
    await keyboard.press('Enter');
    await dialog.getByText('Choose a time to come.').waitFor();
    await dialog.getByLabel('Date and time').fill('2099-01-01T10:00');
    await keyboard.press('Enter');
    await until(() => conversation(server, id), { status: 'snoozed', snoozedUntil: '2099-01-01T09:00:00.000Z' });
    await dialog.waitFor({ state: 'detached' });
    await page.locator('#detail').focus();
    await keyboard.press('e');
    await until(() => conversation(server, id), { status: 'resolved' });
    await page.getByRole('button', { name: 'Open again' }).waitFor();
    await keyboard.press('e');
    await until(() => conversation(server, id), { status: 'open' });
    await row(page, id).waitFor();
    await keyboard.press('u');
    await isFocused(id);
    expect(new URL(page.url()).pathname).toBe('/projects/demo/inbox');
    await until(() => conversation(server, id), { unreadCount: 1 });
  });

  test('keeps what is typed over going elsewhere, a reload and a failed call', async ({ visit, server }) => {
    const visitor = widgetVisitor(server);
    const { conversationId: id } = await visitor.ask('Draft?');
    const { conversationId: other } = await visitor.ask('Another one');
    const { page } = await visit({ role: 'developer' });
    await page.goto(path(id));
    await box(page, 'Reply').fill('Half a thou');
    await row(page, other).click();
    await message(page, 'Another one').waitFor();
    expect(await box(page, 'Reply').inputValue()).toBe('');
    await page.reload();
    await row(page, id).click();
    await message(page, 'Draft?').waitFor();
    expect(await box(page, 'Reply').inputValue()).toBe('Half a thou');

    await page.route(/conversations\.reply/, (route) => route.abort());
    await page.getByRole('radiogroup', { name: 'Kind of message' }).getByText('Internal note').click();
    expect(await box(page, 'Internal note').inputValue()).toBe('');
    await box(page, 'Internal note').fill('Half a note');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page
      .getByRole('alert')
      .getByText(/^Not sent/)
      .waitFor({ timeout: 20_000 });
    expect(await box(page, 'Internal note').inputValue()).toBe('Half a note');
    await page.unroute(/conversations\.reply/);
    await page.getByRole('button', { name: 'Add note' }).click();
    await message(page, 'Half a note').waitFor();
    expect(await bodiesOf(server, id)).toEqual(['Draft?', 'Half a note']);
    await page.reload();
    await page.getByRole('radiogroup', { name: 'Kind of message' }).getByText('Reply').click();
    expect(await box(page, 'Reply').inputValue()).toBe('Half a thou');
  });

  test('shows its newest messages first and the older ones on demand', async ({ visit, server }) => {
    const [MESSAGES, AT_ONCE] = [105, 8];
    const { conversationId: id } = await widgetVisitor(server).ask('The very first');
    const send = (body: string) => rest(server, `/conversations/${id}/messages`, { body, isInternal: true });
    for (let count = 1; count < MESSAGES; count += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => send(`Message ${count + index}`)));
    await send('The last');
    const { page } = await visit({ role: 'viewer' });
    await page.goto(path(id));
    await message(page, 'The last').waitFor();
    expect(await message(page, 'The last').evaluate(isInSight)).toBe(true);
    expect(await message(page, 'The very first').count()).toBe(0);
    await page.getByRole('button', { name: 'Older messages' }).click();
    await message(page, 'The very first').waitFor();
    const bodies = await thread(page).locator('[data-message]').allTextContents();
    expect(bodies).toHaveLength(MESSAGES + 1);
    expect(await page.getByRole('button', { name: 'Older messages' }).count()).toBe(0);
  });

  test('is marked as spam, found there, closed for good and deleted after a question', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Cheap watches!!!');
    const { page, expectRefusal } = await visit({ role: 'developer' });
    expectRefusal(404);
    await page.goto(path(id));
    await choose(page, 'More actions', 'Mark as spam');
    await row(page, id).waitFor({ state: 'detached' });
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Spam' }).click();
    await row(page, id).click();
    await choose(page, 'More actions', 'Close for good…');
    await page.getByRole('dialog').getByRole('button', { name: 'Close for good' }).click();
    await page.getByText('This conversation is closed for good').waitFor();
    expect(await page.getByRole('button', { name: 'Resolve' }).count()).toBe(0);
    await choose(page, 'More actions', 'Delete…');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete conversation' }).click();
    await page.getByText('The conversation is deleted.').waitFor();
    await row(page, id).waitFor({ state: 'detached' });
    await page.goto(path(id));
    await page.getByRole('alert').getByText('Conversation not found').waitFor();
    await page.getByRole('link', { name: 'Back to the inbox' }).click();
    await rows(page).first().waitFor();
  });
});

describe('what happens elsewhere', () => {
  test('appears without a reload: in the list, in the thread, in the figures', async ({ visit, server }) => {
    const visitor = widgetVisitor(server);
    const { page } = await visit({ role: 'developer' });
    await page.goto('/projects/demo/inbox');
    await rows(page).first().waitFor();
    const unread = navigation(page).getByRole('link', { name: /^Inbox/ });
    const countOf = async () => Number(/\d+/.exec((await unread.textContent()) ?? '')?.[0] ?? 0);
    const before = await countOf();
    const { conversationId: id } = await visitor.ask('Does this come by itself?');
    await row(page, id).waitFor();
    await expect.poll(countOf).toBe(before + 1);
    await row(page, id).click();
    await message(page, 'Does this come by itself?').waitFor();
    await visitor.write(id, 'And this?');
    await message(page, 'And this?').waitFor();
    await expect.poll(countOf).toBe(before);
    await rest(server, `/conversations/${id}/messages`, { body: 'It does.' });
    await message(page, 'It does.').waitFor();
  });

  test('while the connection is down appears once it is back, and the page says that it is late', async ({ visit, server }) => {
    const visitor = widgetVisitor(server);
    const { conversationId: id } = await visitor.ask('Are you there?');
    const line = await lineTo(server.url);
    onTestFinished(line.cut);
    const { page } = await visit({ role: 'developer', baseURL: line.url });
    await page.goto(path(id));
    await message(page, 'Are you there?').waitFor();
    await visitor.write(id, 'Before');
    await message(page, 'Before').waitFor();
    await line.cut();
    await page.getByText('Reconnecting…').waitFor();
    for (const word of ['one', 'two', 'three']) await visitor.write(id, `Meanwhile ${word}`);
    const { conversationId: other } = await visitor.ask('Somebody else, meanwhile');
    await shoot(page, 'inbox-late-light-1280');
    expect(await message(page, 'Meanwhile one').count()).toBe(0);
    await line.mend();
    await message(page, 'Meanwhile three').waitFor();
    expect(await thread(page).locator('[data-message]').allTextContents()).toHaveLength(5);
    await row(page, other).waitFor();
    await page.getByText('Reconnecting…').waitFor({ state: 'detached' });
    await visitor.write(id, 'After');
    await message(page, 'After').waitFor();
  });

  test('is not marked as read by a page that nobody sees', async ({ visit, server }) => {
    const visitor = widgetVisitor(server);
    const { conversationId: id } = await visitor.ask('Who reads this?');
    const { page } = await visit({ role: 'developer' });
    await page.addInitScript(() => {
      let state: DocumentVisibilityState = 'hidden';
      Object.defineProperty(document, 'visibilityState', { get: () => state });
      addEventListener('test-shown', () => {
        state = 'visible';
        document.dispatchEvent(new Event('visibilitychange'));
      });
    });
    await page.goto(path(id));
    await message(page, 'Who reads this?').waitFor();
    await settle(page);
    expect(await conversation(server, id)).toMatchObject({ unreadCount: 1 });
    await page.evaluate(() => dispatchEvent(new Event('test-shown')));
    await until(() => conversation(server, id), { unreadCount: 0 });
  });
});

describe('the list', () => {
  test('is what the address says, over a reload, the way back and an open conversation', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/inbox');
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'All' }).click();
    await page.waitForURL(/view=all/);
    await page.getByRole('button', { name: 'Filters and order' }).click();
    await page.getByRole('combobox', { name: 'Priority' }).click();
    await page.getByRole('option', { name: 'Urgent' }).click();
    await page.waitForURL(/priority=urgent/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-conversation]')].every(({ textContent }) => textContent.includes('Urgent')),
    );
    const ids = await rows(page).evaluateAll((all) => all.map((each) => each.getAttribute('data-conversation')));
    expect(ids.length).toBeGreaterThan(0);
    await page.reload();
    await rows(page).first().waitFor();
    expect(await rows(page).evaluateAll((all) => all.map((each) => each.getAttribute('data-conversation')))).toEqual(ids);
    await rows(page).first().click();
    await page.waitForURL(/inbox\/.+\?view=all&priority=urgent$/);
    await page.goBack();
    await page.waitForURL(/inbox\?view=all&priority=urgent$/);
    await page.getByRole('button', { name: 'Take off the filter Urgent' }).click();
    await page.waitForURL(/inbox\?view=all$/);
    await page.getByRole('searchbox', { name: 'Search' }).fill('no such words at all');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await rows(page).first().waitFor();
  });

  test('goes on page by page without repeating anything', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/inbox?view=all&order=created');
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: 'More conversations' }).click();
    await page.waitForFunction(() => document.querySelectorAll('[data-conversation]').length === 50);
    const ids = await rows(page).evaluateAll((all) => all.map((each) => each.getAttribute('data-conversation')));
    expect(new Set(ids).size).toBe(50);
  });

  test('of a project in which nobody has written says how conversations begin', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/tiny/inbox?view=all');
    await page.getByText('No conversations yet').waitFor();
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Open' }).click();
    await page.getByText('New messages appear here by themselves').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await shoot(page, 'inbox-empty-light-1280');
  });

  test('is reached from a request, and shows its requester’s other ones', async ({ visit, server }) => {
    const visitor = widgetVisitor(server);
    const { conversationId: id, featureId } = await visitor.ask('Where is the manual?');
    await visitor.ask('Who wrote the manual?');
    const { page } = await visit({ role: 'developer' });
    await page.goto(`/projects/demo/backlog/${featureId}`);
    await page
      .getByRole('region', { name: 'Conversations' })
      .getByRole('link', { name: /Where is the manual/ })
      .click();
    await message(page, 'Where is the manual?').waitFor();
    expect(new URL(page.url()).pathname).toBe(path(id));
    await page.getByRole('button', { name: 'Details' }).click();
    const details = page.getByRole('dialog', { name: 'Details' });
    await details.getByText('vera@visitor.example').waitFor();
    await details
      .getByRole('region', { name: 'Request', exact: true })
      .getByRole('link', { name: /^#\d+ Where is the manual/ })
      .waitFor();
    await details.getByRole('link', { name: /Who wrote the manual/ }).click();
    await message(page, 'Who wrote the manual?').waitFor();
  });
});

describe('a viewer', () => {
  test('reads along, is told why there is no reply box, and leaves unread what is unread', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Only looking');
    const { page } = await visit({ role: 'viewer' });
    await page.goto(path(id));
    await message(page, 'Only looking').waitFor();
    await page.getByText('You read along: your role, viewer, does not include replying.').waitFor();
    expect(await page.getByRole('textbox', { name: /Reply|note/ }).count()).toBe(0);
    expect(await page.getByRole('toolbar', { name: 'Actions' }).count()).toBe(0);
    for (const key of ['e', 's', 'a', 'r', 'n']) await page.keyboard.press(key);
    await page.keyboard.press('u');
    await page.waitForURL(/inbox$/);
    expect(await conversation(server, id)).toMatchObject({ unreadCount: 1, status: 'open' });
    expect(await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Mine' }).count()).toBe(0);
  });
});

describe('the shortcuts', () => {
  test('act where their characters need other modifiers than on an American keyboard', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    const press = (key: string, code: string, modifiers: Record<string, boolean>) =>
      page.evaluate(
        ([init]) => document.body.dispatchEvent(new KeyboardEvent('keydown', { ...init, bubbles: true, cancelable: true })),
        [{ key, code, ...modifiers }],
      );
    await page.goto('/projects/demo/inbox');
    await rows(page).first().waitFor();
    // German: Shift and 7.
    await press('/', 'Digit7', { shiftKey: true });
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Search');
    await page.locator('body').evaluate(() => (document.activeElement as HTMLElement).blur());
    await press('?', 'Minus', {});
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  });

  test('are listed under `?`, and can be switched off for good', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/inbox');
    await rows(page).first().waitFor();
    await page.keyboard.press('Shift+?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await dialog.getByText('Next, previous conversation').waitFor();
    await dialog.getByRole('switch', { name: 'Use single keys as shortcuts' }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.reload();
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('INPUT');
    await page.keyboard.press('j');
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-conversation'))).toBe(false);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await dialog.getByRole('switch', { name: 'Use single keys as shortcuts' }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    await page.waitForFunction(() => document.activeElement?.hasAttribute('data-conversation') === true);
  });
});

describe.for([
  { colorScheme: 'light', width: 1280, height: 860 },
  { colorScheme: 'dark', width: 1440, height: 900 },
  { colorScheme: 'light', width: 390, height: 844 },
  { colorScheme: 'dark', width: 390, height: 844 },
] as const)('in $colorScheme, $width px wide', ({ colorScheme, width, height }) => {
  test('the inbox fits, and has nothing that axe finds wrong', async ({ visit, server }) => {
    const suffix = `${colorScheme}-${width}`;
    const faults: Record<string, string[]> = {};
    const look = async (page: Page, name: string, { withAxe = true } = {}) => {
      await settle(page);
      await shoot(page, `${name}-${suffix}`, { fullPage: false });
      const found = withAxe ? await faultsOf(page) : [];
      if (found.length > 0) faults[name] = found;
      if ((await overflowOf(page)) > 0) faults[`${name}, width`] = ['the page is too wide'];
      // In panes it is them that scroll.
      const isPaned = width > 1_000 || page.url().includes(id);
      if (isPaned && (await page.evaluate(() => document.documentElement.scrollHeight > innerHeight)))
        faults[`${name}, height`] = ['the page scrolls'];
    };
    const visitor = widgetVisitor(server);
    const { conversationId: id } = await visitor.ask('Where do I find my invoices? I looked at https://example.com/help first.');
    await rest(server, `/conversations/${id}/messages`, { body: 'Under Settings, in the second section.' });
    await rest(server, `/conversations/${id}/messages`, {
      body: 'Third time this week. Is the link too small?',
      isInternal: true,
    });
    const { page } = await visit({ role: 'owner', colorScheme, viewport: { width, height } });
    await page.goto('/projects/demo/inbox');
    await rows(page).first().waitFor();
    await look(page, 'inbox');
    await page.getByRole('button', { name: 'Filters and order' }).click();
    await page.getByRole('combobox', { name: 'Order' }).waitFor();
    await look(page, 'inbox-filters');
    await page.keyboard.press('Escape');
    await row(page, id).click();
    await message(page, 'Third time this week').waitFor();
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('button', { name: 'Open again' }).waitFor();
    await visitor.write(id, 'Found them. But the total is wrong!');
    await message(page, 'Found them').waitFor();
    await thread(page).getByText('opened it again').waitFor();
    await page.getByRole('alert').filter({ hasText: 'is resolved' }).getByRole('button').last().click();
    await page.getByRole('radiogroup', { name: 'Kind of message' }).getByText('Internal note').click();
    await box(page, 'Internal note').fill('Known: fixed tomorrow.');
    await look(page, 'conversation');
    await page.getByRole('button', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: /^Tomorrow/ }).waitFor();
    // What drops down is outside of all landmarks, as the library has it.
    await look(page, 'conversation-snooze', { withAxe: false });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Assign', exact: true }).click();
    await page.getByRole('option', { name: 'Demo admin' }).waitFor();
    await look(page, 'conversation-assign', { withAxe: false });
    await page.keyboard.press('Escape');
    if (width < 1400) {
      await page.getByRole('button', { name: 'Details' }).click();
      await page.getByRole('dialog', { name: 'Details' }).getByText('vera@visitor.example').waitFor();
      await look(page, 'conversation-details');
    }
    expect(faults).toEqual({});
  });
});
