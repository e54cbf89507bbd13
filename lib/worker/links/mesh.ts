/**
 * The links of one worker to all others: who they are, dialing, dialing again with back-off, and refusing whom the
 * nimbus has not named. Each worker dials every other one, for the tuples that it receives from it.
 */

import { type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import type { LinkCount, MeshEntry } from '../../messaging/control.ts'
import type { Identity, Link, Listener, Network } from '../../messaging/link.ts'
import { isBadFrame } from '../../messaging/link-end.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { Incarnation, TaskId, WorkerId } from '../../tuple/ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { backOff } from '../../util/time/back-off.ts'
import type { Clock } from '../../util/time/clock.ts'
import { Peer, type PeerPorts } from './peer.ts'

/**
 * Frames leave so far apart, unless they are full: what comes soon after a frame is gathered for the next one, and a
 * lone tuple waits for nobody. A frame costs both ends much more than a tuple does. Storm:
 * `topology.flush.tuple.freq.millis`.
 */
const GATHER_MS = 1
const FIRST_DELAY_MS = 20
const MAX_DELAY_MS = 2000

export interface MeshPorts extends Pick<PeerPorts, 'sourceOf' | 'congestedTasks' | 'onCongestion'> {
  readonly clock: Clock
  readonly network: Network
  readonly identity: Identity
  readonly config: ResolvedConfig
  /** Where a task lives; undefined where there is no such task. */
  workerOf(task: TaskId): WorkerId | undefined
  /** A tuple has come. @throws BAD_FRAME where it is none that its sender may send to this task */
  deliver(target: TaskId, tuple: Tuple, sender: WorkerId): void
  onMark(sender: WorkerId, snapshot: number): void
  onFull(worker: WorkerId, full: boolean): void
  onSilent(worker: WorkerId, silent: boolean): void
  onLost(worker: WorkerId, incarnation: Incarnation, problem: Problem): void
  /** Links cannot be accepted for now. */
  onTrouble(problem: Problem): void
  /** Every link stands, or one more was made: see `isComplete`. */
  onLinked(): void
}

export class Mesh {
  readonly #ports: MeshPorts
  readonly #peers = new Map<WorkerId, Peer>()
  /** Of the tasks that something was sent to. */
  readonly #peersByTask: Peer[] = []
  #entries = new Map<WorkerId, MeshEntry>()
  /** Whose dial is under way, and to which incarnation. */
  readonly #dialing = new Map<WorkerId, Incarnation>()
  /** By worker that is to be dialed again: what cancels that. One at a time, whatever happens meanwhile. */
  readonly #redials = new Map<WorkerId, () => void>()
  #flushedAt = Number.NEGATIVE_INFINITY
  #gathers = false
  /** Congestion that the others are to be told of, by task. */
  readonly #news = new Map<TaskId, boolean>()
  #listener: Listener | undefined
  #closed = false
  /** Frames that were refused. */
  badFrames = 0

  constructor(workers: readonly WorkerId[], ports: MeshPorts) {
    this.#ports = ports
    for (const worker of workers) if (worker !== ports.identity.worker) this.#peers.set(worker, this.#makePeer(worker))
  }

  /** Where the others come. */
  get address(): string {
    return this.#listener!.address
  }

  /** Opens the door to the others. @param port 0: any that is free @returns the address to dial */
  async listen(port: number): Promise<string> {
    this.#listener = await this.#ports.network.listen({
      identity: this.#ports.identity,
      port,
      accept: (peer) => this.#refusal(peer),
      onLink: (link) => this.#accepted(link),
      onTrouble: (problem) => this.#ports.onTrouble(problem),
    })
    return this.#listener.address
  }

  /** Who there is now. Links to incarnations that were replaced are closed, new ones are dialed. */
  update(entries: readonly MeshEntry[]): void {
    this.#entries = new Map(entries.map((entry) => [entry.worker, entry]))
    for (const [worker, peer] of this.#peers) {
      const entry = this.#entries.get(worker)
      if (entry === undefined) continue
      if (peer.inIncarnation !== undefined && peer.inIncarnation < entry.incarnation) {
        peer.drop(
          { code: 'LINK_LOST', message: `worker ${worker} was replaced`, where: { worker } },
          peer.inIncarnation,
        )
      }
      if (!peer.hasIn) void this.#dial(worker)
    }
  }

  /** Every other worker is linked, both ways. */
  get isComplete(): boolean {
    return [...this.#peers.values()].every((peer) => peer.hasIn && peer.hasOut)
  }

  /** Nothing waits to be sent. */
  get isEmpty(): boolean {
    return [...this.#peers.values()].every((peer) => peer.isEmpty)
  }

  /** Hot. @throws CANNOT_ENCODE, TUPLE_TOO_LARGE */
  send(target: TaskId, tuple: Tuple): void {
    this.#peerOf(target).send(target, tuple)
  }

  /** Sends nothing. @throws what `send` would throw */
  check(target: TaskId, tuple: Tuple): void {
    this.#peerOf(target).check(target, tuple)
  }

  /** Hot. */
  #peerOf(task: TaskId): Peer {
    return (this.#peersByTask[task] ??= this.#peers.get(this.#ports.workerOf(task)!)!)
  }

  /** Sends what was gathered, and behind it a mark to every other worker. */
  sendMarks(snapshot: number): void {
    for (const peer of this.#peers.values()) peer.sendMark(snapshot)
  }

  /** Sends what was gathered, now or soon. */
  flush(): void {
    if (this.#news.size > 0) this.#tellNews()
    if (this.#gathers || this.isEmpty) return
    const { clock } = this.#ports
    if (clock.now() - this.#flushedAt >= GATHER_MS) this.#flushNow()
    else {
      this.#gathers = true
      clock.after(GATHER_MS, () => this.#flushNow())
    }
  }

  #tellNews(): void {
    for (const [task, congested] of this.#news) this.#sendCongestion(task, congested)
    this.#news.clear()
  }

  #flushNow(): void {
    this.#gathers = false
    this.#flushedAt = this.#ports.clock.now()
    for (const peer of this.#peers.values()) peer.flush()
  }

  pulse(): void {
    for (const peer of this.#peers.values()) peer.pulse()
  }

  /**
   * Tells all others of a task of this worker, which becomes congested and free in turn.
   * @param isSoon it is told with the next `flush`, unless it is over by then
   */
  tellCongestion(task: TaskId, congested: boolean, isSoon = false): void {
    if (!isSoon) this.#sendCongestion(task, congested)
    else if (!this.#news.delete(task)) this.#news.set(task, congested)
  }

  #sendCongestion(task: TaskId, congested: boolean): void {
    for (const peer of this.#peers.values()) peer.sendCongestion(task, congested)
  }

  /** What was sent to each other worker, and what waits. */
  get links(): { readonly worker: WorkerId; readonly sentBytes: number; readonly waitingBytes: number }[] {
    return [...this.#peers.values()].map(({ worker, sentBytes, waitingBytes }) => ({ worker, sentBytes, waitingBytes }))
  }

  counts(): { sent: LinkCount[]; received: LinkCount[] } {
    const peers = [...this.#peers.values()]
    return { sent: peers.map((peer) => peer.sentCount), received: peers.map((peer) => peer.receivedCount) }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const cancel of this.#redials.values()) cancel()
    await Promise.all([...this.#peers.values()].map((peer) => peer.close()))
    await this.#listener?.close()
  }

  #makePeer(worker: WorkerId): Peer {
    const { sourceOf, deliver, onMark, congestedTasks, onCongestion, config, identity } = this.#ports
    return new Peer(worker, config, {
      self: identity.worker,
      sourceOf,
      deliver: (target, tuple) => deliver(target, tuple, worker),
      onMark: (snapshot) => onMark(worker, snapshot),
      congestedTasks,
      onCongestion: (tasks, congested) => {
        const foreign = tasks.find((task) => this.#ports.workerOf(task) !== worker)
        if (foreign !== undefined)
          throw new TyphoonError(
            'BAD_FRAME',
            `worker ${worker} reports congestion of task ${foreign}, which it does not run`,
          )
        onCongestion(tasks, congested)
      },
      onFull: (full) => this.#ports.onFull(worker, full),
      onSilent: (silent) => this.#ports.onSilent(worker, silent),
      onLost: (problem, incarnation) => this.#lost(worker, incarnation, problem),
    })
  }

  #refusal(peer: Identity): Problem | undefined {
    const where = { worker: peer.worker }
    if (!this.#peers.has(peer.worker))
      return { code: 'REFUSED', message: `there is no worker ${peer.worker} in this topology`, where }
    // One that the nimbus has not named is refused, too: a dialer that has heard of this worker earlier than it of him
    // dials again.
    const known = this.#entries.get(peer.worker)?.incarnation
    if (peer.incarnation === known) return undefined
    const why = known === undefined ? 'is not known here yet' : `is not the one that lives, which is ${known}`
    return { code: 'REFUSED', message: `incarnation ${peer.incarnation} of worker ${peer.worker} ${why}`, where }
  }

  #accepted(link: Link): void {
    if (this.#closed) {
      void link.close()
      return
    }
    this.#peers.get(link.peer.worker)!.attachOut(link)
    this.#ports.onLinked()
  }

  async #dial(worker: WorkerId, failures = 0): Promise<void> {
    const entry = this.#entries.get(worker)
    if (entry === undefined || this.#closed || this.#dialing.get(worker) === entry.incarnation) return
    this.#redials.get(worker)?.()
    this.#redials.delete(worker)
    this.#dialing.set(worker, entry.incarnation)
    let link: Link
    try {
      link = await this.#ports.network.dial(entry.address, this.#ports.identity, {
        worker,
        incarnation: entry.incarnation,
      })
    } catch {
      this.#endDial(worker, entry)
      // The one that is under way goes to a later incarnation.
      if (!this.#dialing.has(worker))
        this.#dialLater(worker, failures + 1, backOff(failures + 1, FIRST_DELAY_MS, MAX_DELAY_MS))
      return
    }
    this.#dialed(worker, entry, link)
  }

  #dialLater(worker: WorkerId, failures: number, delayMs: number): void {
    this.#redials.get(worker)?.()
    const cancel = this.#ports.clock.after(delayMs, () => {
      this.#redials.delete(worker)
      if (!this.#peers.get(worker)!.hasIn) void this.#dial(worker, failures)
    })
    this.#redials.set(worker, cancel)
  }

  #dialed(worker: WorkerId, entry: MeshEntry, link: Link): void {
    this.#endDial(worker, entry)
    if (this.#closed || (this.#entries.get(worker)?.incarnation ?? 0) > entry.incarnation) {
      void link.close()
      return
    }
    this.#peers.get(worker)!.attachIn(link)
    this.#ports.onLinked()
  }

  #endDial(worker: WorkerId, entry: MeshEntry): void {
    if (this.#dialing.get(worker) === entry.incarnation) this.#dialing.delete(worker)
  }

  #lost(worker: WorkerId, incarnation: Incarnation, problem: Problem): void {
    if (this.#closed) return
    if (isBadFrame(problem)) this.badFrames++
    this.#ports.onLost(worker, incarnation, problem)
    this.#dialLater(worker, 0, FIRST_DELAY_MS)
  }
}
