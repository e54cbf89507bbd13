/** The snapshots of a run, as it orders them: its workers are played by the tests. */
import test from 'ava'
import { Rounds } from '../../lib/daemon/rounds/rounds.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import type { Manifest, WorkerPart } from '../../lib/snapshots/manifest.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'

const INTERVAL_MS = 1000
const PART: WorkerPart = {
  tasks: [],
  inFlight: { file: 'part', offset: 0, length: 0, records: 0 },
  isUntouched: false,
  isAtRest: true,
}

/** Two workers, and a store whose manifests are written when the test lets them. */
function playRounds() {
  const clock = new SimulatedClock()
  const asked: string[] = []
  const failed: Problem[] = []
  const written: (() => void)[] = []
  const retained: string[] = []
  let removes: Promise<void> = Promise.resolve()
  class Store extends MemorySnapshots {
    override async complete(...args: Parameters<MemorySnapshots['complete']>): Promise<void> {
      await new Promise<void>((resolve) => written.push(resolve))
      await super.complete(...args)
    }

    override async retain(manifests: readonly Manifest[]): Promise<void> {
      retained.push(manifests.map(({ snapshot }) => snapshot).join(' '))
      await removes
      await super.retain(manifests)
    }
  }
  const store = new Store()
  let isAsked = false
  let allHear = true
  const rounds = new Rounds({
    clock,
    store,
    owner: { topology: 'words', hash: 'h', shape: { keyGroups: 128, components: {} } },
    intervalMs: INTERVAL_MS,
    workers: () => [1, 2],
    restore: { allowsDropped: false, warn: () => {}, log: () => {} },
    ask(message) {
      asked.push('number' in message ? `${message.type} ${message.number}` : message.type)
      return allHear
    },
    outageLimitMs: 100 * INTERVAL_MS,
    report: () => {},
    onComplete: () => {},
    fail: (problem) => failed.push(problem),
    onAsked: () => {
      isAsked = true
    },
  })
  /** Lets a manifest be written. */
  const write = async (): Promise<void> => {
    await clock.advance(0)
    written.shift()?.()
    await clock.advance(0)
  }
  /** All workers take part in a snapshot, and commit it. */
  const complete = async (snapshot: number): Promise<void> => {
    for (const worker of [1, 2]) rounds.captured(worker, snapshot, PART)
    await write()
    for (const worker of [1, 2]) rounds.committed(worker, snapshot)
  }
  /** From now on nothing is removed. @returns lets it be removed */
  const holdRemoving = (): (() => void) => {
    let release = (): void => {}
    removes = new Promise<void>((resolve) => {
      release = resolve
    })
    return release
  }
  const hear = (all: boolean): void => {
    allHear = all
  }
  return { rounds, store, clock, asked, failed, retained, write, complete, holdRemoving, hear, isAsked: () => isAsked }
}

test('a run has a snapshot to go back to before it runs', async (t) => {
  const { rounds, asked, complete, isAsked } = playRounds()
  await rounds.find()
  rounds.takeFirst()
  t.deepEqual([asked, isAsked()], [['capture 1'], false])
  await complete(1)
  t.deepEqual([rounds.restored, isAsked()], [1, true])
})

test('a run that goes on from the end of an input has one of its own to go back to before it runs', async (t) => {
  const { rounds, asked, complete, isAsked } = playRounds()
  rounds.start()
  rounds.endBegins(true)
  rounds.takeLast(true)
  await complete(1)
  await rounds.find()
  rounds.takeFirst()
  t.deepEqual([rounds.restoredEnd, asked.at(-1)], [true, 'capture 2'])
  await complete(2)
  t.deepEqual([rounds.restored, isAsked()], [2, true])
})

test('a run that begins anew takes no number that was there', async (t) => {
  const { rounds, asked, complete } = playRounds()
  await rounds.find()
  rounds.takeFirst()
  await complete(1)
  await rounds.find(true)
  rounds.takeFirst()
  t.deepEqual([asked.at(-1), rounds.restored], ['capture 2', undefined])
})

test('once something is lost no snapshot is complete, though the end of the input asks for one', async (t) => {
  const { rounds, clock, asked, complete, isAsked } = playRounds()
  rounds.start()
  await clock.advance(INTERVAL_MS)
  rounds.stop()
  await complete(1)
  rounds.endBegins(false)
  rounds.takeLast(true)
  await clock.advance(10 * INTERVAL_MS)
  t.deepEqual([asked, isAsked(), rounds.restored], [['capture 1'], false, undefined])
})

test('once something may be lost none is taken until everything has gone back, whatever begins meanwhile', async (t) => {
  const { rounds, clock, asked, isAsked } = playRounds()
  await rounds.find()
  rounds.suspect()
  rounds.takeFirst()
  rounds.start()
  await clock.advance(10 * INTERVAL_MS)
  t.deepEqual([asked, isAsked()], [[], false])
  rounds.goBack()
  rounds.takeFirst()
  t.deepEqual(asked, ['capture 1'])
})

test('whoever looks for the snapshot to go on from waits for one that is being written', async (t) => {
  const { rounds, clock, write } = playRounds()
  rounds.start()
  await clock.advance(INTERVAL_MS)
  for (const worker of [1, 2]) rounds.captured(worker, 1, PART)
  rounds.stop()
  let isFound = false
  const found = rounds.find().then(() => {
    isFound = true
  })
  await clock.advance(INTERVAL_MS)
  t.false(isFound)
  await write()
  await found
  t.is(rounds.restored, 1)
})

