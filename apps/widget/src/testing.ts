import type { Config } from './contract.ts';

/** A configuration: that of a project that never changed its own, unless said otherwise. */
export function configOf(changes: Partial<Config> = {}): Config {
  return {
    project: { id: '01a200a4-9711-7a00-8b3e-5f0c2d1e9a77', slug: 'demo', name: 'Demo' },
    position: 'bottom-right',
    color: '#4F46E5',
    theme: 'auto',
    locale: 'en',
    welcomeMessage: 'How can we help?',
    showBranding: true,
    launcherLabel: 'Feedback',
    launcherIcon: 'chat',
    categoriesEnabled: ['FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'],
    chatEnabled: true,
    commentsEnabled: false,
    announcementsEnabled: true,
    screenshotEnabled: true,
    diagnosticsEnabled: true,
    collectEmail: 'optional',
    identityRequired: false,
    operatingHours: null,
    customCss: null,
    ...changes,
  };
}
