/** What each key does, as the overlay and the documentation tell it. */
export const SHORTCUTS = [
  { keys: ['j', 'k'], does: 'Next, previous conversation' },
  { keys: ['Enter'], does: 'Open it' },
  { keys: ['u'], does: 'Mark as unread, back to the list' },
  { keys: ['r'], does: 'Reply' },
  { keys: ['n'], does: 'Write an internal note' },
  { keys: ['Ctrl + Enter'], does: 'Send what is written' },
  { keys: ['Esc'], does: 'Leave the text' },
  { keys: ['e'], does: 'Resolve, or open again' },
  { keys: ['s'], does: 'Snooze' },
  { keys: ['a'], does: 'Assign' },
  { keys: ['/'], does: 'Search' },
  { keys: ['?'], does: 'This overview' },
] as const;
