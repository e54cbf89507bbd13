/**
 * A service of topologies on this machine: it remembers those that were submitted, and runs each in worker processes of
 * its own. What is asked of it here is asked over HTTP by `lib/api`.
 *
 *     DIR/hosts/        which hosts are to be left
 *     DIR/nimbus/       the lease of the service: one works with a directory at a time
 *     DIR/topologies/   what is remembered, a file each
 *     DIR/hosted/ID/    code and logs of a topology
 *     DIR/left/ID/      what topologies that were killed had written beside their code
 *     DIR/old-logs/ID/  logs of topologies that were killed, for a while
 *     DIR/blobs/        contents of all bundles, by digest
 *     DIR/state/NAME/   snapshots, savepoints and states of a topology
 */
import { randomInt } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BlobDirectory } from '../bundle/blobs.ts'
import { type BundleManifest, checkManifest } from '../bundle/manifest.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { createSavepoint } from '../snapshots/savepoints/savepoints.ts'
import { fileNameOf, topologyDirectory } from '../store/topology-directory.ts'
import { Turnstile } from '../util/turnstile.ts'
import { suggest } from '../words/suggest.ts'
import type { Examined } from './code/examine.ts'
import { KnownCode } from './code/known-code.ts'
import { type CodePorts, loadCode } from './code/load-code.ts'
import { spreadCode } from './code/spread-code.ts'
import type { HostView } from './hosted/engine.ts'
import type { HostPorts } from './hosted/host-ports.ts'
import { HostedTopology } from './hosted/hosted-topology.ts'
import { HostsToLeave } from './hosts-to-leave.ts'
import type { ClusterStore } from './leadership/cluster-store.ts'
import { OldLogs } from './logs/old-logs.ts'
import type { TopologyLogs } from './logs/topology-logs.ts'
import type { Left, NimbusOptions, Submitted } from './nimbus-options.ts'
import { type Beginning, RECORD_FORMAT, readRecord, type TopologyRecord, type Wanted } from './record/record.ts'
import {
  type ChangeRequest,
  checkOwner,
  GoneRequests,
  type KeptAnswer,
  killedSince,
  takenOf,
  withRequest,
} from './record/requests.ts'
import { goneIn, updated } from './record/updated.ts'
import { removeState } from './remove-state.ts'
import { hostedFolder, leftFolder, tidyHosted } from './written.ts'

/** The folder of this package. */
const OWN = fileURLToPath(new URL('../../..', import.meta.url))

/** What is wrong with one record, and not with the store. */
const DAMAGED: readonly ErrorCode[] = ['STATE_CORRUPT', 'BAD_BUNDLE', 'BUNDLE_TOO_LARGE']

export class Nimbus {
  readonly blobs: BlobDirectory
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: () => Date
  readonly #options: NimbusOptions
  readonly #store: ClusterStore
  readonly #hostsToLeave: HostsToLeave
  readonly #topologies = new Map<string, HostedTopology>()
  readonly #versions = new Map<string, number>()
  /** Names that are being submitted. */
  readonly #coming = new Set<string>()
  /** Submissions that are under way, by the id of their request. */
  readonly #submissions = new Map<string, Promise<HostedTopology>>()
  #gone!: GoneRequests
  readonly #oldLogs: OldLogs
  readonly #known: KnownCode
  readonly #starts = new Turnstile(availableParallelism())
  #isClosing = false

  private constructor(options: NimbusOptions) {
    this.#options = options
    this.#store = options.reign.store('topologies')
    this.#hostsToLeave = new HostsToLeave(options.reign.store('hosts'), options.engine)
    this.blobs = new BlobDirectory(join(options.directory, 'blobs'))
    this.now = options.now
    this.#known = new KnownCode(options.now)
    this.#oldLogs = new OldLogs(join(options.directory, 'old-logs'), options.now)
    this.startedAt = options.now().getTime()
  }

