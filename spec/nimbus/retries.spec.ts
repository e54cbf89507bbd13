/** A topology that cannot begin is tried again, later and later, for however long its service has run before. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { BlobDirectory } from '../../lib/bundle/blobs.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { KnownCode } from '../../lib/nimbus/code/known-code.ts'
import type { Engine } from '../../lib/nimbus/hosted/engine.ts'
import { HostedTopology } from '../../lib/nimbus/hosted/hosted-topology.ts'
import { Retries } from '../../lib/nimbus/hosted/retries.ts'
import { OldLogs } from '../../lib/nimbus/logs/old-logs.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { Turnstile } from '../../lib/util/turnstile.ts'
import { folderOf } from '../folder.ts'

const OWN = fileURLToPath(new URL('../../..', import.meta.url))
const CODE = `
name: a
spouts: [{ id: sentences, className: RandomSentenceSpout }]
bolts: [{ id: split, className: SplitBolt }]
streams: [{ from: sentences, to: split, grouping: { type: SHUFFLE } }]
`

/** One that has run for five minutes before. @param isThere whether its code is */
async function hosted(t: ExecutionContext, isThere: boolean, engine?: Engine, save = async (): Promise<void> => {}) {
  const folder = folderOf(t)
  const clock = new SimulatedClock()
  const now = (): Date => new Date(clock.now())
  await clock.advance(300_000)
  const digest = createHash('sha256').update(CODE).digest('hex')
  const blobs = new BlobDirectory(join(folder, 'blobs'))
  if (isThere) await blobs.put(digest, Readable.from([Buffer.from(CODE)]))
  const file = { path: 'a.yaml', digest, bytes: CODE.length, executable: false }
  const topology = new HostedTopology(
    {
      ...{ id: 'a-1-1', name: 'a', status: 'ACTIVE', submittedAt: 0, revision: 1 },
      wanted: { bundle: { entry: 'a.yaml', files: [file] }, variables: {}, aliases: {}, config: {} },
    },
    {
      ...{ clock, now, folder, own: OWN, stateFolder: join(folder, 'state'), blobs, engine, save },
      starts: new Turnstile(1),
      known: new KnownCode(now),
      oldLogs: new OldLogs(join(folder, 'old'), now),
      left: join(folder, 'left'),
    },
  )
  t.teardown(() => topology.close())
  return { topology, clock }
}

/** Hosts on which there is no room. */
function full() {
  const asked: string[] = []
  const engine: Engine = {
    hosts: [],
    copies: { spread: async () => ({ copies: 1, wanted: 1 }), gather: async () => {} },
    check: () => {},
    giveUp: () => {},
    leave: () => {},
    forget: () => {},
    async place({ id }) {
      asked.push(id)
      throw new TyphoonError('NO_SLOTS', 'there is no room')
    },
  }
  return { engine, asked }
}

test('what hinders a topology from beginning is tried again after 0, 100, 200 and 400 ms', async (t) => {
  const { topology, clock } = await hosted(t, false)
  await topology.start()
  const delays: (number | undefined)[] = []
  for (let attempts = 1; attempts <= 4; attempts++) {
    while ((topology.errors[0]?.times ?? 0) < attempts) await new Promise((resolve) => setImmediate(resolve))
    const delay = topology.retryInMs
    delays.push(delay)
    await clock.advance(delay ?? 0)
  }
  t.deepEqual(delays, [0, 100, 200, 400])
})

test('where what is wanted cannot be kept, and neither can the way back, what was there before is tried again', async (t) => {
  const { engine, asked } = full()
  let isFull = false
  const save = async (): Promise<void> => {
    if (isFull) throw new TyphoonError('STATE_UNAVAILABLE', 'the disk is full')
  }
  const { topology } = await hosted(t, true, engine, save)
  isFull = true
  await t.throwsAsync(topology.resize({ workers: 2, parallelism: {} }, 0), { code: 'STATE_UNAVAILABLE' })
  t.deepEqual(asked, ['a-1-1'])
  t.not(topology.retryInMs, undefined)
  t.is(topology.record.wanted.workers, undefined)
  t.is(topology.status, 'ACTIVE')
})

test('one attempt is waited for, however often it is said that there is room', async (t) => {
  const clock = new SimulatedClock()
  let attempts = 0
  const retries: Retries = new Retries(clock, () => {
    attempts++
    retries.begins()
    retries.failed('NO_SLOTS')
  })
  retries.begins()
  t.is(retries.failed('NO_SLOTS'), 0)
  retries.isOver('STATE_UNAVAILABLE')
  t.is(attempts, 0)
  for (let n = 0; n < 3; n++) retries.isOver('NO_SLOTS')
  t.is(attempts, 3)
  // Whoever fails once more has failed: the one that was waited for until now is none.
  retries.failed('NO_SLOTS')
  const inMs = retries.inMs!
  await clock.advance(inMs - 1)
  t.is(attempts, 3)
  await clock.advance(1)
  t.is(attempts, 4)
  retries.cancel()
  await clock.advance(600_000)
  t.is(attempts, 4)
  t.is(retries.inMs, undefined)
})
