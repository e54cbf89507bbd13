/**
 * What a worker process is given when it starts; one line of JSON on its stdin, so that no other process sees the
 * secret.
 */
import type { DrillOrder } from '../../messaging/drill.ts'
import type { Identity } from '../../messaging/link.ts'
import type { ListenAddress } from '../../net/server.ts'

export interface Bootstrap {
  /** Address to dial. */
  readonly nimbus: string
  readonly secret: string
  readonly identity: Identity
  readonly maxFrameBytes: number
  /** An event loop that is blocked for longer is reported. */
  readonly stallMs: number
  /** One that is blocked for longer is ended, with its process. */
  readonly stallLimitMs: number
  /** How often the nimbus hears that the loop is still blocked. */
  readonly aliveMs: number
  /** A worker before it has read of the stdin of the run. */
  readonly isStdinBegun: boolean
  /** Resources that the worker begins with. */
  readonly resources: Readonly<Record<string, unknown>>
  /** The run keeps state, and has the lease of it: where it has lost that, the worker does nothing more. */
  readonly keepsState: boolean
  /** Where it listens, by which name others come, and with which certificate; unless given, on loopback without one. */
  readonly place?: Omit<ListenAddress, 'port'> | undefined
  /** How it is disturbed; it is not unless given. */
  readonly drill?: DrillOrder | undefined
}
