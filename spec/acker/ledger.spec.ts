import test from 'ava'
import fc from 'fast-check'
import { DONE, FAILED, Ledger, OPEN } from '../../lib/acker/ledger.ts'
import { Prng } from '../../lib/util/prng.ts'
import { HIGH, randomForest, rootId, tell, tellAll } from './trees.ts'

/** The bits of the edges come from the seed and not from the shrinker, which would make them all 0. */
const shapes = { seed: fc.integer(), roots: fc.integer({ min: 1, max: 4 }), tuples: fc.integer({ min: 0, max: 25 }) }

test('a root is done exactly once, with its last message and never before, in whatever order init and acks come', (t) => {
  fc.assert(
    fc.property(fc.record(shapes), ({ seed, roots, tuples }) => {
      const random = new Prng(seed)
      const forest = randomForest(random, roots, tuples)
      const messages = random.shuffle(forest.messages)
      const ledger = new Ledger()
      for (const [root, { done, failed, at }] of tellAll(ledger, forest, messages)) {
        const last = messages.findLastIndex((message) => message.root === root)
        if (done !== 1 || failed !== 0 || at !== last) return false
      }
      return ledger.size === 0
    }),
  )
  t.pass()
})

test('a root that lacks any one message is never done, and the others are', (t) => {
  fc.assert(
    fc.property(fc.record(shapes), fc.nat(), ({ seed, roots, tuples }, pick) => {
      const random = new Prng(seed)
      const forest = randomForest(random, roots, tuples)
      const messages = random.shuffle(forest.messages)
      const missing = messages.splice(pick % messages.length, 1)[0]!
      const verdicts = tellAll(new Ledger(), forest, messages)
      return [...verdicts].every(([root, { done, failed }]) => done === (root === missing.root ? 0 : 1) && failed === 0)
    }),
  )
  t.pass()
})

test('an ack that is told twice undoes itself, so its root stays open; told three times it counts once', (t) => {
  fc.assert(
    fc.property(
      fc.record({ ...shapes, tuples: fc.integer({ min: 1, max: 25 }) }),
      fc.nat(),
      fc.boolean(),
      (shape, pick, thrice) => {
        const random = new Prng(shape.seed)
        const forest = randomForest(random, shape.roots, shape.tuples)
        const acks = forest.messages.filter(({ kind }) => kind === 'ack')
        const repeated = acks[pick % acks.length]!
        const others = forest.messages.filter((message) => message !== repeated)
        // The repetitions come before the rest: after its verdict a root is not known any more.
        const messages = [repeated, repeated, ...(thrice ? [repeated] : []), ...random.shuffle(others)]
        const { done, failed } = tellAll(new Ledger(), forest, messages).get(repeated.root)!
        return done === (thrice ? 1 : 0) && failed === 0
      },
    ),
  )
  t.pass()
})

test('a tuple that fails instead of being acked fails each of its roots exactly once, as soon as init and fail are known', (t) => {
  fc.assert(
    fc.property(fc.record({ ...shapes, tuples: fc.integer({ min: 1, max: 25 }) }), ({ seed, roots, tuples }) => {
      const random = new Prng(seed)
      const forest = randomForest(random, roots, tuples)
      const bad = new Set(Array.from({ length: 1 + random.below(3) }, () => random.below(tuples)))
      const messages = random
        .shuffle(forest.messages)
        .map((message) =>
          message.tuple !== undefined && bad.has(message.tuple) ? { ...message, kind: 'fail' as const } : message,
        )
      for (const [root, { done, failed, at }] of tellAll(new Ledger(), forest, messages)) {
        const init = messages.findIndex((message) => message.root === root && message.kind === 'init')
        const fail = messages.findIndex((message) => message.root === root && message.kind === 'fail')
        const expected =
          fail === -1 ? done === 1 && failed === 0 : done === 0 && failed === 1 && at === Math.max(init, fail)
        if (!expected) return false
      }
      return true
    }),
  )
  t.pass()
})

test('a root takes one row, however many tuples its tree has', (t) => {
  const random = new Prng(11)
  const forest = randomForest(random, 1, 500)
  const ledger = new Ledger()
  for (const message of random.shuffle(forest.messages)) {
    tell(ledger, message)
    t.true(ledger.size <= 1)
  }
  t.is(ledger.size, 0)
})

