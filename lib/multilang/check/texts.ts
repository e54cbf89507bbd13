/** Texts that are easily spoilt on their way. */

/**
 * One that is not; but a bolt that splits, trims or changes its texts changes it, and then may change the others too.
 */
export const COMMON_TEXT = ' The quick "brown" fox,\n\tjumps over \\ the dog 1.0 '

/**
 * Emoji with joiners, combining marks, line separators that JavaScript once took for line ends, quotes, control
 * characters, `end` in a line of its own, right-to-left.
 */
export const HARD_TEXTS: readonly string[] = [
  'naïve café',
  'cafe\u0301 ⟶ e\u0301\u0323',
  '👩‍👩‍👧 🎉 𝒳',
  'line\u2028separator\u2029s',
  'back\\slash "quote" \ttab\u0001\u007f',
  'one\nend\ntwo',
  'שלום عالم',
]

/** JSON with all that is not ASCII escaped, characters beyond the basic plane as two surrogates. */
export function escapeJson(text: string): string {
  return text.replace(/[^\n -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
