import { useLocalStorage, useWindowEvent } from '@mantine/hooks';
import { isTyped } from './typed-key.ts';

/** Whether single keys act at all: they get in the way of who dictates, or types with a switch. */
export function useShortcutsSetting() {
  return useLocalStorage({ key: 'reqbase-shortcuts', defaultValue: true, getInitialValueInEffect: false });
}

/** In these the keys belong to what is typed, or to what is open and not to the page behind it. */
const ELSEWHERE =
  'input, textarea, select, [contenteditable=""], [contenteditable=true], [role="dialog"], [role="menu"], [role="listbox"], [role="combobox"]';

/** Binds single characters to what they do: never while something is typed or an overlay is open. */
export function useShortcuts(shortcuts: readonly (readonly [character: string, run: () => void])[]): void {
  const [isOn] = useShortcutsSetting();
  useWindowEvent('keydown', (event) => {
    if (!isOn || event.repeat || event.isComposing || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest(ELSEWHERE) !== null) return;
    const run = shortcuts.find(([character]) => isTyped(character, event))?.[1];
    if (run === undefined) return;
    // The character is not to be typed into what it opens.
    event.preventDefault();
    run();
  });
}
