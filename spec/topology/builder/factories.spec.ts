/** A class or an instance where a factory is meant: Storm takes instances, so its users try them first. */
import test from 'ava'
import { CountBolt, SequenceSpout } from '../../../lib/components/index.ts'
import type { DefinitionError } from '../../../lib/errors/typhoon-error.ts'
import { Bolt, TopologyBuilder } from '../../../lib/index.ts'

class Ended extends Bolt {
  execute(): void {}
}

/** What is wrong with a topology of three components, of which one or more are no factories. */
function problemsOf(spout: any, bolt: any): string[] {
  const builder = new TopologyBuilder('factories')
  const numbers = builder.setSpout('numbers', spout)
  const middle = builder.setBolt('middle', bolt).fieldsGrouping(numbers, ['n'])
  builder.setBolt('end', () => new Ended()).shuffleGrouping(middle)
  try {
    builder.createTopology()
    return []
  } catch (error) {
    return (error as DefinitionError).problems.map(({ code, where }) => `${code} ${where.component}`)
  }
}

const spout = () => new SequenceSpout(1)

const GIVEN: readonly (readonly [string, any, any, readonly string[]])[] = [
  ['a class for a spout', SequenceSpout, () => new CountBolt(), ['NOT_A_COMPONENT numbers']],
  ['an instance for a spout', spout(), Ended, ['NOT_A_COMPONENT numbers', 'NOT_A_COMPONENT middle']],
  ['a class for a bolt', spout, Ended, ['NOT_A_COMPONENT middle']],
  ['an instance for a bolt', spout, new Ended(), ['NOT_A_COMPONENT middle']],
  ['a factory of something else', spout, () => new Date(), ['NOT_A_COMPONENT middle']],
  ['a factory that throws', spout, () => new Array(-1), ['CONSTRUCTOR_FAILED middle']],
]
for (const [what, numbers, middle, codes] of GIVEN)
  test(`${what} is one problem, and those that subscribe to it have none for that`, (t) => {
    t.deepEqual(problemsOf(numbers, middle), codes)
  })