  /** Remembers the topologies that there are; `begin` goes on with them. */
  static async open(options: NimbusOptions): Promise<Nimbus> {
    const nimbus = new Nimbus({ ...options, directory: resolve(options.directory) })
    try {
      nimbus.#gone = await GoneRequests.open(options.reign.store('requests'))
      await nimbus.#remember()
      return nimbus
    } catch (error) {
      await options.reign.resign()
      throw error
    }
  }

  /** Goes on with the topologies that are remembered; those that were being killed are. */
  begin(): void {
    for (const topology of this.topologies) {
      const { name, status } = topology.record
      if (status === 'KILLED') void this.kill(name, 0).catch((error) => topology.logs.problem(toProblem(error), 0))
      else void topology.start()
    }
  }

  /** There may be room where there was none: who waits for it tries again. */
  roomCame(): void {
    for (const topology of this.topologies) topology.roomCame()
  }

  /** In the order of their names; none where all topologies run here. */
  get hosts(): readonly HostView[] {
    return this.#options.engine?.hosts ?? []
  }

  /**
   * A host gets no workers, and topologies that have some there move; or it is used again.
   * @throws HOST_UNKNOWN, and what the store says (rejects): then nothing has changed
   */
  leaveHost(name: string, isToBeLeft: boolean): Promise<void> {
    return this.#hostsToLeave.leave(name, isToBeLeft)
  }

  /** Whether it is a run that a topology goes on with. */
  expects(run: string): boolean {
    return this.topologies.some((topology) => topology.expects(run))
  }

  /** The ids of all topologies. */
  topologyIds(): readonly string[] {
    return this.topologies.map(({ record }) => record.id)
  }

