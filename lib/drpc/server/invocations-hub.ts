/**
 * Shares requests out among the workers that are connected. A worker says how many requests it has room for, and gets
 * them as they come: nobody asks in vain, and none piles up where others have room. No input or output: a worker is
 * something with `send`.
 */

import type { DrpcWorkerMessage, ServerMessage } from '../protocol/messages.ts'
import type { DrpcServer, Holder } from './drpc-server.ts'
import { newHolder } from './drpc-server.ts'

/** One task that takes requests of one function. */
interface Feed {
  readonly number: number
  readonly holder: string
  readonly worker: ConnectedWorker
  room: number
}

/** Feeds of one connection; more than this is not a worker of ours. */
const MOST_FEEDS = 65_536

/** All workers of a server. */
export class InvocationsHub {
  readonly #server: DrpcServer
  /** The feeds of each function, in the order of their turns. */
  readonly #feeds = new Map<string, Feed[]>()
  readonly #unwatch: () => void

  constructor(server: DrpcServer) {
    this.#server = server
    this.#unwatch = server.watch((functionName) => this.#share(functionName))
  }

  /** A worker has come. */
  connect(send: (message: ServerMessage) => void): ConnectedWorker {
    return new ConnectedWorker(this.#server, this, send)
  }

  close(): void {
    this.#unwatch()
  }

  /** @internal */
  open(functionName: string, feed: Feed): void {
    const feeds = this.#feeds.get(functionName)
    if (feeds === undefined) this.#feeds.set(functionName, [feed])
    else feeds.push(feed)
    this.#share(functionName)
  }

  /** @internal */
  hasRoom(functionName: string): void {
    this.#share(functionName)
  }

  /** @internal */
  leave(functionName: string, feed: Feed): void {
    const left = (this.#feeds.get(functionName) ?? []).filter((other) => other !== feed)
    if (left.length > 0) this.#feeds.set(functionName, left)
    else this.#feeds.delete(functionName)
  }

  /** Hands out what waits, one to each in turn, as long as someone has room. */
  #share(functionName: string): void {
    const feeds = this.#feeds.get(functionName)
    if (feeds === undefined) return
    let full = 0
    while (full < feeds.length && this.#server.waiting(functionName) > 0) {
      const feed = feeds.shift()!
      feeds.push(feed)
      if (feed.room === 0 || !feed.worker.give(feed, functionName)) full++
      else {
        full = 0
        feed.room--
      }
    }
  }
}

/** A worker, for as long as its connection stands. */
class ConnectedWorker {
  readonly #server: DrpcServer
  readonly #hub: InvocationsHub
  readonly #send: (message: ServerMessage) => void
  readonly #holder: Holder = newHolder()
  readonly #feeds = new Map<number, { readonly function: string; readonly feed: Feed }>()

  constructor(server: DrpcServer, hub: InvocationsHub, send: (message: ServerMessage) => void) {
    this.#server = server
    this.#hub = hub
    this.#send = send
  }

  /** @returns false where the message makes no sense; then close the connection */
  receive(message: DrpcWorkerMessage): boolean {
    const server = this.#server
    switch (message.type) {
      case 'feed':
        return this.#open(message)
      case 'room':
        return this.#more(message.feed, message.room)
      case 'pause':
        return this.#pause(message.feed)
      case 'untouched':
        server.untouched(message.id, message.attempt)
        return true
      case 'result':
        server.result(message.id, message.result)
        break
      case 'fail':
        server.failRequest(message.id, message.reason)
        break
      case 'give back':
        server.giveBack(message.id, message.attempt, message.loss)
        break
    }
    this.#send({ type: 'done', call: message.call })
    return true
  }

  /** The connection is gone: what it had is given to others. */
  lost(): void {
    for (const { function: name, feed } of this.#feeds.values()) this.#hub.leave(name, feed)
    this.#feeds.clear()
    this.#server.lose(this.#holder)
  }

  /** @internal @returns whether there was a request for this feed */
  give({ number, holder }: Feed, functionName: string): boolean {
    const request = this.#server.fetchRequest(functionName, this.#holder, holder)
    if (request !== undefined) this.#send({ type: 'request', feed: number, ...request })
    return request !== undefined
  }

  #open({ feed: number, function: name, holder, room }: DrpcWorkerMessage & { type: 'feed' }): boolean {
    if (this.#feeds.has(number) || this.#feeds.size >= MOST_FEEDS) return false
    const feed = { number, holder, worker: this, room }
    this.#feeds.set(number, { function: name, feed })
    this.#hub.open(name, feed)
    return true
  }

  #more(number: number, room: number): boolean {
    const known = this.#feeds.get(number)
    if (known === undefined) return false
    known.feed.room += room
    this.#hub.hasRoom(known.function)
    return true
  }

  #pause(number: number): boolean {
    const known = this.#feeds.get(number)
    if (known === undefined) return false
    known.feed.room = 0
    return true
  }
}
