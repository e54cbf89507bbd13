/** Serves in the foreground: takes its seat, answers, leads when it is its turn, and ends in good order. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Leading, type RunningApi, startApi } from '../../api/api-server.ts'
import { Audit } from '../../api/audit.ts'
import { notLeading } from '../../api/refusals.ts'
import { scrapedOf } from '../../api/scraped.ts'
import { SeenNimbus } from '../../api/seen.ts'
import { Tokens } from '../../api/tokens.ts'
import { saveSettings } from '../../client/settings.ts'
import { Cluster } from '../../cluster/hosts/cluster.ts'
import { askCopies, fetchBlob, giveBlob } from '../../cluster/supervisor/nimbus-client.ts'
import type { Credentials } from '../../cluster/trust/authority.ts'
import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { textIn, writePrivate } from '../../identity/file-trouble.ts'
import { isLoopback, LOOPBACK, reachable } from '../../net/loopback.ts'
import type { ListenAddress } from '../../net/server.ts'
import type { LeaderCode } from '../../nimbus/code/offered-code.ts'
import type { Leader, Reign } from '../../nimbus/leadership/leadership.ts'
import { Nimbus } from '../../nimbus/nimbus.ts'
import { makeServiceFolder } from '../../nimbus/service-folder.ts'
import { asksForTelemetry } from '../../otlp/settings.ts'
import { realClock } from '../../util/time/real-clock.ts'
import { plural } from '../render/numbers.ts'
import { version } from '../render/version.ts'
import { DaemonLog, type LogFormat } from '../show/daemon-log.ts'
import { DONE, FAILED, forcedBy } from '../terminal/exit-codes.ts'
import { type StopSignal, watchSignals } from '../terminal/signals.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { KubernetesSecrets } from './kubernetes-secrets.ts'
import { onlySeat, type Seat, sharedSeat } from './seat.ts'
import { KUBERNETES, type StoreFlags } from './store-flags.ts'

/** What can be set. */
export interface ServeFlags {
  readonly dir: string
  readonly port: number
  /** Of the HTTP interface; loopback unless given. */
  readonly httpHost?: string
  readonly quiet?: boolean
  readonly logFormat?: LogFormat
  /** It leads hosts; unless given it runs all workers itself. */
  readonly hosts?: HostsFlags
  /** It is one of several; unless given it is the only one. */
  readonly shared?: (StoreFlags & { readonly store: string }) | undefined
}

/** How it leads hosts. */
interface HostsFlags {
  readonly host: string
  readonly advertised: string
  readonly aliases: readonly string[]
  readonly port: number
  readonly leaseMs: number
  /** The folder of states; false: hosts share none. */
  readonly state: string | false | undefined
}

/** Of a nimbus in its certificate, unless it is one of several. */
const NIMBUS_NAME = 'nimbus'

/** @returns the exit code @throws TyphoonError (rejects) */
export async function serve(flags: ServeFlags, terminal: Terminal): Promise<number> {
  const service = new Service(flags, terminal)
  await makeServiceFolder(service.directory)
  const code = await service.run()
  // Its runs go on without it, on their hosts, and what is left of them here would keep this process.
  if (flags.hosts !== undefined) process.exit(code)
  return code
}

/** How a service ends: in good order, at once by a signal, or since it leads no more. */
type End = 'done' | StopSignal | Problem

class Service {
  readonly directory: string
  readonly #flags: ServeFlags
  readonly #log: DaemonLog
  readonly #now = (): Date => new Date()
  readonly #wayOut = new AbortController()
  #nimbus: Nimbus | undefined
  #leading: Leading | undefined
  #secrets: KubernetesSecrets | undefined
  #endTelling = (): void => {}

  constructor(flags: ServeFlags, terminal: Terminal) {
    this.directory = resolve(flags.dir)
    this.#flags = flags
    this.#log = new DaemonLog(terminal, flags, this.#now)
  }

  async run(): Promise<number> {
    const { hosts, shared } = this.#flags
    if (shared?.store === KUBERNETES) {
      this.#secrets = await KubernetesSecrets.open(shared.cluster, this.#now)
      await this.#secrets.bringAuthority(this.directory)
    }
    const cluster = hosts === undefined ? undefined : await this.#cluster(hosts)
    const seat = await this.#seat(cluster)
    const stopped = this.#stopped()
    const telemetry = asksForTelemetry(process.env) ? await this.#export() : undefined
    let api: RunningApi | undefined
    try {
      api = await this.#api(seat, cluster)
      if (shared !== undefined) this.#notice(`typhoon ${version()} on ${api.url}, standing by as ${shared.name}`)
      const end = await this.#lead(seat, cluster, api, stopped)
      if (typeof end === 'object') this.#report(end)
      return end === 'done' ? DONE : typeof end === 'object' ? FAILED : forcedBy(end)
    } finally {
      await telemetry?.close()
      this.#leading = undefined
      this.#endTelling()
      await api?.close()
      await cluster?.close()
      await seat.close()
    }
  }

