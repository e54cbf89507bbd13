import test from 'ava'
import { plural } from '../../lib/words/plural.ts'

test('one of something has no s, none and several have', (t) => {
  t.deepEqual(
    [0, 1, 2].map((number) => plural(number, 'root')),
    ['0 roots', '1 root', '2 roots'],
  )
  t.is(plural(1, 'argument', '0 to 1'), '0 to 1 argument')
  t.is(plural(0, 'argument', 'no'), 'no arguments')
})
