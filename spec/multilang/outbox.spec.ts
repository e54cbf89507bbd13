/** What waits for a child: in order, whole, task ids first. */
import test from 'ava'
import fc from 'fast-check'
import { Outbox } from '../../lib/multilang/process/outbox.ts'
import type { Frame } from '../../lib/multilang/wire/serializer.ts'

/** A pipe that can be full, and turns that end when they are told to. */
function makeOutbox() {
  const writes: string[] = []
  const soon: (() => void)[] = []
  const pipe = {
    hasRoom: true,
    write(frames: Frame): boolean {
      writes.push(Buffer.from(frames as string).toString())
      return pipe.hasRoom
    },
  }
  const outbox = new Outbox(pipe, (callback) => soon.push(callback))
  const endTurn = (): void => {
    for (const callback of soon.splice(0)) callback()
  }
  return { outbox, pipe, writes, endTurn }
}

test('frames of one turn leave together when it ends', (t) => {
  const { outbox, writes, endTurn } = makeOutbox()
  for (const frame of ['a', 'b', 'c']) outbox.send(frame)
  t.deepEqual(writes, [])
  endTurn()
  t.deepEqual(writes, ['abc'])
  outbox.send('d')
  endTurn()
  t.deepEqual(writes, ['abc', 'd'])
})

test('task ids go before the tuples that wait for room (111)', (t) => {
  const { outbox, pipe, writes, endTurn } = makeOutbox()
  pipe.hasRoom = false
  outbox.send('first')
  endTurn()
  for (const tuple of ['tuple 1;', 'tuple 2;']) outbox.send(tuple)
  for (const ids of ['[1];', '[2];']) outbox.sendFirst(ids)
  t.is(outbox.waiting, 4)
  pipe.hasRoom = true
  outbox.drained()
  t.is(writes.slice(1).join(''), '[1];[2];tuple 1;tuple 2;')
  t.is(outbox.waiting, 0)
})

test('a message that waits leaves as soon as there is room (112)', (t) => {
  const { outbox, pipe, writes, endTurn } = makeOutbox()
  pipe.hasRoom = false
  outbox.send('a')
  endTurn()
  outbox.send('b')
  outbox.send('c')
  endTurn()
  t.deepEqual(writes, ['a'], 'nothing is written to a pipe that is full')
  outbox.drained()
  t.deepEqual(writes, ['a', 'bc'], 'the pipe is full again behind these')
  t.is(outbox.waiting, 0)
})

test('what gathers in a turn waits for nobody and does not count as waiting', (t) => {
  const { outbox } = makeOutbox()
  outbox.send('a')
  outbox.sendFirst('b')
  t.is(outbox.waiting, 0)
})

test('a turn with more than a write of frames begins to write before it ends', (t) => {
  const { outbox, writes, endTurn } = makeOutbox()
  const frame = 'x'.repeat(1000)
  for (let count = 0; count < 5; count++) outbox.send(frame)
  t.is(writes.join('').length, 5000)
  endTurn()
  t.is(writes.join('').length, 5000)
})

test('bytes leave as bytes', (t) => {
  const written: Frame[] = []
  const outbox = new Outbox({ write: (frames) => written.push(frames) > 0 }, () => {})
  outbox.send(new Uint8Array([1, 0xff]))
  outbox.sendFirst(new Uint8Array([2]))
  outbox.send(new Uint8Array([3]))
  outbox.flush()
  t.deepEqual(
    written.map((frames) => [...(frames as Uint8Array)]),
    [[2], [1, 0xff, 3]],
  )
})

/** What happens to an outbox, one thing after the other. */
const steps = fc.array(
  fc.oneof(
    fc.record({ step: fc.constantFrom('send' as const, 'sendFirst' as const), length: fc.nat(6000) }),
    fc.record({ step: fc.constantFrom('endTurn' as const, 'drained' as const, 'fill' as const) }),
  ),
  { maxLength: 60 },
)

test('frames leave once, whole, in their order, and no write is over 4096 bytes unless one frame is', (t) => {
  fc.assert(
    fc.property(steps, fc.constantFrom('x', 'é', '語'), (all, letter) => {
      const { outbox, pipe, writes, endTurn } = makeOutbox()
      const sent = { send: [] as string[], sendFirst: [] as string[] }
      for (const one of all) {
        if (one.step === 'endTurn') endTurn()
        else if (one.step === 'fill') pipe.hasRoom = false
        else if (!('length' in one)) {
          pipe.hasRoom = true
          outbox.drained()
        } else {
          const frame = `<${one.step} ${sent[one.step].length} ${letter.repeat(one.length)}>`
          sent[one.step].push(frame)
          outbox[one.step](frame)
        }
      }
      pipe.hasRoom = true
      outbox.drained()
      const left = writes.flatMap((write) => {
        const frames = write.match(/<[^>]*>/g)!
        t.is(frames.join(''), write, 'frames are whole')
        t.true(frames.length === 1 || Buffer.byteLength(write) <= 4096)
        return frames
      })
      for (const step of ['send', 'sendFirst'] as const)
        t.deepEqual(
          left.filter((frame) => frame.startsWith(`<${step} `)),
          sent[step],
        )
    }),
    { numRuns: 300 },
  )
})
