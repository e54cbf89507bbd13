/** Nouns, as messages say them. */

/**
 * `1 root`, `2 roots`, `0 roots`
 * @param noun one that makes its plural with an s @param shown the number as it is to be written
 */
export function plural(number: number, noun: string, shown: string | number = number): string {
  return `${shown} ${noun}${number === 1 ? '' : 's'}`
}

/** `a filter`, `an aggregator` */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`
}
