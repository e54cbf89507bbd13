/** What is wrong in a builder is shown at the line of the call that is wrong, in the file of whoever has called. */
import { readFileSync } from 'node:fs'
import test from 'ava'
import { NullBolt, SequenceSpout } from '../../../lib/components/index.ts'
import type { DefinitionError, Problem } from '../../../lib/errors/typhoon-error.ts'
import { Bolt, TopologyBuilder } from '../../../lib/index.ts'

const LINES = readFileSync(import.meta.filename, 'utf8').split('\n')

class Misspelt {
  exeucte(): void {}
}
class Silent extends Bolt {
  execute(): void {}
}

/** What is wrong: the code, what its line is marked with, and the hint. */
function problemsOf(declare: (builder: TopologyBuilder) => unknown): string[][] {
  const builder = new TopologyBuilder('places')
  declare(builder)
  try {
    builder.createTopology()
    return []
  } catch (error) {
    return (error as DefinitionError).problems.map((one) => [one.code, marked(one), one.hint ?? ''])
  }
}

/** What stands behind `// ←` in the line of the problem. */
function marked({ where }: Problem): string {
  return where.file === import.meta.filename ? (LINES[where.line! - 1]!.split('// ← ')[1] ?? 'another line') : 'nowhere'
}

const one = () => new SequenceSpout(1)
const sink: any = () => new NullBolt()
const none: any = () => undefined

test('a grouping by a field that is not there is shown where it is chosen', (t) => {
  const found = problemsOf((builder) => {
    const numbers = builder.setSpout('numbers', one)
    builder.setBolt('bolt', sink).fieldsGrouping(numbers, ['numbr' as any]) // ← the grouping
  })
  t.deepEqual(
    found.map(([code, line]) => [code, line]),
    [['UNKNOWN_FIELD', 'the grouping']],
  )
})

test('an id that was given before is shown where it is given again', (t) => {
  const found = problemsOf((builder) => {
    const numbers = builder.setSpout('numbers', one)
    builder.setBolt('bolt', sink).shuffleGrouping(numbers)
    builder.setBolt('bolt', sink).shuffleGrouping(numbers) // ← the second one
  })
  t.deepEqual(found, [['DUPLICATE_ID', 'the second one', 'give each a name of its own']])
})

test('what is wrong with a component is shown where it is declared', (t) => {
  const found = problemsOf((builder) => {
    const numbers = builder.setSpout('numbers', one)
    builder.setBolt('lonely', sink) // ← no input
    builder.setBolt('few', sink, 0).shuffleGrouping(numbers) // ← no tasks
    builder.setBolt('class', NullBolt as any).shuffleGrouping(numbers) // ← a class
  })
  t.deepEqual(
    found.map(([code, line]) => [code, line]),
    [
      ['NOT_A_COMPONENT', 'a class'],
      ['NO_INPUT', 'no input'],
      ['BAD_PARALLELISM', 'no tasks'],
    ],
  )
})

test('a component that declares no outputs is told so itself, once, however many subscribe to it', (t) => {
  const found = problemsOf((builder) => {
    const numbers = builder.setSpout('numbers', one)
    const silent: any = builder.setBolt('silent', () => new Silent()).shuffleGrouping(numbers) // ← it
    builder.setBolt('first', sink).shuffleGrouping(silent)
    builder.setBolt('second', sink).fieldsGrouping(silent, ['word'] as any)
  })
  t.deepEqual(
    found.map(([code, line]) => [code, line]),
    [['UNKNOWN_STREAM', 'it']],
  )
  t.regex(found[0]![2]!, /readonly outputs = fields\(/)
})

test('a function that makes no bolt is told what it has made, and what was probably meant', (t) => {
  const hints = (make: any): string[][] =>
    problemsOf((builder) => builder.setBolt('bolt', make).shuffleGrouping(builder.setSpout('numbers', one)))
  for (const [make, hint] of [
    [none, /return/],
    [async () => new NullBolt(), /prepare/],
    [() => new Misspelt(), /"execute"/],
    [() => new SequenceSpout(1), /setSpout/],
    [() => ({}), /execute/],
  ] as const) {
    const found = hints(make)
    t.deepEqual(
      found.map(([code]) => code),
      ['NOT_A_COMPONENT'],
    )
    t.regex(found[0]![2]!, hint)
  }
})
