/** The first moment of a day (`2026-11-21`), or of the one so many days later, where the reader is. */
export function startOfDay(day: string, later = 0): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later);
}
