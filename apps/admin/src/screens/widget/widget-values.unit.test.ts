import { describe, expect, it } from 'vitest';
import {
  contested,
  type Draft,
  faultsOf,
  previewed,
  rebased,
  tidyOrigin,
  type WidgetConfig,
  withChange,
} from './widget-values.ts';

const base: WidgetConfig = {
  projectId: '01a200a4-9700-7c0e-9f5e-0f2f6a1b2c3d',
  enabled: true,
  position: 'bottom-right',
  color: '#4F46E5',
  theme: 'auto',
  locale: 'en',
  welcomeMessage: 'How can we help?',
  showBranding: true,
  launcherLabel: 'Feedback',
  launcherIcon: 'chat',
  categoriesEnabled: ['FEATURE', 'ERROR'],
  chatEnabled: true,
  commentsEnabled: false,
  announcementsEnabled: true,
  screenshotEnabled: true,
  diagnosticsEnabled: true,
  collectEmail: 'optional',
  identityRequired: false,
  allowedOrigins: ['https://app.example.com'],
  operatingHours: null,
  customCss: null,
  version: 3,
  updatedAt: '2026-11-20T09:12:00.000Z',
};
const draft: Draft = { base, changes: {} };

describe('a draft', () => {
  it('holds what differs from the configuration, and nothing once it is as before', () => {
    const changed = withChange(draft, { color: '#000000', launcherLabel: 'Help' });
    expect(changed.changes).toEqual({ color: '#000000', launcherLabel: 'Help' });
    expect(withChange(changed, { color: base.color }).changes).toEqual({ launcherLabel: 'Help' });
    expect(withChange(draft, { allowedOrigins: [...base.allowedOrigins] }).changes).toEqual({});
  });

  it('stays over a configuration that has moved on, without what that has already', () => {
    const changed = withChange(draft, { color: '#000000', theme: 'dark' });
    const present = { ...base, theme: 'dark' as const, welcomeMessage: 'Hello', version: 4 };
    expect(rebased(changed, present)).toEqual({ base: present, changes: { color: '#000000' } });
  });

  it('is contested where both have changed the same, differently', () => {
    const changed = withChange(draft, { color: '#000000', theme: 'dark', chatEnabled: false });
    const present = { ...base, color: '#ffffff', theme: 'dark' as const, welcomeMessage: 'Hello' };
    expect(contested(changed, present)).toEqual(['color']);
    expect(contested(changed, base)).toEqual([]);
  });
});

describe('the preview', () => {
  it('shows the changes, but none that the server would refuse', () => {
    const changed = withChange(draft, { color: '#00', launcherLabel: 'Help', customCss: '@import "https://evil.example"' });
    expect(previewed(changed)).toEqual({ ...base, launcherLabel: 'Help' });
    expect(faultsOf(changed.changes)).toEqual({ color: 'Give #RRGGBB.', customCss: expect.stringContaining('@import') });
  });
});

it('what is wrong with operating hours is known by day, and of all of them', () => {
  const operatingHours = { timezone: 'UTC', days: [{ day: 'mon' as const, from: '17:00', to: '09:00' }] };
  expect(faultsOf({ operatingHours })).toEqual({
    'operatingHours.days.0.to': 'Must lie after from.',
    operatingHours: 'Must lie after from.',
  });
});

describe('an origin is taken as people write it', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['app.example.com', 'https://app.example.com'],
    [' https://app.example.com/pricing?a=1 ', 'https://app.example.com'],
    ['localhost:3000', 'http://localhost:3000'],
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080'],
    ['HTTPS://APP.EXAMPLE.COM', 'https://app.example.com'],
    ['https://*.example.com', 'https://*.example.com'],
    ['ftp://example.com', 'ftp://example.com'],
    ['not an origin', 'not an origin'],
  ])('%s is %s', (text, origin) => {
    expect(tidyOrigin(text)).toBe(origin);
  });
});
