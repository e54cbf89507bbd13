/**
 * What the supervisor starts: a worker that loads definitions as `load` does. Modules are files, and all that are
 * needed are opened at once; where the process may not have so many open, it says so in one line.
 */
import { resolve } from 'node:path'
import type { LoadDefinition } from '../worker/process/main.ts'

const { runWorker } = await import('../worker/process/main.ts').catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'EMFILE') throw error
  console.error(
    'error[OUT_OF_DESCRIPTORS]: a worker cannot load its modules: too few file descriptors (raise ulimit -n)',
  )
  process.exit(1)
})
await runWorker(loader)

async function loader(): Promise<LoadDefinition> {
  const { loadTopology, prepareFor } = await import('./with-annexes.ts')
  await prepareFor(process.argv[2] ?? '')
  return async ({ file, ...given }) => {
    const { definition } = await loadTopology(resolve(file), { ...given, env: process.env })
    if (definition.topology.config['topology.guarantee'] !== 'exactly-once') return definition
    const { withDeadLetterBolt } = await import('../components/reliability/dead-letter-bolt.ts')
    return withDeadLetterBolt(definition)
  }
}
