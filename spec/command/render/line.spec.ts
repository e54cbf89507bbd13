import test from 'ava'
import fc from 'fast-check'
import { crop, displayWidth, type Line, toText, wantsColor } from '../../../lib/command/render/line.ts'

const LINE: Line = [{ text: 'red', style: 'red' }, { text: ' and plain' }]

test('styles are escape sequences where there are colours', (t) => {
  t.is(toText([LINE], { color: true }), '\u001b[31mred\u001b[39m and plain')
})

test('without colours there are no escape sequences', (t) => {
  t.is(toText([LINE, [{ text: 'two  ' }]], { color: false }), 'red and plain\ntwo')
})

test('a line is cut to the width in cells, and the escape sequences do not count', (t) => {
  t.is(toText([LINE], { color: true, columns: 6 }), '\u001b[31mred\u001b[39m a…')
})

for (const [text, width] of [
  ['abc', 3],
  ['größe', 5],
  ['e\u0301', 1],
  ['数え', 4],
  ['🌀', 2],
] as const) {
  test(`"${text}" fills ${width} cells`, (t) => t.is(displayWidth(text), width))
}

test('a text that is cut is never wider than asked, and begins as before', (t) => {
  const law = fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, width) => {
    const cut = crop(text, width)
    return displayWidth(cut) <= width && (cut === text || text.startsWith(cut.replace(/…$/, '')))
  })
  t.notThrows(() => fc.assert(law))
})

for (const [title, env, isTerminal, expected] of [
  ['a terminal has colours', {}, true, true],
  ['a file has none', {}, false, false],
  ['a dumb terminal has none', { TERM: 'dumb' }, true, false],
  ['NO_COLOR takes them away', { NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR says nothing', { NO_COLOR: '' }, true, true],
  ['FORCE_COLOR gives them to a file', { FORCE_COLOR: '1' }, false, true],
  ['FORCE_COLOR=0 takes them away', { FORCE_COLOR: '0' }, true, false],
  ['FORCE_COLOR goes before NO_COLOR, as in Node.js', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
] as const) {
  test(title, (t) => t.is(wantsColor(env, isTerminal), expected))
}
