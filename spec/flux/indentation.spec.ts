/** A line of YAML that is indented wrongly is one problem, at that line; what is indented well is none. */
import test from 'ava'
import fc from 'fast-check'
import { Report } from '../../lib/annex/definition-report.ts'
import { readYaml } from '../../lib/flux/yaml/read-yaml.ts'
import { Variables } from '../../lib/flux/yaml/variables.ts'

const GOOD = `name: words
config: { topology.workers: 2 }
spouts:
  - id: sentences
    className: RandomSentenceSpout
    constructorArgs: [50]
bolts:
  - id: split
    className: SplitBolt # a comment
    parallelism: 2

  - id: count
    className: CountBolt
    constructorArgs:
      - emit: end
streams:
  - from: sentences
    to: split
    grouping:
      type: SHUFFLE
`
const LINES = GOOD.split('\n')

function problemsOf(text: string): string[] {
  const report = new Report()
  readYaml(text, 'test.yaml', new Variables({}, {}), report)
  return report.problems.map(
    ({ code, where, message }) => `${code} ${where.line}${/indentation/.test(message) ? '!' : ''}`,
  )
}

function shifted(line: number, columns: number): string {
  const changed = LINES[line - 1]!.replace(/^ */, (blanks) => ' '.repeat(Math.max(0, blanks.length + columns)))
  return LINES.map((one, index) => (index === line - 1 ? changed : one)).join('\n')
}

for (const [line, columns] of [
  [5, -1],
  [5, 2],
  [6, 1],
  [9, -1],
  [10, -1],
  [10, 2],
  [13, 1],
  [18, -1],
] as const)
  test(`line ${line}, ${Math.abs(columns)} too far to the ${columns > 0 ? 'right' : 'left'}, is one problem`, (t) => {
    t.deepEqual(problemsOf(shifted(line, columns)), [`YAML_SYNTAX ${line}!`])
  })

test('whichever line is shifted by one or two columns, no other line than it and the next is blamed for its indentation', (t) => {
  const law = fc.property(
    fc.integer({ min: 4, max: LINES.length - 1 }),
    fc.constantFrom(-2, -1, 1, 2),
    (line, columns) => {
      const blamed = problemsOf(shifted(line, columns)).filter((problem) => problem.endsWith('!'))
      return blamed.every((problem) => problem === `YAML_SYNTAX ${line}!` || problem === `YAML_SYNTAX ${line + 1}!`)
    },
  )
  t.notThrows(() => fc.assert(law))
})

test('another mistake than one of indentation stays what it is', (t) => {
  t.deepEqual(
    problemsOf('a: [1, 2\nb: 3\n').filter((problem) => problem.endsWith('!')),
    [],
  )
  t.deepEqual(
    problemsOf('a: |\n   text\n  less\nb: "c\n').filter((problem) => problem.endsWith('!')),
    [],
  )
  t.deepEqual(problemsOf(GOOD), [])
})
