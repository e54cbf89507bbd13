/** What a bolt writes when a snapshot is taken, beside an execution whose promise is open. */
import test from 'ava'
import { withDeadLetterBolt } from '../../../lib/components/reliability/dead-letter-bolt.ts'
import { BasicBolt, type KeyValueState, type TaskContext, TopologyBuilder, type Tuple } from '../../../lib/index.ts'
import { capturedTasks } from '../../../lib/worker/capture/captured-tasks.ts'
import { harness, ScriptSpout } from '../harness.ts'

class Counts extends BasicBolt<{ word: string }> {
  counts!: KeyValueState<string, unknown>
  settle: (fails: boolean) => void = () => {}
  prepareFails = false

  override prepare(context: TaskContext): void {
    this.counts = context.state('counts')
  }

  override execute(tuple: Tuple<{ word: string }>): Promise<void> {
    this.counts.put('word', tuple.get('word'))
    this.counts.put('by both', 'execute')
    return new Promise((resolve, reject) => {
      this.settle = (fails) => (fails ? reject(new Error('a failed execution')) : resolve())
    })
  }

  override prepareCommit(snapshot: number): void {
    this.counts.put('snapshot', snapshot)
    this.counts.put('by both', `snapshot ${snapshot}`)
    if (this.prepareFails) throw new Error('cannot prepare')
  }
}

/** A bolt whose execution is open when snapshot 1 is taken. */
async function open(prepareFails: boolean) {
  const bolt = new Counts()
  bolt.prepareFails = prepareFails
  const spout = new ScriptSpout()
  const builder = new TopologyBuilder('words', {
    'topology.guarantee': 'exactly-once',
    'topology.tuple.max.attempts': 1,
  })
  builder.setSpout('words', () => spout)
  builder.setBolt('counts', () => bolt).grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(withDeadLetterBolt(builder.createTopology()))
  spout.script.push((out) => out.emit(['a']))
  it.activate()
  it.settle()
  const task = capturedTasks(it).find(({ component }) => component === 'counts')!
  const states = (snapshot: number) =>
    Object.fromEntries(
      [...task.capture(snapshot, () => true).states.get('counts')!].map(([, key, value]) => [key, value]),
    )
  const settle = async (fails: boolean) => {
    bolt.settle(fails)
    await it.clock.advance(0)
  }
  return { bolt, captured: states(1), settle, now: () => Object.fromEntries(bolt.counts.entries()) }
}

test('it is in that snapshot, without what the execution has written', async (t) => {
  const { captured } = await open(false)
  t.deepEqual(captured, { snapshot: 1, 'by both': 'snapshot 1' })
})

test('it stays, whatever becomes of the execution', async (t) => {
  const failed = await open(false)
  await failed.settle(true)
  t.deepEqual(failed.now(), { snapshot: 1, 'by both': 'snapshot 1' })
  const done = await open(false)
  await done.settle(false)
  t.deepEqual(done.now(), { word: 'a', snapshot: 1, 'by both': 'snapshot 1' })
})

test('where it throws then, it has written nothing, and the execution goes on with what that has written', async (t) => {
  const { captured, settle, now } = await open(true)
  t.deepEqual(captured, {})
  await settle(false)
  t.deepEqual(now(), { word: 'a', 'by both': 'execute' })
})
