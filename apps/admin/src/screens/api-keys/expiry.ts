const DAY_MS = 86_400_000;

/** How long a key may live, as the form offers it. */
export const EXPIRY_PRESETS = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Never' },
  { value: 'custom', label: 'Date' },
] as const;
export type ExpiryPreset = (typeof EXPIRY_PRESETS)[number]['value'];

/**
 * When a key made now ends; null: never.
 *
 * @param day for `custom`: a day of the reader's calendar (`2026-12-31`); the key works until its end
 */
export function expiryOf(preset: ExpiryPreset, day: string, now: Date): Date | null {
  if (preset === 'never') return null;
  if (preset === 'custom') return new Date(`${day}T23:59:59.999`);
  return new Date(now.getTime() + Number(preset) * DAY_MS);
}

/** Says what is wrong with the chosen day, or null. */
export function faultOfDay(preset: ExpiryPreset, day: string, now: Date): string | null {
  if (preset !== 'custom') return null;
  const end = expiryOf(preset, day, now);
  if (end === null || Number.isNaN(end.getTime())) return 'Choose a date.';
  return end <= now ? 'Must lie in the future.' : null;
}
