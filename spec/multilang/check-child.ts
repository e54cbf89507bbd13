/**
 * The children that the checker is tried with: each keeps all rules of the protocol but for the part that is exchanged.
 * They live in this process and in simulated time, so that whoever waits for one that is silent waits for nothing.
 */
import type { ProcessEvents, StartProcess } from '../../lib/multilang/process/child-process.ts'
import type { Clock } from '../../lib/util/time/clock.ts'

/** What a child can do. */
export interface Child {
  send(message: Readonly<Record<string, unknown>>): void
  /** To stdout. */
  write(text: string): void
  /** A line to stderr. */
  complain(line: string): void
  exit(code: number): void
  /** Calls back after so many milliseconds. */
  after(ms: number, callback: () => void): void
}

/** Called with a message that came. */
type On = (child: Child, message: any) => void

/** A child that keeps all rules; each flaw is one of its parts, exchanged. */
export interface Parts {
  readonly atStart?: On
  /** What it says of itself; `null`: nothing. */
  readonly pid?: Readonly<Record<string, unknown>> | null
  readonly onTuple?: On
  /** What it emits for a tuple. */
  readonly values?: (tuple: any[]) => unknown
  readonly onHeartbeat?: On
  readonly onTick?: On
  readonly onCommand?: On
  readonly atEnd?: (child: Child) => void
}

const PID = 77
const END = '\nend\n'

/** What a spout does that keeps the rules. */
export const answer: On = (child, { command }) => {
  if (command === 'next') child.send({ command: 'emit', tuple: [1], id: 7, need_task_ids: false })
  child.send({ command: 'sync' })
}

/** Starts such a child each time. */
export function startWith(parts: Parts, clock: Clock): StartProcess {
  return (_spec, events) => {
    const child = new FlawedChild(parts, events, clock)
    const soon = (call: () => void): void => clock.soon(() => void (child.isRunning && call()))
    return {
      pid: PID,
      pidDir: '/there/is/no/such/folder',
      write(frames) {
        const bytes = Buffer.from(frames)
        soon(() => child.read(bytes))
        return true
      },
      closeInput: () => soon(() => (parts.atEnd ?? ((one) => one.exit(0)))(child)),
      kill: (signal) => soon(() => child.end(`was ended by ${signal}`)),
      setReading: () => {},
    }
  }
}

class FlawedChild implements Child {
  isRunning = true
  readonly #parts: Parts
  readonly #events: ProcessEvents
  readonly #clock: Clock
  #unread = Buffer.alloc(0)

  constructor(parts: Parts, events: ProcessEvents, clock: Clock) {
    this.#parts = parts
    this.#events = events
    this.#clock = clock
  }

  send(message: Readonly<Record<string, unknown>>): void {
    this.write(`${JSON.stringify(message)}${END}`)
  }

  write(text: string): void {
    if (this.isRunning) this.#clock.soon(() => this.#events.onOutput(Buffer.from(text)))
  }

  complain(line: string): void {
    if (this.isRunning) this.#clock.soon(() => this.#events.onErrorLine(line))
  }

  exit(code: number): void {
    this.end(`exited with code ${code}`)
  }

  after(ms: number, callback: () => void): void {
    this.#clock.after(ms, callback)
  }

  /** The process is over. */
  end(how: string): void {
    if (this.isRunning) this.#clock.soon(() => this.#events.onExit(how))
    this.isRunning = false
  }

  read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes])
    for (let end = this.#unread.indexOf(END); end >= 0 && this.isRunning; end = this.#unread.indexOf(END)) {
      const frame = this.#unread.subarray(0, end).toString()
      this.#unread = this.#unread.subarray(end + END.length)
      this.#receive(JSON.parse(frame))
    }
  }

  #receive(message: any): void {
    const {
      atStart = () => {},
      pid = { pid: PID },
      values = (tuple) => tuple,
      onTuple = (child, { id, tuple }) => {
        child.send({ command: 'emit', tuple: values(tuple), anchors: [id], need_task_ids: false })
        child.send({ command: 'ack', id })
      },
      onHeartbeat = (child) => child.send({ command: 'sync' }),
      onTick = (child, { id }) => child.send({ command: 'ack', id }),
      onCommand = answer,
    } = this.#parts
    if ('context' in message) {
      atStart(this, message)
      if (pid !== null) this.send(pid)
    } else if ('command' in message) onCommand(this, message)
    else if (message.comp === null) onHeartbeat(this, message)
    else if (message.task < 0) onTick(this, message)
    else onTuple(this, message)
  }
}