test('a snapshot is not written while what the one before no longer needs is being removed', async (t) => {
  const { rounds, store, clock, retained, complete, write, holdRemoving } = playRounds()
  rounds.start()
  const release = holdRemoving()
  await clock.advance(INTERVAL_MS)
  await complete(1)
  await clock.advance(INTERVAL_MS)
  await complete(2)
  await clock.advance(INTERVAL_MS)
  t.deepEqual([await store.list(), retained], [[1], ['1']])
  release()
  await write()
  t.deepEqual(
    [await store.list(), retained],
    [
      [2, 1],
      ['1', '2 1'],
    ],
  )
})

test('whoever looks for the snapshot to go on from waits until nothing is being removed any more', async (t) => {
  const { rounds, clock, complete, write, holdRemoving } = playRounds()
  rounds.start()
  await clock.advance(INTERVAL_MS)
  const release = holdRemoving()
  await complete(1)
  await clock.advance(INTERVAL_MS)
  for (const worker of [1, 2]) rounds.captured(worker, 2, PART)
  rounds.stop()
  let isFound = false
  const found = rounds.find().then(() => {
    isFound = true
  })
  await clock.advance(INTERVAL_MS)
  t.false(isFound)
  release()
  await write()
  await found
  t.is(rounds.restored, 2)
})

test('what a worker has captured for a snapshot that was given up counts for no later one', async (t) => {
  const { rounds, clock, asked, write } = playRounds()
  rounds.start()
  await clock.advance(INTERVAL_MS)
  rounds.notCaptured(1, { code: 'STATE_UNAVAILABLE', message: 'ENOSPC', where: {} })
  await clock.advance(INTERVAL_MS)
  rounds.captured(1, 2, PART)
  rounds.captured(2, 1, PART)
  await write()
  t.deepEqual([asked, rounds.restored], [['capture 1', 'abandon 1', 'capture 2'], undefined])
  rounds.captured(2, 2, PART)
  await write()
  t.is(rounds.restored, 2)
})

test('none is begun while the bolts hear of the end of their input', async (t) => {
  const { rounds, clock, asked, complete } = playRounds()
  rounds.start()
  rounds.endBegins(false)
  await clock.advance(10 * INTERVAL_MS)
  t.deepEqual(asked, [])
  rounds.takeLast(true)
  await complete(1)
  t.true(rounds.restoredEnd)
})

test('one that was begun before the end does not say that the bolts were told, whenever it is written', async (t) => {
  const { rounds, clock, store, write } = playRounds()
  rounds.start()
  await clock.advance(INTERVAL_MS)
  rounds.endBegins(false)
  rounds.takeLast(true)
  for (const worker of [1, 2]) rounds.captured(worker, 1, PART)
  await write()
  t.false((await store.manifest(1)).ended)
})

test('that they were told holds as long as nothing has come since', async (t) => {
  const { rounds, clock, store, complete, write } = playRounds()
  rounds.start()
  rounds.endBegins(false)
  rounds.takeLast(true)
  await complete(1)
  for (const [snapshot, isUntouched] of [
    [2, true],
    [3, false],
  ] as const) {
    rounds.start()
    await clock.advance(INTERVAL_MS)
    for (const worker of [1, 2]) rounds.captured(worker, snapshot, { ...PART, isUntouched })
    await write()
    t.is((await store.manifest(snapshot)).ended, isUntouched)
  }
})

test('where a worker is gone when a snapshot is complete, the next one is taken when it is back', async (t) => {
  const { rounds, clock, asked, write, complete, hear } = playRounds()
  await rounds.find()
  rounds.start()
  await clock.advance(INTERVAL_MS)
  for (const worker of [1, 2]) rounds.captured(worker, 1, PART)
  rounds.lost(2)
  hear(false)
  await write()
  t.deepEqual(asked, ['capture 1', 'complete 1'])
  hear(true)
  await clock.advance(INTERVAL_MS)
  await complete(2)
  t.deepEqual(asked.slice(2), ['capture 2', 'complete 2'])
})

test('the last one is taken again until nothing is on its way, and the first one is not', async (t) => {
  const { rounds, clock, asked, write, complete, isAsked } = playRounds()
  await rounds.find()
  rounds.takeFirst()
  for (const worker of [1, 2]) rounds.captured(worker, 1, { ...PART, isAtRest: false })
  await write()
  for (const worker of [1, 2]) rounds.committed(worker, 1)
  t.true(isAsked())
  rounds.start()
  rounds.endBegins(false)
  rounds.takeLast(true)
  rounds.captured(1, 2, PART)
  rounds.captured(2, 2, { ...PART, isAtRest: false })
  await clock.advance(INTERVAL_MS / 10)
  t.deepEqual([asked.slice(-2), rounds.restored], [['abandon 2', 'capture 3'], 1])
  await complete(3)
  t.deepEqual([rounds.restored, rounds.restoredEnd], [3, true])
})

test('a round for which a worker never has its part is given up, and then the run ends', async (t) => {
  const { rounds, clock, asked, failed, complete } = playRounds()
  rounds.start()
  await clock.advance(INTERVAL_MS)
  await complete(1)
  await clock.advance(INTERVAL_MS)
  rounds.captured(1, 2, PART)
  await clock.advance(300 * INTERVAL_MS)
  t.deepEqual([asked.at(-1), failed], ['capture 2', []])
  await clock.advance(300 * INTERVAL_MS)
  t.deepEqual(
    failed.map(({ code }) => code),
    ['SNAPSHOT_LATE'],
  )
  t.regex(failed[0]!.message, /worker 2 /)
  t.true(asked.includes('abandon 2'))
})
