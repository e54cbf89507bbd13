import test from 'ava'
import fc from 'fast-check'
import { Cut } from '../../lib/marks/cut.ts'
import { Prng } from '../../lib/util/prng.ts'

/** A message between two workers: an amount of something that is neither made nor lost; or a mark. */
type Message = number | 'mark'

interface Bank {
  readonly worker: number
  amount: number
  cut: Cut<number> | undefined
  captured: number
}

/**
 * Workers that send each other parts of what they hold, along random links, loops included; somewhere in between a
 * snapshot is taken that any number of them begin on their own.
 */
function takeSnapshot(seed: number, workers: number, links: readonly (readonly [number, number])[], steps: number) {
  const random = new Prng(seed)
  const banks = Array.from(
    { length: workers },
    (_, worker): Bank => ({ worker, amount: 1000, cut: undefined, captured: 0 }),
  )
  const queues = new Map(links.map(([from, to]) => [`${from} ${to}`, [] as Message[]]))
  const into = (to: number) => links.filter((link) => link[1] === to).map(([from]) => from)
  const begin = (bank: Bank): void => {
    if (bank.cut !== undefined) return
    bank.cut = new Cut(1, into(bank.worker))
    bank.captured = bank.amount
    for (const [from, to] of links) if (from === bank.worker) queues.get(`${from} ${to}`)!.push('mark')
  }
  const step = (isBusy: boolean): void => {
    const [from, to] = links[Math.floor(random.next() * links.length)]!
    const queue = queues.get(`${from} ${to}`)!
    if (isBusy && random.next() < 0.5) {
      const part = Math.floor(random.next() * banks[from]!.amount)
      banks[from]!.amount -= part
      queue.push(part)
      return
    }
    const message = queue.shift()
    const bank = banks[to]!
    if (message === 'mark') {
      begin(bank)
      bank.cut!.mark(from)
    } else if (message !== undefined) {
      bank.amount += message
      bank.cut?.came(from, message)
    }
  }
  for (let i = 0; i < steps; i++) step(true)
  for (const bank of banks) if (bank.worker === 0 || random.next() < 0.3) begin(bank)
  while (!banks.every((bank) => bank.cut?.isComplete === true)) {
    step(true)
    if (random.next() < 0.01) for (const bank of banks) begin(bank)
  }
  return banks
}

test('what all workers have captured and recorded is a moment that could have been: nothing is missing or doubled', (t) => {
  const links = fc.uniqueArray(
    fc.tuple(fc.nat(4), fc.nat(4)).filter(([from, to]) => from !== to),
    {
      minLength: 1,
      maxLength: 12,
      selector: ([from, to]) => `${from} ${to}`,
    },
  )
  fc.assert(
    fc.property(fc.nat(), links, fc.nat(200), (seed, graph, steps) => {
      const banks = takeSnapshot(seed, 5, graph, steps)
      const captured = banks.reduce((sum, bank) => sum + bank.captured, 0)
      const recorded = banks.flatMap((bank) => bank.cut!.recorded).reduce((sum, part) => sum + part, 0)
      t.is(captured + recorded, 5000)
    }),
    { numRuns: 1000 },
  )
})

test('a worker to which nobody sends has its part at once', (t) => {
  const cut = new Cut<number>(1, [])
  t.true(cut.isComplete)
  t.deepEqual(cut.recorded, [])
})

test('what comes behind a mark is not recorded, and what comes ahead of it is, in its order', (t) => {
  const cut = new Cut<string>(7, [2, 3])
  cut.came(2, 'a')
  cut.came(3, 'b')
  cut.mark(2)
  cut.came(2, 'late')
  cut.came(3, 'c')
  t.false(cut.isComplete)
  cut.mark(3)
  cut.came(3, 'late')
  t.true(cut.isComplete)
  t.deepEqual(cut.recorded, ['a', 'b', 'c'])
})
