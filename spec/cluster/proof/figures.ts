/**
 * What is measured while hosts are disturbed. There is one way to disturb: something is done, it is waited until all
 * that runs works again, and what came out meanwhile says for how long nothing did.
 */
import { type Cell, type Column, table } from '../../../lib/command/render/table.ts'
import type { HostCluster } from './hosts/host-cluster.ts'

/** What runs on the hosts meanwhile. */
export interface Load {
  readonly name: string
  /** Grows with what comes out of it. */
  output(): number
  /** Settles when what goes in now has gone all ways. */
  works(): Promise<void>
  /** Nothing more goes in: waits for what comes out. @returns what is not as it should be, '' where all is */
  compare(): Promise<string>
  /** Nothing more goes in, and nothing is asked. */
  stop(): void
}

/** What is done to the hosts. */
export interface Disturbance {
  readonly what: string
  /** Settles when it is done; what is done at once returns nothing. */
  begin(): unknown
  /** Another nimbus is to lead after it. */
  readonly changesLeader?: true
}

const LOOK_MS = 20
const COLUMNS: readonly Column[] = [
  { title: 'what' },
  { title: 'load' },
  { title: 'the next leads after', align: 'right' },
  { title: 'longest pause', align: 'right' },
  { title: 'works again after', align: 'right' },
]

export class Figures {
  readonly #rows: Cell[][] = []

  /** Disturbs, and waits until all loads work again and, where that is expected, another nimbus leads. */
  async disturb(cluster: HostCluster, loads: readonly Load[], disturbance: Disturbance): Promise<void> {
    const { what, changesLeader = false } = disturbance
    const before = cluster.leader
    const pauses = loads.map((load) => new PauseMeter(load))
    const beganAt = performance.now()
    const passed = (): string => inSeconds(performance.now() - beganAt)
    try {
      await disturbance.begin()
      const leads = changesLeader ? cluster.leadsAnother(before).then(passed) : ''
      const work = loads.map((load) => load.works().then(passed))
      const [next, works] = await Promise.all([leads, Promise.all(work)])
      for (const [at, { name }] of loads.entries())
        this.#add(what, name, next, inSeconds(pauses[at]!.longestMs), works[at]!)
    } finally {
      for (const pause of pauses) pause.stop()
    }
  }

  /** Does something, and says how long it took. */
  async time(what: string, action: () => Promise<unknown>): Promise<void> {
    const beganAt = performance.now()
    await action()
    this.#add(what, '', '', '', inSeconds(performance.now() - beganAt))
  }

  /** All of it. */
  show(): void {
    for (const line of table(COLUMNS, this.#rows))
      console.log(
        line
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      )
  }

  #add(...row: Cell[]): void {
    this.#rows.push(row)
    console.log(row.filter((cell) => cell !== '').join(' · '))
  }
}

/** For how long nothing comes out of a load, at most. */
class PauseMeter {
  readonly #load: Load
  readonly #timer: NodeJS.Timeout
  #last: number
  #grownAt = performance.now()
  #longestMs = 0

  constructor(load: Load) {
    this.#load = load
    this.#last = load.output()
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  get longestMs(): number {
    this.#look()
    return this.#longestMs
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    this.#longestMs = Math.max(this.#longestMs, now - this.#grownAt)
    const output = this.#load.output()
    if (output === this.#last) return
    this.#last = output
    this.#grownAt = now
  }
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
