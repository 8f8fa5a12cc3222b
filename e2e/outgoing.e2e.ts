import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { shoot, test } from './fixture.ts';
import { faultsOf, settle } from './look.ts';
import type { Server } from './server.ts';
import { widgetVisitor } from './widget-visitor.ts';

const REPLY = /conversations\.reply/;
const PAST_UNDO_MS = 6_000;
const thread = (page: Page) => page.getByRole('region', { name: 'Messages' });
const message = (page: Page, text: string) => thread(page).getByRole('listitem').filter({ hasText: text });
const arrived = (page: Page, text: string) => thread(page).locator('[data-message]').filter({ hasText: text });
const box = (page: Page, kind: 'Reply' | 'Internal note') => page.getByRole('textbox', { name: kind, exact: true });
const kinds = (page: Page) => page.getByRole('radiogroup', { name: 'Kind of message' });
const notSent = (page: Page) => page.getByRole('alert').getByText(/^Not sent/);
const path = (id: string) => `/projects/demo/inbox/${id}`;

async function bodiesOf(server: Server, id: string): Promise<string[]> {
  const answer = await fetch(`${server.url}/p/demo/api/v1/conversations/${id}/messages`, {
    headers: { authorization: `Bearer ${server.demoKey}` },
  });
  return ((await answer.json()) as { data: { body: string }[] }).data.map(({ body }) => body);
}

async function send(page: Page, text: string): Promise<void> {
  await box(page, 'Reply').fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

describe('an internal note that is being written', () => {
  test('stays one, word for word, when a reply is taken back meanwhile', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Whose words are these?');
    const { page } = await visit({ role: 'developer' });
    await page.goto(path(id));
    await send(page, 'Public answer');
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.keyboard.type('INTERNAL: the customer is late with paying');
    await page.getByRole('button', { name: 'Undo' }).click();
    await message(page, 'Public answer').waitFor({ state: 'detached' });
    expect(await box(page, 'Internal note').inputValue()).toBe('INTERNAL: the customer is late with paying');
    await settle(page);
    expect(await faultsOf(page)).toEqual([]);
    await shoot(page, 'two-drafts-light-1280', { fullPage: false });
    await kinds(page)
      .getByText(/^Reply/)
      .click();
    expect(await box(page, 'Reply').inputValue()).toBe('Public answer');
    expect(await bodiesOf(server, id)).toEqual(['Whose words are these?']);
  });

  test('stays one when the box is switched to a reply while it is on its way', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Which kind?');
    const { page } = await visit({ role: 'developer' });
    let attempts = 0;
    await page.route(REPLY, (route) => (attempts++ === 0 ? route.abort() : route.continue()));
    await page.goto(path(id));
    await box(page, 'Reply').waitFor();
    await page.locator('#detail').focus();
    await page.keyboard.press('n');
    await page.keyboard.type('INTERNAL');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => attempts).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('r');
    await page.keyboard.type('Public');
    await arrived(page, 'INTERNAL').getByText('Internal note').waitFor();
    expect(await box(page, 'Reply').inputValue()).toBe('Public');
  });

  test('stays one when a reply fails meanwhile, and the next note does too', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('And these?');
    const { page } = await visit({ role: 'developer' });
    await page.route(REPLY, (route) => route.abort());
    await page.goto(path(id));
    await send(page, 'Public answer');
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await notSent(page).waitFor({ timeout: 30_000 });
    await page.keyboard.type('INTERNAL one');
    expect(await box(page, 'Internal note').inputValue()).toBe('INTERNAL one');
    await page.unroute(REPLY);
    await page.keyboard.press('Control+Enter');
    await arrived(page, 'INTERNAL one').getByText('Internal note').waitFor();
    await page.keyboard.type('INTERNAL two');
    await page.keyboard.press('Control+Enter');
    await arrived(page, 'INTERNAL two').waitFor();
    await kinds(page)
      .getByText(/^Reply/)
      .click();
    expect(await box(page, 'Reply').inputValue()).toBe('Public answer');
    expect(await bodiesOf(server, id)).toEqual(['And these?', 'INTERNAL one', 'INTERNAL two']);
  });
});

