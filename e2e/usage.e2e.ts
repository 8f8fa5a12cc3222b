import { describe, expect } from 'vitest';
import { test } from './fixture.ts';

describe('usage', () => {
  test('shows the calls that were just made, of the day and by key', async ({ visit, server }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/demo/usage');
    const today = page.getByRole('region', { name: 'Today' });
    await today.getByText('Calls today').waitFor();
    await today.getByText('of 100,000 (0%)').waitFor();
    await page.getByRole('region', { name: 'Last 30 days' }).getByRole('img').first().waitFor();

    const headers = { authorization: `Bearer ${server.demoKey}` };
    for (let call = 0; call < 7; call++)
      expect((await fetch(`${server.url}/p/demo/api/v1/features?limit=1`, { headers })).status).toBe(200);
    const before = await page
      .getByRole('row', { name: /Demo key/ })
      .getByRole('cell')
      .nth(1)
      .textContent();
    await page.reload();
    await today.getByText('7', { exact: true }).waitFor();
    await today.getByText('99,993').waitFor();
    await today.getByText(/00:00 UTC/).waitFor();
    const after = await page
      .getByRole('row', { name: /Demo key/ })
      .getByRole('cell')
      .nth(1)
      .textContent();
    expect(Number(after?.replaceAll(',', '')) - Number(before?.replaceAll(',', ''))).toBe(7);
  });

  test('on Free says that its calls are MCP’s', async ({ visit }) => {
    const { page } = await visit({ role: 'owner' });
    await page.goto('/projects/tiny/usage');
    await page.getByText('The REST API comes with Pro').waitFor();
    await page.getByText('of 500 (0%)').waitFor();
    await page.getByText('No calls in the last 30 days').waitFor();
  });

  test('is not for a viewer', async ({ visit }) => {
    const { page } = await visit({ role: 'viewer' });
    await page.goto('/projects/demo/usage');
    await page.getByText('Your role does not include usage').waitFor();
    expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Usage' }).count()).toBe(0);
  });
});
