import test from 'ava'
import fc from 'fast-check'
import { type Probed, Quiescence } from '../../lib/daemon/life/quiescence.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { Prng } from '../../lib/util/prng.ts'

/** Workers that pass messages around: each may make others when it is worked off, and takes a while on its way. */
class Model {
  readonly clock = new SimulatedClock()
  readonly inboxes: number[]
  readonly activity: number[]
  readonly sent: number[][]
  readonly received: number[][]
  underWay = 0
  quiet = 0
  /** Whether something was going on when all was called quiet. */
  wrong = false
  readonly quiescence: Quiescence
  readonly #random: Prng
  readonly #workers: number
  /** How many messages may still be made. */
  #left: number

  constructor(workers: number, messages: number, seed: number) {
    const zeros = (): number[] => new Array<number>(workers).fill(0)
    this.#random = new Prng(seed)
    this.#workers = workers
    this.#left = messages
    this.inboxes = zeros()
    this.activity = zeros()
    this.sent = zeros().map(zeros)
    this.received = zeros().map(zeros)
    this.quiescence = new Quiescence({
      clock: this.clock,
      ask: (round) => {
        for (let worker = 0; worker < workers; worker++) this.#soon(() => this.#answer(worker, round))
        return true
      },
      onQuiet: () => {
        this.quiet++
        this.wrong ||= this.isBusy
      },
    })
    for (let worker = 0; worker < workers; worker++) this.#arrive(worker)
  }

  watch(): void {
    this.quiescence.watch(this.inboxes.map((_, worker) => worker))
  }

  get isBusy(): boolean {
    return this.underWay > 0 || this.inboxes.some((size) => size > 0)
  }

  /** Work arrives and is worked off after a while; meanwhile the worker is not idle. */
  #arrive(worker: number): void {
    this.inboxes[worker]!++
    this.#soon(() => {
      this.inboxes[worker]!--
      this.activity[worker]!++
      for (let i = this.#random.below(3); i > 0 && this.#left > 0; i--)
        this.#send(worker, this.#random.below(this.#workers))
    })
  }

  #send(from: number, to: number): void {
    this.#left--
    this.activity[from]!++
    if (from === to) {
      this.#arrive(to)
      return
    }
    this.sent[from]![to]!++
    this.underWay++
    this.#soon(() => {
      this.underWay--
      this.received[to]![from]!++
      this.#arrive(to)
    })
  }

  #answer(worker: number, round: number): void {
    const count = (frames: number, peer: number) => ({ peer, frames })
    const probed: Probed = {
      type: 'probed',
      round,
      idle: this.inboxes[worker] === 0,
      pending: 0,
      held: 0,
      activity: this.activity[worker]!,
      sent: this.sent[worker]!.map(count),
      received: this.received[worker]!.map(count),
    }
    this.#soon(() => this.quiescence.answer(worker, probed))
  }

  #soon(callback: () => void): void {
    this.clock.after(this.#random.next() * 10, callback)
  }
}

test('nothing is called quiet while a message waits or is under way, and what comes to rest is called quiet once', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer(),
      async (workers, messages, seed) => {
        const model = new Model(workers, messages, seed)
        model.watch()
        await model.clock.until(() => model.quiet > 0, 60_000)
        await model.clock.advance(500)
        return model.quiet === 1 && !model.wrong
      },
    ),
    { numRuns: 60 },
  )
  t.pass()
})

/** A watch over two workers whose answers the test gives by hand. */
function byHand() {
  const clock = new SimulatedClock()
  const asked: number[] = []
  let quiet = 0
  let canAsk = true
  const quiescence = new Quiescence({
    clock,
    ask: (round) => {
      if (canAsk) asked.push(round)
      return canAsk
    },
    onQuiet: () => quiet++,
  })
  const answer = (worker: number, more: Partial<Probed> = {}): void => {
    const peer = 3 - worker
    const none = [{ peer, frames: 0 }]
    quiescence.answer(worker, {
      type: 'probed',
      round: asked.at(-1)!,
      idle: true,
      pending: 0,
      held: 0,
      activity: 0,
      sent: none,
      received: none,
      ...more,
    })
  }
  return {
    clock,
    asked,
    quiescence,
    watch: () => quiescence.watch([1, 2]),
    answer,
    quiet: () => quiet,
    allow: (can: boolean) => {
      canAsk = can
    },
  }
}

test('it takes two rounds in a row in which all are idle', async (t) => {
  const it = byHand()
  it.watch()
  it.answer(1)
  it.answer(2)
  t.is(it.quiet(), 0)
  t.is(it.asked.length, 2)
  it.answer(2)
  t.is(it.quiet(), 0)
  it.answer(1)
  t.is(it.quiet(), 1)
  await it.clock.advance(1_000)
  t.is(it.asked.length, 2)
})

const NOISE: readonly [string, Partial<Probed>][] = [
  ['somebody is busy', { idle: false }],
  ['somebody was active since the last round', { activity: 7 }],
  ['a frame is under way', { sent: [{ peer: 2, frames: 1 }] }],
  ['a frame was received that nobody has sent on this link', { received: [{ peer: 2, frames: 1 }] }],
  ['a link is not known at the other end', { sent: [{ peer: 9, frames: 0 }] }],
]

for (const [what, noise] of NOISE) {
  test(`it is not quiet where ${what}; two further rounds are needed`, async (t) => {
    const it = byHand()
    it.watch()
    it.answer(1)
    it.answer(2)
    it.answer(1, noise)
    it.answer(2)
    t.is(it.quiet(), 0)
    await it.clock.until(() => it.asked.length > 2, 1_000)
    for (const more of [noise.activity === undefined ? {} : noise, noise.activity === undefined ? {} : noise]) {
      it.answer(1, more)
      it.answer(2)
    }
    t.is(it.quiet(), 1)
  })
}

test('answers to an earlier round, or after it was called off, count for nothing', (t) => {
  const it = byHand()
  it.watch()
  const first = it.asked.at(-1)!
  it.answer(1)
  it.watch()
  it.answer(2, { round: first })
  it.answer(1)
  t.is(it.asked.length, 2)
  it.quiescence.cancel()
  it.answer(2)
  t.is(it.asked.length, 2)
  t.is(it.quiet(), 0)
})

test('while not all can be asked it tries again, and the round before counts no more', async (t) => {
  const it = byHand()
  it.watch()
  it.answer(1)
  it.allow(false)
  it.answer(2)
  await it.clock.advance(500)
  it.allow(true)
  await it.clock.until(() => it.asked.length > 1, 1_000)
  it.answer(1)
  it.answer(2)
  t.is(it.quiet(), 0)
  it.answer(1)
  it.answer(2)
  t.is(it.quiet(), 1)
})

test('once it was called off nothing is asked any more', async (t) => {
  const it = byHand()
  it.allow(false)
  it.watch()
  it.quiescence.cancel()
  it.allow(true)
  await it.clock.advance(1_000)
  t.deepEqual(it.asked, [])
})

test('roots in flight are waited for, unless bolts hold tuples until the end', async (t) => {
  const it = byHand()
  it.watch()
  const both = (one: Partial<Probed>, other: Partial<Probed>) => {
    it.answer(1, one)
    it.answer(2, other)
  }
  both({ pending: 1 }, {})
  await it.clock.until(() => it.asked.length > 1, 1_000)
  both({ pending: 1 }, { held: 2 })
  t.is(it.quiet(), 0)
  both({ pending: 1 }, { held: 2 })
  t.is(it.quiet(), 1)
})
