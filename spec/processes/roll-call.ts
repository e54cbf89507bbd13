/**
 * Knows which worker processes live, from outside of Typhoon and on every system: each one connects to it before it
 * does anything else (see `report-in.ts`), and the kernel ends the connection when the process ends, however that comes
 * about. What it has started is over before its test is: a run that was killed leaves workers that end by themselves,
 * by and by.
 */
import { EventEmitter } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { ExecutionContext } from 'ava'
import { BOUND_MS } from '../bound.ts'
import { type CliOptions, CliRun } from './cli.ts'

export class RollCall {
  /** Of all that ever reported in, in that order. */
  readonly pids: number[] = []
  readonly #living = new Set<number>()
  readonly #runs: CliRun[] = []
  readonly #server: Server
  readonly #news = new EventEmitter()

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      let pid = 0
      socket.setEncoding('utf8').once('data', (text: string) => {
        pid = Number(text)
        this.pids.push(pid)
        this.#living.add(pid)
        this.#news.emit('news')
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#living.delete(pid)
        this.#news.emit('news')
      })
    })
  }

  /** One for a test; nothing that it has started lives on when that is over. */
  static async open(t: ExecutionContext): Promise<RollCall> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const roll = new RollCall(server)
    t.teardown(() => roll.#close())
    return roll
  }

  /** Runs the command, whose workers report in. */
  run(args: readonly string[], options?: CliOptions): CliRun {
    const module = new URL('./report-in.js', import.meta.url)
    module.searchParams.set('port', String((this.#server.address() as AddressInfo).port))
    // Not by `topology.worker.childopts`: a run whose workers have options takes longer to start.
    const run = new CliRun(args, { ...options, env: { ...options?.env, NODE_OPTIONS: `--import=${module.href}` } })
    this.#runs.push(run)
    return run
  }

  get living(): number {
    return this.#living.size
  }

  /** The process that is the n-th to report in, from 1 up. */
  async arrival(n: number): Promise<number> {
    await this.#until(() => this.pids.length >= n, `process ${n} has not reported in`)
    return this.pids[n - 1]!
  }

  /** Settles when no process lives. */
  async allGone(): Promise<void> {
    await this.#until(() => this.#living.size === 0, 'there are processes that still live')
  }

  async #close(): Promise<void> {
    for (const run of this.#runs) run.signal('SIGKILL')
    await Promise.all(this.#runs.map(({ ended }) => ended))
    // Those that were stopped by a signal do not see that their run is over.
    for (const pid of this.#living) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has just ended.
      }
    }
    await this.allGone()
    this.#server.close()
  }

  async #until(holds: () => boolean, otherwise: string): Promise<void> {
    const late = AbortSignal.timeout(BOUND_MS)
    while (!holds()) {
      await new Promise<void>((resolve, reject) => {
        const onLate = (): void => reject(new Error(`${otherwise}: ${[...this.#living].join(', ')} live`))
        late.addEventListener('abort', onLate)
        this.#news.once('news', () => {
          late.removeEventListener('abort', onLate)
          resolve()
        })
      })
    }
  }
}
