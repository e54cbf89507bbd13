/**
 * What a file can cost is bounded by its size: nothing is followed once for each way that leads to it, and what is told
 * is bounded whatever is wrong. Each of these files is small and would take minutes, or gigabytes, if it were not so.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { MOST_TOLD, Report } from '../../lib/annex/definition-report.ts'
import type { DefinitionError, Problem } from '../../lib/errors/typhoon-error.ts'
import { readYaml } from '../../lib/flux/yaml/read-yaml.ts'
import { Variables } from '../../lib/flux/yaml/variables.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { folderOf } from '../folder.ts'
import { volume } from '../volume.ts'

const HEAD = `name: growth
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [1] }
bolts:
  - { id: "null", className: NullBolt }
streams:
  - { from: numbers, to: "null", grouping: { type: SHUFFLE } }
`
/** Bytes of all problems as JSON, at most. */
const MOST_BYTES = MOST_TOLD * 4000

function times(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join('')
}

async function load(t: ExecutionContext, text: string) {
  const folder = folderOf(t)
  const file = join(folder, 'topology.yaml')
  await writeFile(file, text)
  await writeFile(
    join(folder, 'counted.mjs'),
    'export const made = []\nexport class Counted { constructor(...parts) { this.parts = parts; made.push(this) } }\n',
  )
  const loaded = await loadTopology(file).catch((error: DefinitionError) => error)
  const { made } = (await import(join(folder, 'counted.mjs'))) as { made: readonly unknown[] }
  return { loaded, made: made.length }
}

function problemsIn(loaded: unknown): readonly { readonly code: string }[] {
  return (loaded as DefinitionError).problems ?? []
}

test.serial('refs that form diamonds are followed once each, and each component is tried once', async (t) => {
  const part = (index: number): string => (index === 0 ? '' : `{ ref: c${index - 1} }, { ref: c${index - 1} }`)
  const components = times(
    60,
    (index) => `  - { id: c${index}, className: ./counted.mjs#Counted, constructorArgs: [${part(index)}] }\n`,
  )
  const { loaded, made } = await load(t, `${HEAD}components:\n${components}`)
  t.deepEqual(problemsIn(loaded), [])
  t.is(made, 60)
})

test.serial('refs that lead on and on are refused, whichever end stands first', async (t) => {
  for (const next of [1, -1]) {
    const components = times(
      1000,
      (index) =>
        `  - { id: c${index}, className: ./counted.mjs#Counted, constructorArgs: [{ ref: c${index + next} }] }\n`,
    )
    const ends =
      '  - { id: c-1, className: ./counted.mjs#Counted }\n  - { id: c1000, className: ./counted.mjs#Counted }\n'
    const { loaded } = await load(t, `${HEAD}components:\n${components}${ends}`)
    t.true(problemsIn(loaded).length > 0)
    t.true(problemsIn(loaded).every(({ code }) => code === 'UNKNOWN_REF'))
  }
})

test.serial('thousands of aliases are no problem, and what they repeat is bounded', async (t) => {
  const { loaded } = await load(t, `${HEAD}config:\n  one: &one x\n  many: [${times(2000, () => '*one, ')}]\n`)
  t.deepEqual(problemsIn(loaded), [])
  const map = times(1000, (index) => `k${index}: 1, `)
  const merged = await load(
    t,
    `${HEAD}config:\n  base: &b {${map}}\n${times(2000, (index) => `  m${index}: { <<: *b }\n`)}`,
  )
  t.deepEqual(
    problemsIn(merged.loaded).map(({ code }) => code),
    ['YAML_SYNTAX'],
  )
})

test.serial('aliases cannot make values deeper than a file may be', async (t) => {
  const levels = times(1000, (index) => `  a${index + 1}: &a${index + 1} [*a${index}]\n`)
  const { loaded } = await load(t, `${HEAD}config:\n  a0: &a0 [1]\n${levels}`)
  t.deepEqual(
    problemsIn(loaded).map(({ code }) => code),
    ['YAML_SYNTAX'],
  )
})

test.serial('defaults within defaults are followed so deep', async (t) => {
  const { loaded } = await load(t, `${HEAD}config:\n  a: ${'${x:-'.repeat(1000)}1${'}'.repeat(1000)}\n`)
  t.deepEqual(
    problemsIn(loaded).map(({ code }) => code),
    ['UNKNOWN_VARIABLE'],
  )
})

