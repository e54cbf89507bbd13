import test from 'ava'
import fc from 'fast-check'
import { Prng } from '../../lib/util/prng.ts'

function draws(seed: number, count = 8): number[] {
  const random = new Prng(seed)
  return Array.from({ length: count }, () => random.int32())
}

test('one seed gives one sequence, in every process, run and release: these numbers stand for all', (t) => {
  t.deepEqual(draws(1, 4), [2_012_149_540, 1_872_316_204, 1_707_632_675, 1_779_833_415])
  t.deepEqual(draws(1), draws(1))
})

test('seeds that differ in any of their 53 bits give other sequences', (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat({ max: 52 }), (seed, bit) => {
      const other = Number(BigInt(seed) ^ (1n << BigInt(bit)))
      return JSON.stringify(draws(seed)) !== JSON.stringify(draws(other))
    }),
  )
  t.pass()
})

test('an int32 has its sign, and each of its bits is set about half of the time (seed 3)', (t) => {
  const random = new Prng(3)
  const counts = new Array<number>(32).fill(0)
  for (let i = 0; i < 20_000; i++) {
    const drawn = random.int32()
    if (drawn !== (drawn | 0)) t.fail(`${drawn} is no int32`)
    for (let bit = 0; bit < 32; bit++) counts[bit]! += (drawn >>> bit) & 1
  }
  for (const [bit, count] of counts.entries())
    t.true(count > 9_500 && count < 10_500, `bit ${bit} was set ${count} of 20000 times`)
})

test('next is at least 0 and under 1, and below is a whole number under its bound', (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 1_000_000 }), (seed, bound) => {
      const random = new Prng(seed)
      for (let i = 0; i < 20; i++) {
        const [next, below] = [random.next(), random.below(bound)]
        if (!(next >= 0 && next < 1 && Number.isInteger(below) && below >= 0 && below < bound)) return false
      }
      return true
    }),
  )
  t.pass()
})

test('below draws every number under its bound about as often (seed 4)', (t) => {
  const random = new Prng(4)
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 20_000; i++) counts[random.below(10)]!++
  for (const count of counts) t.true(count > 1_800 && count < 2_200, String(counts))
})

test('shuffle keeps the elements, leaves its argument alone, and puts each element everywhere (seed 6)', (t) => {
  const random = new Prng(6)
  const items = [0, 1, 2, 3]
  const places = items.map(() => new Array<number>(4).fill(0))
  for (let i = 0; i < 8_000; i++) {
    const shuffled = random.shuffle(items)
    for (const [place, item] of shuffled.entries()) places[item]![place]!++
  }
  t.deepEqual(items, [0, 1, 2, 3])
  t.deepEqual([...random.shuffle(items)].sort(), items)
  for (const counts of places) for (const count of counts) t.true(count > 1_800 && count < 2_200, String(counts))
})
