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

export class Staged {
  #streams: OutputStream[] = []
  #values: (readonly unknown[])[] = []
  #targets: (readonly TaskId[])[] = []

  get isEmpty(): boolean {
    return this.#streams.length === 0
  }

  /** Hot. */
  add(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[]): void {
    this.#streams.push(stream)
    this.#values.push(values)
    this.#targets.push(targets)
  }

  /** Hot. */
  send(emitter: Emitter): void {
    for (let i = 0; i < this.#streams.length; i++)
      emitter.sendUntracked(this.#streams[i]!, this.#values[i]!, this.#targets[i]!)
    this.clear()
  }

  /** Another one with all that is here, which is then empty. */
  moved(): Staged {
    const other = new Staged()
    other.#streams = this.#streams
    other.#values = this.#values
    other.#targets = this.#targets
    this.#streams = []
    this.#values = []
    this.#targets = []
    return other
  }

  clear(): void {
    if (this.#streams.length === 0) return
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
  if (values.every(isSurelySent)) return
  const remote = targets.find((target) => inboxes[target] === undefined)
  if (remote !== undefined) transfer.check(remote, new Tuple(values, source, 0, 0, 0, 0, 0, undefined))
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
