import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSecret, signatureHeaders } from './signature.ts';

// What docs/webhooks.md tells receivers to do, run as it stands there.

type IsGenuine = (headers: Record<string, string>, rawBody: string, secret: string, now?: number) => boolean;

let folder: string;
let isGenuine: IsGenuine;
beforeAll(async () => {
  const text = readFileSync(new URL('../../../../../docs/webhooks.md', import.meta.url), 'utf8');
  const code = /```js\n([\s\S]+?)```/.exec(text)?.[1] ?? '';
  folder = mkdtempSync(join(tmpdir(), 'reqbase-sample-'));
  const file = join(folder, 'sample.mjs');
  writeFileSync(file, code);
  ({ isGenuine } = await import(pathToFileURL(file).href));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = new Date('2026-03-14T10:20:30.250Z');
const [secret, former] = [newSecret(), newSecret()];
const eventId = '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de';
const body = '{"data":{"title":"Grüße 🎉"}}';
const sent = (secrets: [string, ...string[]], id = eventId): Record<string, string> => ({
  'x-reqbase-event-id': id,
  ...signatureHeaders({ eventId, body, at, secrets }),
});

describe('the receiver of the documentation', () => {
  it('takes what was signed by its secret, also beside another one', () => {
    expect(isGenuine(sent([secret]), body, secret, at.getTime())).toBe(true);
    expect(isGenuine(sent([secret, former]), body, secret, at.getTime())).toBe(true);
    expect(isGenuine(sent([secret, former]), body, former, at.getTime())).toBe(true);
  });

  it.each<[string, () => boolean]>([
    ['another body', () => isGenuine(sent([secret]), `${body} `, secret, at.getTime())],
    ['another event id', () => isGenuine(sent([secret], '01a200b1-4e0a-7d11-9c55-5b1a33b7c0df'), body, secret, at.getTime())],
    ['another secret', () => isGenuine(sent([former]), body, secret, at.getTime())],
    ['what was recorded and comes six minutes later', () => isGenuine(sent([secret]), body, secret, at.getTime() + 360_000)],
    [
      'a time that was changed',
      () =>
        isGenuine(
          {
            ...sent([secret]),
            'x-reqbase-signature': (sent([secret])['x-reqbase-signature'] ?? '').replace(/t=\d+/, 't=1773483990'),
          },
          body,
          secret,
          at.getTime() + 360_000,
        ),
    ],
    [
      'no signature at all',
      () => isGenuine({ ...sent([secret]), 'x-reqbase-signature': 't=1773483630,v1=' }, body, secret, at.getTime()),
    ],
  ])('refuses %s', (_what, check) => expect(check()).toBe(false));
});
