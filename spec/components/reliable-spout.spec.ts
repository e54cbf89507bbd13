import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { ClaimedFile } from '../../lib/components/files/claimed-file.ts'
import { ReliableSpout, SequenceSpout } from '../../lib/components/index.ts'
import {
  DEAD_LETTERED_COUNTER,
  type FailReason,
  fields,
  REPLAYED_COUNTER,
  TyphoonError,
  WAITING_COUNTER,
} from '../../lib/index.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'
import { FakeContext, failed, fillDisk, SpoutRun } from './fakes.ts'

/** Emits 0, 1, 2 … and notes down what became of them. */
class Numbers extends ReliableSpout<{ n: number }, string> {
  override readonly outputs = fields<{ n: number }>('n')
  readonly acked: unknown[] = []
  readonly dead: unknown[] = []
  readonly #count: number
  #next = 0

  constructor(count: number) {
    super()
    this.#count = count
  }
  protected produce(): void {
    if (this.#next < this.#count) this.emit([this.#next], `id-${this.#next++}`)
  }
  protected isInputExhausted(): boolean {
    return this.#next >= this.#count
  }
  protected override onAcked(id: string): void {
    this.acked.push(id)
  }
  protected override onDeadLettered(id: string): void {
    this.dead.push(id)
  }
}

function start(t: ExecutionContext, count: number, config: Record<string, unknown> = {}) {
  const file = join(folderOf(t), 'letters', 'dead.jsonl')
  const spout = new Numbers(count)
  const run = new SpoutRun(spout, {
    config: { 'topology.dead.letters.file': file, 'topology.replay.max.attempts': 2, ...config },
  })
  const letters = () => jsonLinesIn(file)
  return { file, spout, run, letters }
}

test('what is acked comes back with its message id, and then the spout is exhausted', (t) => {
  const { spout, run } = start(t, 2)
  t.deepEqual(run.drain(), [[0], [1]])
  run.ackAll()
  t.deepEqual(spout.acked, ['id-0', 'id-1'])
  t.true(spout.isExhausted())
})

test('a failed root is emitted again after its back-off, before new input, and not before', (t) => {
  const { spout, run } = start(t, 3, { 'topology.replay.delay.ms': 100 })
  run.next()
  run.fail(failed('oh'))
  t.deepEqual(run.next(), [[1]])
  run.context.advance(49)
  t.deepEqual(run.next(), [[2]])
  t.deepEqual(run.next(), [])
  t.false(spout.isExhausted())
  run.context.advance(51)
  t.deepEqual(run.next(), [[0]])
  t.is(run.context.counts.get(REPLAYED_COUNTER), 1)
  t.true(spout.isExhausted())
})

test('a root that is out of attempts becomes a dead letter with all that is known of it', (t) => {
  const { file, spout, run, letters } = start(t, 1)
  run.next()
  run.fail(failed('first'))
  run.context.advance(1000)
  run.next()
  t.false(existsSync(file))
  run.fail({ kind: 'timeout', waitingFor: ['slow'] })
  t.false(spout.isExhausted())
  t.deepEqual(run.next(), [])
  t.true(spout.isExhausted())
  t.deepEqual(spout.dead, ['id-0'])
  t.is(run.context.counts.get(DEAD_LETTERED_COUNTER), 1)
  const [{ time, ...letter }] = letters() as [any]
  t.is(time, '1970-01-01T00:00:01.000Z', 'by the clock of the task')
  t.deepEqual(letter, {
    run: 'run',
    topology: 'test',
    component: 'component',
    task: 1,
    stream: 'default',
    messageId: 'id-0',
    values: { n: 0 },
    reason: { kind: 'timeout', waitingFor: ['slow'] },
    description: 'timeout, not acked by slow',
    lastError: 'first',
    attempts: 2,
  })
})

test('a hook that throws at its dead letter leaves no other one uncounted', (t) => {
  const { spout, run, letters } = start(t, 3, { 'topology.replay.max.attempts': 1 })
  const told: unknown[] = []
  Object.assign(spout, {
    onDeadLettered(id: string) {
      told.push(id)
      if (id === 'id-0') throw new Error('no room')
    },
  })
  run.drain()
  for (let n = 0; n < 3; n++) run.fail(failed('oh'))
  t.throws(() => run.next(), { message: 'no room' })
  t.deepEqual(told, ['id-0', 'id-1', 'id-2'])
  t.is(letters().length, 3)
  t.is(run.context.counts.get(DEAD_LETTERED_COUNTER), 3)
  t.is(run.context.counts.get(WAITING_COUNTER), 0)
  t.true(spout.isExhausted())
})

test('the dead letters of earlier runs stay', (t) => {
  const { file, run, letters } = start(t, 1, { 'topology.replay.max.attempts': 1 })
  mkdirSync(join(file, '..'))
  writeFileSync(file, '{"earlier":true}\n')
  run.next()
  run.fail(failed('no'))
  run.next()
  t.is(letters().length, 2)
})

/** As `Numbers`, with message ids that name the same tuple in each life. */
class Lasting extends Numbers {
  protected override readonly idsLast = true
}

for (const reason of [failed('no'), { kind: 'timeout', waitingFor: [] }] as const)
  test(`a root that an earlier life has given up gets no second dead letter: ${reason.kind}`, (t) => {
    const file = join(folderOf(t), 'dead.jsonl')
    const config = { 'topology.dead.letters.file': file, 'topology.replay.max.attempts': 1 }
    const lines = (): number => readFileSync(file, 'utf8').split('\n').length - 1
    const live = (spout: Numbers, taskIndex = 0): SpoutRun => {
      const run = new SpoutRun(spout, { config, taskIndex, tasks: 2 })
      run.drain()
      run.fail(reason, 1)
      run.ackAll()
      while (!spout.isExhausted()) run.next()
      return run
    }
    live(new Lasting(3))
    t.is(lines(), 1)
    const again = new Lasting(3)
    const { context } = live(again)
    t.is(lines(), 1)
    t.deepEqual(again.dead, ['id-1'], 'the spout hears of it all the same')
    t.is(context.counts.get(DEAD_LETTERED_COUNTER), 1, 'as its failure is counted')
    live(new Numbers(3))
    t.is(lines(), 2, 'where ids do not last, the same one may name another tuple')
    live(new Lasting(3), 1)
    t.is(lines(), 3, 'another task has another share')
  })

test('dead letters that cannot be written are kept, reported once, and written when they can be', (t) => {
  const { file, spout, run, letters } = start(t, 2, { 'topology.replay.max.attempts': 1 })
  const folder = join(file, '..')
  writeFileSync(folder, 'a file where a folder should be')
  run.next()
  run.fail(failed('no'))
  run.next()
  t.deepEqual(
    run.errors.map((error) => error.code),
    ['DEAD_LETTER_FAILED'],
  )
  for (let i = 0; i < 3; i++) {
    run.context.advance(1000)
    run.next()
  }
  t.is(run.errors.length, 1)
  t.deepEqual(
    run.emitted.map(({ values }) => values),
    [[0], [1]],
  )
  t.false(spout.isExhausted())
  t.deepEqual(spout.dead, [])
  rmSync(folder)
  run.context.advance(10_000)
  run.next()
  t.is(letters().length, 1)
  t.deepEqual(spout.dead, ['id-0'])
  t.true(spout.isExhausted())
})

test('after so many failures in a row every nextTuple throws, until the letters can be written', (t) => {
  const { file, spout, run } = start(t, 1, { 'topology.replay.max.attempts': 1, 'topology.spout.error.limit': 3 })
  const folder = join(file, '..')
  writeFileSync(folder, '')
  run.next()
  run.fail(failed('no'))
  run.next()
  run.context.advance(10_000)
  run.next()
  run.context.advance(10_000)
  for (let i = 0; i < 3; i++) t.is(t.throws(() => run.next(), { instanceOf: TyphoonError })?.code, 'DEAD_LETTER_FAILED')
  rmSync(folder)
  t.deepEqual(run.next(), [])
  t.true(spout.isExhausted())
})

test('a spout that is closed logs the dead letters that it could not write', async (t) => {
  const { file, spout, run } = start(t, 1, { 'topology.replay.max.attempts': 1 })
  writeFileSync(join(file, '..'), '')
  run.next()
  run.fail(failed('no'))
  await spout.close()
  t.regex(run.context.logs.at(-1)!.message, /"messageId":"id-0"/)
})

test('a spout that is closed waits for who has the file for the moment, and not for who has it for good', async (t) => {
  for (const isForGood of [false, true]) {
    const { file, spout, run } = start(t, 1, { 'topology.replay.max.attempts': 1 })
    const other = new ClaimedFile(file, new FakeContext({ component: 'other' }))
    run.next()
    run.fail(failed('no'))
    let isClosed = false
    const closed = spout.close().then(() => (isClosed = true))
    t.is(readFileSync(file, 'utf8'), '')
    if (!isForGood) other.close()
    for (let turn = 0; !isClosed && turn < 10_000; turn++) {
      run.context.advance(10)
      await Promise.resolve()
    }
    await closed
    t.is(readFileSync(file, 'utf8').includes('"messageId":"id-0"'), !isForGood)
    t.is(
      run.context.logs.some(({ level }) => level === 'error'),
      isForGood,
    )
    if (isForGood) other.close()
  }
})

test.serial('a disk that fills up within some letters leaves whole lines, of every task, and none twice', (t) => {
  const { file, run } = start(t, 3, { 'topology.replay.max.attempts': 1 })
  const other = start(t, 3, { 'topology.replay.max.attempts': 1, 'topology.dead.letters.file': file }).run
  for (let i = 0; i < 3; i++) run.next()
  run.fail(failed('no'))
  run.next()
  const size = statSync(file).size
  for (let i = 0; i < 2; i++) run.fail(failed('no'))
  const makeRoom = fillDisk(t, size + 10)
  run.next()
  t.regex(run.errors[0]!.message, /ENOSPC/)
  makeRoom()
  other.next()
  other.fail(failed('no'))
  other.next()
  run.context.advance(1000)
  run.next()
  const lines = readFileSync(file, 'utf8').split('\n')
  t.is(lines.pop(), '')
  t.deepEqual(
    lines.map((line) => JSON.parse(line).messageId),
    ['id-0', 'id-0', 'id-1', 'id-2'],
  )
})

test('a letter begins on a line of its own where a writer had died within one', (t) => {
  const { file, run } = start(t, 1, { 'topology.replay.max.attempts': 1 })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '{"torn')
  run.next()
  run.fail(failed('no'))
  run.next()
  const [broken, whole] = readFileSync(file, 'utf8').split('\n')
  t.is(broken, '{"torn')
  t.is(JSON.parse(whole!).messageId, 'id-0')
})

