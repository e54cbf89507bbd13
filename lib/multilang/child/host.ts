/** The child's half of the protocol: a host runs one spout or bolt; what both hosts have in common for the process. */
import type { FromChild } from '../wire/messages.ts'
import type { ChildContext } from './child-context.ts'
import type { ChildEmitter } from './child-emitter.ts'
import type { Output } from './output.ts'

/** What a host is made with. */
export interface HostPorts {
  readonly context: ChildContext
  readonly output: Output
  readonly emitter: ChildEmitter
  /** Calls back in the next turn of the event loop. */
  soon(callback: () => void): void
  /** Something was done: what waits may have become less. */
  worked(): void
}

export interface Host {
  /** Messages that wait. */
  readonly waiting: number
  /** Nothing waits, and no promise of the component is unsettled. */
  readonly isIdle: boolean
  /** Opens or prepares the component, and begins with what waits by then. @throws what the component throws */
  start(): Promise<void>
  /** Takes a message; what comes of it, `work` does. Hot. */
  receive(message: FromChild): void
  /** Works on what waits, as far as it can. Hot. */
  work(): void
  /** Closes the component. @throws what the component throws */
  close(): Promise<void>
}
