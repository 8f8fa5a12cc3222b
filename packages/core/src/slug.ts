const MAX_SLUG = 60;

/** A name as a part of an address: at most 60 of `a-z0-9-`, letters without their accents. Empty when nothing of it can stand in one. */
export function slugOf(name: string): string {
  return (
    name
      .normalize('NFKD')
      // The accents, which NFKD has taken off their letters: they part no words.
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, MAX_SLUG)
      .replace(/^-+|-+$/g, '')
  );
}
