/**
 * Knows which worker processes live, from outside of Typhoon and on every system: each one connects to it before it
 * does anything else (see `report-in.ts`), and the kernel ends the connection when the process ends, however that comes
 * about.
 */
import { EventEmitter } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { BOUND_MS } from '../bound.ts'
import { configured } from './cli.ts'

export class RollCall {
  /** Of all that ever reported in, in that order. */
  readonly pids: number[] = []
  readonly #living = new Set<number>()
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

  static async open(): Promise<RollCall> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new RollCall(server)
  }

  /** What makes the workers of a run report in. */
  get config(): { readonly 'topology.worker.childopts': readonly string[] } {
    const module = new URL('./report-in.js', import.meta.url)
    module.searchParams.set('port', String((this.#server.address() as AddressInfo).port))
    return { 'topology.worker.childopts': [`--import=${module.href}`] }
  }

  /** The same for the command line. */
  get flags(): readonly string[] {
    return configured(this.config)
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

  close(): void {
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
