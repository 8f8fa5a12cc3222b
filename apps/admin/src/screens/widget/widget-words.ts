import type { WidgetConfig, WidgetField } from './widget-values.ts';

/** What a field is called where it is spoken of. */
export const FIELD_WORDS: Readonly<Record<WidgetField, string>> = {
  enabled: 'Shown',
  position: 'Position',
  color: 'Colour',
  theme: 'Theme',
  locale: 'Language',
  welcomeMessage: 'Welcome',
  showBranding: '“Powered by Reqbase”',
  launcherLabel: 'Label of the button',
  launcherIcon: 'Icon of the button',
  categoriesEnabled: 'Categories',
  chatEnabled: 'Messages',
  commentsEnabled: 'Comments',
  announcementsEnabled: 'Announcements',
  screenshotEnabled: 'Screenshots',
  diagnosticsEnabled: 'Technical details',
  collectEmail: 'E-mail address',
  identityRequired: 'Secure mode',
  allowedOrigins: 'Allowed origins',
  operatingHours: 'Operating hours',
  customCss: 'Style sheet',
};

export const DAYS = [
  { day: 'mon', label: 'Monday' },
  { day: 'tue', label: 'Tuesday' },
  { day: 'wed', label: 'Wednesday' },
  { day: 'thu', label: 'Thursday' },
  { day: 'fri', label: 'Friday' },
  { day: 'sat', label: 'Saturday' },
  { day: 'sun', label: 'Sunday' },
] as const satisfies readonly { day: NonNullable<WidgetConfig['operatingHours']>['days'][number]['day']; label: string }[];

const TRANSLATED = ['en', 'de', 'es', 'fr'];
const OTHERS = [
  ...['ar', 'bg', 'cs', 'da', 'el', 'en-GB', 'et', 'fa', 'fi', 'he', 'hi', 'hr', 'hu', 'id', 'it', 'ja', 'ko', 'lt', 'lv', 'nb'],
  ...['nl', 'pl', 'pt', 'pt-BR', 'ro', 'ru', 'sk', 'sl', 'sr', 'sv', 'th', 'tr', 'uk', 'ur', 'vi', 'zh-CN', 'zh-TW'],
];
const names = new Intl.DisplayNames('en', { type: 'language' });
const optionOf = (value: string) => ({ value, label: names.of(value) ?? value });

/** The languages to choose from, with the present one in any case. */
export function languageOptions(present: string) {
  const others = [...OTHERS, ...(TRANSLATED.includes(present) || OTHERS.includes(present) ? [] : [present])];
  return [
    { group: 'The widget speaks', items: TRANSLATED.map(optionOf) },
    {
      group: 'Dates and direction only, words in English',
      items: others.map(optionOf).toSorted((a, b) => a.label.localeCompare(b.label, 'en')),
    },
  ];
}
