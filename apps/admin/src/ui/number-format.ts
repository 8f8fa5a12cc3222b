const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });

export const formatCount = (count: number): string => whole.format(count);
export const formatShort = (count: number): string => short.format(count);
/** @param part of 1 */
export const formatShare = (part: number): string => share.format(part);
export const formatCents = (cents: number): string => money.format(cents / 100);
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${whole.format(count)} ${count === 1 ? one : many}`;
