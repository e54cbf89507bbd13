/**
 * What the compiler makes of a topology. The build is the test: it fails where an expected error is missing. What does
 * not compile is run all the same, as JavaScript would run it, to see that names are checked again then.
 */
import test from 'ava'
import { DefinitionError, type Problem } from '../../../lib/errors/typhoon-error.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import { AnyBolt, brief, CountBolt, SeveralSpout, SumBolt, WordSpout } from '../parts.ts'

/** A builder with two spouts, and bolts that want something and have no input yet. */
function parts() {
  const builder = new TopologyBuilder('types')
  const words = builder.setSpout('words', () => new WordSpout())
  const several = builder.setSpout('several', () => new SeveralSpout())
  return {
    builder,
    words,
    several,
    /** Wants words, has counts. */
    count: () => builder.setBolt('count', () => new CountBolt()),
    /** Wants counts. */
    sum: () => builder.setBolt('sum', () => new SumBolt()),
    /** Wants anything. */
    any: () => builder.setBolt('any', () => new AnyBolt()),
  }
}

type Parts = ReturnType<typeof parts>

function problemsAfter(action: (its: Parts) => unknown): readonly Problem[] {
  const its = parts()
  action(its)
  try {
    its.builder.createTopology()
    return []
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems
    throw error
  }
}

test('what fits compiles, and is a topology', (t) => {
  const problems = problemsAfter(({ words, several, count, sum, any, builder }) => {
    const counts = count().fieldsGrouping(words, ['word'])
    const total = sum().shuffleGrouping(counts).fieldsGrouping(several, ['count', 'word'], 'counts')
    any().shuffleGrouping(several, 'words').directGrouping(several, 'replies').partialKeyGrouping(counts, ['count'])
    // A row may have more than the bolt wants.
    builder.setBolt('more', () => new CountBolt()).noneGrouping(counts)
    t.is(total.id, 'sum')
  })
  t.deepEqual(problems, [])
})

const WRONG_NAMES: readonly (readonly [string, (its: Parts) => unknown, string])[] = [
  [
    'a field that the source does not declare',
    // @ts-expect-error
    ({ words, any }) => any().fieldsGrouping(words, ['wrod']),
    'UNKNOWN_FIELD any',
  ],
  [
    'a field of a partial key that the source does not declare',
    // @ts-expect-error
    ({ words, any }) => any().partialKeyGrouping(words, ['count']),
    'UNKNOWN_FIELD any',
  ],
  [
    'a field that another stream of the source has',
    // @ts-expect-error
    ({ several, any }) => any().fieldsGrouping(several, ['count'], 'words'),
    'UNKNOWN_FIELD any',
  ],
  [
    'a stream that the source does not declare',
    // @ts-expect-error
    ({ several, any }) => any().shuffleGrouping(several, 'wrods'),
    'UNKNOWN_STREAM any',
  ],
  [
    'another stream than the default one of a source that has that alone',
    // @ts-expect-error
    ({ words, any }) => any().allGrouping(words, 'counts'),
    'UNKNOWN_STREAM any',
  ],
  [
    'a component that is named and not there',
    // @ts-expect-error
    ({ any }) => any().shuffleGrouping('wrods'),
    'UNKNOWN_COMPONENT any',
  ],
  [
    'a bolt as a spout',
    // @ts-expect-error
    ({ builder }) => builder.setSpout('wrong', () => new CountBolt()),
    'NOT_A_COMPONENT wrong',
  ],
  [
    'a spout as a bolt',
    // @ts-expect-error
    ({ builder, words }) => builder.setBolt('wrong', () => new WordSpout()).shuffleGrouping(words),
    'NOT_A_COMPONENT wrong',
  ],
  [
    'one instance where each task needs its own',
    // @ts-expect-error
    ({ builder, words }) => builder.setBolt('wrong', new AnyBolt()).shuffleGrouping(words),
    'NOT_A_COMPONENT wrong',
  ],
  [
    'a class where a function that makes its instances is wanted',
    // @ts-expect-error
    ({ builder, words }) => builder.setBolt('wrong', AnyBolt).shuffleGrouping(words),
    'NOT_A_COMPONENT wrong',
  ],
  [
    'a grouping where a function that makes one is wanted',
    // @ts-expect-error
    ({ words, any }) => any().customGrouping(words, { chooseTasks: () => [] }),
    'NOT_A_COMPONENT any',
  ],
]

for (const [what, action, expected] of WRONG_NAMES) {
  test(`does not compile, and is refused at run time: ${what}`, (t) => {
    t.deepEqual(brief(problemsAfter(action)), [expected])
  })
}

test('rows that do not fit the bolt do not compile, by whatever grouping; at run time there are no rows to check', (t) => {
  const problems = problemsAfter(({ words, several, sum, builder }) => {
    // @ts-expect-error
    sum().shuffleGrouping(words)
    const more = (id: string) => builder.setBolt(id, () => new SumBolt())
    // @ts-expect-error
    more('stream').shuffleGrouping(several, 'words')
    // @ts-expect-error
    more('fields').fieldsGrouping(words, ['word'])
    // @ts-expect-error
    more('partial').partialKeyGrouping(words, ['word'])
    // @ts-expect-error
    more('all').allGrouping(words)
    // @ts-expect-error
    more('global').globalGrouping(words)
    // @ts-expect-error
    more('none').noneGrouping(words)
    // @ts-expect-error
    more('direct').directGrouping(several, 'replies')
    // @ts-expect-error
    more('local').localOrShuffleGrouping(words)
    // @ts-expect-error
    more('custom').customGrouping(words, () => ({ chooseTasks: () => [] }))
  })
  t.deepEqual(problems, [])
})

test('a spout has no method to subscribe with', (t) => {
  const { words, several } = parts()
  // @ts-expect-error
  t.is(words.shuffleGrouping, undefined)
  t.throws(
    () => {
      // @ts-expect-error
      several.allGrouping(words)
    },
    { instanceOf: TypeError },
  )
})
