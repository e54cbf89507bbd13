import test from 'ava'
import fc from 'fast-check'
import { LowWater } from '../../../lib/executor/spout/low-water.ts'

type Step = { readonly do: 'emit' } | { readonly do: 'ack' | 'fail' | 'give up' | 'look'; readonly which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant({ do: 'emit' } as const),
  fc.record({ do: fc.constantFrom('ack', 'fail', 'give up', 'look'), which: fc.nat(1000) }),
)

/** A spout whose ids are the numbers that it emits, and whose position is the next one; it replays what fails. */
class Source {
  readonly inFlight = new Map<number, number>()
  readonly done = new Set<number>()
  readonly waiting: number[] = []
  next = 0
  lastLow = 0xfffffff0 | 0

  lows(): number[] {
    return [...this.inFlight.keys()]
  }

  emit(): void {
    const id = this.waiting.shift() ?? this.next++
    this.lastLow = (this.lastLow + 1) | 0
    this.inFlight.set(this.lastLow, id)
  }
}

test('whatever is acked, fails, is replayed or given up: all before the position is done with, and in the end it is the last', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const source = new Source()
      const water = new LowWater(source, (id) => !source.done.has(id as number))
      water.begin({ all: 0 })
      const look = (): number => Number(water.look({ all: source.next })!['all'])
      const settle = (which: number, how: 'ack' | 'fail'): void => {
        const found = [...source.inFlight][which % source.inFlight.size]
        if (found === undefined) return
        const [low, id] = found
        source.inFlight.delete(low)
        if (how === 'ack') {
          source.done.add(id)
          water.acked(id)
        } else {
          source.waiting.push(id)
          water.failed(id, low)
        }
      }
      let before = 0
      for (const one of steps) {
        if (one.do === 'emit') source.emit()
        else if (one.do === 'give up') {
          const [id] = source.waiting.splice(one.which % Math.max(1, source.waiting.length), 1)
          if (id !== undefined) source.done.add(id)
        } else if (one.do !== 'look') settle(one.which, one.do)
        else {
          const position = look()
          for (let id = 0; id < position; id++) t.true(source.done.has(id), `${id} of ${position}`)
          t.true(position >= before)
          before = position
        }
      }
      while (source.waiting.length > 0) source.emit()
      while (source.inFlight.size > 0) settle(0, 'ack')
      t.is(look(), source.next)
    }),
  )
})

test('a spout that cannot say where it stands keeps the position that it had', (t) => {
  const source = new Source()
  const water = new LowWater(source, () => true)
  water.begin({ all: 7 })
  t.deepEqual(water.look(undefined), { all: 7 })
})

test('a root that was never sent holds what comes after it, until it is owed no more', (t) => {
  const source = new Source()
  let isOwed = true
  const water = new LowWater(source, () => isOwed)
  water.begin({ all: 0 })
  t.deepEqual(water.look({ all: 1 }), { all: 1 })
  water.failed('unsent')
  t.deepEqual(water.look({ all: 2 }), { all: 1 })
  isOwed = false
  t.deepEqual(water.look({ all: 3 }), { all: 3 })
})
