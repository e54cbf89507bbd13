/**
 * One child that is played the parent to: started, shaken hands with, sent whatever one likes, its answers waited for.
 * What was said both ways is kept, to be shown. Lists of task ids are sent as they are asked for, unless they are held
 * back.
 *
 * Every wait has a bound, and none is a pause: it ends when a message comes, when the child exits, or when the time is
 * up.
 */
import { messageOf } from '../../errors/typhoon-error.ts'
import type { Clock } from '../../util/time/clock.ts'
import { realClock } from '../../util/time/real-clock.ts'
import { type RunningProcess, type StartProcess, startProcess } from '../process/child-process.ts'
import { json } from '../wire/json.ts'
import type { FromChild, Handshake, SpoutCommand, ToChild, TupleJson } from '../wire/messages.ts'
import type { Decoder } from '../wire/serializer.ts'
import { shown } from '../wire/shown.ts'
import { Laws } from './laws.ts'
import { type Kind, SINK, tupleOf } from './setup.ts'
import { escapeJson } from './texts.ts'

const MOST_FRAMES = 8
const LONGEST_FRAME = 200
const LARGEST_FRAME = 64 * 1024 * 1024

/** A child that does not do what was waited for. */
export class Disappointed extends Error {}

/** How children come to be, and by what their answers are waited for; the tests have other ones. */
export interface CheckPorts {
  readonly start: StartProcess
  readonly clock: Clock
}

const REAL: CheckPorts = { start: startProcess, clock: realClock }

export interface SessionOptions {
  readonly command: readonly string[]
  readonly kind: Kind
  /** Folder of the child; that of this process unless given. */
  readonly cwd?: string
  /** How long one wait may be, once the child is up. */
  readonly patienceMs: number
  /** How long it may take to start: until its pid comes. */
  readonly startPatienceMs: number
  readonly handshake: (pidDir: string) => Handshake
  /** What the emits that ask for task ids are answered, counted from 1; the task of the sink unless given. */
  readonly taskIds?: (asked: number) => readonly number[]
  /** Real processes in real time unless given. */
  readonly ports?: CheckPorts
}

/** What a child says of its states. */
interface StateMessage {
  readonly state?: unknown
  readonly keys?: readonly unknown[]
  readonly put?: readonly (readonly [unknown, unknown])[]
  readonly delete?: readonly unknown[]
}

export class Session {
  readonly laws: Laws
  /** All that came, in its order. */
  readonly messages: FromChild[] = []
  /** Lines on stdout that are not messages. */
  readonly printed: string[] = []
  /** What it has put into its states. */
  readonly #kept = new Map<string, unknown>()
  readonly errorLines: string[] = []
  /** The last frames, as text: `→` was sent, `←` came. */
  readonly frames: string[] = []
  /** How it exited: `exited with code 0`, `was ended by SIGKILL`, `could not be started: …`. */
  exit: string | undefined
  /** Lists of task ids wait until `releaseTaskIds`. */
  holdsTaskIds = false
  /** Emits that asked for task ids. */
  asked = 0
  readonly #options: SessionOptions
  readonly #clock: Clock
  readonly #process: RunningProcess
  readonly #decoder: Decoder
  #heldLists: (readonly number[])[] = []
  #lastId = 0
  #lastOwnId = 0
  #look: () => void = () => {}

