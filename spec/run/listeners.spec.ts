import { once } from 'node:events'
import test from 'ava'
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

test.serial('what a listener throws is uncaught, and the others hear all the same', async (t) => {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  t.teardown(() => {
    for (const other of others) process.on('uncaughtException', other)
  })
  const heard: string[] = []
  const listeners = new Listeners()
  listeners.add({
    onStatus() {
      throw new Error('of a listener')
    },
  })
  listeners.add({ onStatus: (status) => heard.push(status) })
  const uncaught = once(process, 'uncaughtException')
  listeners.onStatus('running')
  t.deepEqual(heard, ['running'])
  t.is(((await uncaught)[0] as Error).message, 'of a listener')
})
