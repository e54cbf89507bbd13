/** What a task of a spout does with batches: where it begins them, what it notes, and what comes too late for one. */
import test from 'ava'
import {
  fields,
  type OutputCollector,
  type TaskContext,
  type Tuple,
  type TyphoonError,
  testTuple,
} from '../../../lib/index.ts'
import type { Brief, BriefValues } from '../../../lib/trident/batch/exchange/brief.ts'
import { Courtesy } from '../../../lib/trident/batch/source/courtesy.ts'
import { Emission } from '../../../lib/trident/batch/source/emission.ts'
import type { BatchSource, PieceCollector } from '../../../lib/trident/batch/source/sources.ts'

/** A task whose spout emits a row into each piece; its batches have one piece, or no end. */
class Task {
  readonly emission: Emission
  readonly courtesy: Courtesy
  readonly errors: unknown[] = []
  /** What the task has sent to itself: the attempts that go on. */
  readonly goesOn: string[] = []
  /** What has happened, in its order. */
  readonly seen: string[] = []
  /** What was noted. */
  readonly notes: any[] = []
  readonly briefs: (Brief | undefined)[] = []
  /** What the next rows throw. */
  fault: Error | undefined
  /** Of the latest piece. */
  piece!: PieceCollector
  readonly #waiting: (() => void)[] = []

  constructor(source: Partial<BatchSource> = {}) {
    const resources = new Map<string, unknown>()
    const context = {
      now: () => 0,
      task: 1,
      taskIndex: 0,
      after: (_: number, call: () => void) => void this.#waiting.push(call),
      resource: (name: string, create: () => unknown) => resources.get(name) ?? resources.set(name, create()).get(name),
    } as unknown as TaskContext
    this.courtesy = Courtesy.of(context)
    const collector = {
      ack: (tuple: Tuple) => {
        if (!tuple.settled) this.seen.push(`${nameOf(tuple)} acked`)
        tuple.settled = true
      },
      fail: (tuple: Tuple, error: TyphoonError) => {
        this.seen.push(`${nameOf(tuple)} failed: ${error.code ?? error.message}`)
        tuple.settled = true
      },
      note: (tuple: Tuple, note: any) => {
        if (tuple.settled) throw new Error('it was settled before')
        this.notes.push(note)
        this.seen.push(`${nameOf(tuple)} ${note.kind} noted`)
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
        begin: (_, __, brief) => void this.briefs.push(brief),
        isReplay: false,
        step: (_, piece) => {
          this.piece = piece
          piece.emit(['row'])
          return true
        },
        placeOf: () => undefined,
        emission: () => ({ exhausted: false, partitions: { all: [7] } }),
        committed: () => {},
        close: () => {},
        ...source,
      },
      outputs: fields('line'),
      segment: {
        begin: () => ({}),
        feed: () => {
          if (this.fault !== undefined) throw this.fault
          this.seen.push('row')
        },
        fed: () => void this.seen.push('last rows'),
        failed: () => {},
        isRowToBlame: true,
      } as any,
      context,
      collector,
      maxRows: 1000,
      frameBytes: 65_536,
    })
  }

  /** The coordinator tells a brief. */
  tell(number: number, { whole = true, again = false } = {}): void {
    const values: BriefValues = [number, 0, 1, whole, again, []]
    this.emission.told(testTuple(values as unknown as unknown[]))
    this.seen.pop()
  }

  /** The coordinator begins an attempt, which rests on a brief. */
  begin(txid: number, attempt: number, rests = 1): void {
    void this.emission.begin(testTuple([txid, attempt, 0, 10, rests, true, null]))
  }

  /** The gap is over. */
  timePasses(): void {
    for (const call of this.#waiting.splice(0)) call()
  }
}

/** A batch that has one piece. */
const ENDS: Partial<BatchSource> = {
  step: (_, piece) => {
    piece.from?.('all')
    piece.emit(['row'])
    return false
  },
}

const nameOf = ({ values }: Tuple): string => `${values[0]}/${values[1]}`
const codeOf = (error: unknown): unknown => (error as { code?: string }).code

