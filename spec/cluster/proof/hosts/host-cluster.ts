/**
 * A cluster of Typhoon on hosts of their own: a supervisor on each, and a nimbus on the first one; or a nimbus on each,
 * which meet in an etcd on one more.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Daemon, until } from './daemon.ts'
import { EtcdHost } from './etcd-host.ts'
import { Namespaces, type NetHost, signalled } from './namespaces.ts'

/** The command of this build. */
const COMMAND = fileURLToPath(new URL('../../../../bin/typhoon.js', import.meta.url))
const run = promisify(execFile)
const LEADS = /service\.json$/m
const STANDS_BY = /standing by/
const LINKED = /linked to/

/** What it is made of. */
export interface ClusterShape {
  readonly hosts: number
  readonly slots: number
  readonly leaseSecs: number
  /** Of a leader in etcd, where several nimbuses meet; there is one, unless given. */
  readonly storeLeaseSecs?: number
  /** The command that its programs begin with; that of this build unless given. */
  readonly command?: string
}

export class HostCluster {
  readonly net: Namespaces
  readonly hosts: readonly NetHost[]
  /** The command that what begins from now on begins with. */
  command: string
  readonly #folder: string
  readonly #shape: ClusterShape
  readonly #supervisors = new Map<NetHost, Daemon>()
  readonly #nimbuses = new Map<NetHost, Daemon>()
  /** The nimbuses that have led, in this order; whatever has led and leads no more ends. */
  readonly #reigns: Daemon[] = []
  #etcd: EtcdHost | undefined

  constructor(folder: string, shape: ClusterShape) {
    this.#folder = folder
    this.#shape = shape
    this.command = shape.command ?? COMMAND
    this.net = new Namespaces(shape.hosts + (shape.storeLeaseSecs === undefined ? 0 : 1))
    this.hosts = this.net.hosts.slice(0, shape.hosts)
  }

