/** What the supervisor starts, and a first one of it beforehand, while the definition is read. */
import { fileURLToPath } from 'node:url'
import { nodeOptions, SpareProcess } from '../daemon/workers/worker-process.ts'
import { resolveConfig } from '../topology/config/config.ts'

export type { SpareProcess }

/** What a worker's process runs: it loads definitions as `load.ts` does. */
export const WORKER_MODULE = fileURLToPath(new URL('./start-worker.js', import.meta.url))

/** Starts the process of a worker for a topology that sets no options of its own for them, as nearly all. */
export function spareWorker(file: string): SpareProcess {
  return new SpareProcess(WORKER_MODULE, file, nodeOptions(resolveConfig({})))
}
