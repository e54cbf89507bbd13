/** What code has come to that was loaded before. */
import test from 'ava'
import type { Examined } from '../../lib/nimbus/code/examine.ts'
import { KnownCode } from '../../lib/nimbus/code/known-code.ts'
import type { Wanted } from '../../lib/nimbus/record/record.ts'

const FILE = { path: 'a.yaml', digest: 'a'.repeat(64), bytes: 1, executable: false }
const WANTED: Wanted = { bundle: { entry: 'a.yaml', files: [FILE] }, variables: {}, aliases: {}, config: {} }

function examined(config: Readonly<Record<string, unknown>> = {}): Examined {
  const topology = { name: 'a', config, components: {} }
  return { topology, isReplayable: false, warnings: [], source: { file: '/x/a.yaml', variables: {}, config: {} } }
}

function made() {
  let at = 0
  const known = new KnownCode(() => new Date(at))
  const pass = (ms: number): void => {
    at += ms
  }
  return { known, pass }
}

test('the same code with the same settings is known, for a while, wherever it is laid out', (t) => {
  const { known, pass } = made()
  known.put(WANTED, 'a', '/x', examined())
  t.deepEqual(known.get(WANTED, 'a'), { topology: examined().topology, isReplayable: false, warnings: [] })
  const others: readonly Wanted[] = [
    { ...WANTED, variables: { x: '1' } },
    { ...WANTED, config: { 'topology.workers': 2 } },
    { ...WANTED, workers: 2 },
    { ...WANTED, parallelism: { a: 2 } },
    { ...WANTED, bundle: { entry: 'a.yaml', files: [{ ...FILE, digest: 'b'.repeat(64) }] } },
  ]
  for (const other of others) t.is(known.get(other, 'a'), undefined)
  t.is(known.get(WANTED, 'b'), undefined)
  pass(600_000)
  t.is(known.get(WANTED, 'a'), undefined)
})

test('a topology that names its folder is not known elsewhere', (t) => {
  const { known } = made()
  known.put(WANTED, 'a', '/x', examined({ data: '/x/data' }))
  t.is(known.get(WANTED, 'a'), undefined)
})

test('the oldest is forgotten where there are many', (t) => {
  const { known } = made()
  for (let n = 0; n <= 100; n++) known.put(WANTED, `t${n}`, '/x', examined())
  t.is(known.get(WANTED, 't0'), undefined)
  t.not(known.get(WANTED, 't1'), undefined)
})
