/** Functions for the Trident topologies in YAML in the folder above. */

/** The words of the first field of a tuple, a text: `[[word], [word], …]`. */
export function split({ values: [text] }) {
  return text.split(/\s+/).flatMap((word) => (word === '' ? [] : [[word]]))
}
