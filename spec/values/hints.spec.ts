import test from 'ava'
import type { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { copyOf } from '../../lib/values/copy.ts'
import { keyOf } from '../../lib/values/key.ts'
import { canonicalText } from '../../lib/values/text.ts'

for (const [what, value, hint] of [
  ['a promise', Promise.resolve(1), /await/],
  ['a function', () => 1, /call/],
  ['an instance of a class', new (class Thing {})(), /plain data/],
] as const)
  test(`who wants to send, keep or group by ${what} is told what was probably forgotten`, (t) => {
    for (const use of [() => copyOf({ value }), () => keyOf([value]), () => canonicalText([value])]) {
      const error = t.throws<TyphoonError>(use)
      t.is(error.code, 'CANNOT_ENCODE')
      t.regex(error.hint ?? '', hint)
    }
  })
