/**
 * Ports on which the functions of topologies are asked on this host: each leads to the DRPC server of its topology, on
 * the host of the nimbus. They are the ports that these servers have there, so that a function is asked in the same way
 * on every host.
 */
import { messageOf } from '../../errors/typhoon-error.ts'
import { Passage } from '../../net/passage.ts'
import type { Tls } from '../../net/tls.ts'
import type { ClientDoor } from '../messages.ts'

/** What it needs. */
export interface ClientDoorsPorts {
  /** What is shown to the server. */
  tls(): Tls
  log(level: 'info' | 'warn', message: string): void
}

interface OpenDoor {
  address: string
  /** Undefined where the port cannot be had. */
  readonly passage: Promise<Passage | undefined>
}

export class ClientDoors {
  readonly #ports: ClientDoorsPorts
  readonly #open = new Map<number, OpenDoor>()

  constructor(ports: ClientDoorsPorts) {
    this.#ports = ports
  }

  /** From now on there are these, and no others. */
  set(doors: readonly ClientDoor[]): void {
    const wanted = new Map(doors.map(({ port, address }) => [port, address]))
    for (const [port, { passage }] of this.#open) {
      if (wanted.has(port)) continue
      this.#open.delete(port)
      void passage.then((open) => open?.close())
    }
    for (const [port, address] of wanted) {
      const known = this.#open.get(port)
      if (known === undefined) this.#add(port, address)
      else known.address = address
    }
  }

  /** None is left. */
  close(): void {
    this.set([])
  }

  #add(port: number, address: string): void {
    const { tls, log } = this.#ports
    const opening = Passage.open(port, () => ({ address: door.address, tls: tls() }))
    const passage = opening.catch((error: unknown) => {
      log('info', `functions are not asked on port ${port} of this host, for it is taken: ${messageOf(error)}`)
      return undefined
    })
    const door: OpenDoor = { address, passage }
    this.#open.set(port, door)
  }
}
