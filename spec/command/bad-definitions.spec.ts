/** Definitions that cannot be run: each gets its message and its code before any worker starts, and no stack trace. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import type { ErrorCode } from '../../lib/errors/catalogue.ts'
import { sharedFolder } from '../folder.ts'
import { codesOf, reportOf, stackLines, topologyFile } from '../processes/cli.ts'
import { typhoon } from './parts.ts'

const folder = sharedFolder()

interface Bad {
  readonly what: string
  /** Text by file; the first one is validated. */
  readonly files: Readonly<Record<string, string>>
  readonly codes: readonly ErrorCode[]
  /** What the message must say, so that its reader knows what to do. */
  readonly says: readonly (string | RegExp)[]
}

/** A topology that is right, but for what is replaced in it. */
function yaml(wrong = '', right = ''): string {
  const text = `name: small
spouts:
  - id: numbers
    className: SequenceSpout
    constructorArgs: [10]
bolts:
  - id: sink
    className: NullBolt
    parallelism: 2
streams:
  - { from: numbers, to: sink, grouping: { type: SHUFFLE } }
`
  return text.replace(right, wrong)
}

const modules = {
  'modules.mjs': `export class Nothing { run() {} }
export class Unmakeable { constructor() { throw new Error('the constructor has no licence') } execute() {} }
export const number = 7
`,
  'throwing.mjs': `import 'node:fs'\nthrow new Error('the module cannot go on')\nexport class Some {}\n`,
  'broken.mjs': `export class Some {\n  nextTuple() { return ( }\n}\n`,
}

const BAD: readonly Bad[] = [
  { what: 'a missing file', files: {}, codes: ['FILE_NOT_FOUND'], says: ['topology.yaml'] },
  { what: 'a wrong extension', files: { 'topology.txt': yaml() }, codes: ['WRONG_EXTENSION'], says: ['.yaml'] },
  {
    what: 'a folder',
    files: { 'topology.yaml/inside.txt': '' },
    codes: ['FILE_NOT_FOUND'],
    says: ['topology.yaml', /folder|directory/],
  },
  {
    what: 'a topology module that throws while it is loaded',
    files: { 'topology.mjs': modules['throwing.mjs'] },
    codes: ['MODULE_FAILED'],
    says: ['the module cannot go on', 'topology.mjs:2'],
  },
  {
    what: 'a TypeScript module that throws while it is loaded',
    files: {
      'topology.ts': `const words: string[] = []\nthrow new Error(\`\${words.length} words\`)\nexport default 1\n`,
    },
    codes: ['MODULE_FAILED'],
    says: ['0 words', 'topology.ts:2'],
  },
  {
    what: 'a module of a component that throws while it is loaded',
    files: { 'topology.yaml': yaml('./throwing.mjs#Some', 'NullBolt'), ...modules },
    codes: ['MODULE_FAILED'],
    says: ['the module cannot go on', 'throwing.mjs:2'],
  },
  {
    what: 'a module with a syntax error',
    files: { 'topology.yaml': yaml('./broken.mjs#Some', 'NullBolt'), ...modules },
    codes: ['MODULE_FAILED'],
    says: ['broken.mjs'],
  },
  {
    what: 'a module that exports no topology',
    files: { 'topology.mjs': modules['modules.mjs'] },
    codes: ['NO_TOPOLOGY'],
    says: ['Nothing', 'default'],
  },
  {
    what: 'a class that is no component',
    files: { 'topology.yaml': yaml('./modules.mjs#Nothing', 'NullBolt'), ...modules },
    codes: ['NOT_A_COMPONENT'],
    says: ['execute', 'topology.yaml:8'],
  },
  {
    what: 'an export that is no class',
    files: { 'topology.yaml': yaml('./modules.mjs#number', 'NullBolt'), ...modules },
    codes: ['NOT_A_COMPONENT'],
    says: ['number', 'topology.yaml:8'],
  },
  {
    what: 'a constructor that throws',
    files: { 'topology.yaml': yaml('./modules.mjs#Unmakeable', 'NullBolt'), ...modules },
    codes: ['CONSTRUCTOR_FAILED'],
    says: ['the constructor has no licence', 'topology.yaml:8'],
  },
  {
    what: 'an argument that a component does not take',
    files: { 'topology.yaml': yaml('[-1]', '[10]') },
    codes: ['CONSTRUCTOR_FAILED'],
    says: ['count', '-1'],
  },
  {
    what: 'YAML syntax errors, all of them',
    files: {
      'topology.yaml': 'name: small\nspouts:\n  - id: numbers\n   className: SequenceSpout\nbolts: [unclosed\n',
    },
    codes: ['YAML_SYNTAX', 'YAML_SYNTAX'],
    says: ['topology.yaml:4', '^'],
  },
  {
    what: 'an unknown grouping',
    files: { 'topology.yaml': yaml('SHUFLE', 'SHUFFLE') },
    codes: ['UNKNOWN_GROUPING'],
    says: ['SHUFLE', 'did you mean', 'topology.yaml:11'],
  },
  {
    what: 'parallelism 0',
    files: { 'topology.yaml': yaml('parallelism: 0', 'parallelism: 2') },
    codes: ['BAD_PARALLELISM'],
    says: ['parallelism', '0', 'topology.yaml:9'],
  },
  {
    what: 'parallelism NaN',
    files: { 'topology.yaml': yaml('parallelism: .nan', 'parallelism: 2') },
    codes: ['BAD_PARALLELISM'],
    says: ['parallelism', 'NaN', 'topology.yaml:9'],
  },
  {
    what: 'three mistakes at once',
    files: {
      'topology.yaml': yaml('to: snik, grouping: { type: SHUFLE', 'to: sink, grouping: { type: SHUFFLE').replace(
        'small',
        '',
      ),
    },
    codes: ['YAML_SHAPE', 'UNKNOWN_COMPONENT', 'UNKNOWN_GROUPING'],
    says: ['did you mean "sink"?', 'did you mean "SHUFFLE"?', '3 problems'],
  },
]

