/** Runs topologies of `topologies/`, with their nimbus in this process. */
import { type Run, type RunListener, run } from '../../lib/run/index.ts'
import { topologyFile } from './cli.ts'

export interface RunInput {
  readonly variables?: Readonly<Record<string, string>>
  readonly config?: Readonly<Record<string, unknown>>
  readonly events?: RunListener
}

/** Starts a topology of `topologies/`. */
export async function start(name: string, { variables = {}, config = {}, events = {} }: RunInput): Promise<Run> {
  const started = run(topologyFile(name), { variables, config })
  started.listen(events)
  return started.untilRunning()
}
