// What the demo's users ask for: patterns, so that 250 requests read like different people's.

export const DEMO_FEATURES = {
  FEATURE: {
    patterns: [
      'Export {thing} as {format}',
      'Filter {thing} by {facet}',
      'Bulk edit {thing}',
      'Keyboard shortcuts for {thing}',
      'Group {thing} by {facet}',
      'Schedule a weekly report of {thing}',
      'Dark mode for {thing}',
      'Webhook when {thing} change',
    ],
    descriptions: [
      'We do this by hand every Monday, and it takes an hour.',
      'Our finance team needs it for the month end.',
      'The present way works for ten items, not for a thousand.',
      'A competitor has it, and my colleagues keep asking.',
      null,
    ],
  },
  ERROR: {
    patterns: [
      '{Thing} page stays blank after saving',
      'Wrong total for {thing} in {format} export',
      '{Thing} lose their {facet} after import',
      'Time-out when opening more than 500 {thing}',
    ],
    descriptions: [
      'Happens every time since last week.',
      'Only in Firefox, as far as we can tell.',
      'Twice today. Reloading helps.',
    ],
  },
  FEEDBACK: {
    patterns: [
      'The new {thing} page is a joy',
      'I cannot find {thing} since the redesign',
      '{Thing} are much faster now',
      'Too many clicks to reach {thing}',
    ],
    descriptions: ['Thank you!', 'Just so you know.', 'It used to be in the side bar.', null],
  },
  OTHER: {
    patterns: [
      'How do I share {thing} with a client?',
      'Is there a limit on {thing}?',
      'Where are deleted {thing} kept?',
      'Can I sort {thing} by {facet}?',
    ],
    descriptions: ['I looked through the documentation and found nothing.', null],
  },
} as const;

export const DEMO_WORDS = {
  thing: ['invoices', 'reports', 'dashboards', 'contacts', 'projects', 'time entries', 'tags', 'comments', 'files', 'orders'],
  format: ['CSV', 'PDF', 'Excel', 'JSON'],
  facet: ['owner', 'customer', 'due date', 'status', 'region', 'amount'],
} as const;

export const DEMO_TAGS = ['billing', 'mobile', 'performance', 'design', 'integrations', 'onboarding'];
export const DEMO_NAMES = [
  'Ada',
  'Bruno',
  'Chidi',
  'Dana',
  'Emre',
  'Freya',
  'Goran',
  'Hana',
  'Ines',
  'Jonas',
  'Keiko',
  'Liam',
  'Mira',
  'Noor',
  'Otto',
  'Priya',
  'Quinn',
  'Rosa',
  'Sami',
  'Tove',
];
export const DEMO_COMMENTS = [
  'We would use this every day.',
  'Could you say which columns you need?',
  'Same here, on the Scale plan.',
  'Planned for the next release.',
  'A workaround: use the API with a filter on the date.',
  'I tried the workaround, and it is fine for now.',
  'This has come up three times this month.',
  'Thanks, that is exactly what we need.',
];
export const DEMO_ERROR_REPORT = {
  doing: 'Saving the form with two rows selected',
  expected: 'Both rows are saved',
  happened: 'A blank page, and only the first row was saved',
};

export const DEMO_COMPANIES = ['Northwind', 'Contoso', 'Initech', 'Globex', 'Umbrella Logistics', 'Hooli'] as const;

/** What the demo's customers pay, in cents a month. */
export const DEMO_CUSTOMER_PLANS = [
  { name: 'starter', monthlyRevenue: 1_900 },
  { name: 'team', monthlyRevenue: 4_900 },
  { name: 'business', monthlyRevenue: 19_900 },
] as const;

export const DEMO_REPLIES = {
  TEAM: [
    'Thank you for writing. I can see it here too and have passed it on.',
    'Could you tell me which browser you use, and since when it happens?',
    'This is fixed in the version of this morning. Would you try again?',
    'Good question: it is under Settings, in the second section. Does that help?',
    'We are on it and will tell you as soon as it is out.',
  ],
  REQUESTER: [
    'Thanks for the quick answer!',
    'Firefox, the newest one, since Tuesday.',
    'Works now, great.',
    'I still see it, also after a reload.',
    'That helps, thank you. One more thing: does it also work on a phone?',
  ],
  NOTE: ['The import service again; see the note of the request.', 'Pays for the business plan: let us be quick here.'],
} as const;
