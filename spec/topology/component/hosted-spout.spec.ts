/** lib/topology/component/hosting/hosted-spout.ts and spout-errors.ts: what a host does with a spout that throws. */
import test from 'ava'
import { Spout, type SpoutOutputCollector, type TaskContext } from '../../../lib/index.ts'
import { HostedSpout } from '../../../lib/topology/component/hosting/hosted-spout.ts'
import { SpoutErrors } from '../../../lib/topology/component/hosting/spout-errors.ts'

class BareSpout extends Spout {
  nextTuple(): void {}
}

/** A spout with these methods, what was reported of it, and how often a promise of it was settled. */
function hosted(methods: Partial<Spout>): { spout: HostedSpout; reported: unknown[]; settled: () => number } {
  const reported: unknown[] = []
  let settles = 0
  const spout = new HostedSpout(
    Object.assign(new BareSpout(), methods),
    (error, method) => reported.push([method, error]),
    () => settles++,
  )
  return { spout, reported, settled: () => settles }
}

test('what a call throws is reported, and stops nothing', (t) => {
  const { spout, reported } = hosted({
    activate() {
      throw 'activate'
    },
    ack(id) {
      throw `ack ${id}`
    },
    fail(id, reason) {
      throw `fail ${id}: ${reason.kind}`
    },
  })
  spout.activate()
  spout.ack(1)
  spout.fail(2, { kind: 'worker lost', worker: 1 })
  spout.deactivate()
  t.deepEqual(reported, [
    ['activate', 'activate'],
    ['ack', 'ack 1'],
    ['fail', 'fail 2: worker lost'],
  ])
})

test('a promise is counted until it is settled, and what it rejects with is reported', async (t) => {
  const { promise, reject } = withReject()
  const { spout, reported, settled } = hosted({ ack: () => promise })
  spout.ack(1)
  t.is(spout.unsettled, 1)
  reject('too late')
  await new Promise(setImmediate)
  t.deepEqual([spout.unsettled, settled(), reported], [0, 1, [['ack', 'too late']]])
})

test('who calls hears once when the call is over, whatever came of it', async (t) => {
  const { promise, reject } = withReject()
  const { spout } = hosted({
    nextTuple() {
      throw 'nextTuple'
    },
    fail: () => promise,
  })
  const heard: string[] = []
  spout.activate(() => heard.push('activate'))
  spout.next(() => heard.push('next'))
  spout.ack(1, () => heard.push('ack'))
  spout.fail(1, { kind: 'timeout', waitingFor: [] }, () => heard.push('fail'))
  t.deepEqual(heard, ['activate', 'next', 'ack'])
  reject('no')
  await new Promise(setImmediate)
  t.deepEqual(heard, ['activate', 'next', 'ack', 'fail'])
})

test('a promise of another library may have no more than then', async (t) => {
  class Refusal {
    // biome-ignore lint/suspicious/noThenProperty: it is a promise
    then(_: unknown, failed: (error: unknown) => void): void {
      failed('no')
    }
  }
  const { spout, reported, settled } = hosted({ ack: () => new Refusal() as unknown as Promise<void> })
  spout.ack(1)
  await new Promise(setImmediate)
  t.deepEqual([spout.unsettled, settled(), reported], [0, 1, [['ack', 'no']]])
})

test('a spout without drain is not asked for what it owes, and one without isExhausted is endless', (t) => {
  t.deepEqual([hosted({}).spout.drain(), hosted({}).spout.isExhausted()], [false, false])
  t.true(hosted({ drain() {} }).spout.drain())
})

test('what open, close and isExhausted throw goes to the caller', async (t) => {
  const { spout, reported } = hosted({
    open() {
      throw new Error('open')
    },
    close: () => Promise.reject(new Error('close')),
    isExhausted() {
      throw new Error('unknown')
    },
  })
  await t.throwsAsync(spout.open({} as TaskContext, {} as SpoutOutputCollector), { message: 'open' })
  await t.throwsAsync(spout.close(), { message: 'close' })
  t.throws(() => spout.isExhausted(), { message: 'unknown' })
  t.deepEqual(reported, [])
})

test('after errors in a row a spout is left alone for longer and longer, and is given up at the limit', (t) => {
  const errors = new SpoutErrors(3)
  const waits = (now: number): boolean => errors.waits({ now: () => now })
  t.false(waits(0))
  t.is(errors.threw('no', 1000), undefined)
  t.deepEqual([1000, 1009, 1010].map(waits), [true, true, false])
  t.is(errors.threw('no', 2000), undefined)
  t.deepEqual([2010, 2019, 2020].map(waits), [true, true, false])
  t.is(errors.threw('again', 3000), 'nextTuple threw 3 times in a row; the last time: again')
  t.is(errors.threw('why', 4000, 'isExhausted'), 'isExhausted threw 4 times in a row; the last time: why')
})

test('a tuple in between begins the count of errors anew', (t) => {
  const errors = new SpoutErrors(2)
  errors.threw('no', 0)
  errors.inARow = 0
  t.false(errors.waits({ now: () => 0 }))
  t.is(errors.threw('no', 0), undefined)
})

function withReject(): { promise: Promise<void>; reject: (error: unknown) => void } {
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((_, rejects) => {
    reject = rejects
  })
  return { promise, reject }
}
