/** Text of others, as it may be printed. */
import test from 'ava'
import fc from 'fast-check'
import { printable, printableLines, printableStack } from '../../lib/words/printable.ts'

test('escape sequences, line breaks and turned directions of writing are shown, not done', (t) => {
  t.is(printable('a\u001b[31mred\u0007'), 'a\\u001b[31mred\\u0007')
  t.is(printable('1\n2\r3\u20284'), '1\\n2\\r3\\u20284')
  t.is(printable('\u009b2J \u202eevil\u2066'), '\\u009b2J \\u202eevil\\u2066')
})

test('what is harmless stays as it is', (t) => {
  const text = 'naïve ☃ 日本語 😀 שלום\ttab \\ "quotes" é'
  t.is(printable(text), text)
})

test('of several lines each but the first has a margin, so that none passes for a line of ours', (t) => {
  const text = 'no\r\nerror[FAKE]: pay\n  at me\n    at f (a.js:1)'
  t.deepEqual(printableLines(text), ['no', '  │ error[FAKE]: pay', '  │   at me', '  │     at f (a.js:1)'])
})

test('the frames of a stack have none', (t) => {
  const stack = 'Error: no\nerror[FAKE]: pay\n    at f (a.js:1)\n    or so'
  t.deepEqual(printableStack(stack), ['Error: no', '  │ error[FAKE]: pay', '    at f (a.js:1)', '  │     or so'])
})

test('nothing that is printable changes a second time, and no control character is left', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      return printable(shown) === shown && !/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(shown)
    }),
  )
  t.pass()
})
