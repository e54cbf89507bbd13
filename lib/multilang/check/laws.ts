/**
 * What holds for every message of a child, whatever is tried with it: frames can be read, commands are those of the
 * protocol, ids are known. It reads along, and remembers what was broken; it sends nothing.
 */
import { messageOf } from '../../errors/typhoon-error.ts'
import type { EmitJson, FromChild } from '../wire/messages.ts'
import { type Emit, readEmit } from '../wire/read-emit.ts'
import { shown } from '../wire/shown.ts'
import type { Kind } from './setup.ts'

/** A law by its id. */
export type LawId = 'frames' | 'commands' | 'ids'

/** A law that was broken, and by what. */
export interface Breach {
  readonly law: LawId
  readonly what: string
}

/** What a spout may call its tuples; a bigint where it is a number beyond 2^53. */
export type MessageId = string | number | bigint

/** What a tuple that was sent has become. */
export type Fate = 'open' | 'acked' | 'failed'

const REPORTS = ['log', 'error', 'metrics']
const OF_STATES = ['state_get', 'state_put']

export class Laws {
  readonly breaches: Breach[] = []
  /** The tuples of a bolt, by id. */
  readonly tuples = new Map<string, Fate>()
  /** How many of them are still open. */
  open = 0
  /** Message ids of a spout, in the order of the emits; one that is emitted twice stands there twice. */
  readonly messageIds: MessageId[] = []
  syncs = 0
  emits = 0
  readonly #kind: Kind
  /** Ids of the runtime's own tuples; to ack or fail these is free. */
  readonly #own = new Set<string>()

  constructor(kind: Kind) {
    this.#kind = kind
  }

  /** A tuple goes to the bolt. */
  sent(id: string): void {
    if (id.startsWith('-')) this.#own.add(id)
    else {
      this.tuples.set(id, 'open')
      this.open++
    }
  }

  broken(law: LawId, what: string): void {
    this.breaches.push({ law, what })
  }

  /** @returns the emit, where the message is one that can be read */
  read(message: FromChild): Emit | undefined {
    const { command } = message
    if (command === undefined && message.pid !== undefined) return undefined
    if (command === 'emit') return this.#emit(message as unknown as EmitJson)
    if (command === 'sync') this.syncs++
    else if (command === 'ack' && this.#kind === 'bolt') this.#settle(message['id'], 'acked')
    else if (command === 'fail' && this.#kind === 'bolt') this.#settle(message['id'], 'failed')
    else if (this.#kind === 'bolt' && OF_STATES.includes(String(command))) return undefined
    else if (!REPORTS.includes(String(command)) && !(command === 'exhausted' && this.#kind === 'spout'))
      this.broken('commands', `a ${this.#kind} has no command ${JSON.stringify(command) ?? 'at all'}`)
    return undefined
  }

  #emit(message: EmitJson): Emit | undefined {
    this.emits++
    if (this.#kind === 'bolt') this.#anchored(message.anchors)
    else if (message.id !== undefined && message.id !== null) this.#identified(message.id)
    try {
      return readEmit(message)
    } catch (error) {
      this.broken('commands', messageOf(error))
      return undefined
    }
  }

  #anchored(anchors: unknown): void {
    for (const anchor of anchors === undefined || anchors === null ? [] : [anchors].flat()) {
      const id = String(anchor)
      if (this.tuples.get(id) !== 'open' && !this.#own.has(id))
        this.broken('ids', `an emit is anchored onto "${id}", which ${this.#whatOf(id)}`)
    }
  }

  #identified(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number' && typeof id !== 'bigint') {
      this.broken('ids', `the message id ${shown(id)} is neither a text nor a number`)
      return
    }
    const other = this.messageIds.find((known) => known !== id && String(known) === String(id))
    if (other !== undefined) this.broken('ids', `the message id ${shown(other)} has become ${shown(id)}`)
    this.messageIds.push(id)
  }

  #settle(idJson: unknown, fate: Fate): void {
    const id = String(idJson)
    if (this.#own.has(id)) return
    if (this.tuples.get(id) !== 'open') {
      this.broken('ids', `it ${fate} "${id}", which ${this.#whatOf(id)}`)
      return
    }
    this.tuples.set(id, fate)
    this.open--
  }

  #whatOf(id: string): string {
    const fate = this.tuples.get(id)
    return fate === undefined ? 'it was never sent' : `it had ${fate} before`
  }
}
