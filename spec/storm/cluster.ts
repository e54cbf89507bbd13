/**
 * A cluster of Apache Storm on this machine: ZooKeeper, a nimbus and a supervisor as processes, on free ports, with all
 * that they write in one folder. Each is ended by its own pid.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import type { StormJars } from './programs.ts'

const JAVA = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const SHADED = 'org.apache.storm.shade.org.apache.zookeeper.server.quorum.QuorumPeerMain'
const SLOTS = 2
const START_MS = 120_000
const STOP_MS = 15_000
const LOOK_MS = 100

export class StormCluster {
  readonly #folder: string
  readonly #jars: StormJars
  readonly #daemons = new Map<string, ChildProcess>()

  private constructor(folder: string, jars: StormJars) {
    this.#folder = folder
    this.#jars = jars
  }

  static async start(folder: string, jars: StormJars): Promise<StormCluster> {
    const cluster = new StormCluster(folder, jars)
    try {
      await cluster.#start()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  /** Pids of the daemons, by name. */
  get daemons(): ReadonlyMap<string, number> {
    return new Map([...this.#daemons].map(([name, { pid }]) => [name, pid!]))
  }

  /** Pids of the workers that live. Beside them Storm notes those of their children. */
  get workers(): number[] {
    const folder = join(this.#folder, 'data/workers')
    return entriesOf(folder)
      .flatMap((worker) => entriesOf(join(folder, worker, 'pids')).map(Number))
      .filter((pid) => isAlive(pid) && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'java')
  }

  /** What `storm jar --jars` does. @throws what the client of Storm says */
  submit(folder: string, jar: string, args: readonly string[]): void {
    const classes = [join(this.#folder, 'conf'), join(this.#jars.lib, '*'), jar, ...this.#jars.flux]
    const options = [`-Dstorm.jar=${jar}`, `-Dstorm.dependency.jars=${this.#jars.flux.join(',')}`]
    const all = [...JAVA, '-Xmx192m', ...this.#properties(), ...options, '-cp', classes.join(delimiter), ...args]
    const { status, stdout, stderr } = spawnSync('java', all, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`it was not submitted:\n${stdout}\n${stderr}`)
  }

  /** Ends all that it has started, and waits for it. */
  async stop(): Promise<void> {
    const stopped = ['supervisor', 'nimbus', 'zookeeper'].flatMap((name) => this.#daemons.get(name)?.pid ?? [])
    await endAll(stopped.slice(0, 1))
    await endAll(this.workers)
    await endAll(stopped)
  }

  async #start(): Promise<void> {
    const [zookeeper, nimbus, supervisor, ...slots] = await freePorts(3 + SLOTS)
    this.#write({ zookeeper: zookeeper!, nimbus: nimbus!, supervisor: supervisor!, slots })
    this.#run('zookeeper', 128, [SHADED, join(this.#folder, 'zoo.cfg')])
    await this.#answers('zookeeper', zookeeper!)
    this.#run('nimbus', 256, ['org.apache.storm.daemon.nimbus.Nimbus'])
    this.#run('supervisor', 192, ['org.apache.storm.daemon.supervisor.Supervisor'])
    await this.#answers('nimbus', nimbus!)
  }

  #write(ports: Ports): void {
    const folder = this.#folder
    for (const name of ['conf', 'log4j2', 'logs', 'extlib', 'extlib-daemon', 'bin', 'data', 'zookeeper'])
      mkdirSync(join(folder, name))
    for (const name of ['lib', 'lib-worker']) symlinkSync(this.#jars.lib, join(folder, name))
    writeFileSync(join(folder, 'RELEASE'), '')
    for (const name of ['cluster', 'worker']) writeFileSync(join(folder, `log4j2/${name}.xml`), LOGGING)
    writeFileSync(join(folder, 'conf/storm.yaml'), settings(folder, ports))
    writeFileSync(join(folder, 'zoo.cfg'), zookeeperSettings(folder, ports))
  }

  #run(name: string, heapMb: number, args: readonly string[]): void {
    const classes = [join(this.#folder, 'conf'), join(this.#jars.lib, '*')].join(delimiter)
    const log = openSync(join(this.#folder, `logs/${name}.log`), 'a')
    const all = [...JAVA, `-Xmx${heapMb}m`, ...this.#properties(), '-cp', classes, ...args]
    this.#daemons.set(name, spawn('java', all, { cwd: this.#folder, stdio: ['ignore', log, log] }))
    closeSync(log)
  }

  #properties(): string[] {
    return [
      `-Dstorm.home=${this.#folder}`,
      `-Dstorm.log.dir=${join(this.#folder, 'logs')}`,
      '-Dstorm.conf.file=',
      `-Dlog4j.configurationFile=${join(this.#folder, 'log4j2/cluster.xml')}`,
    ]
  }

  async #answers(name: string, port: number): Promise<void> {
    const isThere = (): boolean => this.#daemons.get(name)!.exitCode === null
    await until(`${name} answers`, START_MS, async () => !isThere() || (await canConnect(port)))
    if (!isThere()) throw new Error(readFileSync(join(this.#folder, `logs/${name}.log`), 'utf8').slice(-2000))
  }
}

interface Ports {
  readonly zookeeper: number
  readonly nimbus: number
  readonly supervisor: number
  readonly slots: readonly number[]
}

const LOGGING = `<Configuration><Appenders><Console name="C"><PatternLayout pattern="%d{HH:mm:ss} %p %c{1} %m%n"/>
</Console></Appenders><Loggers><Root level="info"><AppenderRef ref="C"/></Root></Loggers></Configuration>\n`

function settings(folder: string, { zookeeper, nimbus, supervisor, slots }: Ports): string {
  return `storm.zookeeper.servers: ["127.0.0.1"]
storm.zookeeper.port: ${zookeeper}
nimbus.seeds: ["127.0.0.1"]
nimbus.thrift.port: ${nimbus}
storm.local.hostname: "127.0.0.1"
storm.local.dir: "${folder}/data"
supervisor.slots.ports: [${slots.join(', ')}]
supervisor.thrift.port: ${supervisor}
nimbus.monitor.freq.secs: 2
nimbus.childopts: ""
worker.childopts: "-Xmx160m -XX:+UseSerialGC"
topology.worker.max.heap.size.mb: 160.0
storm.resource.isolation.plugin.enable: false
worker.profiler.enabled: false
`
}

function zookeeperSettings(folder: string, { zookeeper }: Ports): string {
  return `tickTime=500
dataDir=${folder}/zookeeper
clientPort=${zookeeper}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
`
}

/** The children of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => statusOf(one, 'PPid') === pid)
}

/** The memory that a process has, megabytes. */
export function memoryMbOf(pid: number): number {
  return Math.round((statusOf(pid, 'VmRSS') ?? 0) / 1024)
}

/** Whether a process runs; one that has ended and that nobody has waited for does not. */
export function isAlive(pid: number): boolean {
  return statusOf(pid, 'VmRSS') !== undefined
}

function statusOf(pid: number, key: string): number | undefined {
  try {
    const [, found] = new RegExp(`^${key}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return found === undefined ? undefined : Number(found)
  } catch {
    return undefined
  }
}

/** Looks again and again until something holds. @throws (rejects) where it takes too long */
export async function until(
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
  lookMs = LOOK_MS,
): Promise<void> {
  const limit = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`it took longer than ${withinMs} ms until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

/** With SIGTERM, and those that stay with SIGKILL. */
async function endAll(pids: readonly number[]): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of pids.filter(isAlive)) process.kill(pid, signal)
    const end = until('all have ended', STOP_MS, () => !pids.some(isAlive))
    if (
      await end.then(
        () => true,
        () => false,
      )
    )
      return
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
