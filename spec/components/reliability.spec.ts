import test from 'ava'
import fc from 'fast-check'
import { toLine } from '../../lib/components/reliability/dead-letter.ts'
import { DelayQueue } from '../../lib/components/reliability/delay-queue.ts'
import { type LineRange, OffsetLedger } from '../../lib/components/reliability/offset-ledger.ts'
import { noFailures, ReplayPolicy } from '../../lib/components/reliability/replay-policy.ts'
import type { ErrorCode, FailReason } from '../../lib/index.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { decode } from '../../lib/values/text.ts'
import { failed } from './fakes.ts'

test('a delay queue hands out what is due, earliest first, and nothing before its time', (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ due: fc.nat(50), now: fc.nat(50) })), (steps) => {
      const queue = new DelayQueue<number>()
      let waiting: number[] = []
      for (const { due, now } of steps) {
        queue.add(due, due)
        waiting = [...waiting, due].sort((a, b) => a - b)
        const expected = waiting[0]! <= now ? waiting.shift() : undefined
        if (queue.takeDue(now) !== expected || queue.size !== waiting.length) return false
      }
      return waiting.every((due) => queue.takeDue(Number.POSITIVE_INFINITY) === due)
    }),
  )
  t.pass()
})

interface Line {
  readonly file: number
  readonly start: number
  readonly end: number
  readonly segment: LineRange
  done: boolean
}

test('everything below the low-water mark is done, in whatever order, and it stays at most a segment behind', (t) => {
  const step = fc.record({
    bytes: fc.constantFrom(1, 40, 5000, 70_000),
    newFile: fc.integer({ min: 0, max: 9 }),
    ack: fc.nat(1000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 900, size: 'max' }), fc.boolean(), (steps, mostlyInOrder) => {
      const ledger = new OffsetLedger({ file: 0, offset: 0 })
      const lines: Line[] = []
      let file = 0
      let offset = 0
      const finish = (line: Line): void => {
        line.done = true
        const before = ledger.lowWater
        const moved = ledger.done(line.segment)
        const after = ledger.lowWater
        if (!moved && (before.file !== after.file || before.offset !== after.offset)) throw new Error('moved unseen')
        check()
      }
      const check = (): void => {
        const mark = ledger.lowWater
        const above = lines.filter(
          (line) => line.file > mark.file || (line.file === mark.file && line.start >= mark.offset),
        )
        const below = lines.slice(0, lines.length - above.length)
        if (!below.every((line) => line.done)) throw new Error('a line that is open lies below the mark')
        if (ledger.isDone !== lines.every((line) => line.done)) throw new Error('isDone is wrong')
        if (ledger.isDone && above.length > 0) throw new Error('all is done, and the mark is not at the end')
        const firstOpen = above.findIndex((line) => !line.done)
        if (firstOpen > 256) throw new Error('the mark is more than a segment behind')
      }
      for (const { bytes, newFile, ack } of steps) {
        if (newFile === 0) {
          file++
          offset = 0
        }
        lines.push({
          file,
          start: offset,
          end: offset + bytes,
          segment: ledger.add(file, offset, offset + bytes),
          done: false,
        })
        offset += bytes
        const open = lines.filter((line) => !line.done)
        if (ack % 2 === 0) finish(open[mostlyInOrder ? ack % Math.min(3, open.length) : ack % open.length]!)
      }
      for (const line of lines) if (!line.done) finish(line)
      return ledger.isDone
    }),
    { numRuns: 30 },
  )
  t.pass()
})

test('the ledger goes on from where it is told to', (t) => {
  const ledger = new OffsetLedger({ file: 3, offset: 77 })
  t.deepEqual(ledger.lowWater, { file: 3, offset: 77 })
  const segment = ledger.add(3, 77, 90)
  t.deepEqual(ledger.lowWater, { file: 3, offset: 77 })
  ledger.done(segment)
  t.deepEqual(ledger.lowWater, { file: 3, offset: 90 })
})

