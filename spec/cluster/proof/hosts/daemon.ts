/** A program that lasts on one host: what it says is kept in a file, and can be waited for. */
import type { ChildProcess } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { type NetHost, signalled } from './namespaces.ts'

const LOOK_MS = 50
const BOUND_MS = 180_000
const MOST_KEPT = 100_000

/** Waits for what comes by itself. @throws where it does not come (rejects) */
export async function until(what: string, holds: () => boolean, boundMs = BOUND_MS): Promise<void> {
  const beganAt = performance.now()
  while (!holds()) {
    if (performance.now() - beganAt > boundMs) throw new Error(`this has not come in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

export class Daemon {
  readonly host: NetHost
  /** Settles with its exit code when it is gone. */
  readonly ended: Promise<number | null>
  readonly #name: string
  readonly #child: ChildProcess
  readonly #log: string
  #said = ''

  /** @param log the file to which what it says is appended */
  constructor(host: NetHost, name: string, child: ChildProcess, log: string) {
    this.host = host
    this.#name = name
    this.#child = child
    this.#log = log
    this.ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)))
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-MOST_KEPT)
        appendFileSync(log, text)
      })
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  hasSaid(sign: RegExp): boolean {
    return sign.test(this.#said)
  }

  /** Waits until it has said that. @throws where it ends before (rejects) */
  async says(sign: RegExp): Promise<void> {
    await until(`${this.#name} says ${sign} (${this.#log})`, () => {
      if (this.hasSaid(sign)) return true
      if (!this.isAlive) throw new Error(`${this.#name} has ended:\n${this.#said}`)
      return false
    })
  }

  signal(signal: NodeJS.Signals): void {
    signalled(this.#child.pid!, signal)
  }

  /** Ends it by a signal. @returns its exit code */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.isAlive) this.signal(signal)
    return this.ended
  }
}
