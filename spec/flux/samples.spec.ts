/**
 * Every folder of spec/samples: its topology.yaml, with what given.json sets, makes just what expected.json says: the
 * plan, or all problems with their places. No code belongs to a sample.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { DefinitionError, type Problem } from '../../lib/errors/typhoon-error.ts'
import type { FluxOptions } from '../../lib/flux/flux-options.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import type { Topology } from '../../lib/topology/topology.ts'

interface ExpectedProblem {
  readonly code: string
  /** Name of the file; the topology's own unless given. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** A part of the hint. */
  readonly hint?: string
}

interface Expected {
  readonly topology?: Topology
  /**
   * In place of the topology: the parallelism of its components, where what they are made of is the affair of others.
   */
  readonly components?: Readonly<Record<string, number>>
  readonly workerHooks?: number
  /** What `typhoon plan` says beside it. */
  readonly about?: readonly string[]
  /** Parts of the warnings, in order. */
  readonly warnings?: readonly string[]
  readonly problems?: readonly ExpectedProblem[]
}

/** Calls of the builder and of the DSL, which no file has. */
const WORDS_OF_CODE = /setBolt|setSpout|=> new |\)\.\w+\(|groupBy\(|stateQuery\(/

const SAMPLES = join(process.cwd(), 'spec', 'samples')
const names = readdirSync(SAMPLES).filter((name) => existsSync(join(SAMPLES, name, 'topology.yaml')))

for (const name of names) {
  const expected = read<Expected>(name, 'expected.json', {})
  const given = read<FluxOptions>(name, 'given.json', {})
  const file = join(SAMPLES, name, 'topology.yaml')

  if (expected.problems === undefined) {
    test(`the sample ${name} makes its plan`, async (t) => {
      const loaded = await loadTopology(file, given)
      const { topology } = loaded.definition
      if (expected.components === undefined) t.deepEqual(asJson(topology), expected.topology)
      else {
        const all = Object.entries(topology.components).map(([id, { parallelism }]) => [id, parallelism])
        t.deepEqual(Object.fromEntries(all), expected.components)
      }
      t.is(loaded.definition.workerHooks.length, expected.workerHooks ?? 0)
      t.deepEqual(loaded.definition.about, expected.about)
      t.is(loaded.warnings.length, expected.warnings?.length ?? 0, loaded.warnings.join('\n'))
      for (const [index, part] of (expected.warnings ?? []).entries()) t.true(loaded.warnings[index]!.includes(part))
    })
  } else {
    const { problems } = expected
    test(`the sample ${name} is refused with all of its mistakes`, async (t) => {
      const error = await t.throwsAsync(loadTopology(file, given), { instanceOf: DefinitionError })
      t.deepEqual(
        error?.problems.map(placeOf),
        problems.map(({ code, line, column, ...rest }) => ({ code, file: rest.file ?? 'topology.yaml', line, column })),
      )
      for (const [index, { hint }] of problems.entries()) {
        t.notRegex(error?.problems[index]?.hint ?? '', WORDS_OF_CODE)
        if (hint !== undefined) t.true(error?.problems[index]?.hint?.includes(hint), error?.problems[index]?.hint)
      }
    })
  }
}

test('there are samples', (t) => {
  t.true(names.length > 30)
})

test('where a problem has a line, its source is that line of the file', async (t) => {
  const error = await t.throwsAsync<DefinitionError>(loadTopology(join(SAMPLES, 'include-cycle', 'topology.yaml')))
  for (const { where } of error!.problems) {
    t.is(where.source, readFileSync(where.file!, 'utf8').split('\n')[where.line! - 1])
  }
})

function placeOf({ code, where }: Problem) {
  const file = where.file?.split(/[\\/]/).at(-1) ?? 'topology.yaml'
  return { code, file, line: where.line, column: where.column }
}

function read<T>(name: string, file: string, otherwise: T): T {
  const path = join(SAMPLES, name, file)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : otherwise
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
