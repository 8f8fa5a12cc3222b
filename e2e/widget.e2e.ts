import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { test as base, shoot } from './fixture.ts';
import type { Server } from './server.ts';
import { type Guest, type HostSite, openHostSite, visitSite } from './widget-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The demo's. */
const GREETING = 'Hello! What would make Demo better for you?';
const NARROW = { width: 390, height: 844 };

const test = base
  .extend('site', { scope: 'file' }, async ({ server }, { onCleanup }): Promise<HostSite> => {
    const site = await openHostSite(server.url);
    onCleanup(site.close);
    return site;
  })
  .extend('enter', async ({ server, site, browser, task }, { onCleanup }) => {
    const guests: Guest[] = [];
    onCleanup(async () => {
      for (const guest of guests) {
        if (task.result?.state === 'fail') await shoot(guest.page, `failed-${task.name.replace(/\W+/g, '-').slice(0, 80)}`);
        await guest.close();
      }
    });
    return async (options: Parameters<typeof visitSite>[3] = {}): Promise<Page> => {
      const guest = await visitSite(browser, site, server.url, options);
      guests.push(guest);
      return guest.page;
    };
  });

const launcher = (page: Page) => page.getByRole('button', { name: 'Feedback', exact: true });
const panel = (page: Page) => page.getByRole('dialog');
const heading = (page: Page, name: string) => panel(page).getByRole('heading', { name });
const choose = (page: Page, name: string | RegExp) => panel(page).getByRole('button', { name }).click();
const open = async (page: Page) => {
  await launcher(page).click();
  await panel(page).waitFor();
};

