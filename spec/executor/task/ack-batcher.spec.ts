import test from 'ava'
import fc from 'fast-check'
import { ACK_ROW } from '../../../lib/acker/acker-bolt.ts'
import { AckBatcher } from '../../../lib/executor/task/ack-batcher.ts'
import { rootHighOf } from '../../../lib/tuple/ids.ts'
import {
  ACK_ACK_STREAM,
  ACK_FAIL_STREAM,
  ACK_INIT_STREAM,
  ACK_RESET_STREAM,
  ACK_TIMEOUT_STREAM,
} from '../../../lib/tuple/system-ids.ts'

const A = rootHighOf(3, 1)
const B = rootHighOf(4, 1)

/** A batcher with the acker 90 + task for each spout task, and what it has sent. */
function batcher() {
  const sent: [acker: number, stream: string, ...values: unknown[]][] = []
  let wakes = 0
  const held = { acks: false }
  const acks = new AckBatcher(
    (task) => 90 + task,
    (target, tuple) => {
      sent.push([
        target,
        tuple.source.stream,
        ...tuple.values.map((value) => (value instanceof Int32Array ? [...value] : value)),
      ])
    },
    () => wakes++,
    () => held.acks,
  )
  return { acks, sent, wakes: () => wakes, held }
}

test('nothing leaves before the flush; then one batch of each kind for each acker', (t) => {
  const { acks, sent } = batcher()
  acks.init(A, 1, 10, 11, 12)
  acks.ack(A, 2, 20, 21, 22)
  acks.ack(B, 1, 30, 31, 32)
  acks.ack(A, 3, 40, 41, 42)
  t.deepEqual(sent, [])
  acks.flush()
  t.deepEqual(sent, [
    [93, ACK_INIT_STREAM, [A, 1, 10, 11, 12]],
    [93, ACK_ACK_STREAM, [A, 2, 20, 21, 22, A, 3, 40, 41, 42]],
    [94, ACK_ACK_STREAM, [B, 1, 30, 31, 32]],
  ])
  acks.flush()
  t.is(sent.length, 3)
})

test('acks of one root that come one after the other are one row', (t) => {
  const { acks, sent } = batcher()
  acks.ack(A, 1, 1, 16, 256)
  acks.ack(A, 1, 2, 32, 512)
  acks.ack(A, 2, 4, 64, 1024)
  acks.ack(A, 1, 8, 128, 2048)
  acks.flush()
  t.deepEqual(sent, [[93, ACK_ACK_STREAM, [A, 1, 3, 48, 768, A, 2, 4, 64, 1024, A, 1, 8, 128, 2048]]])
})

test('rows of different roots with the same low half are not folded', (t) => {
  const { acks, sent } = batcher()
  acks.ack(A, 1, 1, 1, 1)
  acks.ack(rootHighOf(3, 2), 1, 2, 2, 2)
  acks.flush()
  t.deepEqual(sent, [[93, ACK_ACK_STREAM, [A, 1, 1, 1, 1, rootHighOf(3, 2), 1, 2, 2, 2]]])
})

test('whatever is told in whatever order, the XOR of each root arrives, and no batch has more than 1024 rows', (t) => {
  const row = fc.record({
    low: fc.integer({ min: 1, max: 3_000 }),
    high: fc.constantFrom(A, B),
    xor: fc.integer(),
    times: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 120 }), (rows) => {
      const { acks, sent } = batcher()
      const expected = new Map<string, number>()
      const got = new Map<string, number>()
      const add = (map: Map<string, number>, high: number, low: number, xor: number): void => {
        map.set(`${high}/${low}`, (map.get(`${high}/${low}`) ?? 0) ^ xor)
      }
      for (const { low, high, xor, times } of rows) {
        for (let i = 0; i < times; i++) {
          acks.ack(high, low + i, xor, ~xor, xor ^ 1)
          add(expected, high, low + i, xor)
        }
      }
      acks.flush()
      for (const [, , cells] of sent) {
        const list = cells as number[]
        if (list.length > 1024 * ACK_ROW) return false
        for (let i = 0; i < list.length; i += ACK_ROW) add(got, list[i]!, list[i + 1]!, list[i + 2]!)
      }
      return expected.size === got.size && [...expected].every(([key, xor]) => got.get(key) === xor)
    }),
  )
  t.pass()
})

test('a full batch of inits leaves by itself, and the fold does not reach back into it', (t) => {
  const { acks, sent } = batcher()
  for (let low = 1; low <= 1024; low++) acks.init(A, low, 1, 1, 1)
  t.is(sent.length, 0)
  acks.init(A, 1024, 2, 2, 2)
  t.is(sent.length, 0)
  acks.init(A, 1025, 1, 1, 1)
  t.is((sent[0]![2] as number[]).length, 1024 * ACK_ROW)
  t.deepEqual((sent[0]![2] as number[]).slice(-ACK_ROW), [A, 1024, 3, 3, 3])
  acks.init(A, 1024, 4, 4, 4)
  acks.flush()
  t.deepEqual(sent[1]![2], [A, 1025, 1, 1, 1, A, 1024, 4, 4, 4])
})

