/** A topology that cannot begin is tried again, later and later, for however long its service has run before. */
import { join } from 'node:path'
import test from 'ava'
import { BlobDirectory } from '../../lib/bundle/blobs.ts'
import { HostedTopology } from '../../lib/nimbus/hosted-topology.ts'
import { KnownCode } from '../../lib/nimbus/known-code.ts'
import { OldLogs } from '../../lib/nimbus/logs/old-logs.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { Turnstile } from '../../lib/util/turnstile.ts'
import { folderOf } from '../folder.ts'

test('what hinders a topology from beginning is tried again after 0, 100, 200 and 400 ms', async (t) => {
  const folder = folderOf(t)
  const clock = new SimulatedClock()
  const now = (): Date => new Date(clock.now())
  await clock.advance(300_000)
  const file = { path: 'a.yaml', digest: 'a'.repeat(64), bytes: 1, executable: false }
  const topology = new HostedTopology(
    {
      ...{ id: 'a-1-1', name: 'a', status: 'ACTIVE', submittedAt: 0, revision: 1 },
      wanted: { bundle: { entry: 'a.yaml', files: [file] }, variables: {}, aliases: {}, config: {} },
    },
    {
      ...{ clock, now, folder, own: folder, stateFolder: folder },
      blobs: new BlobDirectory(join(folder, 'blobs')),
      starts: new Turnstile(1),
      known: new KnownCode(now),
      oldLogs: new OldLogs(join(folder, 'old'), now),
      save: async () => {},
    },
  )
  await topology.start()
  const delays: (number | undefined)[] = []
  for (let attempts = 1; attempts <= 4; attempts++) {
    while (topology.errors.length < attempts) await new Promise((resolve) => setImmediate(resolve))
    const delay = topology.retryInMs
    delays.push(delay)
    await clock.advance(delay ?? 0)
  }
  t.deepEqual(delays, [0, 100, 200, 400])
  await topology.close()
})