  /** In the order of their names. */
  get topologies(): readonly HostedTopology[] {
    return [...this.#topologies.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1))
  }

  /** Whether there is one of this name. */
  has(name: string): boolean {
    return this.#topologies.has(name)
  }

  /** @param request by which it is to be changed @throws TOPOLOGY_UNKNOWN */
  get(name: string, request?: ChangeRequest): HostedTopology {
    this.#checkKnown(request, name)
    const found = this.#topologies.get(name)
    if (found !== undefined) return found
    const names = [...this.#topologies.keys()]
    const hint = names.length === 0 ? 'there is none at all: submit one' : suggest(name, names)
    throw new TyphoonError('TOPOLOGY_UNKNOWN', `there is no topology "${name}"`, { hint })
  }

  /**
   * What a topology has logged; one that was killed, for as long as that is kept.
   * @throws TOPOLOGY_UNKNOWN (rejects)
   */
  async logsOf(name: string): Promise<TopologyLogs> {
    return this.#topologies.get(name)?.logs ?? (await this.#oldLogs.find(name)) ?? this.get(name).logs
  }

  /**
   * Takes a topology over, and begins to run it.
   * @throws DefinitionError, BAD_BUNDLE, BUNDLE_PLATFORM, BUNDLE_TOO_LARGE, TOPOLOGY_EXISTS (rejects): then it is not
   * there
   */
  async submit(submitted: Submitted, beginning: Beginning = {}, request?: ChangeRequest): Promise<HostedTopology> {
    const taken = this.topologies.find(({ record }) => takenOf(record.requests, request) !== undefined)
    if (taken !== undefined) return taken
    this.#checkKnown(request)
    if (request === undefined) return this.#submit(submitted, beginning)
    const underWay = this.#submissions.get(request.id) ?? this.#submit(submitted, beginning, request)
    this.#submissions.set(request.id, underWay)
    return underWay.finally(() => this.#submissions.delete(request.id))
  }

  async #submit(
    { name, inactive = false, ...wanted }: Submitted,
    beginning: Beginning,
    request?: ChangeRequest,
  ): Promise<HostedTopology> {
    this.#checkOpen()
    const bundle = await this.#complete(wanted.bundle)
    const expected = name ?? basename(bundle.entry, extname(bundle.entry))
    // Storm's form, name-number-seconds; a clock may be set back, and a service begin twice in a second.
    const id = `${fileNameOf(expected)}-${randomInt(2 ** 40)}-${Math.floor(this.#options.now().getTime() / 1000)}`
    if (name !== undefined) this.#checkFree(name)
    const folder = hostedFolder(this.#options.directory, id)
    const examined = await this.#firstLook({ ...wanted, bundle }, name, folder)
    const own = examined.topology.name
    try {
      this.#checkFree(own)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
    this.#coming.add(own)
    try {
      const said: string[] = []
      const logs = { say: (_: string, text: string): void => void said.push(text) }
      await spreadCode(this.#options.engine?.copies, bundle, examined.topology, logs)
      this.#checkOpen()
      const made: TopologyRecord = {
        ...{ format: RECORD_FORMAT, id, name: own, status: inactive ? 'INACTIVE' : 'ACTIVE', revision: 1 },
        submittedAt: this.#options.now().getTime(),
        wanted: { ...wanted, bundle },
      }
      const record = withRequest(made, request, made.submittedAt)
      await this.#save(record)
      const topology = this.#host(record)
      for (const text of said) topology.logs.say('warn', text)
      await topology.start(examined, beginning)
      return topology
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    } finally {
      this.#coming.delete(own)
    }
  }

  /** @returns for how long it did not emit, milliseconds @throws as `HostedTopology.replace` (rejects) */
  async update(name: string, wanted: Wanted, beginning: Beginning = {}, request?: ChangeRequest): Promise<number> {
    this.#checkOpen()
    const bundle = await this.#complete(wanted.bundle)
    const topology = this.get(name, request)
    const change = (gone: readonly string[]) => (before: Wanted) => updated(before, { ...wanted, bundle }, gone)
    try {
      return await topology.replace(change([]), 0, beginning, request)
    } catch (error) {
      // What a rebalance has set for a component that the new code does not have is of no use any more.
      const gone = goneIn(error, topology.record.wanted.parallelism)
      if (gone.length === 0) throw error
      topology.logs.say(
        'warn',
        `what a rebalance has set for ${gone.join(', ')} is forgotten: there is no such component`,
      )
      return topology.replace(change(gone), 0, beginning, request)
    }
  }

  /**
   * Ends a topology for good.
   * @param savepoint name of the savepoint that is to be left; '' is one by its number, undefined leaves none
   * @returns what is left of it, as far as this request has not been answered before
   */
  async kill(name: string, waitMs: number, savepoint?: string, request?: ChangeRequest): Promise<Left> {
    const gone = this.#gone.find(request, name)
    if (gone !== undefined) return { savepoint: gone.request.savepoint }
    const topology = this.get(name, request)
    let made: string | undefined
    const whenStopped = async (): Promise<KeptAnswer> => {
      if (savepoint === undefined) return {}
      const kept = { root: this.stateFolder, topology: name }
      made = (await createSavepoint(kept, savepoint === '' ? undefined : savepoint)).name
      return { savepoint: made }
    }
    const forget = async (): Promise<void> => {
      await this.#gone.keep(topology.record)
      await removeState(topologyDirectory(this.stateFolder, name))
      await this.#store.remove(name, this.#versions.get(name) ?? 0)
      this.#versions.delete(name)
      this.#topologies.delete(name)
    }
    const files = await topology.kill(waitMs, whenStopped, forget, request)
    // It may have been killed by the same request, which came twice.
    return { savepoint: made ?? this.#gone.find(request)?.request.savepoint, files }
  }

  /** Runs are drained, and go on when the service is there again. */
  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.topologies.map((topology) => topology.close()))
    await this.#options.reign.resign()
  }

  /** Runs go on without it: another nimbus takes them over, or this one when it begins again. */
  async leave(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.topologies.map((topology) => topology.logs.flushed()))
    await this.#options.reign.resign()
  }

  /** Runs end at once. */
  async stopNow(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.topologies.map((topology) => topology.stopNow()))
  }

  /** What is damaged is reported, and hinders no other topology. */
  async #remember(): Promise<void> {
    let areAllSound = true
    for (const name of await this.#store.keys()) {
      try {
        const { value, version } = (await this.#store.get(name))!
        const record = readRecord(name, value)
        this.#versions.set(name, version)
        this.#host(record)
      } catch (error) {
        if (!DAMAGED.includes(toProblem(error).code)) throw error
        areAllSound = false
        this.#options.onTrouble(toProblem(error))
      }
    }
    await this.#hostsToLeave.open().catch((error: unknown) => {
      if (!DAMAGED.includes(toProblem(error).code)) throw error
      this.#options.onTrouble(toProblem(error))
    })
    if (areAllSound) await this.#tidy()
  }

