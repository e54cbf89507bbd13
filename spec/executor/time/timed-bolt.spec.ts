import test from 'ava'
import { withDeadLetterBolt } from '../../../lib/components/reliability/dead-letter-bolt.ts'
import { BasicBolt, fields, type TaskContext, type Timers, TopologyBuilder, type Tuple } from '../../../lib/index.ts'
import { harness, ScriptSpout } from '../harness.ts'

const ROW = fields<{ name: string; at: number }>('name', 'at')

/** Notes which watermark it executes each row with; one that is called "broken" fails, a while later where it waits. */
class Notes extends BasicBolt<{ name: string; at: number }> {
  override readonly timestamps = { field: 'at' }
  readonly notes: (readonly [string, number])[] = []
  readonly #waits: boolean
  #timers!: Timers

  constructor(waits: boolean) {
    super()
    this.#waits = waits
  }

  override prepare(context: TaskContext): void {
    this.#timers = context.timers('none')
  }

  override execute(tuple: Tuple<{ name: string; at: number }>): void | Promise<void> {
    const { name } = tuple.toObject()
    this.notes.push([name, this.#timers.watermark])
    if (this.#waits) return Promise.resolve().then(() => check(name))
    check(name)
  }

  override onTimer(): void {}
}

function check(name: string): void {
  if (name === 'broken') throw new Error('a broken row')
}

for (const guarantee of ['at-least-once', 'exactly-once']) {
  for (const waits of [false, true]) {
    const how = waits ? 'its promise rejects' : 'its execution throws'
    test(`${guarantee}: a row moves event time when it has been executed, and not where ${how}`, async (t) => {
      const bolt = new Notes(waits)
      const spout = new ScriptSpout(ROW)
      const builder = new TopologyBuilder('rows', {
        'topology.guarantee': guarantee,
        'topology.tuple.max.attempts': 1,
      })
      builder.setSpout('rows', () => spout)
      builder.setBolt('notes', () => bolt).grouping('rows', 'default', { type: 'shuffle' })
      const definition = builder.createTopology()
      const it = await harness(guarantee === 'exactly-once' ? withDeadLetterBolt(definition) : definition)
      it.activate()
      const come = async (name: string, at: number): Promise<void> => {
        spout.script.push((out) => out.emit([name, at], name))
        it.spout('rows').idleCalls = 0
        it.settle()
        await it.clock.advance(0)
        it.settle()
        for (const time of it.boltTimes.values()) time.look()
        it.settle()
      }
      await come('a', 10)
      await come('broken', 8e15)
      await come('b', 11)
      await come('c', 12)
      t.deepEqual(
        bolt.notes.map(([name, watermark]) => [name, watermark]),
        [
          ['a', Number.NEGATIVE_INFINITY],
          ['broken', 10],
          ['b', 10],
          ['c', 11],
        ],
      )
    })
  }
}

/** Sets a timer for the row it gets, which fails when it fires first. */
class Alarm extends BasicBolt<{ name: string; at: number }> {
  /** When it was called, by the date. */
  readonly calls: number[] = []
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override execute(tuple: Tuple<{ name: string; at: number }>): void {
    this.#context.timers('alarms').atProcessingTime(tuple.get('name'), tuple.get('at'))
  }

  override onTimer(): void {
    this.calls.push(this.#context.date())
    if (this.calls.length === 1) throw new Error('a bad night')
  }
}

test('a timer that has failed waits for its time again where the clock is set back meanwhile', async (t) => {
  const bolt = new Alarm()
  const spout = new ScriptSpout(ROW)
  spout.script.push(
    (out) => out.emit(['a', 1000], 'a'),
    (out) => out.emit(['b', 2000], 'b'),
  )
  const builder = new TopologyBuilder('alarms', { 'topology.guarantee': 'exactly-once' })
  builder.setSpout('rows', () => spout)
  builder.setBolt('alarm', () => bolt).grouping('rows', 'default', { type: 'shuffle' })
  const it = await harness(withDeadLetterBolt(builder.createTopology()))
  it.activate()
  it.settle()
  const pass = async (ms: number): Promise<void> => {
    await it.clock.advance(ms)
    it.settle()
  }
  await pass(1000)
  t.deepEqual(bolt.calls, [1000])
  it.clock.shift(-900)
  await pass(800)
  t.deepEqual(bolt.calls, [1000], 'by then it would have been tried again')
  await pass(100)
  t.deepEqual(bolt.calls, [1000, 1000])
  await pass(1000)
  t.deepEqual(bolt.calls, [1000, 1000, 2000])
})