test('the ledger refuses what would take its low-water mark back', (t) => {
  const ledger = new OffsetLedger({ file: 0, offset: 0 })
  ledger.done(ledger.add(1, 0, 90))
  for (const [file, start, end] of [
    [1, 0, 0],
    [1, 89, 100],
    [0, 90, 100],
    [1, 100, 99],
  ] as const)
    t.throws(() => ledger.add(file, start, end), { instanceOf: RangeError })
  t.deepEqual(ledger.lowWater, { file: 1, offset: 90 })
})

test('one line that stays open holds back 65,536 segments at most', (t) => {
  const ledger = new OffsetLedger({ file: 0, offset: 0 })
  const stuck = ledger.add(0, 0, 70_000)
  let lines = 1
  for (; !ledger.isFull; lines++) ledger.done(ledger.add(0, lines * 70_000, (lines + 1) * 70_000))
  t.is(lines, 65_536)
  ledger.done(stuck)
  t.false(ledger.isFull)
})

test('a root has the attempts that the configuration gives it', (t) => {
  const policy = new ReplayPolicy(resolveConfig({ 'topology.replay.max.attempts': 3, 'topology.replay.delay.ms': 10 }))
  const failures = noFailures()
  t.is(policy.failed(failures, failed('one'), 0), 5)
  t.is(policy.failed(failures, { kind: 'timeout', waitingFor: [] }, 0), 10)
  t.is(policy.failed(failures, { kind: 'timeout', waitingFor: [] }, 0), undefined)
  t.deepEqual(failures, { emitted: 3, cost: 90, lastError: 'one' })
})

test('a lost worker costs no attempt, but for the tuple that it is lost of each time, which has none left', (t) => {
  const policy = new ReplayPolicy(resolveConfig({ 'topology.replay.max.attempts': 3 }))
  const failures = noFailures()
  for (let i = 1; i < 1000; i++) t.not(policy.failed(failures, { kind: 'worker lost', worker: 2 }, 0), undefined)
  t.is(policy.failed(failures, { kind: 'worker lost', worker: 2, poison: true }, 0), undefined)
})

test('a lost child process, whose tuples were not all to blame, costs a third of an attempt; an error that it reports a whole one', (t) => {
  const attempts = (codes: readonly ErrorCode[]): boolean[] => {
    const policy = new ReplayPolicy(resolveConfig({ 'topology.replay.max.attempts': 2 }))
    const failures = noFailures()
    return codes.map((code) => {
      const reason: FailReason = { kind: 'explicit', component: 'bolt', task: 9, error: 'an error', code }
      return policy.failed(failures, reason, 0) !== undefined
    })
  }
  const lost = ['CHILD_EXITED', 'CHILD_HUNG', 'CHILD_PROTOCOL', 'CHILD_NOT_STARTED', 'CHILD_EXITED'] as const
  t.deepEqual(attempts([...lost, 'CHILD_EXITED']), [true, true, true, true, true, false])
  t.deepEqual(attempts(['CHILD_ERROR', 'CHILD_EXITED', 'CHILD_ERROR']), [true, true, false])
})

const letter = {
  run: 'run',
  topology: 'test',
  component: 'spout',
  task: 1,
  stream: 'default',
  messageId: 1,
  values: {},
  reason: failed('no'),
  description: 'no',
  lastError: null,
  attempts: 5,
  time: '2024-01-01T00:00:00.000Z',
}

test('a dead letter is one line of JSON whatever its values are', (t) => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const values = {
    big: 12n,
    bytes: Buffer.from('hi'),
    map: new Map([[1, 2n]]),
    none: undefined,
    text: 'a\nb',
    nan: Number.NaN,
  }
  const line = toLine({ ...letter, values })
  t.false(line.includes('\n'))
  t.deepEqual(JSON.parse(line).values, {
    big: { $bigint: '12' },
    bytes: { $bytes: 'aGk=' },
    map: { $map: [[1, { $bigint: '2' }]] },
    none: { $undefined: true },
    text: 'a\nb',
    nan: { $number: 'NaN' },
  })
  t.deepEqual((decode(line) as { values: unknown }).values, { ...values, bytes: new Uint8Array([104, 105]) })
  const shown = JSON.parse(toLine({ ...letter, values: { circular, word: 'x' } }))
  t.regex(shown.values.circular, /Circular/)
  t.is(shown.values.word, 'x')
  t.is(shown.component, 'spout')
})
