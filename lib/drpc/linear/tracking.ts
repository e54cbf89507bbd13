/**
 * What one task knows of one request: the count protocol of linear DRPC. Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/coordination/CoordinatedBolt.java`.
 *
 * Each task of the bolt before says how many tuples of the request it has sent here. All of them are here when every
 * one of those tasks has said so and as many tuples are done as they have told.
 */
import type { TaskId, Tuple } from '../../index.ts'

/** One request in one task. */
export class Track {
  reports = 0
  expected = 0
  received = 0
  /** The task is the one that finishes the request. */
  hasId: boolean
  /** The request is over here: its last tuples are being emitted. */
  isFinishing = false
  /** Set by the first failure: the tuples that come after it fail, too. */
  failure: { readonly error: unknown } | undefined
  /** Tuples that are acked when the request is finished here: they keep its tree open. */
  readonly held: Tuple[] = []
  /** How many tuples went to each task of the next bolt. */
  readonly sent = new Map<TaskId, number>()

  constructor(hasId: boolean) {
    this.hasId = hasId
  }

  /** @param reports of how many tasks of the bolt before */
  isComplete(reports: number): boolean {
    return this.hasId && this.reports === reports && this.expected === this.received
  }

  count(task: TaskId): void {
    this.sent.set(task, (this.sent.get(task) ?? 0) + 1)
  }
}

/** A map that forgets what was not finished within one to two turns; `rotate` is one turn. */
export class RotatingMap<K, V> {
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: K, value: V): void {
    this.#old.delete(key)
    this.#young.set(key, value)
  }

  delete(key: K): void {
    if (!this.#young.delete(key)) this.#old.delete(key)
  }

  /** @returns what is forgotten */
  rotate(): ReadonlyMap<K, V> {
    const forgotten = this.#old
    this.#old = this.#young
    this.#young = new Map()
    return forgotten
  }
}
