import test from 'ava'
import fc from 'fast-check'
import { type Account, ByteBudget } from '../../lib/net/budget.ts'

test('the message that has been under way longest is given up, and only where the sum is over the limit', (t) => {
  const budget = new ByteBudget(100)
  const given: string[] = []
  const [old, young, late] = ['old', 'young', 'late'].map((name) => budget.account(() => given.push(name))) as [
    Account,
    Account,
    Account,
  ]
  old.add(40)
  young.add(40)
  old.add(20)
  t.deepEqual(given, [])
  late.add(1)
  t.deepEqual(given, ['old'])
  t.is(budget.bytes, 41)
})

test('a message that is whole counts no more, and the next one of its client is a new one', (t) => {
  const budget = new ByteBudget(100)
  const given: string[] = []
  const one = budget.account(() => given.push('one'))
  const other = budget.account(() => given.push('other'))
  one.add(60)
  one.settle()
  other.add(60)
  one.add(60)
  t.deepEqual(given, ['other'])
})

test('bytes that turned out to be of something else are taken back', (t) => {
  const budget = new ByteBudget(100)
  const account = budget.account(() => t.fail())
  for (let ping = 0; ping < 1000; ping++) {
    account.add(10)
    account.add(-10)
  }
  t.is(budget.bytes, 0)
  account.add(-10)
  t.is(budget.bytes, 0)
})

test('whatever comes, the sum is that of what is under way, and never over the limit', (t) => {
  const steps = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: -20, max: 50 }), fc.boolean()), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (all) => {
      const budget = new ByteBudget(100)
      const bytes = [0, 0, 0, 0, 0]
      const accounts = bytes.map((_, client) => budget.account(() => void (bytes[client] = 0)))
      for (const [client, count, whole] of all) {
        bytes[client] = Math.max(0, bytes[client]! + count)
        accounts[client]!.add(count)
        if (whole) {
          bytes[client] = 0
          accounts[client]!.settle()
        }
        t.is(
          budget.bytes,
          bytes.reduce((sum, one) => sum + one, 0),
        )
        t.true(budget.bytes <= 100)
      }
    }),
  )
})
