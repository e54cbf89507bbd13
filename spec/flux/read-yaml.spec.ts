import test from 'ava'
import { Report } from '../../lib/annex/definition-report.ts'
import { countAt, plain, textAt, type YamlMap } from '../../lib/annex/yaml-value.ts'
import { readYaml } from '../../lib/flux/yaml/read-yaml.ts'
import { Variables } from '../../lib/flux/yaml/variables.ts'

function read(text: string, values: Record<string, string> = {}) {
  const report = new Report()
  const value = readYaml(text, 'test.yaml', new Variables(values, {}), report)
  return {
    value,
    report,
    data: value && plain(value),
    codes: report.problems.map(({ code, where }) => `${code} ${where.line}:${where.column}`),
  }
}

test('an unquoted value with a variable gets its type anew, a quoted one is a text', (t) => {
  const text = 'a: ${v}\nb: "${v}"\nc: \'${v}\'\nd: !!str ${v}\ne: |-\n  ${v}\nf: x${v}'
  t.deepEqual(read(text, { v: '5' }).data, { a: 5, b: '5', c: '5', d: '5', e: '5', f: 'x5' })
  t.deepEqual(read(text, { v: 'true' }).data, { a: true, b: 'true', c: 'true', d: 'true', e: 'true', f: 'xtrue' })
  t.is((read(text, { v: '[1, {"b": [2]}]' }).data as any).a[1].b[0], 2)
  t.is((read(text, { v: '[no, json' }).data as any).a, '[no, json')
  t.is((read(text, { v: 'null' }).data as any).a, null)
  t.is((read(text, { v: '*alias' }).data as any).a, '*alias')
})

test('an unquoted number of a variable that would not come back the same is a text, and a number where one is wanted', (t) => {
  for (const v of ['012345678901', '007', '1.10', '1e3', '+5', '0x10', 'True', '~', '1.0', '-0'])
    t.deepEqual(read('a: ${v}\nb: {c: [${v}]}', { v }).data, { a: v, b: { c: [v] } })
  const { value } = read('parallelism: ${v}', { v: '007' })
  t.is(countAt(value as YamlMap, 'parallelism'), 7)
  t.is(textAt(read('name: ${v}', { v: '7' }).value as YamlMap, 'name')?.text, '7')
})

test('a whole number that a double cannot hold is a bigint, written in the file or put in by a variable', (t) => {
  t.deepEqual(
    read('[12345678901234567890, -9007199254740993, 0x20000000000001, 9007199254740991, 1e30, ${v}, ${w}]', {
      v: '12345678901234567890',
      w: '[9007199254740993]',
    }).data,
    [
      12345678901234567890n,
      -9007199254740993n,
      0x20000000000001n,
      9007199254740991,
      1e30,
      12345678901234567890n,
      [9007199254740993n],
    ],
  )
})

test('places are those of the file, after variables and in files of Windows', (t) => {
  const { value } = read('\uFEFFa: ${v}\r\nbb: [1, ${v}, x]\r\n', { v: 'a long value' })
  const second = (value as YamlMap).entries.get('bb')!
  t.deepEqual(second.key, { file: 'test.yaml', line: 2, column: 1, source: 'bb: [1, ${v}, x]' })
  t.deepEqual(second.value.kind === 'list' && second.value.items.map(({ place }) => place.column), [6, 9, 15])
})

test('a variable without a value is found where it stands in its line', (t) => {
  t.deepEqual(read('a: one ${v} two ${w}\nb: "${w} ${x y}"', { v: '1' }).codes, [
    'UNKNOWN_VARIABLE 1:17',
    'UNKNOWN_VARIABLE 2:5',
    'UNKNOWN_VARIABLE 2:10',
  ])
})

test('all syntax errors are reported', (t) => {
  const { codes, value } = read('a: 1\na: 2\nb: *nothing\n--- c\n')
  t.is(value, undefined)
  t.deepEqual(codes.sort(), ['YAML_SYNTAX 2:1', 'YAML_SYNTAX 3:4', 'YAML_SYNTAX 4:1'])
})

test('an alias within its own anchor, and one that grows without bounds, are refused', (t) => {
  t.is(read('a: &a [1, *a]').report.problems[0]?.code, 'YAML_SYNTAX')
  const levels = Array.from(
    { length: 9 },
    (_, i) =>
      `l${i}: &l${i} [${Array(9)
        .fill(i === 0 ? 'x' : `*l${i - 1}`)
        .join(', ')}]`,
  )
  t.is(read(levels.join('\n')).report.problems[0]?.code, 'YAML_SYNTAX')
})

test('deep nesting is a syntax error and no crash', (t) => {
  const { report } = read('['.repeat(100_000))
  t.true(report.problems.length > 0)
  t.true(report.problems.every(({ code }) => code === 'YAML_SYNTAX'))
})

test('a merge key adds what is not there', (t) => {
  const { data } = read(
    'base: &b { x: 1, y: 2 }\nmore: &m { z: 3 }\none: { <<: *b, y: 5 }\ntwo: { <<: [*m, *b] }\ntext: { "<<": 1 }',
  )
  t.deepEqual(data, {
    base: { x: 1, y: 2 },
    more: { z: 3 },
    one: { y: 5, x: 1 },
    two: { z: 3, x: 1, y: 2 },
    text: { '<<': 1 },
  })
  t.deepEqual(read('a: { <<: 1 }').codes, ['YAML_SYNTAX 1:10'])
})

test('a key like one of the language is only a key', (t) => {
  const { data } = read('config: { __proto__: { x: 1 }, constructor: 2 }')
  t.deepEqual(Object.keys((data as any).config), ['__proto__', 'constructor'])
  t.is((data as any).config.x, undefined)
})
