/**
 * What one execution has emitted, until it takes effect. Routes are chosen and values are checked when it is emitted,
 * so that nothing can fail any more when it is sent.
 */
import type { TaskId } from '../../tuple/ids.ts'
import { Tuple } from '../../tuple/tuple.ts'
import type { Emitter, OutputStream } from '../task/emitter.ts'
import type { ExecutorPorts } from '../task/ports.ts'

/** Strings up to here, and what is no container, fit into any frame; only other values are encoded to try it. */
const SURELY_SENT_CHARACTERS = 1000

/** A list that was longer than this is let go when it is emptied. */
const MOST_KEPT = 64

/** It is filled and emptied with each tuple, so its room is used again. */
export class Staged {
  #size = 0
  #streams: (OutputStream | undefined)[] = []
  #values: (readonly unknown[] | undefined)[] = []
  #targets: (readonly TaskId[] | undefined)[] = []
  #acks: Tuple[] = []

  get isEmpty(): boolean {
    return this.#size === 0 && this.#acks.length === 0
  }

  /** Hot. */
  add(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[]): void {
    const at = this.#size++
    this.#streams[at] = stream
    this.#values[at] = values
    this.#targets[at] = targets
  }

  /** A bolt that acks by itself has acked a tuple. */
  ack(tuple: Tuple): void {
    this.#acks.push(tuple)
  }

  /** Hot. @param onAck called for what was acked */
  send(emitter: Emitter, onAck: (tuple: Tuple) => void): void {
    for (let i = 0; i < this.#size; i++) emitter.sendUntracked(this.#streams[i]!, this.#values[i]!, this.#targets[i]!)
    if (this.#acks.length > 0) for (const tuple of this.#acks) onAck(tuple)
    this.clear()
  }

  /** Another one with all that is here, which is then empty. */
  moved(): Staged {
    const other = new Staged()
    other.#size = this.#size
    other.#streams = this.#streams
    other.#values = this.#values
    other.#targets = this.#targets
    other.#acks = this.#acks
    this.#letGo()
    return other
  }

  /** Hot. Holds nothing of what it held. Returns what was acked. */
  clear(): readonly Tuple[] {
    const acks = this.#acks
    if (acks.length > 0) this.#acks = []
    if (this.#size > MOST_KEPT) this.#letGo()
    else
      for (let i = 0; i < this.#size; i++) {
        this.#streams[i] = undefined
        this.#values[i] = undefined
        this.#targets[i] = undefined
      }
    this.#size = 0
    return acks
  }

  #letGo(): void {
    this.#size = 0
    this.#acks = []
    this.#streams = []
    this.#values = []
    this.#targets = []
  }
}

/** @throws CANNOT_ENCODE, TUPLE_TOO_LARGE what could not be sent to one of the tasks */
export function checkSendable(
  { source }: OutputStream,
  values: readonly unknown[],
  targets: readonly TaskId[],
  { inboxes, transfer }: ExecutorPorts,
): void {
  if (areSurelySent(values)) return
  const remote = targets.find((target) => inboxes[target] === undefined)
  if (remote !== undefined) transfer.check(remote, new Tuple(values, source, 0, 0, 0, 0, 0, undefined))
}

/** Hot. */
function areSurelySent(values: readonly unknown[]): boolean {
  for (let i = 0; i < values.length; i++) if (!isSurelySent(values[i])) return false
  return true
}

function isSurelySent(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= SURELY_SENT_CHARACTERS
    case 'number':
    case 'boolean':
    case 'undefined':
      return true
    default:
      return value === null
  }
}