test('a tuple that cannot be sent is a dead letter at once', (t) => {
  const { run, letters } = start(t, 2)
  run.emitError = new TyphoonError('TUPLE_TOO_LARGE', 'too large')
  run.next()
  run.emitError = undefined
  t.deepEqual(run.next(), [[1]])
  t.like(letters()[0], { messageId: 'id-0', attempts: 1, lastError: 'too large', reason: { component: 'component' } })
})

test('an emit that throws for another reason throws from nextTuple, and the root is kept', (t) => {
  const { run } = start(t, 1)
  run.emitError = new Error('odd')
  t.throws(() => run.next(), { message: 'odd' })
  run.emitError = undefined
  run.context.advance(1000)
  t.deepEqual(run.next(), [[0]])
})

test('no new input comes while max.spout.pending roots wait for their replay', (t) => {
  const { run } = start(t, 10, { 'topology.max.spout.pending': 3 })
  for (let i = 0; i < 3; i++) run.next()
  for (let i = 0; i < 3; i++) run.fail(failed('no'))
  t.deepEqual(run.next(), [])
  run.context.advance(1000)
  t.is(run.drain().length, 10)
})

test('whatever fails in whatever order, every root is acked or a dead letter, once', (t) => {
  const reason = fc.constantFrom<FailReason>(failed('x'), { kind: 'worker lost' }, { kind: 'timeout', waitingFor: [] })
  const step = fc.record({ at: fc.nat(100), reason: fc.option(reason, { nil: undefined }), ms: fc.nat(300) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { spout, run } = start(t, 20)
      const settle = (at: number, why: FailReason | undefined): void => {
        if (run.inFlight.length === 0) return
        if (why === undefined) run.ack(at % run.inFlight.length)
        else run.fail(why, at % run.inFlight.length)
      }
      for (const { at, reason: why, ms } of steps) {
        run.next()
        settle(at, why)
        run.context.advance(ms)
      }
      while (!spout.isExhausted() || run.inFlight.length > 0) {
        run.context.advance(60_000)
        run.next()
        settle(0, undefined)
      }
      return new Set([...spout.acked, ...spout.dead]).size === 20 && spout.acked.length + spout.dead.length === 20
    }),
    { numRuns: 50 },
  )
  t.pass()
})

test('a subclass needs neither message ids nor hooks', (t) => {
  const run = new SpoutRun(new SequenceSpout(1))
  run.drain()
  run.fail({ kind: 'worker lost' })
  run.context.advance(1000)
  t.deepEqual(run.drain(), [[0]])
})
