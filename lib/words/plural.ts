/** Nouns, as messages say them. */

/**
 * `1 root`, `2 batches`, `0 roots`
 * @param noun one that makes its plural with an s, es or ies
 * @param shown the number as it is to be written
 */
export function plural(number: number, noun: string, shown: string | number = number): string {
  return `${shown} ${nounFor(number, noun)}`
}

/** The noun without the number: `root`, `batches`, `topologies` */
export function nounFor(number: number, noun: string): string {
  if (number !== 1 && /[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`
  return number === 1 ? noun : `${noun}${/(?:ch|sh|s|x)$/.test(noun) ? 'es' : 's'}`
}

/** `once`, `3 times` */
export function times(number: number): string {
  return number === 1 ? 'once' : `${number} times`
}

/** `a filter`, `an aggregator` */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`
}
