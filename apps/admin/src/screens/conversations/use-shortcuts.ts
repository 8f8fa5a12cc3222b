import { type HotkeyItem, useHotkeys, useLocalStorage } from '@mantine/hooks';

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

/** Whether single keys act at all: they get in the way of who dictates, or types with a switch. */
export function useShortcutsSetting() {
  return useLocalStorage({ key: 'reqbase-shortcuts', defaultValue: true, getInitialValueInEffect: false });
}

/** In these the keys belong to what is open, not to the page behind it. */
const OVERLAYS = '[role="dialog"], [role="menu"], [role="listbox"], [role="combobox"]';

/** Binds single keys to what they do: never while something is typed or an overlay is open. */
export function useShortcuts(shortcuts: readonly HotkeyItem[]): void {
  const [isOn] = useShortcutsSetting();
  const guarded = shortcuts.map(([key, run, options]): HotkeyItem => {
    // Decided before the key is taken from the browser.
    const act = (event: KeyboardEvent) => {
      const isInOverlay = event.target instanceof Element && event.target.closest(OVERLAYS) !== null;
      if (isInOverlay || event.repeat) return;
      event.preventDefault();
      run(event);
    };
    return [key, act, { ...options, preventDefault: false }];
  });
  useHotkeys(isOn ? guarded : []);
}
