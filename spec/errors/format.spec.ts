import test from 'ava'
import { formatProblem } from '../../lib/errors/format.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'

function check(title: string, problem: Problem, expected: readonly string[]): void {
  test(title, (t) => {
    t.deepEqual(formatProblem(problem).split('\n'), expected)
  })
}

check('a problem of nowhere is one line', { code: 'NO_SPOUT', message: 'the topology has no spout', where: {} }, [
  'error[NO_SPOUT]: the topology has no spout',
])

check(
  'file, line and column are given as an editor understands them, with a caret under the column',
  {
    code: 'UNKNOWN_KEY',
    message: 'there is no key "paralelism"',
    where: { file: 'word-count.yaml', line: 12, column: 5, source: '    paralelism: 2' },
    hint: 'did you mean "parallelism"?',
  },
  [
    'error[UNKNOWN_KEY]: there is no key "paralelism"',
    '  at word-count.yaml:12:5',
    '  12 |     paralelism: 2',
    '     |     ^',
    '  did you mean "parallelism"?',
  ],
)

check('a file alone is given alone', { code: 'FILE_NOT_FOUND', message: 'no such file', where: { file: 'a.yaml' } }, [
  'error[FILE_NOT_FOUND]: no such file',
  '  at a.yaml',
])

check(
  'a source line without a column has no caret',
  { code: 'YAML_SHAPE', message: 'wrong', where: { file: 'a.yaml', line: 3, source: 'x: y' } },
  ['error[YAML_SHAPE]: wrong', '  at a.yaml:3', '  3 | x: y'],
)

check(
  'a caret may stand just behind the line, where something is missing',
  { code: 'YAML_SYNTAX', message: 'missing ]', where: { line: 1, column: 3, source: '[1' } },
  ['error[YAML_SYNTAX]: missing ]', '  1 | [1', '    |   ^'],
)

check(
  'component, stream, task and worker stand in one line',
  {
    code: 'WRONG_VALUES',
    message: 'two values for one field',
    where: { component: 'split', stream: 'words', task: 4, worker: 2 },
  },
  ['error[WRONG_VALUES]: two values for one field', '  in component split, stream words, task 4, worker 2'],
)

check(
  'the component alone is named alone, before the hint',
  { code: 'NO_INPUT', message: 'm', where: { component: 'b' }, hint: 'h' },
  ['error[NO_INPUT]: m', '  in component b', '  h'],
)

test('a long source line is cut, and a caret that would stand behind the cut is left out', (t) => {
  const source = 'x'.repeat(500)
  const lines = (column: number) =>
    formatProblem({ code: 'YAML_SYNTAX', message: 'm', where: { line: 1, column, source } }).split('\n')
  t.is(lines(300).length, 2)
  t.is(lines(300)[1], `  1 | ${'x'.repeat(160)}…`)
  t.is(lines(10)[2], `    | ${' '.repeat(9)}^`)
})

check(
  'a caret stands under its character behind tabs too',
  { code: 'YAML_SYNTAX', message: 'm', where: { line: 1, column: 4, source: '\t\ta b' } },
  ['error[YAML_SYNTAX]: m', '  1 | \t\ta b', '    | \t\t ^'],
)

check(
  'a column that no line has is no reason to fail',
  { code: 'YAML_SYNTAX', message: 'm', where: { file: 'a.ts', line: 1, column: 0, source: 'a' } },
  ['error[YAML_SYNTAX]: m', '  at a.ts:1:0', '  1 | a'],
)

check(
  'text of others can neither steer the terminal nor pass for a problem of its own',
  {
    code: 'DRPC_FAILED',
    message: 'no such word: \u001b[2J\nerror[WORKER_GAVE_UP]: all is lost',
    where: { file: 'a\nb.yaml', line: 3, column: 3, source: '\u001b[31m: 1', component: 'x\ninfo y' },
    hint: 'known: a\n  at b',
  },
  [
    'error[DRPC_FAILED]: no such word: \\u001b[2J',
    '  │ error[WORKER_GAVE_UP]: all is lost',
    '  at a\\nb.yaml:3:3',
    '  3 | \\u001b[31m: 1',
    '    |        ^',
    '  in component x\\ninfo y',
    '  known: a',
    '  │   at b',
  ],
)
