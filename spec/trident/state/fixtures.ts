/** A task, and a Redis of its own, for specifications of states. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { type TaskContext, TyphoonError } from '../../../lib/index.ts'
import type { SpoutKind, StateContext } from '../../../lib/trident/model/state.ts'
import { ServerChild } from '../../server-child.ts'

/** What a state is made with; `change` says what matters. */
export function stateContext(change: {
  directory?: string
  topology?: string
  name?: string
  spout?: SpoutKind
  leavesOut?: boolean
  partitionIndex?: number
  numPartitions?: number
  begins?: () => void
}): StateContext {
  const { directory = 'state', topology = 'words', name = 'counts', spout = 'opaque', leavesOut = false } = change
  const config = { 'topology.state.dir': directory, 'topology.state.sync': 'none', 'topology.message.timeout.secs': 30 }
  const { partitionIndex = 0, numPartitions = 1, begins } = change
  const resource = <T>(_name: string, create: () => T): T => create()
  const task = { topology, config, resource } as unknown as TaskContext
  return { name, partitionIndex, numPartitions, spout, leavesOut, task, ...(begins === undefined ? {} : { begins }) }
}

/**
 * What the runtime knows of a partition: whether it was written before; and how often its state has said that it
 * begins.
 */
export class BegunNote {
  isWritten = false
  calls = 0

  readonly begins = (): void => {
    this.calls++
    if (this.isWritten) throw new TyphoonError('STATE_LOST', 'the partition was written before, and is empty')
  }
}

/** The code of the error that a call throws or rejects with. */
export async function codeOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0

/** A redis-server of its own, on a free port, that keeps what it confirmed. */
export class RedisServer extends ServerChild {
  readonly port: number
  readonly #directory: string
  readonly #extra: readonly string[]

  private constructor(port: number, directory: string, extra: readonly string[]) {
    super()
    this.port = port
    this.#directory = directory
    this.#extra = extra
  }

  /** @param directory an empty one, of its own @param extra arguments */
  static async start(directory: string, ...extra: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), directory, extra)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const { port } = this
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', this.#directory, '--save', '']
    const child = spawn('redis-server', [...args, '--appendonly', 'yes', '--appendfsync', 'always', ...this.#extra], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.child = child
    for await (const line of createInterface({ input: child.stdout! })) {
      if (line.includes('eady to accept connections')) break
    }
    child.stdout!.resume()
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