test('an attempt that is replaced while it leaves a gap for a question does not go on after it', (t) => {
  const task = new Task()
  task.courtesy.asked(0)
  task.tell(1)
  task.begin(1, 1)
  task.tell(2)
  task.begin(1, 2, 2)
  t.notThrows(() => task.timePasses())
  t.deepEqual(task.goesOn, ['1, attempt 2'])
})

test('a row that a spout emits after it has answered is refused, and that is told', (t) => {
  const task = new Task()
  task.tell(1)
  task.begin(1, 1)
  t.throws(() => task.piece.emit(['late']), { code: 'LATE_EMIT' })
  t.deepEqual(
    task.seen.filter((one) => one === 'row'),
    ['row'],
  )
  t.deepEqual(task.errors.map(codeOf), ['LATE_EMIT'])
})

test('what was taken is noted in the tree of the batch, before the last rows leave and the batch is acked', (t) => {
  const task = new Task(ENDS)
  task.tell(1)
  task.begin(1, 1)
  t.deepEqual(task.seen, ['row', '1/1 record noted', 'last rows', '1/1 acked'])
  t.like(task.notes[0], { spout: 'lines', task: 0, txid: 1, attempt: 1, end: { rows: 1, exhausted: false } })
  t.deepEqual(task.notes[0].items, [
    ['meta', 'all', 7],
    ['count', 'all', 1],
  ])
})

test('where a step throws the row is noted beside what was taken, and then the batch fails', (t) => {
  const task = new Task(ENDS)
  task.fault = new Error('a bad row')
  task.tell(1)
  task.begin(1, 1)
  t.deepEqual(task.seen, ['1/1 record noted', '1/1 suspect noted', '1/1 failed: a bad row'])
  t.like(task.notes[1].suspect, { partition: 'all', index: 0, values: ['row'], attempt: 1 })
})

test('a replay that throws leaves the record as it was, and notes the row alone', (t) => {
  const task = new Task({ ...ENDS, isReplay: true })
  task.fault = new Error('a bad row')
  task.tell(1)
  task.begin(1, 1)
  t.deepEqual(
    task.notes.map(({ kind }) => kind),
    ['suspect'],
  )
})

test('a batch goes on where the one before it has ended', (t) => {
  const task = new Task(ENDS)
  task.tell(1)
  task.begin(5, 1)
  task.begin(6, 1)
  t.is(task.seen.at(-1), '6/1 acked')
  t.deepEqual(
    task.briefs.map((brief) => brief?.number),
    [1, undefined],
  )
})

test('a batch of which the task does not know where it begins fails, and that is no error to show', (t) => {
  const lacking: [what: string, tell: (task: Task) => void, rests: number][] = [
    ['nothing was told', () => {}, 1],
    ['only what is new was told', (task) => task.tell(1, { whole: false }), 1],
    ['another brief was told', (task) => task.tell(1), 2],
  ]
  for (const [what, tell, rests] of lacking) {
    const task = new Task(ENDS)
    tell(task)
    task.begin(3, 1, rests)
    t.deepEqual(task.seen, ['3/1 failed: BATCH_UNKNOWN'], what)
    t.deepEqual(task.errors, [], what)
  }
})

test('what is new is taken where the batch follows the one before and no brief between them was lost', (t) => {
  const task = new Task(ENDS)
  task.tell(1)
  task.begin(1, 1)
  task.tell(2, { whole: false })
  task.begin(2, 1, 2)
  t.is(task.seen.at(-1), '2/1 acked')
  task.tell(4, { whole: false })
  task.begin(3, 1, 4)
  t.is(task.seen.at(-1), '3/1 failed: BATCH_UNKNOWN')
})

test('behind a batch that has failed here nothing begins before everything is told anew', (t) => {
  const task = new Task(ENDS)
  task.tell(1)
  task.fault = new Error('a bad row')
  task.begin(1, 1)
  task.fault = undefined
  task.begin(2, 1)
  t.is(task.seen.at(-1), '2/1 failed: BATCH_UNKNOWN')
  task.tell(2)
  task.begin(1, 2, 2)
  task.begin(2, 2, 2)
  t.is(task.seen.at(-1), '2/2 acked')
})
