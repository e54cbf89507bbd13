/**
 * Ports on which the functions of topologies are asked on this host: each leads to the DRPC server of its topology, on
 * the host of the nimbus. They are the ports that these servers have there, so that a function is asked in the same way
 * on every host.
 */
import { messageOf } from '../../errors/typhoon-error.ts'
import { Passage } from '../../net/passage.ts'
import type { Tls } from '../../net/tls.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { ClientDoor } from '../messages.ts'

/** What it needs. */
export interface ClientDoorsPorts {
  /** What is shown to the server. */
  tls(): Tls
  readonly clock: Clock
  log(level: 'info' | 'warn', message: string): void
}

interface Door {
  address: string
  /** Undefined while the port cannot be had. */
  passage: Passage | undefined
}

/** So often it is tried to get a port that another program has: that may be a nimbus which led before, and ends. */
const AGAIN_MS = 1000

export class ClientDoors {
  readonly #ports: ClientDoorsPorts
  readonly #doors = new Map<number, Door>()

  constructor(ports: ClientDoorsPorts) {
    this.#ports = ports
  }

  /** From now on there are these, and no others. */
  set(doors: readonly ClientDoor[]): void {
    const wanted = new Map(doors.map(({ port, address }) => [port, address]))
    for (const [port, { passage }] of this.#doors) {
      if (wanted.has(port)) continue
      this.#doors.delete(port)
      passage?.close()
    }
    for (const [port, address] of wanted) {
      const known = this.#doors.get(port)
      if (known === undefined) this.#add(port, address)
      else known.address = address
    }
  }

  /** None is left. */
  close(): void {
    this.set([])
  }

  #add(port: number, address: string): void {
    const door: Door = { address, passage: undefined }
    this.#doors.set(port, door)
    void this.#open(port, door, (message) => this.#ports.log('info', message))
  }

  /** @param tell what hinders it, which is said once */
  async #open(port: number, door: Door, tell: (message: string) => void): Promise<void> {
    const { tls, clock } = this.#ports
    const isWanted = (): boolean => this.#doors.get(port) === door
    try {
      const passage = await Passage.open(port, () => ({ address: door.address, tls: tls() }))
      if (isWanted()) door.passage = passage
      else passage.close()
    } catch (error) {
      tell(`functions are not asked on port ${port} of this host, as long as it is taken: ${messageOf(error)}`)
      clock.after(AGAIN_MS, () => {
        if (isWanted()) void this.#open(port, door, () => {})
      })
    }
  }
}