/** Writes the files of a definition; the path of the first. */
function written({ what, files }: Bad): string {
  const own = join(folder, what.replace(/\W+/g, '-'))
  mkdirSync(own, { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(own, name)), { recursive: true })
    writeFileSync(join(own, name), text)
  }
  const [first = 'topology.yaml'] = Object.keys(files)
  return join(own, first.split('/')[0]!)
}

for (const bad of BAD) {
  test(`${bad.what} is refused with ${[...new Set(bad.codes)].join(', ')} and the exit code 3`, async (t) => {
    const ended = await typhoon('validate', written(bad), '--json')
    t.is(ended.code, 3)
    t.deepEqual(codesOf(ended).sort(), [...bad.codes].sort())
    for (const said of bad.says) {
      if (typeof said === 'string') t.true(ended.stderr.includes(said), `does not say ${said}`)
      else t.regex(ended.stderr, said)
    }
    t.deepEqual(stackLines(ended), [])
    const { valid, problems } = reportOf(ended)
    t.false(valid)
    t.deepEqual(problems.map(({ code }: { code: string }) => code).sort(), [...bad.codes].sort())
  })
}

test('run says the same of a definition as validate, and starts nothing', async (t) => {
  const bad = BAD.find(({ what }) => what === 'three mistakes at once')!
  const file = written(bad)
  const [run, validated] = await Promise.all([typhoon('run', file, '--json'), typhoon('validate', file)])
  t.deepEqual([run.code, validated.code], [3, 3])
  t.is(run.stderr, validated.stderr)
  t.is(reportOf(run).status, 'invalid')
})

test('parallelism 0 and NaN are refused in TypeScript, too', async (t) => {
  const file = topologyFile('bad-parallelism')
  const ended = await typhoon('validate', file)
  t.is(ended.code, 3)
  t.deepEqual([...new Set(codesOf(ended))], ['BAD_PARALLELISM'])
  t.regex(ended.stderr, /"numbers".* 0$/m)
  t.regex(ended.stderr, /"sink".* NaN$/m)
  t.deepEqual(stackLines(ended), [])
})

test('--verbose shows the stack trace of what a module threw', async (t) => {
  const file = join(folder, 'verbose.mjs')
  writeFileSync(file, modules['throwing.mjs'])
  const ended = await typhoon('validate', file, '--verbose')
  t.is(ended.code, 3)
  t.deepEqual(codesOf(ended), ['MODULE_FAILED'])
  t.true(stackLines(ended).some((line) => line.includes('verbose.mjs:2')))
})
