import test from 'ava'
import fc from 'fast-check'
import { Report } from '../../lib/annex/definition-report.ts'
import { plain } from '../../lib/annex/yaml-value.ts'
import { readYaml } from '../../lib/flux/yaml/read-yaml.ts'
import { mask, substitute, unmask } from '../../lib/flux/yaml/substitute.ts'
import { Variables } from '../../lib/flux/yaml/variables.ts'

const seed = Date.now() & 0x7fffffff
console.log(`seed of substitute.spec: ${seed}`)

const values: Record<string, string> = { a: '1', b: 'two', empty: '', 'x.y': 'dots', 'list[0]': 'named so' }
const lookup = (name: string): string | undefined => values[name]

function check(
  text: string,
  expected: string,
  missing: readonly string[] = [],
): [string, (t: { is: any; deepEqual: any }) => void] {
  return [
    `${JSON.stringify(text)} becomes ${JSON.stringify(expected)}${missing.length > 0 ? `, without ${missing}` : ''}`,
    (t) => {
      const result = substitute(text, lookup)
      t.is(result.text, expected)
      t.deepEqual(
        result.missing.map(({ name }) => name),
        missing,
      )
    },
  ]
}

test(...check('no variable', 'no variable'))
test(...check('${a}', '1'))
test(...check('${a}${b} and ${x.y}', '1two and dots'))
test(...check('${ a }', '1'))
test(...check('${c:-d}', 'd'))
test(...check('${a:-d}', '1'))
test(...check('${empty:-d}', 'd'))
test(...check('${empty}', ''))
test(...check('${c:-}', ''))
test(...check('${c:-${b}}', 'two'))
test(...check('${c:-${d:-{x: "}"}}', '{x: "}"'))
test(...check('${c:-{"k": 1}}', '{"k": 1}'))
test(...check('$${a}', '${a}'))
test(...check('$$${a}', '$${a}'))
test(...check('costs 5$ and $a', 'costs 5$ and $a'))
test(...check('${c} ${d:-1} ${e}', ' 1 ', ['c', 'e']))
test(...check('${c:-${d}}', '', ['d']))
test(...check('${a', '${a', ['a']))

test('what is escaped comes out as it was', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'a', ':-') }), (text) => {
      t.is(
        substitute(
          text.replaceAll('${', () => '$${'),
          lookup,
        ).text,
        text,
      )
    }),
    { seed },
  )
})

test('masking keeps every position, and is undone', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('$', '{', '}', '${', 'a', ':', '#', '\n', '"', '[', ',') }),
      (text) => {
        const masked = mask(text)
        t.is(masked.length, text.length)
        t.is(unmask(masked), text)
      },
    ),
    { seed },
  )
})

test('no value of a variable changes what else the file says', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: fc.constantFrom(':', ' ', '\n', '-', '#', '"', "'", '&', '*', '{', '}', '[', ']', 'a') }),
      ),
      (value) => {
        const report = new Report()
        const text = 'quoted: "<${v}>"\nplain: ${v}\nflow: [${v}, {in: ${v}}]\nafter: 1'
        const read = readYaml(text, 'test.yaml', new Variables({ v: value }, {}), report)
        const data = plain(read!) as Record<string, unknown>
        t.deepEqual(report.problems, [])
        t.deepEqual(Object.keys(data), ['quoted', 'plain', 'flow', 'after'])
        t.is(data['quoted'], `<${value}>`)
        t.is(data['after'], 1)
        t.deepEqual(data['flow'], [data['plain'], { in: data['plain'] }])
        if (typeof data['plain'] === 'string') t.is(data['plain'], value)
      },
    ),
    { seed },
  )
})

test('an element of a list, and the environment', (t) => {
  const variables = new Variables(
    { list: '["a", {"b": 1}]', text: 'no list', 'odd[7]': 'a name like any other' },
    { HOME: '/home', 'a b': '1' },
  )
  const found = [
    'list[0]',
    'list[1]',
    'list[2]',
    'text[0]',
    'nothing[0]',
    'odd[7]',
    'ENV-HOME',
    'ENV-NONE',
    'ENV-toString',
    'HOME',
    'toString',
  ]
  t.deepEqual(found.map(variables.lookup), [
    'a',
    '{"b":1}',
    undefined,
    undefined,
    undefined,
    'a name like any other',
    '/home',
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('a variable that nobody asked for is known as unused', (t) => {
  const variables = new Variables({ used: '1', list: '["a"]', idle: '2' }, {})
  variables.lookup('used')
  variables.lookup('list[0]')
  t.deepEqual(variables.unused(), ['idle'])
})
