const ASCII_PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/**
 * What a full-text index is made of, for a search to say the same: `feature_search`, `conversation_search`, `requester_search`.
 * Without punctuation, which PostgreSQL would read as paths, hosts and addresses.
 */
export function searched(text: string): string {
  return `to_tsvector('simple', translate(${text}, '${ASCII_PUNCTUATION.replace("'", "''")}', repeat(' ', 32)))`;
}

/** The words of a search as a text-search query: all of them, the last as a beginning. Quoted, so that none is an operator. */
export function searchQuery(q: string): string {
  const words = [...q]
    .map((character) => (ASCII_PUNCTUATION.includes(character) ? ' ' : character))
    .join('')
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.length === 0 ? '' : `${words.map((word) => `'${word}'`).join(' & ')}:*`;
}
