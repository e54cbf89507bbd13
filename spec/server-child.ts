/** The process of a server that a test has to itself. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export class ServerChild {
  protected child: ChildProcess | undefined

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(name)
  }

  /** Also where it stands still. Settles when it is gone. */
  async kill(): Promise<void> {
    const { child } = this
    this.child = undefined
    if (child === undefined || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    child.kill('SIGCONT')
    await gone
  }
}
