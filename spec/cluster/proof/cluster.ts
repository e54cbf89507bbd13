/** A cluster of Typhoon on hosts of their own: a nimbus on the first one, and a supervisor on each. */
import { type ChildProcess, execFile } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Namespaces, type NetHost, signalled } from './namespaces.ts'

const COMMAND = fileURLToPath(new URL('../../../bin/typhoon.js', import.meta.url))
const run = promisify(execFile)
const LOOK_MS = 50
const BOUND_MS = 120_000

/** Waits for what comes by itself. @throws where it does not come (rejects) */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const beganAt = performance.now()
  while (!holds()) {
    if (performance.now() - beganAt > BOUND_MS) throw new Error(`this has not come in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

export class HostCluster {
  readonly net: Namespaces
  readonly #folder: string
  readonly #leaseSecs: number
  readonly #slots: number
  readonly #supervisors = new Map<NetHost, ChildProcess>()
  #nimbus: ChildProcess | undefined

  constructor(
    folder: string,
    count: number,
    { leaseSecs, slots }: { readonly leaseSecs: number; readonly slots: number },
  ) {
    this.#folder = folder
    this.#leaseSecs = leaseSecs
    this.#slots = slots
    this.net = new Namespaces(count)
  }

  get hosts(): readonly NetHost[] {
    return this.net.hosts
  }

  async start(): Promise<void> {
    await this.startNimbus()
    const token = await this.ask('cluster', 'token', '--dir', this.#path('nimbus'))
    writeFileSync(this.#path('join.token'), token, { mode: 0o600 })
    await Promise.all(this.hosts.map((host) => this.startSupervisor(host)))
  }

  /** Settles when hosts can come. */
  async startNimbus(): Promise<void> {
    const [{ address }] = this.hosts as [NetHost]
    mkdirSync(this.#path('state'), { recursive: true })
    const places = ['--dir', this.#path('nimbus'), '--state', this.#path('state'), '--host', address]
    const args = ['nimbus', ...places, '--port', '0', '--lease', String(this.#leaseSecs)]
    this.#nimbus = await this.#started(this.hosts[0]!, 'nimbus', args, /service\.json$/m)
  }

  /** A service that runs its workers itself, on the first host, in place of a cluster. */
  async startService(): Promise<void> {
    await this.#started(this.hosts[0]!, 'up', ['up', '--dir', this.#path('up'), '--port', '0'], /service\.json$/m)
  }

  /** As a crash would. */
  async killNimbus(): Promise<void> {
    const nimbus = this.#nimbus!
    const ended = new Promise((resolve) => nimbus.once('exit', resolve))
    signalled(nimbus.pid!, 'SIGKILL')
    await ended
  }

  /** Settles when it has its link. */
  async startSupervisor(host: NetHost): Promise<void> {
    const name = this.nameOf(host)
    const args = ['supervisor', '--dir', this.#path(name), '--name', name, '--slots', String(this.#slots)]
    const all = [...args, '--join', this.#path('join.token')]
    this.#supervisors.set(host, await this.#started(host, name, all, /https:\/\//))
  }

  /** In good order: its workers move, and it ends. */
  async stopSupervisor(host: NetHost): Promise<void> {
    const supervisor = this.#supervisors.get(host)!
    const ended = new Promise((resolve) => supervisor.once('exit', resolve))
    signalled(supervisor.pid!, 'SIGTERM')
    await ended
  }

  /** Of its supervisor. */
  nameOf(host: NetHost): string {
    return `host${this.hosts.indexOf(host) + 1}`
  }

  /** The workers of a host, by their pids. */
  workersOn(host: NetHost): number[] {
    return this.net.processesOf(host).filter((pid) => commandOf(pid).includes('typhoon worker'))
  }

  /** Those of all hosts. */
  get workers(): number[] {
    return this.hosts.flatMap((host) => this.workersOn(host))
  }

  /** The hosts that run workers, but for that of the nimbus. */
  get busyHosts(): NetHost[] {
    return this.hosts.slice(1).filter((host) => this.workersOn(host).length > 0)
  }

  /** Asks the nimbus, on its host. @returns what is said on stdout @throws what is said on stderr (rejects) */
  async ask(...args: readonly string[]): Promise<string> {
    const command = ['netns', 'exec', this.hosts[0]!.name, process.execPath, COMMAND, ...args]
    const { stdout } = await run('ip', command, { env: { ...process.env, ...this.#env }, cwd: this.#folder })
    return stdout
  }

  close(): void {
    this.net.close()
  }

  async #started(host: NetHost, name: string, args: readonly string[], sign: RegExp): Promise<ChildProcess> {
    const child = this.net.spawn(host, [process.execPath, COMMAND, ...args], this.#env)
    const log = this.#path(`${name}.log`)
    let said = ''
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-100_000)
        appendFileSync(log, text)
      })
    await until(`${name} begins (${log})`, () => {
      if (child.exitCode !== null) throw new Error(`${name} has ended:\n${said}`)
      return sign.test(said)
    })
    return child
  }

  get #env(): Readonly<Record<string, string>> {
    return { XDG_CONFIG_HOME: this.#path('config'), NO_COLOR: '1' }
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
