/** Workers that use up their memory: which limit it was is said, and the tuple that brings it about is set aside. */
import test from 'ava'
import { Cgroups } from '../../lib/daemon/workers/cgroups.ts'
import { codesOf, configured, type Ended, reportOf, topologyFile, typhoon, variables } from './cli.ts'

function hoarding(t: { timeout(ms: number): void }, config: Readonly<Record<string, unknown>>): Promise<Ended> {
  t.timeout(120_000)
  const flags = ['--json', ...configured(config), ...variables({ fault: 'memory', count: '100' })]
  return typhoon(['run', topologyFile('faulty'), ...flags])
}

test.serial('a worker whose heap is full says so, and the tuple that fills it becomes a dead letter', async (t) => {
  const ended = await hoarding(t, { 'topology.worker.max.heap.size.mb': 64 })
  const { status, roots } = reportOf(ended)
  t.deepEqual([status, roots.acked, roots.deadLettered], ['completed', 99, 1], ended.stderr)
  t.true(codesOf(ended).includes('WORKER_OUT_OF_MEMORY'))
  t.true(ended.stderr.includes('topology.worker.max.heap.size.mb'))
})

test.serial('the kernel keeps what a worker and its children take, or it is said that it cannot', async (t) => {
  const config = { 'topology.worker.memory.limit.mb': 256, 'topology.worker.cpu.weight': 50 }
  const mayLimit = canLimit()
  t.log(`control groups: ${mayLimit ? 'limits are kept' : 'this process may not make any'}`)
  const ended = await hoarding(t, mayLimit ? config : { ...config, 'topology.worker.max.heap.size.mb': 64 })
  const { status, roots } = reportOf(ended)
  t.deepEqual([status, roots.acked, roots.deadLettered], ['completed', 99, 1], ended.stderr)
  t.is(codesOf(ended).includes('LIMIT_UNAVAILABLE'), !mayLimit)
  t.true(codesOf(ended).includes('WORKER_OUT_OF_MEMORY'))
  t.true(ended.stderr.includes(`topology.worker.${mayLimit ? 'memory.limit.mb' : 'max.heap.size.mb'}`))
})

function canLimit(): boolean {
  try {
    new Cgroups({ memoryMb: 256, cpuWeight: 50 })
    return true
  } catch {
    return false
  }
}