async function rest(server: Server, path: string, init: RequestInit = {}): Promise<any> {
  const headers = { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/p/demo/api/v1${path}`, { ...init, headers });
  expect(answer.status).toBeLessThan(300);
  return ((await answer.json()) as { data: unknown }).data;
}
async function findFeature(server: Server, title: string): Promise<any> {
  const { items } = await rest(server, `/features?q=${encodeURIComponent(title)}`);
  expect(items).toMatchObject([{ title }]);
  return rest(server, `/features/${items[0].id}`);
}

/** What axe finds wrong with the page and what is in its shadow roots, in a line each. */
async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } }).axe.run({ resultTypes: ['violations'] }),
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
  );
}

describe('on a page of another origin', () => {
  test('a hostile one too, a request with a screenshot is sent, and found in the backlog and over REST', async ({
    enter,
    server,
    visit,
  }) => {
    const title = 'Wrap parcels in old maps';
    const page = await enter({ path: '/hostile' });
    await open(page);
    await shoot(page, 'widget-hostile', { fullPage: false });
    await choose(page, /^Suggest something/);
    await panel(page).getByLabel('What would you like?').fill(title);
    await panel(page)
      .getByRole('textbox', { name: /^Details/ })
      .fill('<img src=x onerror=alert(1)> They look nice.');
    const picture = await page.screenshot();
    await panel(page).locator('input[type=file]').setInputFiles({ name: 'shot.png', mimeType: 'image/png', buffer: picture });
    await panel(page)
      .getByRole('img', { name: /Preview of the picture/ })
      .waitFor();
    await panel(page).getByLabel('E-mail').fill('grace@example.com');
    await shoot(page, 'widget-hostile-form', { fullPage: false });
    await choose(page, 'Send');
    await heading(page, 'Thank you').waitFor();

    const feature = await findFeature(server, title);
    expect(feature).toMatchObject({
      category: 'FEATURE',
      source: 'widget',
      hasScreenshot: true,
      voteCount: 1,
      description: '<img src=x onerror=alert(1)> They look nice.',
    });
    const screenshot = await rest(server, `/features/${feature.id}/screenshot`);
    expect(screenshot.mimeType).toBe('image/png');
    expect(Buffer.from(screenshot.image, 'base64').subarray(1, 4).toString()).toBe('PNG');
    const { page: admin } = await visit({ role: 'owner' });
    await admin.goto('/projects/demo/backlog?q=parcels');
    await admin.getByRole('link', { name: title }).click();
    await admin.getByRole('heading', { name: title, level: 1 }).waitFor();
  });

  test('what went wrong on it is sent along, without query and without credentials', async ({ enter, server }) => {
    const page = await enter({ path: '/busy?data-identity-token=' });
    await page.waitForFunction(() => document.title === 'ready');
    await open(page);
    await choose(page, /^Report a problem/);
    for (const [label, text] of [
      ['What were you trying to do?', 'Paying'],
      ['What did you expect?', 'A receipt'],
      ['What happened instead?', 'The paper jammed'],
    ] as const) {
      await panel(page).getByLabel(label).fill(text);
      if (text !== 'The paper jammed') await choose(page, 'Next');
    }
    await choose(page, 'Send');
    await heading(page, 'Thank you').waitFor();
    const feature = await findFeature(server, 'The paper jammed');
    expect(feature.errorReport).toEqual({ doing: 'Paying', expected: 'A receipt', happened: 'The paper jammed' });
    const text = JSON.stringify(feature);
    expect(text).not.toContain('very-secret');
    expect(text.toLowerCase()).not.toContain('authorization');
    expect(feature.pageUrl).toMatch(/\/busy$/);
    expect(feature.diagnostics).toMatchObject({
      online: true,
      viewport: { width: 1_280, height: 860 },
      network: [{ status: 404, method: 'GET', url: expect.stringMatching(/\/missing$/) }],
      errors: [{ message: expect.stringContaining('Could not load https://shop.example/cart with token=[removed]') }],
    });
  });

  test('everything can be done with the keyboard, and the focus stays where it belongs', async ({ enter, server }) => {
    const page = await enter();
    await launcher(page).waitFor();
    const focused = () =>
      page.evaluate(() => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement != null) element = element.shadowRoot.activeElement;
        return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      });
    const hasFocus = (name: string | RegExp) => expect.poll(focused).toMatch(name);
    const tabTo = async (name: RegExp) => {
      for (let n = 0; n < 20 && !name.test(await focused()); n++) await page.keyboard.press('Tab');
      await hasFocus(name);
    };
    await page.keyboard.press('Tab');
    await hasFocus('More about paper');
    await page.keyboard.press('Tab');
    await hasFocus(/^Feedback$/);
    await page.keyboard.press('Enter');
    await hasFocus(GREETING);
    // Never out of the panel, in either direction: what is behind it is inert.
    const seen = new Set<string>();
    for (let n = 0; n < 24; n++) {
      await page.keyboard.press(n < 14 ? 'Tab' : 'Shift+Tab');
      seen.add(await focused());
    }
    expect(seen).not.toContain('More about paper');
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'hidden' });
    await hasFocus(/^Feedback$/);

    await page.keyboard.press('Enter');
    await hasFocus(GREETING);
    await tabTo(/^Give feedback/);
    await page.keyboard.press('Enter');
    await hasFocus(/^1 star/);
    for (const stars of [2, 3, 4]) {
      await page.keyboard.press('ArrowRight');
      await hasFocus(new RegExp(`^${stars} stars`));
    }
    const details = panel(page).getByLabel(/What is good/);
    await page.keyboard.press('Tab');
    await expect.poll(() => details.evaluate((field) => field.matches(':focus'))).toBe(true);
    await page.keyboard.type('Typed without a mouse');
    // Closed and opened again at once, it is all still there.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await heading(page, 'Give feedback').waitFor();
    await expect.poll(() => details.inputValue()).toBe('Typed without a mouse');
    await tabTo(/^Send$/);
    await page.keyboard.press('Enter');
    await heading(page, 'Thank you').waitFor();
    expect(await findFeature(server, 'Typed without a mouse')).toMatchObject({ category: 'FEEDBACK', rating: 4 });
  });

  test('what is similar is pointed out while one types, and voted for instead', async ({ enter, server }) => {
    const { id } = await rest(server, '/features', { method: 'POST', body: JSON.stringify({ title: 'Origami instructions' }) });
    const page = await enter();
    await open(page);
    await choose(page, /^Suggest something/);
    await panel(page).getByLabel('What would you like?').fill('instructions for origami please');
    await choose(page, 'Vote for: Origami instructions, Votes: 0');
    await panel(page).getByRole('button', { name: 'Vote for: Origami instructions, Votes: 1', pressed: true }).waitFor();
    expect(await rest(server, `/features/${id}`)).toMatchObject({ voteCount: 1 });
  });

  test('the team’s answer arrives in the open thread, and is answered', async ({ enter, server }) => {
    const page = await enter();
    await open(page);
    await choose(page, /^Ask a question/);
    await panel(page).getByLabel('Your question').fill('Is your paper recycled?');
    await choose(page, 'Send');
    await choose(page, 'My requests');
    await choose(page, /^Is your paper recycled\?/);
    await choose(page, 'Write to the team');
    await panel(page).getByRole('log').getByText('Is your paper recycled?').waitFor();
    const { items } = await rest(server, '/conversations?q=recycled');
    await rest(server, `/conversations/${items[0].id}/messages`, {
      method: 'POST',
      body: JSON.stringify({ body: 'All of it, <b>yes</b>.' }),
    });
    await panel(page).getByText('All of it, <b>yes</b>.').waitFor({ timeout: 20_000 });
    await panel(page).getByLabel('Your message').fill('Lovely!');
    await choose(page, 'Send');
    await panel(page).getByRole('log').getByText('Lovely!').waitFor();
    await shoot(page, 'widget-thread', { fullPage: false });
    await page.reload();
    await page.getByRole('button', { name: /^Feedback.*New: 1/ }).click();
    await choose(page, /^News/);
    await panel(page)
      .getByRole('button', { name: /replied/ })
      .click();
    await panel(page).getByRole('log').getByText('Lovely!').waitFor();
  });

  test('a failure is told in plain words and loses nothing', async ({ enter, server }) => {
    const page = await enter();
    await open(page);
    await choose(page, /^Ask a question/);
    await panel(page).getByLabel('Your question').fill('Does this survive?');
    let answers: 'nothing' | 'too many' | 'late' | 'all' = 'nothing';
    await page.route('**/submit', async (route) => {
      if (answers === 'nothing') return route.abort('connectionfailed');
      if (answers === 'too many') {
        const error = { code: 'RATE_LIMITED', message: 'Too many requests', retryAfter: 12 };
        return route.fulfill({ status: 429, json: { error }, headers: { 'access-control-allow-origin': '*' } });
      }
      if (answers === 'all') return route.continue();
      // Done on the server, and the answer is lost on the way.
      await route.fetch();
      return route.abort('connectionreset');
    });
    await choose(page, 'Send');
    await panel(page).getByText('The connection failed.').waitFor();
    answers = 'too many';
    await choose(page, 'Send');
    await panel(page).getByText('Please wait 12 seconds').waitFor();
    await shoot(page, 'widget-failure', { fullPage: false });
    expect(await panel(page).getByLabel('Your question').inputValue()).toBe('Does this survive?');
    answers = 'late';
    await choose(page, 'Send');
    await panel(page).getByText('The connection failed.').waitFor();
    answers = 'all';
    await choose(page, 'Send');
    await heading(page, 'Thank you').waitFor();
    // One, though the server had it twice.
    await findFeature(server, 'Does this survive?');
  });

  test('a picture is pasted, looked at and taken out again; what is none is refused in words', async ({ enter }) => {
    const page = await enter();
    await open(page);
    await choose(page, /^Ask a question/);
    const picture = (await page.screenshot()).toString('base64');
    const paste = (base64: string) =>
      page.evaluate((data) => {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
        const field = document.querySelector('#reqbase-widget')?.shadowRoot?.querySelector('textarea');
        field?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true }));
      }, base64);
    await paste(picture);
    await panel(page)
      .getByRole('img', { name: /Preview of the picture/ })
      .waitFor();
    await choose(page, 'Remove the picture');
    await paste(Buffer.from('no picture').toString('base64'));
    await panel(page).getByText('This picture cannot be used.').waitFor();
  });

  test('the screen is captured without the panel on it, and what is captured is sent', async ({ enter, server }) => {
    const page = await enter();
    await page.evaluate(() => {
      // What the browser would ask the person for: here, a stream of red.
      navigator.mediaDevices.getDisplayMedia = async () => {
        const canvas = document.createElement('canvas');
        Object.assign(canvas, { width: 640, height: 360 });
        const context = canvas.getContext('2d');
        const paint = () => {
          if (context !== null) Object.assign(context, { fillStyle: '#ff0000' }).fillRect(0, 0, 640, 360);
        };
        setInterval(paint, 30);
        paint();
        const panelIs = document.querySelector('#reqbase-widget')?.shadowRoot?.querySelector('dialog');
        document.title = panelIs == null ? '' : getComputedStyle(panelIs).visibility;
        return canvas.captureStream(30);
      };
    });
    await open(page);
    await choose(page, /^Ask a question/);
    await panel(page).getByLabel('Your question').fill('Why is it so red?');
    await choose(page, 'Capture screen');
    await panel(page)
      .getByRole('img', { name: /Preview of the picture/ })
      .waitFor();
    expect(await page.title()).toBe('hidden');
    await choose(page, 'Send');
    await heading(page, 'Thank you').waitFor();
    const { id } = await findFeature(server, 'Why is it so red?');
    const { image, mimeType } = await rest(server, `/features/${id}/screenshot`);
    const color = await page.evaluate(async (source) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(source), (character) => character.charCodeAt(0))]));
      const context = Object.assign(document.createElement('canvas'), { width: 640, height: 360 }).getContext('2d');
      context?.drawImage(bitmap, 0, 0);
      return [bitmap.width, bitmap.height, ...(context?.getImageData(320, 180, 1, 1).data ?? [])];
    }, image);
    expect([mimeType, color.slice(0, 2)]).toEqual(['image/png', [640, 360]]);
    expect(color[2]).toBeGreaterThan(230);
    expect(color[3]).toBeLessThan(40);
  });

  test('who is signed in is known by what the page’s backend signed, and their own things follow them', async ({
    enter,
    server,
  }) => {
    const revealed = await fetch(`${server.url}/trpc/projects.revealIdentitySecret`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ projectId: 'demo' }),
    });
    const { secret, audience } = ((await revealed.json()) as { result: { data: { secret: string; audience: string } } }).result
      .data;
    const tokenOf = (sub: string) => {
      const iat = Math.floor(Date.now() / 1_000);
      const claims = { aud: audience, sub, email: `${sub}@example.com`, name: 'Grace', iat, exp: iat + 300 };
      const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const ask = async (page: Page, text: string) => {
      await open(page);
      await choose(page, /^Ask a question/);
      await panel(page).getByLabel('Your question').fill(text);
      await choose(page, 'Send');
      await heading(page, 'Thank you').waitFor();
      await page.keyboard.press('Escape');
    };
    const page = await enter();
    await ask(page, 'Asked before signing in');
    await page.evaluate((token) => window.Reqbase?.identify(() => token), tokenOf('grace'));
    await ask(page, 'Asked after signing in');
    expect((await rest(server, '/requesters?externalId=grace')).items).toMatchObject([
      { email: 'grace@example.com', name: 'Grace', featureCount: 2 },
    ]);

    // In another browser, by the tag alone.
    const elsewhere = await enter({ path: `/?data-identity-token=${tokenOf('grace')}` });
    await open(elsewhere);
    await choose(elsewhere, 'My requests');
    await panel(elsewhere).getByText('Asked before signing in').waitFor();
    // Signed out, and somebody else in the same one.
    await elsewhere.evaluate(() => window.Reqbase?.reset());
    await choose(elsewhere, 'My requests');
    await panel(elsewhere).getByText('You have not sent anything yet.').waitFor();
  });

  test('by script it is opened at a category, closed, and taken away', async ({ enter }) => {
    const page = await enter({ path: '/?data-launcher=none' });
    await page.waitForFunction(() => window.Reqbase !== undefined && window.Reqio === window.Reqbase);
    expect(await launcher(page).count()).toBe(0);
    await page.evaluate(() => window.Reqbase?.open('OTHER'));
    await heading(page, 'Ask a question').waitFor();
    await page.evaluate(() => window.Reqbase?.close());
    await panel(page).waitFor({ state: 'hidden' });
    const globals = await page.evaluate(() => Object.keys(window).filter((name) => /reqbase|reqio|preact/i.test(name)));
    expect(globals.sort()).toEqual(['Reqbase', 'Reqio']);
    await page.evaluate(() => window.Reqbase?.destroy());
    expect(await page.evaluate(() => [document.querySelector('#reqbase-widget'), window.Reqbase])).toEqual([null, undefined]);
  });

  test('that the project does not know there is none, and the page does not notice', async ({ enter, server }) => {
    const known = await rest(server, '/project/widget');
    await rest(server, '/project/widget', {
      method: 'PATCH',
      body: JSON.stringify({ allowedOrigins: ['https://shop.example'] }),
    });
    const page = await enter();
    await page.waitForFunction(() => window.Reqbase !== undefined);
    await page.waitForLoadState('networkidle');
    expect(await launcher(page).count()).toBe(0);
    await rest(server, '/project/widget', { method: 'PATCH', body: JSON.stringify({ allowedOrigins: known.allowedOrigins }) });
  });
});

const VIEWS: [name: string, act: (page: Page) => Promise<unknown>][] = [
  ['home', async () => {}],
  ['feature', (page) => choose(page, /^Suggest something/)],
  [
    'feature-wrong',
    async (page) => {
      await choose(page, /^Suggest something/);
      await panel(page).getByLabel('E-mail').fill('nobody');
      await choose(page, 'Send');
      await panel(page).getByText('This does not look like').waitFor();
    },
  ],
  ['error', (page) => choose(page, /^Report a problem/)],
  [
    'feedback',
    async (page) => {
      await choose(page, /^Give feedback/);
      await panel(page)
        .getByRole('radio', { name: /^4 stars/ })
        .check({ force: true });
    },
  ],
  [
    'browse',
    async (page) => {
      await choose(page, 'What others asked for');
      await panel(page).getByRole('listitem').first().waitFor();
    },
  ],
  [
    'request',
    async (page) => {
      await choose(page, 'What others asked for');
      await panel(page).getByRole('listitem').nth(1).getByRole('button').last().click();
      await panel(page).getByRole('heading', { level: 3 }).first().waitFor();
    },
  ],
  [
    'mine',
    async (page) => {
      await choose(page, 'My requests');
      await panel(page).getByText('You have not sent anything yet.').waitFor();
    },
  ],
  [
    'sent',
    async (page) => {
      await choose(page, /^Ask a question/);
      await panel(page).getByLabel('Your question').fill('How do you look?');
      await choose(page, 'Send');
      await heading(page, 'Thank you').waitFor();
    },
  ],
];

describe.for([
  { colorScheme: 'light', viewport: { width: 1_280, height: 860 } },
  { colorScheme: 'dark', viewport: { width: 1_280, height: 860 } },
  { colorScheme: 'light', viewport: NARROW },
  { colorScheme: 'dark', viewport: NARROW },
] as const)('in $colorScheme, $viewport.width px wide', ({ colorScheme, viewport }) => {
  test('every view fits, and has nothing that axe finds wrong', async ({ enter }) => {
    const faults: Record<string, string[]> = {};
    for (const [name, act] of VIEWS) {
      const page = await enter({ colorScheme, viewport, reducedMotion: 'reduce', bypassCSP: true });
      await open(page);
      await act(page);
      await page.waitForLoadState('networkidle');
      await shoot(page, `widget-${name}-${colorScheme}-${viewport.width}`, { fullPage: false });
      const found = await faultsOf(page);
      if (found.length > 0) faults[name] = found;
      const overflow = await page.evaluate(() => {
        const body = document.querySelector('#reqbase-widget')?.shadowRoot?.querySelector('.body');
        return body == null ? 1 : body.scrollWidth - body.clientWidth;
      });
      if (overflow > 0) faults[`${name}, width`] = [`the panel is ${overflow} px too wide`];
    }
    expect(faults).toEqual({});
  });
});

describe('the configuration', () => {
  test('is what the widget looks like: colour, side, words, language, style sheet', async ({ enter, server }) => {
    const patch = (body: object) => rest(server, '/project/widget', { method: 'PATCH', body: JSON.stringify(body) });
    const known = await rest(server, '/project/widget');
    await patch({
      position: 'bottom-left',
      color: '#FFE14D',
      theme: 'dark',
      locale: 'de',
      launcherLabel: 'Hallo',
      launcherIcon: 'help',
      welcomeMessage: 'Guten Tag',
      showBranding: false,
      customCss: '.hero h2 { font-style: italic } body { display: none }',
      categoriesEnabled: ['OTHER'],
    });
    const page = await enter();
    await page.getByRole('button', { name: 'Hallo' }).click();
    await heading(page, 'Guten Tag').waitFor();
    expect(
      await panel(page)
        .getByRole('button', { name: /^Eine Frage stellen/ })
        .count(),
    ).toBe(1);
    expect(await panel(page).getByText('Reqbase').count()).toBe(0);
    const looks = await page.evaluate(() => {
      const root = document.querySelector('#reqbase-widget')?.shadowRoot;
      const style = (selector: string) => getComputedStyle(root?.querySelector(selector) as Element);
      return [
        style('.launcher').backgroundColor,
        style('.launcher').color,
        style('.hero h2').fontStyle,
        style('.launcher').left,
        getComputedStyle(document.body).display,
      ];
    });
    expect(looks).toEqual(['rgb(255, 225, 77)', 'rgb(0, 0, 0)', 'italic', '20px', 'block']);
    await shoot(page, 'widget-configured', { fullPage: false });
    await patch({
      locale: 'ar',
      position: 'bottom-right',
      color: '#FFFFFF',
      theme: 'light',
      customCss: null,
      categoriesEnabled: known.categoriesEnabled,
    });
    const rtl = await enter({ bypassCSP: true });
    await rtl.getByRole('button', { name: 'Hallo' }).click();
    await shoot(rtl, 'widget-rtl', { fullPage: false });
    expect(await faultsOf(rtl)).toEqual([]);
    const { version: _version, updatedAt: _updatedAt, ...before } = known;
    await patch(before);
  });

  test('is shown by a preview, in which nothing is sent and which lets the page around it be used', async ({ visit, server }) => {
    const { page } = await visit();
    const called: string[] = [];
    page.on('request', (request) => {
      if (/\/w\/|\/widget\//.test(request.url())) called.push(request.url());
    });
    // A page of the installation's own, with the policy that the admin has.
    await page.goto('/docs');
    const config = ((await (await fetch(`${server.url}/w/demo/config`)).json()) as { data: object }).data;
    await page.addScriptTag({ url: '/widget.js' });
    await page.evaluate((draft) => {
      document.body.innerHTML =
        '<input aria-label="Colour"><div id="place" style="width:440px;height:720px;background:#eceff3"></div>';
      const place = document.querySelector('#place');
      if (place !== null) Object.assign(window, { shown: window.Reqbase?.preview(place, draft) });
    }, config);
    await page.getByRole('heading', { name: GREETING }).waitFor();
    await page.getByLabel('Colour').fill('#00AA88');
    await page.evaluate((draft) => {
      window.shown?.update({
        ...draft,
        color: '#00AA88',
        welcomeMessage: 'Look at me',
      });
    }, config);
    await page.getByRole('heading', { name: 'Look at me' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Colour');
    await shoot(page, 'widget-preview', { fullPage: false });
    await page.getByRole('button', { name: /^Ask a question/ }).click();
    await page.getByLabel('Your question').fill('Is this real?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    expect(called).toEqual([]);
    await page.evaluate(() => window.shown?.destroy());
    expect(await page.locator('#reqbase-preview').count()).toBe(0);
  });
});
