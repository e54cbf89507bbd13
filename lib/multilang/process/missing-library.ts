/**
 * Storm lays its libraries beside the components, and its examples ask for them there: `require('./storm')`. What a
 * child says on stderr when it does not find one becomes a hint at the library that comes with Typhoon.
 */

const HINTS: readonly { readonly says: RegExp; readonly hint: string }[] = [
  {
    says: /Cannot find module '(?:[^']*\/)?storm(?:\.js)?'/,
    hint: "the library that comes with Typhoon is found as require('storm'); or lay Storm's storm.js beside the component",
  },
  {
    says: /Cannot find package 'storm'/,
    hint: "`import` does not look on NODE_PATH, where the library that comes with Typhoon is: createRequire(import.meta.url)('storm')",
  },
  {
    says: /cannot load such file -- (?:.*\/)?storm(?:\.rb)?\b/,
    hint: "the library that comes with Typhoon is found as require 'storm'; or lay Storm's storm.rb beside the component",
  },
  {
    says: /No module named '?storm'?$/,
    hint: 'the library that comes with Typhoon is on PYTHONPATH, which python -I and python -E do not read; or lay a storm.py beside the component',
  },
]

/**
 * What to do about a line of stderr that says that a library of Storm's is missing; undefined where it says something
 * else.
 */
export function missingLibraryHint(line: string): string | undefined {
  return HINTS.find(({ says }) => says.test(line))?.hint
}
