/** A link to a supervisor that is played by a test. */
import { EventEmitter } from 'node:events'
import type { ToSupervisor } from '../../lib/cluster/messages.ts'

/** The end of a link to a supervisor: keeps what was sent. */
export class FakeSocket extends EventEmitter {
  readonly sent: ToSupervisor[] = []
  isTerminated = false

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  terminate(): void {
    this.isTerminated = true
  }

  of<Type extends ToSupervisor['type']>(type: Type): Extract<ToSupervisor, { type: Type }>[] {
    return this.sent.filter((message) => message.type === type) as Extract<ToSupervisor, { type: Type }>[]
  }
}