  async start(): Promise<void> {
    const [first] = this.hosts as [NetHost]
    mkdirSync(this.#path('state'), { recursive: true })
    if (this.#shape.storeLeaseSecs === undefined) await this.startNimbus(first)
    else await this.#startNimbuses()
    const addresses = [...this.#nimbuses.keys()].flatMap(({ address }) => ['--nimbus', address])
    const token = await this.#command(first, 'cluster', 'token', '--dir', this.#nimbusFolder(first), ...addresses)
    writeFileSync(this.#path('join.token'), token, { mode: 0o600 })
    await Promise.all(this.hosts.map((host) => this.startSupervisor(host)))
  }

  /** A service that runs its workers itself, on the first host, in place of a cluster. */
  async startService(): Promise<void> {
    const service = this.#start(this.hosts[0]!, 'up', ['up', '--dir', this.#path('up'), '--port', '0'])
    await service.says(LEADS)
    this.#reigns.push(service)
  }

  /** Settles when it leads; where there are several, when it leads or stands by. */
  async startNimbus(host: NetHost): Promise<void> {
    const places = ['--dir', this.#nimbusFolder(host), '--state', this.#path('state'), '--host', host.address]
    const args = ['nimbus', ...places, '--port', '0', '--lease', String(this.#shape.leaseSecs)]
    const nimbus = this.#start(host, `nimbus-${this.nameOf(host)}`, [...args, ...this.#store(host)])
    this.#nimbuses.set(host, nimbus)
    await nimbus.says(this.#etcd === undefined ? LEADS : STANDS_BY)
  }

  /** The nimbus that has begun to lead last. */
  get leader(): Daemon {
    for (const nimbus of this.#nimbuses.values())
      if (!this.#reigns.includes(nimbus) && nimbus.hasSaid(LEADS)) this.#reigns.push(nimbus)
    return this.#reigns.at(-1)!
  }

  nimbusOn(host: NetHost): Daemon {
    return this.#nimbuses.get(host)!
  }

  /** Waits until another one leads than the one that did. */
  async leadsAnother(before: Daemon): Promise<void> {
    await until('another nimbus leads', () => this.leader !== before)
  }

  /** The hosts whose nimbuses stand by. */
  get standingBy(): NetHost[] {
    return [...this.#nimbuses.keys()].filter((host) => host !== this.leader.host)
  }

  /** In good order: topologies are left to the next one. */
  async stopNimbus(host: NetHost): Promise<void> {
    await this.nimbusOn(host).end('SIGTERM')
  }

  /** Settles when it has its link. */
  async startSupervisor(host: NetHost): Promise<void> {
    await this.beginSupervisor(host).says(LINKED)
  }

  beginSupervisor(host: NetHost): Daemon {
    const name = this.nameOf(host)
    const args = ['supervisor', '--dir', this.#path(name), '--name', name, '--slots', String(this.#shape.slots)]
    const supervisor = this.#start(host, name, [...args, '--join', this.#path('join.token')])
    this.#supervisors.set(host, supervisor)
    return supervisor
  }

  /** In good order: its workers move, and it ends. */
  async stopSupervisor(host: NetHost): Promise<void> {
    await this.#supervisors.get(host)!.end('SIGTERM')
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

  /** The hosts that run workers, but for that of the nimbus that leads. */
  get busyHosts(): NetHost[] {
    return this.hosts.filter((host) => host !== this.leader.host && this.workersOn(host).length > 0)
  }

  /** Of those, the first. */
  get busyHost(): NetHost {
    const [host] = this.busyHosts
    if (host === undefined) throw new Error('all workers are on the host of the nimbus that leads')
    return host
  }

  /** Ends one worker, as a crash would. */
  killWorker(): void {
    signalled(this.workersOn(this.busyHost)[0]!, 'SIGKILL')
  }

  /** Of the store in which nimbuses meet. */
  get etcd(): EtcdHost {
    return this.#etcd!
  }

  /** Asks the nimbus that leads, on its host. @returns its stdout @throws its stderr (rejects) */
  ask(...args: readonly string[]): Promise<string> {
    return this.#command(this.leader.host, ...args)
  }

  /** Everything ends at once. */
  close(): void {
    this.net.close()
  }

  /** One after the other: the first one leads. */
  async #startNimbuses(): Promise<void> {
    const [first] = this.hosts as [NetHost]
    mkdirSync(this.#path('etcd'))
    this.#etcd = await EtcdHost.start(this.net, this.net.hosts.at(-1)!, this.#path('etcd'))
    await this.#command(first, 'cluster', 'init', '--dir', this.#nimbusFolder(first))
    for (const host of this.hosts) {
      if (host !== first) cpSync(this.#nimbusAuthority(first), this.#nimbusAuthority(host), { recursive: true })
      await this.startNimbus(host)
      if (host === first) await this.nimbusOn(host).says(LEADS)
    }
  }

  #store(host: NetHost): string[] {
    const { storeLeaseSecs } = this.#shape
    if (this.#etcd === undefined) return []
    const where = ['--store', `etcd:${this.#etcd.url}`, '--store-ca', this.#etcd.ca]
    return [...where, '--store-lease', String(storeLeaseSecs), '--name', this.nameOf(host)]
  }

  async #command(host: NetHost, ...args: readonly string[]): Promise<string> {
    const command = ['netns', 'exec', host.name, process.execPath, this.command, ...args]
    const { stdout } = await run('ip', command, { env: { ...process.env, ...this.#envOf(host) }, cwd: this.#folder })
    return stdout
  }

  #start(host: NetHost, name: string, args: readonly string[]): Daemon {
    const child = this.net.spawn(host, [process.execPath, this.command, ...args], this.#envOf(host))
    return new Daemon(host, name, child, this.#path(`${name}.log`))
  }

  /** Hosts share no folder for temporary files, where the processes of one say which files they have. */
  #envOf(host: NetHost): Readonly<Record<string, string>> {
    const temporary = this.#path(`tmp-${this.nameOf(host)}`)
    mkdirSync(temporary, { recursive: true })
    return { XDG_CONFIG_HOME: this.#path('config'), NO_COLOR: '1', TMPDIR: temporary }
  }

  #nimbusFolder(host: NetHost): string {
    return this.#path(`nimbus-${this.nameOf(host)}`)
  }

  #nimbusAuthority(host: NetHost): string {
    return join(this.#nimbusFolder(host), 'authority')
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
