/** How many of something, as a message says it. */

/**
 * `1 root`, `2 roots`, `0 roots`
 * @param noun one that makes its plural with an s @param shown the number as it is to be written
 */
export function plural(number: number, noun: string, shown: string | number = number): string {
  return `${shown} ${noun}${number === 1 ? '' : 's'}`
}
