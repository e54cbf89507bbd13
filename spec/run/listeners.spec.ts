import { once } from 'node:events'
import test from 'ava'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { Listeners } from '../../lib/run/listeners.ts'

test('everyone who listens hears of everything, in the order in which they came', (t) => {
  const heard: string[] = []
  const listeners = new Listeners()
  listeners.add({ onStatus: (status) => heard.push(`first ${status}`) })
  listeners.add({
    onStatus: (status) => heard.push(`second ${status}`),
    onWorkerStarted: (worker) => heard.push(`${worker}`),
  })
  listeners.onStatus('running')
  listeners.onWorkerStarted(2, 1)
  t.deepEqual(heard, ['first running', 'second running', '2'])
})

test('who has stopped listening hears no more, even where it stops while it is told', (t) => {
  const heard: string[] = []
  const listeners = new Listeners()
  const stop = listeners.add({
    onStatus(status) {
      heard.push(status)
      stop()
    },
  })
  listeners.onStatus('running')
  listeners.onStatus('stopping')
  t.deepEqual(heard, ['running'])
})

test('a listener is called as a method of its own', (t) => {
  class Counting {
    count = 0
    onStatus(): void {
      this.count++
    }
  }
  const counting = new Counting()
  const listeners = new Listeners()
  listeners.add(counting)
  listeners.onStatus('running')
  t.is(counting.count, 1)
})

test('output goes on when the slowest of those who listen to it has taken it', async (t) => {
  let taken = (): void => {}
  const listeners = new Listeners()
  t.is(listeners.onOutput('a line', 1, 'stdout'), undefined)
  listeners.add({ onOutput: () => undefined })
  t.is(listeners.onOutput('a line', 1, 'stdout'), undefined)
  listeners.add({ onOutput: () => new Promise<void>((resolve) => (taken = resolve)) })
  listeners.add({ onOutput: () => Promise.resolve() })
  let goesOn = false
  const pace = listeners.onOutput('a line', 1, 'stdout')!.then(() => (goesOn = true))
  await new Promise((resolve) => setImmediate(resolve))
  t.false(goesOn)
  taken()
  t.true(await pace)
})

/** Each problem that a listener hears. */
function hearing(listeners: Listeners): Problem[] {
  const heard: Problem[] = []
  listeners.add({ onProblem: (problem) => heard.push(problem) })
  return heard
}

test('what a listener throws is reported once, with its place, and the others hear all the same', (t) => {
  const heard: string[] = []
  const listeners = new Listeners()
  listeners.add({
    onStatus() {
      throw new Error('of a listener')
    },
  })
  listeners.add({ onStatus: (status) => heard.push(status) })
  const problems = hearing(listeners)
  listeners.onStatus('running')
  listeners.onStatus('stopping')
  t.deepEqual(heard, ['running', 'stopping'])
  t.is(problems.length, 1)
  t.like(problems[0], { code: 'LISTENER_FAILED', where: { file: import.meta.filename } })
})

test('what a promise of a listener is rejected with is reported as what it throws, and holds nothing back', async (t) => {
  const listeners = new Listeners()
  listeners.add({ onOutput: () => Promise.reject(new Error('of a promise')) })
  const problems = hearing(listeners)
  await listeners.onOutput('a line', 1, 'stdout')
  await listeners.onOutput('a line', 1, 'stdout')
  t.deepEqual(
    problems.map(({ code }) => code),
    ['LISTENER_FAILED'],
  )
})

test('a promise of another library is waited for as one of JavaScript, and what it is rejected with is reported', async (t) => {
  const listeners = new Listeners()
  const problems = hearing(listeners)
  // biome-ignore lint/suspicious/noThenProperty: it is what is tested
  const foreign = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error('of another library')) }
  listeners.add({ onOutput: () => foreign as unknown as Promise<void> })
  await listeners.onOutput('a line', 1, 'stdout')
  t.deepEqual(
    problems.map(({ code }) => code),
    ['LISTENER_FAILED'],
  )
})

test.serial('where nobody takes problems, or cannot take them, what a listener throws is a warning', async (t) => {
  const failing = (): never => {
    throw new Error('of a listener')
  }
  const listeners = new Listeners()
  listeners.add({ onStatus: failing, onWorkerStarted: failing })
  const warned = once(process, 'warning')
  listeners.onStatus('running')
  t.like((await warned)[0], { code: 'LISTENER_FAILED' })
  const warnedAgain = once(process, 'warning')
  const problems = hearing(listeners)
  listeners.add({ onProblem: failing })
  listeners.onWorkerStarted(1, 1)
  t.like((await warnedAgain)[0], { code: 'LISTENER_FAILED' })
  t.is(problems.length, 1)
})
