import test from 'ava'
import { Silence } from '../../../lib/daemon/workers/silence.ts'
import { ProcessClock } from '../../../lib/testing/simulated/process-clock.ts'
import { SimulatedClock } from '../../../lib/testing/simulated/simulated-clock.ts'
import { resolveConfig } from '../../../lib/topology/config/config.ts'
import type { Clock } from '../../../lib/util/time/clock.ts'

/** Looks every 250 ms at the workers 1 and 2. @param own that of the process that looks */
function silence(clock = new SimulatedClock(), own: Clock = clock) {
  const told: string[] = []
  const it: Silence = new Silence({
    clock: own,
    config: resolveConfig({ 'topology.message.timeout.secs': 1, 'topology.worker.timeout.secs': 3 }),
    onChange: () => told.push(`silent: ${it.silent.join(', ')}`),
    onProblem: ({ code }, worker) => told.push(`${code} ${worker}`),
    end: (worker) => told.push(`end ${worker}`),
  })
  it.expect(1)
  it.expect(2)
  it.heard(1)
  it.heard(2)
  const speakFor = async (ms: number, ...workers: number[]): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 125) {
      for (const worker of workers) it.heard(worker)
      await clock.advance(125)
    }
  }
  return { it, told, speakFor }
}

test('workers that speak twice as often as they are looked at are not silent', async (t) => {
  const { told, speakFor } = silence()
  await speakFor(60_000, 1, 2)
  t.deepEqual(told, [])
})

test('a silent worker is known within the message timeout, named after half of its own, and ended after the whole', async (t) => {
  const { told, speakFor, it } = silence()
  await speakFor(1000, 2)
  t.deepEqual(told.splice(0), ['silent: 1'])
  await speakFor(750, 2)
  t.deepEqual(told.splice(0), ['WORKER_SILENT 1'])
  await speakFor(1500, 2)
  t.deepEqual(told.splice(0), ['end 1'])
  it.forget(1)
  t.deepEqual(told, ['silent: '])
})

test('one that has yet to say its first word has ten seconds more for all of that', async (t) => {
  const { told, speakFor, it } = silence()
  it.expect(1)
  await speakFor(10_000, 2)
  t.deepEqual(told.splice(0), [])
  await speakFor(1000, 2)
  t.deepEqual(told.splice(0), ['silent: 1'])
  await speakFor(750, 2)
  t.deepEqual(told.splice(0), ['WORKER_SILENT 1'])
  await speakFor(1500, 2)
  t.deepEqual(told.splice(0), ['end 1'])
})

test('one that goes on in time is silent no more, and nothing else follows', async (t) => {
  const { told, speakFor } = silence()
  await speakFor(1000, 2)
  await speakFor(60_000, 1, 2)
  t.deepEqual(told, ['silent: 1', 'silent: '])
})

test('one that was silent counts so for a message timeout after it was heard, for what waited for it takes time', async (t) => {
  const { told, speakFor } = silence()
  await speakFor(1000, 2)
  await speakFor(1000, 1, 2)
  t.deepEqual(told, ['silent: 1'])
  await speakFor(500, 1, 2)
  t.deepEqual(told, ['silent: 1', 'silent: '])
})

test('a worker that another one does not hear counts as silent, though it is heard here', async (t) => {
  const { it, told, speakFor } = silence()
  it.setLink(1, 2, true)
  await speakFor(10_000, 1, 2)
  t.deepEqual(told.splice(0), ['silent: 2'])
  it.setLink(1, 2, false)
  await speakFor(1500, 1, 2)
  t.deepEqual(told.splice(0), ['silent: '])
})

test('a worker whose event loop is blocked is not silent, nor are its links, until it speaks for itself or is gone', (t) => {
  const { it, told } = silence()
  it.setLink(1, 2, true)
  it.setBlocked(2)
  it.setBlocked(2)
  it.setLink(1, 2, false)
  t.deepEqual(told.splice(0), ['silent: 2', 'silent: '])
  t.deepEqual(it.blocked, [2])
  it.heard(2)
  t.deepEqual(it.blocked, [])
  it.setBlocked(2)
  it.forget(2)
  t.deepEqual(it.blocked, [])
})

test('a link is silent no more when a worker at one of its ends has died', (t) => {
  const { it, told } = silence()
  it.setLink(1, 2, true)
  it.forget(1)
  t.deepEqual(told, ['silent: 2', 'silent: '])
})

test('a nimbus that stood still says so when it goes on, and takes nobody for silent', async (t) => {
  const clock = new SimulatedClock()
  const { told, speakFor } = silence(clock)
  await speakFor(1000, 1, 2)
  const now = clock.now.bind(clock)
  clock.now = () => now() + 60_000
  await speakFor(250, 1, 2)
  t.deepEqual(told, ['WORKER_SILENT 0'])
})

test('what was said while the nimbus stood still is heard before it looks at anyone', async (t) => {
  const time = new SimulatedClock()
  const process = new ProcessClock(time)
  const { it, told } = silence(time, process)
  time.after(260, () => process.freeze())
  // A socket is read after the timers that were due.
  time.after(510, () => {
    process.wake()
    process.soon(() => [1, 2].map((worker) => it.heard(worker)))
  })
  await time.advance(700)
  t.deepEqual(told, [])
})

test('a worker that was silent and has died is silent no more: the next one in its place has missed nothing', async (t) => {
  const { it, told, speakFor } = silence()
  await speakFor(1000, 2)
  it.heard(1)
  t.deepEqual(told.splice(0), ['silent: 1'])
  it.forget(1)
  t.deepEqual(told, ['silent: '])
})
