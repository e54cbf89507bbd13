/** Which topologies keep what their batches have committed: those of Trident, and no others. */
import { join } from 'node:path'
import test from 'ava'
import { load } from '../../lib/run/load.ts'
import { hasBatches } from '../../lib/topology/batches.ts'
import { ROOT } from '../house/sources.ts'

for (const [file, keeps] of [
  ['trident-word-count.yaml', true],
  ['word-count.yaml', false],
] as const)
  test(`${file} ${keeps ? 'has' : 'has no'} batches`, async (t) => {
    const { definition } = await load(join(ROOT, 'topologies', file))
    t.is(hasBatches(definition.topology), keeps)
  })
