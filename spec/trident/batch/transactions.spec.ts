/** Which transactions are in flight. Rules: Storm's master batch coordinator. */
import test from 'ava'
import { Transactions } from '../../../lib/trident/batch/coordinator/transactions.ts'
import { humanAttempt } from '../../../lib/trident/model/batch-ids.ts'

function begun(count: number): { transactions: Transactions; attempts: number[] } {
  const transactions = new Transactions(1, 1)
  const attempts = Array.from({ length: count }, () => transactions.begin(transactions.nextToBegin(count)!))
  return { transactions, attempts: [0, ...attempts] }
}

test('90: transactions are committed in the order of their numbers, whichever is processed first (test-transactional-topology)', (t) => {
  const { transactions, attempts } = begun(3)
  transactions.processed(2, attempts[2]!)
  t.is(transactions.commitNext(), undefined)
  transactions.processed(1, attempts[1]!)
  t.deepEqual(transactions.commitNext(), { txid: 1, attempt: attempts[1] })
  t.is(transactions.commitNext(), undefined, 'the second one waits for the first')
  transactions.committed()
  t.deepEqual(transactions.commitNext(), { txid: 2, attempt: attempts[2] })
})

test('90: with the second transaction the third fails that was processed already, and both begin again (test-transactional-topology)', (t) => {
  const { transactions, attempts } = begun(3)
  for (const txid of [1, 3]) transactions.processed(txid, attempts[txid]!)
  t.true(transactions.failed(2, attempts[2]!))
  t.is(transactions.size, 1)
  for (const txid of [2, 3]) {
    t.is(transactions.nextToBegin(3), txid)
    t.is(transactions.begin(txid), attempts[txid]! + 1)
  }
  t.is(transactions.nextToBegin(3), undefined)
})

test('what becomes of an attempt that counts no more changes nothing', (t) => {
  const { transactions, attempts } = begun(2)
  transactions.failed(1, attempts[1]!)
  const again = transactions.begin(1)
  t.false(transactions.processed(1, attempts[1]!))
  t.false(transactions.failed(1, attempts[1]!))
  t.false(transactions.processed(2, attempts[2]!))
  t.true(transactions.processed(1, again))
})

test('no more than the limit are in flight, counted from the next to commit', (t) => {
  const transactions = new Transactions(7, 1)
  for (const txid of [7, 8]) transactions.begin(txid)
  t.is(transactions.nextToBegin(2), undefined)
  t.is(transactions.nextToBegin(3), 9)
})

test('attempts of a later coordinator are greater than all of an earlier one', (t) => {
  const earlier = new Transactions(1, 1)
  const first = earlier.begin(1)
  earlier.failed(1, first)
  const second = earlier.begin(1)
  t.true(new Transactions(1, 2).begin(1) > second)
  t.deepEqual([first, second].map(humanAttempt), [1, 2])
})
