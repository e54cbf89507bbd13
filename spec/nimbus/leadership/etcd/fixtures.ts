/** etcd as tests need it: a server of its own, a way to it that can be cut, and nimbuses that meet in it. */
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { cp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Problem } from '../../../../lib/errors/typhoon-error.ts'
import { EtcdLeadership, type EtcdOptions } from '../../../../lib/nimbus/leadership/etcd/etcd-leadership.ts'
import { SeenFile } from '../../../../lib/nimbus/leadership/etcd/seen-file.ts'
import { realClock } from '../../../../lib/util/time/real-clock.ts'
import { ServerChild } from '../../../server-child.ts'
import { freePort } from '../../../trident/state/fixtures.ts'

export const HAS_ETCD = spawnSync('etcd', ['--version']).status === 0

/** An etcd of its own, on free ports. */
export class EtcdServer extends ServerChild {
  readonly url: string
  readonly #directory: string
  readonly #args: readonly string[]

  private constructor(directory: string, port: number, peerPort: number, extra: readonly string[]) {
    super()
    this.url = `http://127.0.0.1:${port}`
    this.#directory = directory
    const peers = `http://127.0.0.1:${peerPort}`
    this.#args = [
      ...['--data-dir', this.data, '--unsafe-no-fsync', '--log-level', 'error', '--logger', 'zap'],
      ...['--listen-client-urls', this.url, '--advertise-client-urls', this.url],
      ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
      ...['--initial-cluster', `default=${peers}`, ...extra],
    ]
  }

  /** @param directory of its own, for its data */
  static async start(directory: string, ...extra: string[]): Promise<EtcdServer> {
    const server = new EtcdServer(directory, await freePort(), await freePort(), extra)
    await server.start()
    return server
  }

  get data(): string {
    return join(this.#directory, 'etcd')
  }

  async start(): Promise<void> {
    this.child = spawn('etcd', this.#args, { stdio: 'ignore' })
    for (;;) {
      const isReady = await fetch(`${this.url}/health`).then(
        async (answer) => (await answer.text()).includes('true'),
        () => false,
      )
      if (isReady) return
      if (this.child.exitCode !== null) throw new Error(`etcd has ended with ${this.child.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** What it has now, kept elsewhere. @returns puts it back, after which it goes on with that */
  async backup(): Promise<() => Promise<void>> {
    const copy = join(this.#directory, `backup-${randomUUID()}`)
    await this.kill()
    await cp(this.data, copy, { recursive: true })
    await this.start()
    return async () => {
      await this.kill()
      await rm(this.data, { recursive: true })
      await cp(copy, this.data, { recursive: true })
      await this.start()
    }
  }

  /** Asks it something, as its JSON gateway takes it. */
  async ask(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${this.url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) })
    return answer.json()
  }
}

/** A way to a server, which can be cut: then nothing goes through, and nobody is told. */
export class CutWay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #delayed = new Set<NodeJS.Timeout>()
  #isCut = false
  #isMute = false
  /** What is said in each direction comes so much later. */
  delayMs = 0

  private constructor(target: URL) {
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname)
      this.#pass(near, far, () => this.#isCut)
      this.#pass(far, near, () => this.#isCut || this.#isMute)
    })
  }

  static async to(target: string): Promise<CutWay> {
    const way = new CutWay(new URL(target))
    way.#server.listen(0, '127.0.0.1')
    await once(way.#server, 'listening')
    return way
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  cut(): void {
    this.#isCut = true
  }

  /** What is asked goes through, what is answered does not. */
  cutAnswers(): void {
    this.#isMute = true
  }

  /** What was said meanwhile is lost, and who said it hears that its connection has broken. */
  heal(): void {
    this.#isCut = false
    this.#isMute = false
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.#server.close()
    for (const timer of this.#delayed) clearTimeout(timer)
    for (const socket of this.#sockets) socket.destroy()
  }

  #pass(from: Socket, to: Socket, isLost: () => boolean): void {
    this.#sockets.add(from)
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
    from.on('data', (chunk) => {
      if (isLost()) return
      const timer = setTimeout(() => {
        this.#delayed.delete(timer)
        if (!isLost()) to.write(chunk)
      }, this.delayMs)
      this.#delayed.add(timer)
    })
  }
}

/** What a nimbus may be given. */
export interface MemberOptions extends Partial<EtcdOptions> {
  readonly url: string
  readonly cluster: string
  /** Of what it has seen. */
  readonly folder: string
  readonly problems?: Problem[]
}

/** The leadership of a nimbus, whose lease lasts two seconds. */
export async function memberOf({ url, folder, problems = [], ...options }: MemberOptions): Promise<EtcdLeadership> {
  return new EtcdLeadership({
    endpoints: [new URL(url)],
    leaseSeconds: 2,
    seen: await SeenFile.open(join(folder, 'seen.json')),
    acceptsRestored: false,
    clock: realClock,
    newName: () => randomUUID(),
    onTrouble: (problem) => problems.push(problem),
    ...options,
  })
}
