/**
 * The workers on this host: brings their code here, starts their processes, and tells of them what there is to tell.
 * Each launch has a process at most, and is told the end of once, whatever happened.
 *
 *     DIR/hosted/ID/code    the code of a topology
 *     DIR/blobs/            contents of all code, by digest
 */
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { BlobDirectory } from '../../bundle/blobs.ts'
import { digestsIn, layOut } from '../../bundle/lay-out.ts'
import { type BundleManifest, checkManifest, isDigest } from '../../bundle/manifest.ts'
import { takeAway } from '../../bundle/take-away.ts'
import type { WorkerExit, WorkerHandle } from '../../daemon/workers/launcher.ts'
import { ProcessLauncher } from '../../daemon/workers/process-launcher.ts'
import { formatProblem } from '../../errors/format.ts'
import { toProblem } from '../../errors/typhoon-error.ts'
import { namesIn } from '../../identity/names-in.ts'
import { TLS_RESOURCE } from '../../net/tls.ts'
import { resolveConfig } from '../../topology/config/config.ts'
import { Turnstile } from '../../util/turnstile.ts'
import { plural } from '../../words/plural.ts'
import type { FromSupervisor, LaunchOrder, ToSupervisor } from '../messages.ts'
import { checkStateMark } from '../trust/state-mark.ts'

/** What it needs. */
export interface HostWorkersPorts {
  /** Of this supervisor. */
  readonly directory: string
  /** The folder of the package of Typhoon. */
  readonly own: string
  /** The file of the module that a worker's process runs. */
  readonly workerModule: string
  /** The address on which workers listen, and by which those of other hosts reach them. */
  readonly host: string
  /** Gets a content from the nimbus. */
  fetch(digest: string): Promise<Readable>
  /** Brings a content to the nimbus. */
  give(digest: string, content: Readable): Promise<void>
  /** To the nimbus, as long as there is a link. @returns whether there is one */
  say(message: FromSupervisor): boolean
}

interface Launched {
  readonly topology: string
  handle: WorkerHandle | undefined
  isKilled: boolean
  /** Called when the nimbus has taken lines of output. */
  readonly waiting: (() => void)[]
  /** Lines that were sent, and not taken. */
  untaken: number
  /** Lines that were not sent, for there was no link. */
  unheard: number
}

/** So many lines of a worker may be on their way. */
const MOST_UNTAKEN = 256
const FETCHES = 4

export class HostWorkers {
  readonly #ports: HostWorkersPorts
  readonly #blobs: BlobDirectory
  readonly #launches = new Map<string, Launched>()
  /** Of two workers of a topology one waits until its code is there. */
  readonly #laying = new Map<string, Turnstile>()
  /** So many launches are having code brought here. */
  #fetching = 0
  /** What nobody needs is being removed. */
  #tidying: Promise<void> = Promise.resolve()

  constructor(ports: HostWorkersPorts) {
    this.#ports = ports
    this.#blobs = new BlobDirectory(join(ports.directory, 'blobs'))
  }

  /** The launches whose processes live, or are about to begin. */
  get running(): string[] {
    return [...this.#launches.keys()]
  }

  /** Begins a worker; one that is known is begun already. */
  launch(order: LaunchOrder): void {
    if (this.#launches.has(order.launch)) return
    const launched: Launched = {
      topology: order.topology,
      handle: undefined,
      isKilled: false,
      waiting: [],
      untaken: 0,
      unheard: 0,
    }
    this.#launches.set(order.launch, launched)
    void this.#begin(order, launched).catch((error: unknown) => {
      const problem = toProblem(error)
      this.#ended(order.launch, { how: 'it could not be started', lastWords: [], problem })
      this.#ports.say({ type: 'written', launch: order.launch })
    })
  }

  kill(launch: string): void {
    const launched = this.#launches.get(launch)
    if (launched === undefined) return
    launched.isKilled = true
    launched.handle?.kill()
    this.taken(launch, launched.untaken)
  }

  /** A worker goes over to another nimbus. One whose process has not begun ends: that nimbus begins it anew. */
  adopt({ launch, nimbus, resources = {} }: Extract<ToSupervisor, { type: 'adopt' }>): void {
    const handle = this.#launches.get(launch)?.handle
    if (handle === undefined) this.kill(launch)
    else handle.follow?.(nimbus, resources)
  }

  /** Ends all of them at once. */
  killAll(): void {
    for (const launch of this.running) this.kill(launch)
  }

  /** The nimbus has taken lines of output. */
  taken(launch: string, lines: number): void {
    const launched = this.#launches.get(launch)
    if (launched === undefined) return
    launched.untaken = Math.max(0, launched.untaken - lines)
    for (const resume of launched.waiting.splice(0)) resume()
  }

