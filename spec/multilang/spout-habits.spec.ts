/** Spouts that do not say `sync` as they should: each flows, and what it emits counts. */
import test from 'ava'
import { settled, spoutHalf } from './fakes.ts'

const SYNC = { command: 'sync' }

/** What a child says to a command. */
type Answers = Readonly<Partial<Record<string, readonly Readonly<Record<string, unknown>>[]>>>

/**
 * A child that says just that to each command, and how it goes on with it: rounds of next, and an ack of all that was
 * emitted.
 */
function play(answers: Answers) {
  const spout = spoutHalf()
  const { half, child, emitted, says, next } = spout
  let acked = 0
  let serial = 0
  const answer = (): void => {
    for (let sent = child.take(); sent.length > 0; sent = child.take()) {
      for (const { command } of sent) {
        if (command === undefined) continue
        for (const said of answers[command] ?? [])
          says(said['command'] === 'emit' ? { ...said, id: serial++, need_task_ids: false } : said)
      }
    }
  }
  return {
    ...spout,
    answer,
    /** Asks for tuples, so often; the seconds that this took. */
    async rounds(count: number): Promise<number> {
      let seconds = 0
      for (let round = 0; round < count; round++) {
        while (acked < emitted.length) half.settle('ack', emitted[acked++]!.id!)
        const asked = next()
        answer()
        await settled()
        for (; !asked.answered && seconds < 100; seconds++) {
          half.beat()
          answer()
          await settled()
        }
      }
      return seconds
    },
  }
}

const EMIT = { command: 'emit', tuple: ['out'] }
const LOG = { command: 'log', msg: '' }

test('a spout that answers every command is never waited for', async (t) => {
  const { rounds, emitted } = play({ next: [EMIT, SYNC], ack: [SYNC], activate: [SYNC] })
  t.is(await rounds(50), 0)
  t.is(emitted.length, 50)
})

test('a spout that never answers acks is waited for once, and known from then on', async (t) => {
  const { half, rounds, emitted } = play({ next: [EMIT, SYNC] })
  half.setActive(true)
  t.true((await rounds(3)) <= 6)
  t.is(await rounds(50), 0)
  t.is(emitted.length, 53)
})

test('a spout that never says sync at all flows by what it emits, once that is known', async (t) => {
  const { half, rounds, emitted } = play({ next: [EMIT] })
  half.setActive(true)
  t.true((await rounds(3)) <= 9)
  t.is(await rounds(50), 0)
  t.is(emitted.length, 53)
})

test('a spout that says sync too often flows, and is asked no more than once at a time', async (t) => {
  const { half, rounds, emitted } = play({ next: [EMIT, SYNC, SYNC], ack: [SYNC, SYNC], activate: [SYNC] })
  half.setActive(true)
  t.is(await rounds(50), 0)
  t.is(emitted.length, 50)
})

test('a spout that says sync after an error too, and never to an ack, is waited for no more than now and then', async (t) => {
  const { half, rounds, says } = play({ next: [EMIT, SYNC] })
  half.setActive(true)
  await rounds(10)
  says({ command: 'error', msg: 'oops' }, SYNC)
  await rounds(10)
  t.is(await rounds(50), 0)
})

test('a spout that was late once, and was given up, is waited for again', async (t) => {
  const { half, emitted, child, says, next } = spoutHalf()
  const beQuiet = (): void => {
    for (let second = 0; second < 3; second++) half.beat()
  }
  half.setActive(true)
  beQuiet()
  next()
  says({ ...EMIT, id: 1 }, SYNC)
  half.settle('ack', emitted[0]!.id!)
  beQuiet()
  says(SYNC)
  child.take()
  half.settle('fail', emitted[0]!.id!)
  says(SYNC)
  half.settle('ack', emitted[0]!.id!)
  next()
  t.deepEqual(
    child.take().map(({ command }) => command),
    ['fail', 'ack'],
    'the ack is waited for before the next',
  )
})

test('a spout that has answered everything so far is waited for, however long it takes for an ack', async (t) => {
  const { half, emitted, child, says, next } = spoutHalf()
  half.setActive(true)
  says(SYNC)
  next()
  says({ ...EMIT, id: 1 }, SYNC)
  half.settle('ack', emitted[0]!.id!)
  child.take()
  next()
  for (let second = 0; second < 20; second++) half.beat()
  t.deepEqual(child.take(), [])
  says(SYNC)
  t.deepEqual(
    child.take().map(({ command }) => command),
    ['next'],
  )
})

test('a spout that has said nothing since it was asked is waited for: it may be working', async (t) => {
  const { half, next } = spoutHalf()
  const asked = next()
  for (let second = 0; second < 20; second++) half.beat()
  await settled()
  t.false(asked.answered)
})

test('a spout that goes on talking is waited for', async (t) => {
  const { half, says, next } = spoutHalf()
  const asked = next()
  for (let second = 0; second < 20; second++) {
    says(LOG)
    half.beat()
  }
  await settled()
  t.false(asked.answered)
})

for (const [what, said] of [
  ['at once', []],
  ['with a word of why', [LOG, { command: 'error', msg: 'activate?' }]],
] as const) {
  test(`a spout that dies of "activate" (${what}) is not told any more`, async (t) => {
    const { half, child, says, next, dies, comesUp } = spoutHalf()
    half.setActive(true)
    next()
    says(...said)
    dies()
    child.take()
    comesUp()
    next()
    t.deepEqual(
      child.take().map(({ command }) => command),
      ['next'],
    )
  })
}

test('a spout that has borne "activate" and dies later is told again', (t) => {
  const { half, child, says, next, dies, comesUp } = spoutHalf()
  half.setActive(true)
  next()
  says(SYNC, SYNC)
  next()
  dies()
  child.take()
  comesUp()
  t.deepEqual(
    child.take().map(({ command }) => command),
    ['activate'],
  )
})

test('what was learned of a child holds for the next one', async (t) => {
  const { half, rounds, dies, comesUp } = play({ next: [EMIT, SYNC] })
  half.setActive(true)
  await rounds(5)
  dies()
  comesUp()
  t.is(await rounds(20), 0)
})
