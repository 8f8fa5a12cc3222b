/** What each key does in a list of findings, as the overlay tells it. */
export const FINDING_SHORTCUTS = [
  { keys: ['j', 'k'], does: 'Next, previous finding' },
  { keys: ['Enter'], does: 'Open it' },
  { keys: ['x'], does: 'Choose it, or no longer' },
  { keys: ['a'], does: 'Accept what is chosen, or it' },
  { keys: ['i'], does: 'Ignore what is chosen, or it' },
  { keys: ['o'], does: 'Open again what is chosen, or it' },
  { keys: ['/'], does: 'Search' },
  { keys: ['?'], does: 'This overview' },
] as const;
