import test from 'ava'
import { type Cell, type Column, table } from '../../../lib/command/render/table.ts'
import { textOf } from '../parts.ts'

const COLUMNS: readonly Column[] = [
  { title: 'component' },
  { title: 'tasks', align: 'right', optional: true },
  { title: 'rate', align: 'right' },
  { title: 'queued', align: 'right', optional: true },
]
const ROWS: readonly (readonly Cell[])[] = [
  ['lines', '2', '1,000', '0'],
  ['a-long-component', '16', { text: '5', style: 'red' }, '12'],
]

function check(title: string, width: number | undefined, expected: readonly string[]): void {
  test(title, (t) => t.deepEqual(textOf(table(COLUMNS, ROWS, width)), expected))
}

check('text is aligned to the left and numbers to the right', undefined, [
  'component         tasks   rate  queued',
  'lines                 2  1,000       0',
  'a-long-component     16      5      12',
])
check('the last column that may be left out goes first', 30, [
  'component         tasks   rate',
  'lines                 2  1,000',
  'a-long-component     16      5',
])
check('then the one before it', 29, ['component          rate', 'lines             1,000', 'a-long-component      5'])
check('then the first column is made narrower', 20, [
  'component       rate',
  'lines          1,000',
  'a-long-compo…      5',
])
check('but not to nothing', 3, ['compone…   rate', 'lines     1,000', 'a-long-…      5'])

test('wide letters and control characters keep the columns straight', (t) => {
  const rows = [
    ['数え', 'x'],
    ['a\nb', 'y'],
  ]
  t.deepEqual(textOf(table([{ title: 'id' }, { title: 'v' }], rows)), ['id    v', '数え  x', 'a\ufffdb   y'])
})