test('a root without a target is done with its init', (t) => {
  const ledger = new Ledger()
  t.is(ledger.init(HIGH, 1, 0, 0, 0), DONE)
  t.is(ledger.size, 0)
})

test('a root of which nothing but acks is known is not done when they come to nothing', (t) => {
  const ledger = new Ledger()
  t.is(ledger.ack(HIGH, 1, 5, 6, 0), OPEN)
  t.is(ledger.ack(HIGH, 1, 5, 6, 0), OPEN)
  t.true(ledger.has(HIGH, 1))
})

test('each half of an edge must come to nothing', (t) => {
  const ledger = new Ledger()
  ledger.init(HIGH, 1, 5, 6, 0)
  t.is(ledger.ack(HIGH, 1, 5, 7, 0), OPEN)
  t.is(ledger.ack(HIGH, 1, 3, 1, 0), OPEN)
  t.is(ledger.ack(HIGH, 1, 3, 0, 0), DONE)
})

test('what is silent for the longest time is dropped', (t) => {
  const ledger = new Ledger()
  ledger.init(HIGH, 1, 5, 6, 0)
  ledger.ack(HIGH, 2, 5, 6, 0)
  ledger.rotate(3)
  ledger.rotate(3)
  t.is(ledger.size, 2)
  ledger.rotate(3)
  t.is(ledger.size, 0)
})

test('silence is counted in turns, from the last init, ack, fail or renewal', (t) => {
  const signs: ((ledger: Ledger) => unknown)[] = [
    (ledger) => ledger.init(HIGH, 1, 1, 1, 0),
    (ledger) => ledger.ack(HIGH, 1, 1, 1, 0),
    (ledger) => ledger.fail(HIGH, 1),
    (ledger) => ledger.renew(HIGH, 1),
  ]
  for (const sign of signs) {
    const ledger = new Ledger()
    ledger.ack(HIGH, 1, 5, 6, 0)
    t.is(ledger.silentTurns(HIGH, 1), 0)
    ledger.rotate(9)
    ledger.rotate(9)
    t.is(ledger.silentTurns(HIGH, 1), 2)
    sign(ledger)
    t.is(ledger.silentTurns(HIGH, 1), 0)
  }
  t.is(new Ledger().silentTurns(HIGH, 1), Number.POSITIVE_INFINITY)
})

test('a renewal forgets nothing and makes nothing', (t) => {
  const ledger = new Ledger()
  ledger.init(HIGH, 1, 5, 6, 0)
  ledger.rotate(9)
  ledger.renew(HIGH, 1)
  t.is(ledger.ack(HIGH, 1, 5, 6, 0), DONE)
  ledger.fail(HIGH, 2)
  ledger.renew(HIGH, 2)
  t.is(ledger.init(HIGH, 2, 5, 6, 0), FAILED)
  ledger.renew(HIGH, 3)
  t.is(ledger.size, 0)
})

test('a root that is given up tells its trace and is forgotten; an unknown one has none', (t) => {
  const ledger = new Ledger()
  ledger.init(HIGH, 1, 5, 6, 0b1100)
  ledger.ack(HIGH, 1, 1, 1, 0b0101)
  t.is(ledger.expire(HIGH, 1), 0b1001)
  t.is(ledger.expire(HIGH, 1), 0)
  t.is(ledger.size, 0)
})

test('roots of many spout tasks and incarnations do not mix', (t) => {
  const ledger = new Ledger()
  for (let high = 1; high <= 300; high++) ledger.init(high, 1, high, high, 0)
  t.is(ledger.size, 300)
  for (let high = 1; high <= 300; high++) t.is(ledger.ack(high, 1, high, high, 0), DONE)
  t.deepEqual(rootId(0), [HIGH, 1])
})

test('without timeouts only what will never see an init is dropped', (t) => {
  const ledger = new Ledger()
  ledger.init(1, 1, 5, 5, 0)
  ledger.ack(1, 2, 7, 7, 0)
  for (let ticks = 0; ticks < 3; ticks++) ledger.rotate(3, true)
  t.true(ledger.has(1, 1))
  t.false(ledger.has(1, 2))
  t.is(ledger.ack(1, 1, 5, 5, 0), DONE)
})