test.serial(
  'thousands of keys of a configuration are read, and the warnings of misspelled ones are bounded',
  async (t) => {
    const { loaded } = await load(
      t,
      `${HEAD}config:\n${times(4000, (index) => `  topology.wrokers${index % 90}x${index}: 1\n`)}`,
    )
    t.deepEqual(problemsIn(loaded), [])
    t.true('warnings' in loaded && loaded.warnings.length <= MOST_TOLD + 1)
  },
)

for (const [what, text] of Object.entries({
  'unknown keys in one line': `${HEAD}includes: [${times(1000, (index) => `{ fil${index}: a }, `)}]\n`,
  'unknown keys': `${HEAD}${times(1000, (index) => `key${index}: 1\n`)}`,
  'unknown variables': `${HEAD}config: { a: "${times(1000, (index) => `\${v${index}}`)}" }\n`,
  'bolts without input': `${HEAD.replace('streams', times(1000, (index) => `  - { id: bolt-${index}, className: NullBolt }\n`) + 'streams')}`,
  'streams to nowhere': `${HEAD}${times(1000, (index) => `  - { from: numbers, to: bolt-${index}, grouping: { type: SHUFLE } }\n`)}`,
  'refs to nothing': `${HEAD}components:\n${times(1000, (index) => `  - { id: ab${index}, className: NullBolt, constructorArgs: [{ ref: ba${index} }] }\n`)}`,
  'classes that do not exist': `${HEAD.replace('streams', times(1000, (index) => `  - { id: b${index}, className: NullBlot${index} }\n`) + 'streams')}`,
  'syntax errors': `${HEAD}${times(1000, () => ' x\ny: ]\n')}`,
  'the same key': `${HEAD}config:\n${times(1000, () => '  k: 1\n')}`,
  'a long text where none belongs': `${HEAD}parallelism: ${'x'.repeat(200_000)}\n${'y'.repeat(200_000)}: 1\nbolts: ${'z'.repeat(200_000)}\n`,
})) {
  test.serial(`what is told of a file is bounded: ${what}`, async (t) => {
    const { loaded } = await load(t, text)
    const problems = problemsIn(loaded)
    t.true(problems.length > 0 && problems.length <= MOST_TOLD + 1)
    t.true(JSON.stringify(problems).length <= MOST_BYTES)
    if (problems.length > MOST_TOLD) t.is(problems.at(-1)?.code, 'MORE_PROBLEMS')
  })
}

test('an unquoted text that a variable puts in comes out the same where anything is wanted', (t) => {
  const text = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.stringMatching(/^[-+]?0*[0-9]{1,30}(\.[0-9]{0,4})?$/),
    fc.stringMatching(/^(0x[0-9a-fA-F]{1,20}|0o[0-7]{1,30}|[0-9]+[eE][-+]?[0-9]{1,3})$/),
    fc.constantFrom('true', 'True', 'FALSE', 'null', '~', 'Null', '.inf', '.NaN', '-0', '1_000', 'yes', '2024-01-01'),
  )
  fc.assert(
    fc.property(
      text.filter((one) => !/^\s*[[{]/.test(one)),
      (one) => {
        const value = readYaml('a: ${x}', 'a.yaml', new Variables({ x: one }, {}), new Report())
        const made = value?.kind === 'map' && value.entries.get('a')?.value
        t.is(made && made.kind === 'scalar' ? String(made.value) : undefined, one)
      },
    ),
    { numRuns: volume(300, 1000) },
  )
})

for (const [what, text] of Object.entries({
  'in lists': `${HEAD}config:\n  a: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`,
  'in maps': `${HEAD}config:\n  a: ${'{ b: '.repeat(10_000)}1${' }'.repeat(10_000)}\n`,
  'in dashes': `${HEAD}config:\n  a:\n    ${'- '.repeat(10_000)}x\n`,
})) {
  test.serial(
    `a file that is nested ten thousand levels deep ${what} is told the limit, and where it is`,
    async (t) => {
      const { loaded } = await load(t, text)
      const [problem] = problemsIn(loaded) as Problem[]
      t.is(problem?.code, 'YAML_SYNTAX')
      t.true(problem!.where.line! >= 8)
    },
  )
}
