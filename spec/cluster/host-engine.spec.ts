/** How long a nimbus that leads anew waits for the workers of the one before, in simulated time. */
import test, { type ExecutionContext } from 'ava'
import { HostEngine, type HostEngineOptions } from '../../lib/cluster/hosts/host-engine.ts'
import { Hosts } from '../../lib/cluster/hosts/hosts.ts'
import type { Placed } from '../../lib/nimbus/hosted/engine.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { HELLO } from './messages.ts'

const PATIENCE_MS = 10_000
const SETTLE_MS = 2000
const STEP_MS = 100
const RUN = 'before'

/** A run of two workers, on the hosts a and b, whose nimbus is gone. */
function begun(t: ExecutionContext) {
  const clock = new SimulatedClock()
  const hosts = new Hosts({
    ...{ clock, leaseMs: PATIENCE_MS, version: '1', topologies: () => ['words'], expects: () => true },
    ...{ log: () => {}, onRoom: () => {}, onBrought: () => {} },
  })
  t.teardown(() => hosts.close())
  const come = (name: string, ...running: string[]): void => {
    const socket = { send: () => {}, terminate: () => {} }
    hosts.came(name, { ...HELLO, running }, socket as any)
  }
  const slots = ['a', 'b'].map((supervisor) => ({ supervisor, host: '10.0.0.1', port: 0 }))
  const engine = new HostEngine({
    ...{ hosts, clock, patienceMs: PATIENCE_MS, authority: { seal: () => 'secret' } },
  } as unknown as HostEngineOptions)
  const placing = engine.place({
    ...{ id: 'words', workers: 2, load: { cpu: 0, memory: 0 }, bundle: { entry: 'words.yaml', files: [] } },
    ...{ before: { run: RUN, slots }, mayGoOn: true, log: () => {} },
  } as Placed)
  /** @returns after how long it is decided, and whether they are taken over */
  const decided = async (): Promise<{ afterMs: number; adopts: boolean }> => {
    const beganAt = clock.now()
    let run: string | undefined
    void placing.then(({ elsewhere }) => {
      run = elsewhere?.run
    })
    while (run === undefined) await clock.advance(STEP_MS)
    return { afterMs: clock.now() - beganAt, adopts: run === RUN }
  }
  return { come, decided }
}

test('workers are taken over as soon as all have come', async (t) => {
  const { come, decided } = begun(t)
  come('a', `${RUN}.1.1`)
  come('b', `${RUN}.2.1`)
  t.like(await decided(), { adopts: true })
})

test('one that has moved is found on its host', async (t) => {
  const { come, decided } = begun(t)
  come('a', `${RUN}.1.1`)
  come('b')
  const deciding = decided()
  come('c', `${RUN}.2.2`)
  t.like(await deciding, { adopts: true })
})

test('where all their hosts have come and one is missing, it has ended: the run begins anew without delay', async (t) => {
  const { come, decided } = begun(t)
  come('a', `${RUN}.1.1`)
  come('b')
  const { afterMs, adopts } = await decided()
  t.false(adopts)
  t.true(afterMs >= SETTLE_MS && afterMs < PATIENCE_MS, `${afterMs}`)
})

test('a worker whose host does not come may live for as long as the lease of that', async (t) => {
  const { come, decided } = begun(t)
  come('a', `${RUN}.1.1`)
  const { afterMs, adopts } = await decided()
  t.false(adopts)
  t.true(afterMs >= PATIENCE_MS, `${afterMs}`)
})
