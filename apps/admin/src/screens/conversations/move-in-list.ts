/** Moves the focus to the next or the previous row: from the one that has it, or else from the one that is open. */
export function moveInList(list: HTMLElement | null, step: 1 | -1): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>('[data-conversation]') ?? [])];
  const focused = rows.findIndex((row) => row.matches(':focus'));
  const present = focused === -1 ? rows.findIndex((row) => row.hasAttribute('aria-current')) : focused;
  const next = present === -1 ? rows[0] : rows[Math.min(Math.max(present + step, 0), rows.length - 1)];
  next?.focus();
}

/** Gives the focus to the row of a conversation, if it is in the list. */
export function focusRow(conversationId: string): void {
  document.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(conversationId)}"]`)?.focus();
}
