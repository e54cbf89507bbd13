/** What a task of a spout does with a batch between its pieces, and with what comes too late for one. */
import test from 'ava'
import { fields, type OutputCollector, type TaskContext, type Tuple, testTuple } from '../../../lib/index.ts'
import { Courtesy } from '../../../lib/trident/batch/source/courtesy.ts'
import { Emission } from '../../../lib/trident/batch/source/emission.ts'
import type { PieceCollector } from '../../../lib/trident/batch/source/sources.ts'

/** A task whose spout emits a row into each piece and never comes to an end. */
class Task {
  readonly emission: Emission
  readonly courtesy: Courtesy
  readonly errors: unknown[] = []
  /** What the task has sent to itself: the attempts that go on. */
  readonly goesOn: string[] = []
  rows = 0
  /** Of the latest piece. */
  piece!: PieceCollector
  readonly #waiting: (() => void)[] = []

  constructor() {
    const resources = new Map<string, unknown>()
    const context = {
      now: () => 0,
      task: 1,
      after: (_: number, call: () => void) => void this.#waiting.push(call),
      resource: (name: string, create: () => unknown) => resources.get(name) ?? resources.set(name, create()).get(name),
    } as unknown as TaskContext
    this.courtesy = Courtesy.of(context)
    const collector = {
      ack: (tuple: Tuple) => {
        tuple.settled = true
      },
      emitDirect: (_: number, anchor: Tuple, [txid, attempt]: readonly unknown[]) => {
        if (anchor.settled) throw new Error('the anchor was settled before')
        this.goesOn.push(`${txid}, attempt ${attempt}`)
      },
      reportError: (error: unknown) => void this.errors.push(error),
    } as unknown as OutputCollector
    this.emission = new Emission({
      spout: 'lines',
      source: {
        begin: () => {},
        isReplay: false,
        step: (_, piece) => {
          this.piece = piece
          piece.emit(['row'])
          return true
        },
        placeOf: () => undefined,
        emission: () => ({ exhausted: false, partitions: {} }),
        committed: () => {},
        close: () => {},
      },
      outputs: fields('line'),
      segment: { begin: () => ({}), feed: () => void this.rows++, fed: () => {}, failed: () => {} } as any,
      memory: {} as any,
      context,
      collector,
      maxRows: 1000,
    })
  }

  /** The coordinator begins an attempt. */
  begin(txid: number, attempt: number): void {
    void this.emission.begin(testTuple([txid, attempt, 0, 10, 1, true, null, txid]))
  }

  /** The gap is over. */
  timePasses(): void {
    for (const call of this.#waiting.splice(0)) call()
  }
}

test('an attempt that is replaced while it leaves a gap for a question does not go on after it', (t) => {
  const task = new Task()
  task.courtesy.asked(0)
  task.begin(1, 1)
  task.begin(1, 2)
  t.notThrows(() => task.timePasses())
  t.deepEqual(task.goesOn, ['1, attempt 2'])
})

test('a row that a spout emits after it has answered is refused, and that is told', (t) => {
  const task = new Task()
  task.begin(1, 1)
  t.throws(() => task.piece.emit(['late']), { code: 'LATE_EMIT' })
  t.is(task.rows, 1)
  t.deepEqual(
    task.errors.map((error) => (error as { code?: string }).code),
    ['LATE_EMIT'],
  )
})