  /** The link to the nimbus has broken: nobody will say that what was on its way was taken. */
  linkBroken(): void {
    for (const [launch, { untaken }] of this.#launches) this.taken(launch, untaken)
  }

  /** Brings to the nimbus what is here of these contents of code. @throws what hinders it (rejects) */
  async bring(digests: readonly string[]): Promise<void> {
    try {
      const known = digests.filter(isDigest)
      const missing = new Set(await this.#blobs.missing(known))
      for (const digest of known)
        if (!missing.has(digest)) await this.#ports.give(digest, createReadStream(this.#blobs.pathOf(digest)))
    } finally {
      this.#ports.say({ type: 'brought' })
    }
  }

  /** Removes the code of topologies that are no more. @param topologies the ids of those that there are */
  keepOnly(topologies: ReadonlySet<string>): Promise<void> {
    return this.#tidy(() => this.#keepOnly(topologies))
  }

  /** A topology is no more: its code is removed; contents of it stay until the next link, for others may have them. */
  forget(topology: string): Promise<void> {
    const isUsed = [...this.#launches.values()].some((launched) => launched.topology === topology)
    if (isUsed) return Promise.resolve()
    this.#laying.delete(topology)
    return this.#tidy(() => this.#remove(topology))
  }

  /** One after the other, and no code is laid out meanwhile. */
  #tidy(work: () => Promise<void>): Promise<void> {
    const done = this.#tidying.then(work)
    this.#tidying = done.catch(() => {})
    return done
  }

  async #keepOnly(topologies: ReadonlySet<string>): Promise<void> {
    const hosted = join(this.#ports.directory, 'hosted')
    const used = new Set([...this.#launches.values()].map(({ topology }) => topology))
    const digests = new Set<string>()
    for (const id of await namesIn(hosted)) {
      if (topologies.has(id) || used.has(id))
        for (const digest of await digestsIn(this.#codeOf(id))) digests.add(digest)
      else await this.#remove(id)
    }
    for (const id of this.#laying.keys()) if (!topologies.has(id) && !used.has(id)) this.#laying.delete(id)
    if (this.#fetching === 0) await this.#blobs.retain(digests)
  }

  /** What its workers have written beside its code stays, on this host. */
  async #remove(topology: string): Promise<void> {
    const { directory } = this.#ports
    await takeAway(this.#codeOf(topology), join(directory, 'left', topology))
    await rm(join(directory, 'hosted', topology), { recursive: true, force: true })
  }

  async #begin(order: LaunchOrder, launched: Launched): Promise<void> {
    const { launch, topology, run, secret, worker, incarnation, config, resources, keepsState, credentials } = order
    const { host, workerModule, say } = this.#ports
    const bundle = checkManifest(order.bundle)
    const resolved = resolveConfig(config)
    if (keepsState) await checkStateMark(resolved['topology.state.dir'], credentials.ca)
    const folder = await this.#codeFor(topology, bundle)
    if (launched.isKilled) {
      this.#ended(launch, { how: 'it was killed before it had begun', lastWords: [], bySignal: true })
      say({ type: 'written', launch })
      return
    }
    const launcher = new ProcessLauncher({
      ...{ workerModule, file: join(folder, ...bundle.entry.split('/')), folder },
      ...{ run, secret, config: resolved, resources: { ...resources, [TLS_RESOURCE]: credentials }, keepsState },
      place: { host, advertised: host, tls: credentials },
      events: {
        onOutput: (line, _worker, stream) => this.#output(launch, launched, line, stream),
        onProblem: (problem) => void this.#output(launch, launched, formatProblem(problem), 'stderr'),
      },
    })
    launched.handle = launcher.launch(worker, incarnation, order.nimbus, {
      onBlocked: (blocked) => say({ type: 'blocked', launch, blocked }),
      onHand: (hand) => say({ type: 'hand', launch, hand }),
      onExit: (exit) => {
        this.#ended(launch, exit)
        void launcher.outputTaken().finally(() => say({ type: 'written', launch }))
      },
    })
    say({ type: 'started', launch })
  }

  async #codeFor(topology: string, bundle: BundleManifest): Promise<string> {
    const turns = this.#laying.get(topology) ?? new Turnstile(1)
    this.#laying.set(topology, turns)
    this.#fetching++
    try {
      await this.#tidying
      return await turns.pass(async () => {
        await this.#fetchMissing(bundle)
        const folder = this.#codeOf(topology)
        await layOut({ manifest: bundle, blobs: this.#blobs, own: this.#ports.own, folder })
        return folder
      })
    } finally {
      this.#fetching--
    }
  }

  async #fetchMissing({ files }: BundleManifest): Promise<void> {
    const missing = await this.#blobs.missing([...new Set(files.map(({ digest }) => digest))])
    const fetches = new Turnstile(FETCHES)
    const fetch = async (digest: string): Promise<void> => this.#blobs.put(digest, await this.#ports.fetch(digest))
    await Promise.all(missing.map((digest) => fetches.pass(() => fetch(digest))))
  }

  #codeOf(topology: string): string {
    return join(this.#ports.directory, 'hosted', topology, 'code')
  }

  /** What no nimbus hears is left out and counted: nobody would say that it was taken. */
  #output(launch: string, launched: Launched, line: string, stream: 'stdout' | 'stderr'): Promise<void> | undefined {
    if (launched.unheard > 0 && this.#sendLine(launch, launched, leftOut(launched.unheard), 'stderr'))
      launched.unheard = 0
    if (!this.#sendLine(launch, launched, line, stream)) launched.unheard++
    if (launched.untaken < MOST_UNTAKEN || !this.#launches.has(launch)) return undefined
    return new Promise((resolve) => launched.waiting.push(resolve))
  }

  /** @returns whether somebody hears it */
  #sendLine(launch: string, launched: Launched, line: string, stream: 'stdout' | 'stderr'): boolean {
    const isSent = this.#ports.say({ type: 'output', launch, stream, line })
    if (isSent) launched.untaken++
    return isSent
  }

  #ended(launch: string, exit: WorkerExit): void {
    const launched = this.#launches.get(launch)
    if (launched === undefined) return
    this.taken(launch, launched.untaken)
    this.#launches.delete(launch)
    this.#ports.say({ type: 'exit', launch, exit })
  }
}

function leftOut(lines: number): string {
  return `${plural(lines, 'line')} of output ${lines === 1 ? 'was' : 'were'} left out: there was no nimbus to take them`
}
