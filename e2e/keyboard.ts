import type { Page } from 'playwright-core';

const MAX_STOPS = 90;

/** Presses Tab until the control of that name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const isField = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
      const labels = isField ? [...(element.labels ?? [])].map((label) => label.textContent) : [];
      return [element?.getAttribute('aria-label'), ...labels, element?.textContent].find(Boolean)?.trim() ?? '';
    });
    if (focused === name || focused === `${name} *`) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${MAX_STOPS} times Tab, and the focus never came to “${name}”`);
}
