import test from 'ava'
import type { WorkerExit } from '../../../lib/daemon/workers/launcher.ts'
import { Supervisor } from '../../../lib/daemon/workers/supervisor.ts'
import { SimulatedClock } from '../../../lib/testing/simulated/simulated-clock.ts'
import { type ConfigMap, resolveConfig } from '../../../lib/topology/config/config.ts'

const EXIT: WorkerExit = { how: 'exit code 1', lastWords: [] }

function supervise(config: ConfigMap = {}, workers: readonly number[] = [1]) {
  const clock = new SimulatedClock()
  const started: [at: number, worker: number, incarnation: number][] = []
  const died: (number | undefined)[] = []
  const left: number[] = []
  const exits = new Map<number, (exit: WorkerExit) => void>()
  const supervisor = new Supervisor({
    clock,
    config: resolveConfig(config),
    launcher: {
      launch(worker, _incarnation, nimbus, { onExit }) {
        if (nimbus !== 'address') throw new Error(nimbus)
        exits.set(worker, (exit) => onExit(exit))
        return { kill: () => clock.soon(() => onExit(EXIT)) }
      },
    },
    onStarted: (worker, incarnation) => started.push([Math.round(clock.now()), worker, incarnation]),
    onBlocked: () => {},
    onHand: () => {},
    onDied: (_worker, _incarnation, _exit, restartInMs) => died.push(restartInMs),
    onAdopted: () => {},
    onLeft: (worker) => left.push(worker),
  })
  for (const worker of workers) supervisor.add(worker, 'address')
  return { clock, started, died, left, supervisor, exit: (worker = 1, exit = EXIT) => exits.get(worker)!(exit) }
}

test('the first death costs no time; each further one in a row waits twice as long, up to a limit', async (t) => {
  const it = supervise({ 'topology.worker.restart.max.delay.ms': 500, 'topology.worker.max.restarts': 6 })
  for (let i = 0; i < 6; i++) {
    it.exit()
    await it.clock.advance(500)
  }
  t.deepEqual(it.died, [0, 100, 200, 400, 500, 500])
  t.deepEqual(
    it.started.map(([at]) => at),
    [0, 0, 600, 1_200, 1_900, 2_500, 3_000],
  )
})

test('a worker whose host was lost or is left begins again at once, and that is no death of its own', async (t) => {
  const it = supervise({ 'topology.worker.max.restarts': 1 })
  for (let i = 0; i < 4; i++) {
    it.exit(1, { ...EXIT, bySignal: true, ofHost: true })
    await it.clock.advance(1)
  }
  t.deepEqual(it.died, [0, 0, 0, 0])
  t.false(it.supervisor.diesAgain(1))
})

test('a worker comes back as its next incarnation, and the others are left alone', async (t) => {
  const it = supervise({}, [1, 2])
  it.exit(2)
  await it.clock.advance(10)
  t.deepEqual(
    it.started.map(([, worker, incarnation]) => [worker, incarnation]),
    [
      [1, 1],
      [2, 1],
      [2, 2],
    ],
  )
  t.is(it.supervisor.living, 2)
})

test('after so many restarts in a row it is given up', async (t) => {
  const it = supervise({ 'topology.worker.max.restarts': 2 })
  for (let i = 0; i < 3; i++) {
    it.exit()
    await it.clock.advance(1_000)
  }
  t.deepEqual(it.died, [0, 100, undefined])
  t.is(it.started.length, 3)
  t.is(it.supervisor.living, 0)
})

test('with no restarts allowed the first death is the last', async (t) => {
  const it = supervise({ 'topology.worker.max.restarts': 0 })
  it.exit()
  await it.clock.advance(60_000)
  t.deepEqual(it.died, [undefined])
  t.is(it.started.length, 1)
})

test('a worker that lived a minute has a clean record', async (t) => {
  const it = supervise({ 'topology.worker.max.restarts': 2 })
  for (const lived of [1_000, 59_999, 60_000, 1_000, 60_001]) {
    await it.clock.advance(lived)
    it.exit()
    await it.clock.advance(it.died.at(-1) ?? 0)
  }
  t.deepEqual(it.died, [0, 100, 0, 100, 0])
})

test('a worker that is killed is started again; one that was removed is not, nor one that was about to be', async (t) => {
  const it = supervise({}, [1, 2])
  it.supervisor.kill(1)
  await it.clock.advance(10)
  t.is(it.started.length, 3)
  it.exit(1)
  it.supervisor.removeAll()
  it.supervisor.kill(2)
  await it.clock.advance(60_000)
  t.is(it.started.length, 3)
  t.is(it.supervisor.living, 0)
  t.deepEqual([it.died, it.left], [[0, 100], [2]])
})

test('workers are added and removed one by one; one that is added again is the next incarnation, with the record that it had', async (t) => {
  const it = supervise({})
  it.supervisor.add(2, 'address')
  it.exit(2)
  await it.clock.advance(10)
  it.supervisor.remove(2)
  t.is(it.supervisor.living, 2, 'whoever removes it ends it')
  it.exit(2)
  t.deepEqual(it.left, [2])
  it.supervisor.add(2, 'address')
  t.deepEqual(
    it.started.map(([, worker, incarnation]) => [worker, incarnation]),
    [
      [1, 1],
      [2, 1],
      [2, 2],
      [2, 3],
    ],
  )
  it.exit(2)
  await it.clock.advance(100)
  t.deepEqual(it.died, [0, 100])
  t.is(it.supervisor.living, 2)
})

test('killAll ends every worker for good', async (t) => {
  const it = supervise({}, [1, 2, 3])
  it.supervisor.killAll()
  await it.clock.advance(60_000)
  t.is(it.supervisor.living, 0)
  t.is(it.started.length, 3)
})
