/** Moves the focus to the next or the previous row: from the one that has it, or else from the one that is open. */
export function moveInList(list: HTMLElement | null, selector: string, step: 1 | -1): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>(selector) ?? [])];
  const focused = rows.findIndex((row) => row.matches(':focus'));
  const present = focused === -1 ? rows.findIndex((row) => row.hasAttribute('aria-current')) : focused;
  const next = present === -1 ? rows[0] : rows[Math.min(Math.max(present + step, 0), rows.length - 1)];
  next?.focus();
}

/** Gives the focus to the row whose attribute has the value, if it is on the page. */
export function focusRow(attribute: `data-${string}`, value: string): void {
  document.querySelector<HTMLElement>(`[${attribute}="${CSS.escape(value)}"]`)?.focus();
}