  constructor(options: SessionOptions) {
    this.#options = options
    this.laws = new Laws(options.kind)
    this.#decoder = json.decoder(
      { message: (message) => this.#receive(message), stray: (line) => this.#stray(line) },
      LARGEST_FRAME,
    )
    const { command, cwd, ports = REAL } = options
    this.#clock = ports.clock
    this.#process = ports.start(
      { command, env: {}, ...(cwd === undefined ? {} : { cwd }) },
      {
        onOutput: (bytes) => this.#read(() => this.#decoder.push(bytes)),
        onErrorLine: (line) => {
          this.errorLines.push(line)
          this.#look()
        },
        onDrained: () => {},
        onExit: (how) => {
          this.#read(() => this.#decoder.end())
          this.exit = how
          this.#look()
        },
      },
    )
    this.send(options.handshake(this.#process.pidDir))
  }

  /** The pid of the process that was started; the child may report another one. */
  get pid(): number {
    return this.#process.pid
  }

  get pidDir(): string {
    return this.#process.pidDir
  }

  get pidMessage(): FromChild | undefined {
    return this.messages.find(({ command, pid }) => command === undefined && pid !== undefined)
  }

  /** Waits until the child has said who it is. @throws Disappointed */
  async up(): Promise<this> {
    const { startPatienceMs } = this.#options
    await this.until('the pid of the child comes', () => this.pidMessage !== undefined, startPatienceMs)
    return this
  }

  /** Several messages leave in one write. */
  send(...messages: readonly ToChild[]): void {
    for (const message of messages) if ('tuple' in message) this.laws.sent(message.id)
    this.sendText(messages.map((message) => json.encode(message)).join(''))
  }

  /** A tuple in JSON that is pure ASCII, as many libraries write it. */
  sendEscaped(tuple: TupleJson): void {
    this.laws.sent(tuple.id)
    this.sendText(escapeJson(String(json.encode(tuple))))
  }

  /** Text as it is; whole frames or a piece of one. */
  sendText(text: string | Uint8Array): void {
    for (const frame of String(Buffer.from(text)).split('\nend\n')) if (frame !== '') this.#keep(`→ ${frame}`)
    this.#process.write(text)
  }

  /** Tuples with new ids. @returns the ids */
  sendTuples(...all: readonly (readonly unknown[])[]): string[] {
    const tuples = all.map((values) => tupleOf(this.nextId(), values))
    this.send(...tuples)
    return tuples.map(({ id }) => id)
  }

  /** One of the runtime's own tuples. @returns its id */
  sendOwn(make: (id: string) => TupleJson): string {
    const tuple = make(String(--this.#lastOwnId))
    this.send(tuple)
    return tuple.id
  }

  /** Sends a command to a spout. */
  sendCommand(command: SpoutCommand['command'], id: unknown = ''): void {
    this.send({ command, id })
  }

  /** The id of the next tuple. */
  nextId(): string {
    return String(++this.#lastId)
  }

  /**
   * From now on lists of task ids are sent at once; with those that were held back go further tuples, behind them in
   * the same write.
   */
  releaseTaskIds(...tuples: readonly TupleJson[]): void {
    this.holdsTaskIds = false
    const lists = this.#heldLists
    this.#heldLists = []
    this.send(...lists, ...tuples)
  }

  /** Waits. @param what for, as a sentence @throws Disappointed where it did not come, or the child exited before */
  until(what: string, test: () => boolean, patienceMs = this.#options.patienceMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (error?: Disappointed): void => {
        cancel()
        this.#look = () => {}
        if (error === undefined) resolve()
        else reject(error)
      }
      const cancel = this.#clock.after(patienceMs, () => {
        over(new Disappointed(`waited ${patienceMs / 1000} s until ${what}`))
      })
      this.#look = () => {
        if (test()) over()
        else if (this.laws.breaches.some(({ law }) => law === 'frames'))
          over(new Disappointed('cannot be read further'))
        else if (this.exit !== undefined) over(new Disappointed(`the child ${this.exit} before ${what}`))
      }
      this.#look()
    })
  }

  /** Waits until the child has exited. @throws Disappointed */
  async gone(): Promise<string> {
    await this.until('the child exits', () => this.exit !== undefined)
    return this.exit!
  }

  closeInput(): void {
    this.#keep('→ (end of its stdin)')
    this.#process.closeInput()
  }

  /** Ends it by force and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.exit !== undefined) return
    this.#process.closeInput()
    this.#process.kill('SIGKILL')
    await new Promise<void>((resolve) => {
      this.#look = () => {
        if (this.exit !== undefined) resolve()
      }
    })
  }

  #read(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.laws.broken('frames', messageOf(error))
    }
    this.#look()
  }

  #receive(message: FromChild): void {
    this.#keep(`← ${shown(message)}`)
    this.messages.push(message)
    const emit = this.laws.read(message)
    this.#ofStates(message)
    if (emit?.wantsTaskIds !== true) return
    const { taskIds = () => [SINK.task] } = this.#options
    const tasks = taskIds(++this.asked)
    if (this.holdsTaskIds) this.#heldLists.push(tasks)
    else this.send(tasks)
  }

  /** Keeps what the child puts, for as long as it lives, and answers what it asks for. */
  #ofStates({ command, state, keys = [], put = [], delete: gone = [] }: FromChild & StateMessage): void {
    if (command !== 'state_get' && command !== 'state_put') return
    const place = (key: unknown): string => JSON.stringify([state, key])
    for (const [key, value] of put) this.#kept.set(place(key), value)
    for (const key of gone) this.#kept.delete(place(key))
    if (command === 'state_put') return
    const found = (key: unknown): readonly unknown[] => (this.#kept.has(place(key)) ? [this.#kept.get(place(key))] : [])
    this.send({ state: String(state), values: keys.map(found) })
  }

  #stray(line: string): void {
    this.#keep(`← (printed) ${line}`)
    this.printed.push(line)
  }

  #keep(frame: string): void {
    this.frames.push(frame.length > LONGEST_FRAME ? `${frame.slice(0, LONGEST_FRAME)}…` : frame)
    if (this.frames.length > MOST_FRAMES) this.frames.shift()
  }
}