test('full batches of acks leave by themselves unless they are held, in order, and the fold does not reach back into them', (t) => {
  const { acks, sent, held } = batcher()
  held.acks = true
  for (let low = 1; low <= 1025; low++) acks.ack(A, low, 1, 1, 1)
  t.deepEqual(sent, [])
  held.acks = false
  for (let low = 1026; low <= 2048; low++) acks.ack(A, low, 1, 1, 1)
  t.deepEqual(sent, [])
  acks.ack(A, 2049, 1, 1, 1)
  t.is(sent.length, 2)
  acks.ack(A, 2048, 4, 4, 4)
  acks.flush()
  t.deepEqual(
    sent.map(([, , rows]) => (rows as number[]).length / ACK_ROW),
    [1024, 1024, 2],
  )
  t.deepEqual((sent[0]![2] as number[]).slice(0, 2), [A, 1])
  t.deepEqual(sent[2]![2], [A, 2049, 1, 1, 1, A, 2048, 4, 4, 4])
  acks.flush()
  t.is(sent.length, 3)
})

test('while acks are held everything else leaves, and no fail, question or full batch takes an ack along', (t) => {
  const { acks, sent, held } = batcher()
  held.acks = true
  for (let low = 1; low <= 1025; low++) acks.ack(A, low, 1, 1, 1)
  acks.init(A, 2, 2, 2, 2)
  acks.renew(A, 3)
  acks.flush()
  acks.init(A, 4, 4, 4, 4)
  acks.fail(A, 4, { kind: 'worker lost' })
  acks.askAbout(A, [5], 30_000)
  for (let low = 1; low <= 1024; low++) acks.renew(A, low)
  t.deepEqual(
    sent.map(([, stream]) => stream),
    [ACK_INIT_STREAM, ACK_RESET_STREAM, ACK_INIT_STREAM, ACK_FAIL_STREAM, ACK_TIMEOUT_STREAM, ACK_RESET_STREAM],
  )
  sent.length = 0
  held.acks = false
  acks.flush()
  t.deepEqual(
    sent.map(([acker, stream, rows]) => [acker, stream, (rows as number[]).length / ACK_ROW]),
    [
      [93, ACK_ACK_STREAM, 1024],
      [93, ACK_ACK_STREAM, 1],
    ],
  )
})

test('the roots of all acks that are held are renewed', (t) => {
  const { acks, sent, held } = batcher()
  held.acks = true
  for (let low = 1; low <= 1030; low++) acks.ack(A, low, 1, 1, 1)
  acks.ack(B, 7, 1, 1, 1)
  acks.renewHeld()
  acks.flush()
  t.deepEqual(
    sent.map(([acker, stream]) => [acker, stream]),
    [
      [93, ACK_RESET_STREAM],
      [93, ACK_RESET_STREAM],
      [94, ACK_RESET_STREAM],
    ],
  )
  const renewed = sent.flatMap(([, , roots]) => (roots as number[]).filter((_, at) => at % 2 === 1))
  t.deepEqual(renewed, [...Array.from({ length: 1030 }, (_, at) => at + 1), 7])
})

test('inits and renewals that were gathered for an acker go before a fail and a question; acks follow with the flush', (t) => {
  const { acks, sent } = batcher()
  const reason = { kind: 'worker lost' } as const
  acks.ack(A, 1, 1, 1, 1)
  acks.init(A, 2, 2, 2, 2)
  acks.init(B, 1, 3, 3, 3)
  acks.fail(A, 2, reason)
  acks.init(A, 3, 4, 4, 4)
  acks.renew(A, 3)
  acks.renew(A, 3)
  acks.renew(A, 2)
  acks.init(A, 4, 5, 5, 5)
  acks.askAbout(A, [4, 5], 30_000)
  t.deepEqual(sent, [
    [93, ACK_INIT_STREAM, [A, 2, 2, 2, 2]],
    [93, ACK_FAIL_STREAM, A, 2, reason],
    [93, ACK_INIT_STREAM, [A, 3, 4, 4, 4, A, 4, 5, 5, 5]],
    [93, ACK_RESET_STREAM, [A, 3, A, 2]],
    [93, ACK_TIMEOUT_STREAM, [A, 4, A, 5], 30_000],
  ])
  sent.length = 0
  acks.flush()
  t.deepEqual(sent, [
    [93, ACK_ACK_STREAM, [A, 1, 1, 1, 1]],
    [94, ACK_INIT_STREAM, [B, 1, 3, 3, 3]],
  ])
})

test('the first row of a batch wakes the run loop, so that an ack from a timer is not left waiting', (t) => {
  const { acks, wakes } = batcher()
  acks.ack(A, 1, 1, 1, 1)
  acks.ack(A, 2, 1, 1, 1)
  t.is(wakes(), 1)
  acks.flush()
  t.is(wakes(), 1)
  acks.ack(A, 3, 1, 1, 1)
  t.is(wakes(), 2)
  acks.init(A, 4, 1, 1, 1)
  t.is(wakes(), 3)
  acks.fail(A, 3, { kind: 'worker lost' })
  t.is(wakes(), 4)
})

test('what was sent is not changed by what comes after', (t) => {
  const { acks, sent } = batcher()
  acks.ack(A, 1, 1, 1, 1)
  acks.flush()
  acks.ack(A, 2, 9, 9, 9)
  t.deepEqual(sent[0]![2], [A, 1, 1, 1, 1])
})