describe('a reply', () => {
  test('whose answer is lost is sent again by itself, and is there once', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Once?');
    const { page } = await visit({ role: 'developer' });
    let attempts = 0;
    await page.route(REPLY, async (route) => {
      attempts++;
      if (attempts > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.goto(path(id));
    await send(page, 'Just once');
    await expect.poll(() => attempts, { timeout: 20_000 }).toBe(2);
    await arrived(page, 'Just once').waitFor();
    await message(page, 'Sending…').waitFor({ state: 'detached' });
    expect(await bodiesOf(server, id)).toEqual(['Once?', 'Just once']);
    expect(await box(page, 'Reply').inputValue()).toBe('');
  });

  test('whose answers are all lost comes back, and sent by hand is still there once; changed, it is not doubled unasked', async ({
    visit,
    server,
  }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Still once?');
    const { page, expectRefusal } = await visit({ role: 'developer' });
    const lose = () =>
      page.route(REPLY, async (route) => {
        await route.fetch();
        await route.abort();
      });
    await lose();
    await page.goto(path(id));
    await send(page, 'Lost twice');
    await notSent(page).waitFor({ timeout: 30_000 });
    expect(await box(page, 'Reply').inputValue()).toBe('Lost twice');
    await page.unroute(REPLY);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await message(page, 'Sending…').waitFor();
    await message(page, 'Sending…').waitFor({ state: 'detached' });
    expect(await bodiesOf(server, id)).toEqual(['Still once?', 'Lost twice']);

    await notSent(page).waitFor({ state: 'detached' });
    await lose();
    await send(page, 'Lost again');
    await notSent(page).waitFor({ timeout: 30_000 });
    await page.unroute(REPLY);
    expectRefusal(409);
    await box(page, 'Reply').fill('Lost again, and changed');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText(/had arrived already/).waitFor({ timeout: 30_000 });
    await arrived(page, 'Lost again').waitFor();
    expect(await box(page, 'Reply').inputValue()).toBe('Lost again, and changed');
    expect(await bodiesOf(server, id)).toEqual(['Still once?', 'Lost twice', 'Lost again']);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await arrived(page, 'Lost again, and changed').waitFor();
  });

  test('whose page is gone before it leaves is a draft again', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Where did it go?');
    const { page } = await visit({ role: 'developer' });
    await page.goto(path(id));
    await send(page, 'Not gone with the page');
    await message(page, 'Sending…').waitFor();
    await page.close({ runBeforeUnload: false });
    const next = await page.context().newPage();
    await next.goto(path(id));
    await message(next, 'Where did it go?').waitFor();
    expect(await box(next, 'Reply').inputValue()).toBe('Not gone with the page');
    await new Promise((resolve) => setTimeout(resolve, PAST_UNDO_MS));
    expect(await bodiesOf(server, id)).toEqual(['Where did it go?']);
    await next.getByRole('button', { name: 'Send', exact: true }).click();
    await arrived(next, 'Not gone with the page').waitFor();
    await next.reload();
    await arrived(next, 'Not gone with the page').waitFor();
    expect(await box(next, 'Reply').inputValue()).toBe('');
  });

  test('whose page is gone before it is answered is a draft again, and sent once', async ({ visit, server }) => {
    const { conversationId: id } = await widgetVisitor(server).ask('Did it arrive?');
    const { page } = await visit({ role: 'developer' });
    const acted = Promise.withResolvers<void>();
    await page.route(REPLY, async (route) => {
      await route.fetch();
      acted.resolve();
    });
    await page.goto(path(id));
    await send(page, 'It did');
    await acted.promise;
    await page.close({ runBeforeUnload: false });
    const next = await page.context().newPage();
    await next.goto(path(id));
    await arrived(next, 'It did').waitFor();
    expect(await box(next, 'Reply').inputValue()).toBe('It did');
    await next.getByRole('button', { name: 'Send', exact: true }).click();
    await message(next, 'Sending…').waitFor();
    await message(next, 'Sending…').waitFor({ state: 'detached' });
    expect(await bodiesOf(server, id)).toEqual(['Did it arrive?', 'It did']);
  });
});