  /** Removes what nobody needs: code that a service was given, or was laying out, when it was killed. */
  async #tidy(): Promise<void> {
    const records = this.topologies.map(({ record }) => record)
    await this.blobs.retain(new Set(records.flatMap(({ wanted }) => wanted.bundle.files.map(({ digest }) => digest))))
    const known = new Set(records.map(({ id }) => id))
    await this.#oldLogs.tidy()
    await tidyHosted(this.#options.directory, known)
  }

  /** @throws what is wrong with it (rejects): then nothing of it is left */
  async #firstLook(wanted: Wanted, name: string | undefined, folder: string): Promise<Examined> {
    try {
      return await loadCode(this.#code, wanted, name, join(folder, 'code'))
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** @throws TOPOLOGY_EXISTS */
  #checkFree(name: string): void {
    if (!this.#topologies.has(name) && !this.#coming.has(name)) return
    throw new TyphoonError('TOPOLOGY_EXISTS', `there is a topology "${name}" already`, {
      hint: 'update it, kill it first, or give this one another name with --name',
    })
  }

  /** What a request has asked for, of a topology that is gone or of another one, is not asked of this one. */
  #checkKnown(request: ChangeRequest | undefined, name?: string): void {
    const gone = this.#gone.find(request, name)
    if (gone !== undefined) throw killedSince(gone)
    const records = this.topologies.map(({ record }) => record)
    if (name !== undefined) checkOwner(records, request, name)
  }

  #checkOpen(): void {
    if (this.#isClosing) throw new TyphoonError('SERVICE_STOPPING', 'the service is stopping')
  }

  get #code(): CodePorts {
    const stateFolder = this.#options.isStateless === true ? undefined : this.stateFolder
    const copies = this.#options.engine?.copies
    return { blobs: this.blobs, own: OWN, starts: this.#starts, known: this.#known, stateFolder, copies }
  }

  #host(record: TopologyRecord): HostedTopology {
    const { clock, now, engine, directory } = this.#options
    const folder = hostedFolder(directory, record.id)
    const ports: HostPorts = {
      ...this.#code,
      ...{ clock, now, engine, folder, left: leftFolder(directory, record.id), oldLogs: this.#oldLogs },
      save: (changed) => this.#save(changed),
    }
    const topology = new HostedTopology(record, ports)
    this.#topologies.set(record.name, topology)
    return topology
  }

  /** Where topologies keep their state. */
  get stateFolder(): string {
    return this.#options.stateFolder ?? join(this.#options.directory, 'state')
  }

  async #save(record: TopologyRecord): Promise<void> {
    const version = this.#versions.get(record.name) ?? 0
    this.#versions.set(record.name, await this.#store.put(record.name, record, version))
  }

  /** @throws BAD_BUNDLE, BUNDLE_TOO_LARGE (rejects) */
  async #complete(given: BundleManifest): Promise<BundleManifest> {
    const manifest = checkManifest(given)
    const missing = await this.blobs.missing(manifest.files.map(({ digest }) => digest))
    if (missing.length === 0) return manifest
    throw new TyphoonError('BAD_BUNDLE', `${missing.length} of its files have not been sent`, {
      hint: 'submit it again',
    })
  }
}