  /** A collector of OpenTelemetry gets what is counted, while it leads. */
  async #export(): Promise<{ close(): Promise<void> }> {
    const { Telemetry } = await import('../../otlp/export/telemetry.ts')
    return Telemetry.begin({
      ...{ clock: realClock, now: this.#now, version: version(), variables: process.env },
      topologies: () => (this.#leading?.seen.topologies ?? []).map(({ record, run }) => ({ name: record.name, run })),
      scraped: () => this.#leading && scrapedOf(this.#leading.seen, version()),
      onTrouble: (problem) => this.#report(problem),
    })
  }

  /** On loopback, for this machine, and, where that is wanted, over TLS for others. */
  async #api(seat: Seat, cluster: Cluster | undefined): Promise<RunningApi> {
    const { port, httpHost = LOOPBACK } = this.#flags
    const options = {
      ...{ port, version: version(), now: this.#now },
      audit: new Audit(join(this.directory, 'audit.log')),
      onTrouble: (problem: Problem): void => this.#report(problem),
      leading: async (): Promise<Leading> => this.#leading ?? Promise.reject(notLeading(await seat.leader())),
    }
    if (isLoopback(httpHost)) return startApi({ ...options, host: httpHost })
    const secure = await startApi({ ...options, ...this.#forOthers(httpHost, cluster) })
    this.#notice(`other hosts ask it at ${secure.address} (typhoon cluster ca prints whom they have to believe)`)
    // It stands for loopback, too.
    if (reachable(httpHost) !== httpHost) return secure
    const local = await startApi(options).catch(async (error: unknown) => {
      await secure.close()
      throw error
    })
    const close = async (): Promise<void> => void (await Promise.all([local.close(), secure.close()]))
    return { ...local, address: secure.address, close }
  }

  /** Where other machines reach the HTTP interface, and by which certificate they know it. */
  #forOthers(host: string, cluster: Cluster | undefined): ListenAddress {
    const { hosts } = this.#flags
    if (cluster === undefined || hosts === undefined)
      throw new TyphoonError('USAGE', 'without an authority the HTTP interface listens on loopback alone')
    const { cert, key } = cluster.credentials
    return { host, advertised: hosts.advertised, tls: { cert, key } }
  }

  async #cluster(hosts: HostsFlags): Promise<Cluster> {
    const { shared } = this.#flags
    if (shared !== undefined && hosts.port === 0)
      throw new TyphoonError('USAGE', 'of several nimbuses each needs a --cluster-port that the others know')
    const log = (level: 'info' | 'warn', message: string): void => {
      this.#log.say(level, message, `${level}: ${message}`)
    }
    return Cluster.open({
      ...{ ...hosts, directory: this.directory, name: shared?.name ?? NIMBUS_NAME, clock: realClock, now: this.#now },
      version: version(),
      isShared: shared !== undefined,
      log,
      onTrouble: (problem) => this.#report(problem),
    })
  }

  async #seat(cluster: Cluster | undefined): Promise<Seat> {
    const { shared } = this.#flags
    if (shared === undefined) return onlySeat(this.directory)
    return sharedSeat({
      ...{ directory: this.directory, flags: shared, clock: realClock, code: codeBy(cluster?.credentials) },
      onTrouble: (problem) => this.#report(problem),
    })
  }

  /** Waits for its turn, and leads until it ends. */
  async #lead(
    seat: Seat,
    cluster: Cluster | undefined,
    { url, address }: RunningApi,
    stopped: Promise<'done' | StopSignal>,
  ): Promise<End> {
    const { hosts } = this.#flags
    const reached = hosts === undefined ? undefined : `https://${hosts.advertised}:${hosts.port}`
    const reign = await seat.take({ address, hosts: reached }, this.#wayOut.signal).catch((error: unknown) => {
      if (!this.#wayOut.signal.aborted) throw error
      return undefined
    })
    if (reign === undefined) return stopped
    const nimbus = await Nimbus.open({
      ...{ directory: this.directory, reign, clock: realClock, now: this.#now },
      ...{ engine: cluster?.engine, stateFolder: hosts?.state || undefined, isStateless: hosts?.state === false },
      onTrouble: (problem) => this.#report(problem),
    })
    this.#nimbus = nimbus
    try {
      if (this.#wayOut.signal.aborted) return 'done'
      await this.#begin(seat, nimbus, reign, cluster, url)
      const end = await Promise.race([stopped, this.#lost(reign)])
      this.#leading = undefined
      if (typeof end === 'object' && cluster === undefined) await nimbus.stopNow()
      return end
    } catch (error) {
      await nimbus.close()
      throw error
    }
  }

  async #begin(seat: Seat, nimbus: Nimbus, reign: Reign, cluster: Cluster | undefined, url: string): Promise<void> {
    const { directory } = this
    const tokens = await Tokens.open(seat.tokens(reign), this.#now)
    const tokenFile = await ownToken(directory, tokens, seat.owner)
    const clusterAddress = await cluster?.serve(nimbus)
    this.#leading = { seen: new SeenNimbus(nimbus), tokens }
    const places = { tokenFile, stateFolder: nimbus.stateFolder, directory: resolve(directory) }
    const saved = await saveSettings({ server: url, ...places }, process.env)
    const said = { server: url, pid: process.pid, cluster: clusterAddress }
    await writePrivate(join(directory, 'service.json'), JSON.stringify(said))
    this.#tellSecrets(await readFile(tokenFile, 'utf8'))
    this.#notice(`typhoon ${version()} on ${url}, with ${plural(nimbus.topologies.length, 'topology')}`)
    if (clusterAddress !== undefined)
      this.#notice(`hosts come to ${clusterAddress}, with a token: typhoon cluster token --dir ${directory}`)
    this.#notice('look at it in a browser: typhoon ui')
    this.#notice(`files in ${directory}; commands find it by ${saved}`)
    // Nothing hinders it from now on: what has begun would have to be drained again.
    nimbus.begin()
  }

  #tellSecrets(ownerToken: string): void {
    const { hosts, shared } = this.#flags
    if (this.#secrets === undefined || hosts === undefined || shared === undefined) return
    const address = `https://${hosts.aliases[0] ?? hosts.advertised}:${hosts.port}`
    this.#endTelling = this.#secrets.tell(this.directory, address, ownerToken.trim(), (problem) =>
      this.#report(problem),
    )
  }

  /** The reign is over, and nobody has asked for that. */
  async #lost({ lost }: Reign): Promise<Problem> {
    if (!lost.aborted) await new Promise((settle) => lost.addEventListener('abort', settle, { once: true }))
    // Whoever closes resigns.
    return this.#wayOut.signal.aborted ? new Promise<never>(() => {}) : toProblem(lost.reason)
  }

  /** Somebody has asked for the end, and it is there. */
  #stopped(): Promise<'done' | StopSignal> {
    return new Promise((settle) => {
      watchSignals((asked, signal) => {
        this.#wayOut.abort(new TyphoonError('SERVICE_STOPPING', 'the service is stopping'))
        if (asked !== 'first') void this.#endNow().then(() => settle(signal))
        else {
          this.#notice(`${signal}: ${this.#howItEnds()}; again to stop at once`)
          void this.#end().then(() => settle('done'))
        }
      })
    })
  }

  #howItEnds(): string {
    if (this.#nimbus === undefined) return 'ending'
    const topologies = plural(this.#nimbus.topologies.length, 'topology')
    if (this.#flags.hosts === undefined) return `draining ${topologies}`
    return `${topologies} left to the next nimbus, for as long as the lease of its host`
  }

  async #end(): Promise<void> {
    await (this.#flags.hosts === undefined ? this.#nimbus?.close() : this.#nimbus?.leave())
  }

  async #endNow(): Promise<void> {
    if (this.#flags.hosts === undefined) await this.#nimbus?.stopNow()
  }

  #notice(text: string): void {
    this.#log.say('info', text)
  }

  #report(problem: Problem): void {
    this.#log.problem(problem)
  }
}

/** How this nimbus reaches the code of the one that leads. @param own its certificate */
function codeBy(own: Credentials | undefined): LeaderCode {
  const way = <T>(leader: Leader, go: (address: string, own: Credentials) => Promise<T>): Promise<T> => {
    if (own === undefined || leader.hosts === undefined) throw noWayTo(leader)
    return go(leader.hosts, own)
  }
  return {
    fetch: (leader, digest) => way(leader, (address, own) => fetchBlob(address, own, digest)),
    ask: (leader, taken) => way(leader, (address, own) => askCopies(address, own, taken)),
    give: (leader, digest, content) => way(leader, (address, own) => giveBlob(address, own, digest, content)),
  }
}

function noWayTo({ id }: Leader): TyphoonError {
  return new TyphoonError('SERVICE_UNREACHABLE', `the nimbus ${id}, which leads, does not say where code is fetched`)
}

/**
 * The file of a token that may do everything, which its owner alone reads; made anew where it does not count any more.
 */
async function ownToken(directory: string, tokens: Tokens, name: string): Promise<string> {
  const path = join(directory, 'owner-token')
  const known = (await textIn(path)) ?? ''
  if (typeof tokens.bearer(`Bearer ${known.trim()}`) === 'object') return path
  const made = await tokens.make(name, 'admin')
  await writePrivate(path, `${made}\n`)
  return path
}
