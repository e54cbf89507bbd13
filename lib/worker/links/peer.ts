/**
 * One other worker, and the two links to it. Tuples go out on the link that the peer has dialed, for what a WebSocket
 * server sends is not masked; they come in on the one that was dialed from here. The other direction of each link
 * carries what the receiver says of its congestion.
 *
 * The promise: what is sent while no link is open waits (bounded: senders are held back) and goes out on the next one;
 * what was on a link when it broke may be lost, and then `onLost` is called once, for both links are closed together.
 */
import { readTupleBatch } from '../../codec/tuple-batch-reader.ts'
import { TupleBatchWriter } from '../../codec/tuple-batch-writer.ts'
import { type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import type { LinkCount } from '../../messaging/control.ts'
import { decodeFrame, encodeFrame } from '../../messaging/frames.ts'
import type { Link } from '../../messaging/link.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import { linkTimeoutSecs, lookMs, pulseMs, SILENT_LOOKS } from '../../topology/config/message-timeout.ts'
import type { Incarnation, TaskId, WorkerId } from '../../tuple/ids.ts'
import type { Tuple, TupleSource } from '../../tuple/tuple.ts'

export interface PeerPorts {
  /** The worker at this end. */
  readonly self: WorkerId
  sourceOf(task: TaskId, streamIndex: number): TupleSource | undefined
  /** A tuple has come. @throws BAD_FRAME if the peer may not send it to this task */
  deliver(target: TaskId, tuple: Tuple): void
  /** The mark of a snapshot has come. */
  onMark(snapshot: number): void
  /** The tasks of this worker that are congested now. */
  congestedTasks(): readonly TaskId[]
  /** What the peer says of its tasks. */
  onCongestion(tasks: readonly TaskId[], congested: boolean): void
  /** More waits to be sent to the peer than may, or no more. */
  onFull(full: boolean): void
  /** Nothing was heard of the peer for a while, with a link or without one; or it was heard again. */
  onSilent(silent: boolean): void
  /**
   * A link to the peer broke; nothing that was on its way is sure to arrive. The problem names the worker that was not
   * heard: the peer, or this one, where the peer says so.
   */
  onLost(problem: Problem, incarnation: Incarnation): void
}

const BEATS_PER_SILENCE = 3

export class Peer {
  readonly worker: WorkerId
  readonly #ports: PeerPorts
  readonly #config: ResolvedConfig
  readonly #writer: TupleBatchWriter
  readonly #batchBytes: number
  readonly #bufferBytes: number
  /** Of tuples, over all links to this peer. */
  sentBytes = 0
  #out: Link | undefined
  #in: Link | undefined
  #sent = 0
  #pulsed = 0
  #received = 0
  /** Calls of `pulse` since something was sent, and since something was heard on the link that tuples come on. */
  #unsaid = 0
  #unheard = 0
  readonly #beatLooks: number
  readonly #silentLooks: number
  /** A link that was silent for this long counts as broken. */
  readonly #brokenLooks: number
  /** Batches that wait for a link. */
  #backlog: Uint8Array[] = []
  #backlogBytes = 0
  #full = false
  readonly #deliver = (target: TaskId, tuple: Tuple): void => this.#ports.deliver(target, tuple)

  constructor(worker: WorkerId, config: ResolvedConfig, ports: PeerPorts) {
    this.worker = worker
    this.#ports = ports
    this.#config = config
    this.#writer = new TupleBatchWriter({ maxFrameBytes: config['topology.frame.max.bytes'] })
    this.#batchBytes = config['topology.transfer.batch.bytes']
    this.#bufferBytes = config['topology.transfer.buffer.bytes']
    this.#silentLooks = Math.ceil((SILENT_LOOKS * lookMs(config)) / pulseMs(config))
    this.#beatLooks = Math.max(1, Math.floor(this.#silentLooks / BEATS_PER_SILENCE))
    this.#brokenLooks = Math.max(2, Math.ceil((linkTimeoutSecs(config) * 1000) / pulseMs(config)))
  }

  get hasIn(): boolean {
    return this.#in !== undefined
  }

  get hasOut(): boolean {
    return this.#out !== undefined
  }

  get inIncarnation(): Incarnation | undefined {
    return this.#in?.peer.incarnation
  }

  /** Nothing waits to be sent. */
  get isEmpty(): boolean {
    return this.#writer.count === 0 && this.#backlog.length === 0
  }

  /** Bytes that the network has not taken yet, or for which there is no link. */
  get waitingBytes(): number {
    return this.#backlogBytes + (this.#out?.bufferedBytes ?? 0)
  }

  get sentCount(): LinkCount {
    return { peer: this.worker, frames: this.#sent }
  }

  get receivedCount(): LinkCount {
    return { peer: this.worker, frames: this.#received }
  }

  /** Encodes a tuple; it leaves with its batch. Hot. @throws CANNOT_ENCODE, TUPLE_TOO_LARGE */
  send(target: TaskId, tuple: Tuple): void {
    this.#writer.add(target, tuple)
    if (this.#writer.bytes >= this.#batchBytes) this.flush()
  }

  /** Sends what was gathered. */
  flush(): void {
    for (let body = this.#writer.take(); body !== undefined; body = this.#writer.take()) this.#send(body)
  }

  /** Sends what was gathered, and a mark behind it. Without a link there is no mark: the snapshot will be given up. */
  sendMark(snapshot: number): void {
    this.flush()
    this.#out?.send(encodeFrame({ kind: 'mark', snapshot }))
  }

  /** Whether a tuple could be sent. @throws CANNOT_ENCODE, TUPLE_TOO_LARGE */
  check(target: TaskId, tuple: Tuple): void {
    this.#writer.check(target, tuple)
  }

  #send(body: Uint8Array): void {
    if (this.#out === undefined) {
      this.#backlog.push(body)
      this.#backlogBytes += body.length
      if (this.#backlogBytes > this.#bufferBytes) this.#setFull(true)
    } else this.#transmit(this.#out, body)
  }

  /** The peer has dialed this worker: tuples can go out. */
  attachOut(link: Link): void {
    // The peer has noticed before this worker that its links broke, or was replaced: what was on the old link may be
    // lost.
    if (this.#out !== undefined) {
      const where = { worker: this.worker }
      this.drop(
        { code: 'LINK_LOST', message: `worker ${this.worker} has dialed anew`, where },
        this.#out.peer.incarnation,
      )
    }
    this.#out = link
    this.#sent = 0
    this.#pulsed = 0
    link.onClose((reason) => this.#closed(link, reason))
    link.onFrame((frame) => this.#receive(link, frame))
    this.#setFull(false)
    this.#backlogBytes = 0
    for (const body of this.#backlog.splice(0)) this.#transmit(link, body)
  }

  /** This worker has dialed the peer: tuples can come in. */
  attachIn(link: Link): void {
    const before = this.#in
    this.#in = link
    this.#received = 0
    this.#heard()
    if (before !== undefined) void before.close()
    link.onClose((reason) => this.#closed(link, reason))
    link.onFrame((frame) => this.#receive(link, frame))
    const tasks = [...this.#ports.congestedTasks()]
    if (tasks.length > 0) link.send(encodeFrame({ kind: 'congestion', congested: true, tasks }))
  }

  /** Tells the peer of one of this worker's tasks. */
  sendCongestion(task: TaskId, congested: boolean): void {
    this.#in?.send(encodeFrame({ kind: 'congestion', congested, tasks: [task] }))
  }

  /**
   * Called every `pulseMs`. On a link that has been idle: how many frames were sent, so that the loss of the last one
   * is noticed; and now and then a sign of life.
   */
  pulse(): void {
    this.#listen()
    if (this.#out === undefined) return
    if (this.#pulsed === this.#sent && ++this.#unsaid < this.#beatLooks) return
    this.#pulsed = this.#sent
    this.#unsaid = 0
    this.#out.send(encodeFrame({ kind: 'pulse', sequence: this.#sent }))
  }

  /**
   * A link that carries nothing any more, without having broken, is dropped: what was on it is replayed, and it is
   * dialed anew.
   */
  #listen(): void {
    if (++this.#unheard === this.#silentLooks) this.#ports.onSilent(true)
    const link = this.#in
    if (link === undefined || this.#unheard <= this.#brokenLooks) return
    const seconds = linkTimeoutSecs(this.#config)
    const where = { worker: this.worker }
    const message = `the link to worker ${this.worker} has carried nothing for ${seconds} s, though it is open`
    this.drop({ code: 'LINK_SILENT', message, where, hint: 'a network that drops packets?' }, link.peer.incarnation)
  }

  #heard(): void {
    const wasSilent = this.#unheard >= this.#silentLooks
    this.#unheard = 0
    if (wasSilent) this.#ports.onSilent(false)
  }

  /** Ends both links, orderly where no reason is given. */
  async close(reason?: Problem): Promise<void> {
    const links = [this.#out, this.#in]
    this.#out = undefined
    this.#in = undefined
    await Promise.all(links.map((link) => link?.close(reason)))
  }

  /** The peer's process is gone or replaced: its links are too. */
  drop(problem: Problem, incarnation: Incarnation): void {
    void this.close(problem)
    this.#ports.onLost(problem, incarnation)
  }

  #transmit(link: Link, body: Uint8Array): void {
    this.sentBytes += body.length
    link.send(encodeFrame({ kind: 'tuples', sequence: ++this.#sent, body }))
    if (!this.#full && link.bufferedBytes > this.#bufferBytes) {
      this.#setFull(true)
      link.onWritable(this.#bufferBytes / 2, () => {
        if (this.#out === link) this.#setFull(false)
      })
    }
  }

  #setFull(full: boolean): void {
    if (this.#full === full) return
    this.#full = full
    this.#ports.onFull(full)
  }

  #receive(link: Link, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    if (link === this.#in) this.#heard()
    switch (frame.kind) {
      case 'tuples':
        if (link !== this.#in) throw new TyphoonError('BAD_FRAME', 'tuples came on a link for the other direction')
        this.#expectSequence(frame.sequence, this.#received + 1)
        this.#received = frame.sequence
        readTupleBatch(frame.body, this.#ports.sourceOf, this.#deliver)
        break
      case 'mark':
        if (link !== this.#in) throw new TyphoonError('BAD_FRAME', 'a mark came on a link for the other direction')
        this.#ports.onMark(frame.snapshot)
        break
      case 'pulse':
        this.#expectSequence(frame.sequence, this.#received)
        break
      case 'congestion':
        this.#ports.onCongestion(frame.tasks, frame.congested)
        break
      default:
        throw new TyphoonError('BAD_FRAME', `a ${frame.kind} frame came from a worker`)
    }
  }

  #expectSequence(sequence: number, expected: number): void {
    if (sequence !== expected) {
      throw new TyphoonError('FRAME_LOST', `frame ${expected} of worker ${this.worker} is missing; ${sequence} came`)
    }
  }

  #closed(link: Link, reason: Problem | undefined): void {
    if (link !== this.#out && link !== this.#in) return
    void this.close(reason)
    // Without a reason the peer has stopped in good order: all that it had to send has come.
    if (reason === undefined) return
    const isOfThisOne = reason.code === 'LINK_SILENT'
    this.#ports.onLost(isOfThisOne ? { ...reason, where: { worker: this.#ports.self } } : reason, link.peer.incarnation)
  }
}
