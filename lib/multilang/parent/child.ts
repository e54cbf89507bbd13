/**
 * One child process after another, for one task: starts it, shakes hands, reads what it says, notices when it exits,
 * hangs or breaks the protocol, and starts the next one, at once after the first death and later and later after
 * further ones.
 *
 * The promise: `down` is called once for each child that had been started, at once, with the reason; and no child is
 * left when `stop` is over.
 */

import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import type { LogLevel, TaskContext } from '../../index.ts'
import { Deaths } from '../../util/time/deaths.ts'
import type { ProcessSpec, RunningProcess, StartProcess } from '../process/child-process.ts'
import { LastFew } from '../process/last-few.ts'
import { missingLibraryHint } from '../process/missing-library.ts'
import { Outbox } from '../process/outbox.ts'
import type { FromChild, Handshake, ToChild } from '../wire/messages.ts'
import type { Decoder, Frame, Serializer } from '../wire/serializer.ts'
import { shown } from '../wire/shown.ts'
import { Chat } from './chat.ts'
import { handshakeOf } from './handshake.ts'

const BEAT_MS = 1000
/** What a child gets to end by itself, and then to obey. */
const GRACE_MS = 1000
/** How often it is looked whether those who are sent to have room again. */
const PAUSE_MS = 5
const LAST_LINES = 5
const LAST_MESSAGES = 3
const LONGEST_LINE = 300
const LONGEST_COMMAND = 100

/** What hears of the child: the parent's half of a spout or of a bolt. */
export interface ChildListener {
  /** The child has said who it is and can be used. */
  up(pidMessage: FromChild): void
  /** @throws CHILD_PROTOCOL where the child must not say this */
  receive(message: FromChild): void
  /**
   * All messages that came together were received, or frames have gone to the child: whoever waits for room may look
   * again.
   */
  rested(): void
  /** The child is gone with all that it had. */
  down(error: TyphoonError): void
  /** A second has passed. */
  beat(): void
  /** Seconds that the child may be silent now; undefined: as long as it likes. */
  patience(): number | undefined
  /** Whoever gets what the child emits is full: it is read no further. */
  isHeldBack(): boolean
}

export interface ChildOptions {
  readonly process: ProcessSpec
  readonly serializer: Serializer
  readonly maxFrameBytes: number
  readonly maxRestartDelayMs: number
  /** Seconds that it may take to shake hands. */
  readonly startPatience: number
  readonly version: string
  readonly start: StartProcess
}

type State = 'down' | 'starting' | 'up' | 'stopped'

export class Child {
  readonly #options: ChildOptions
  readonly #context: TaskContext
  readonly #chat: Chat
  #listener!: ChildListener
  readonly #stderr = new LastFew<string>(LAST_LINES)
  /** What to do where it has said that it does not find its library. */
  #missing: string | undefined
  readonly #messages = new LastFew<FromChild>(LAST_MESSAGES)
  #state: State = 'down'
  #process: RunningProcess | undefined
  #decoder!: Decoder
  #outbox!: Outbox
  /** Seconds since the last message. */
  #silence = 0
  #startedAt = 0
  readonly #deaths = new Deaths()
  #reading = true
  #cancelBeat: (() => void) | undefined
  #cancelRestart: (() => void) | undefined
  /** The promise of the first start. */
  #first: { resolve: () => void; reject: (error: TyphoonError) => void } | undefined
  #stopped: Promise<void> | undefined
  #onGone: (() => void) | undefined

  constructor(options: ChildOptions, context: TaskContext) {
    this.#options = options
    this.#context = context
    this.#chat = new Chat(context)
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  /** Frames for which the pipe to the child had no room. */
  get waiting(): number {
    return this.#outbox.waiting
  }

  /**
   * Resolves when the first child is up.
   * @throws CHILD_NOT_STARTED where it does not come up; then no further one is started
   */
  start(listener: ChildListener): Promise<void> {
    this.#listener = listener
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject }
      this.#start()
    })
  }

  /** What it logs, so far as it is not too much. */
  log(level: LogLevel, text: string): void {
    this.#chat.logged(level, text)
  }

  send(message: ToChild): void {
    this.#outbox.send(this.#options.serializer.encode(message))
  }

  /** Goes before whatever waits. */
  sendFirst(message: ToChild): void {
    this.#outbox.sendFirst(this.#options.serializer.encode(message))
  }

  /** Hot. */
  sendFrame(frame: Frame): void {
    this.#outbox.send(frame)
  }

  /** Closes the child's input and waits; then ends it by force. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const child = this.#process
    this.#state = 'stopped'
    this.#cancelRestart?.()
    this.#cancelBeat?.()
    if (child === undefined) return
    this.#outbox.flush()
    child.closeInput()
    child.setReading(true)
    const cancels = [
      this.#context.after(GRACE_MS, () => child.kill('SIGTERM')),
      this.#context.after(2 * GRACE_MS, () => child.kill('SIGKILL')),
    ]
    await new Promise<void>((resolve) => {
      this.#onGone = resolve
    })
    for (const cancel of cancels) cancel()
  }

  #start(): void {
    const { start, process, serializer, maxFrameBytes, version } = this.#options
    this.#state = 'starting'
    this.#startedAt = this.#context.now()
    this.#silence = 0
    this.#reading = true
    this.#stderr.clear()
    this.#missing = undefined
    this.#messages.clear()
    let child: RunningProcess | undefined
    const current = <A extends unknown[]>(call: (...args: A) => void): ((...args: A) => void) => {
      return (...args) => {
        if (child === this.#process) call(...args)
      }
    }
    child = start(process, {
      onOutput: current((bytes: Uint8Array) => this.#read(bytes)),
      onErrorLine: (line) => {
        if (child === this.#process) this.#complained(line)
        this.#chat.printed(line)
      },
      onDrained: current(() => {
        this.#outbox.drained()
        this.#listener.rested()
      }),
      onExit: current((how: string) => {
        this.#chat.tellRest()
        this.#exited(how)
      }),
    })
    this.#process = child
    this.#outbox = new Outbox(child, queueMicrotask)
    this.#decoder = serializer.decoder(
      { message: (message) => this.#receive(message), stray: (line) => this.#chat.printed(line) },
      maxFrameBytes,
    )
    const handshake: Handshake = handshakeOf(this.#context, child.pidDir, version)
    this.send(handshake)
    this.#cancelBeat = this.#context.after(BEAT_MS, () => this.#beat())
  }

  #complained(line: string): void {
    this.#stderr.add(line)
    this.#missing ??= missingLibraryHint(line)
  }

  #read(bytes: Uint8Array): void {
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      this.#lost(this.#withMessages(error))
      return
    }
    this.#listener.rested()
    if (this.#reading && this.#listener.isHeldBack()) this.#pause(this.#process)
  }

  /** Hot. */
  #receive(message: FromChild): void {
    this.#silence = 0
    this.#messages.add(message)
    if (message.command === undefined && message.pid !== undefined) this.#shakeHands(message)
    // Storm's own libraries call the end of their input an error.
    else if (this.#state === 'stopped' && message.command === 'error') this.log('debug', String(message['msg']))
    else if (this.#process !== undefined) this.#listener.receive(message)
  }

  #shakeHands(message: FromChild): void {
    if (!Number.isSafeInteger(message.pid) || (message.pid as number) <= 0) {
      throw new TyphoonError('CHILD_NOT_STARTED', `its pid message has the pid ${shown(message.pid)}`)
    }
    if (this.#state !== 'starting') return
    this.#state = 'up'
    this.#listener.up(message)
    this.#first?.resolve()
    this.#first = undefined
  }

  /** Reads no further while those who get the tuples are full, which holds back the child in the end. */
  #pause(child: RunningProcess | undefined): void {
    // One that is gone is read to its end, or its pipe would stay open; the next one is another matter.
    if (child !== this.#process) {
      child?.setReading(true)
      return
    }
    const held = this.#state !== 'stopped' && this.#listener.isHeldBack()
    this.#reading = !held
    child?.setReading(!held)
    if (held) this.#context.after(PAUSE_MS, () => this.#pause(child))
  }

  /** Counts beats rather than time: where this process was stopped or busy, the child is not to blame. */
  #beat(): void {
    this.#cancelBeat = this.#context.after(BEAT_MS, () => this.#beat())
    const patience = this.#state === 'up' ? this.#listener.patience() : this.#options.startPatience
    if (patience === undefined || !this.#reading) this.#silence = 0
    else if (++this.#silence > patience) {
      const code = this.#state === 'starting' ? 'CHILD_NOT_STARTED' : 'CHILD_HUNG'
      this.#lost(new TyphoonError(code, `said nothing for ${patience} s`, { hint: HUNG_HINT }))
      return
    }
    if (this.#state === 'up') this.#listener.beat()
  }

  #exited(how: string): void {
    try {
      this.#decoder.end()
    } catch {
      // It is gone anyway.
    }
    if (this.#state === 'stopped') {
      this.#process = undefined
      this.#onGone?.()
      return
    }
    if (this.#state === 'up') this.#lost(new TyphoonError('CHILD_EXITED', how))
    else this.#lost(new TyphoonError('CHILD_NOT_STARTED', how, how.endsWith('code 0') ? { hint: NEVER_SPOKE } : {}))
  }

  /** This child is of no more use; whatever is left of it is ended. */
  #lost(error: TyphoonError): void {
    const child = this.#process
    if (child === undefined) return
    child.kill('SIGKILL')
    // Whoever stops it waits for its exit.
    if (this.#state === 'stopped') return
    this.#process = undefined
    this.#cancelBeat?.()
    const first = this.#first
    this.#first = undefined
    if (first !== undefined) {
      this.#state = 'stopped'
      first.reject(this.#told(error, child, undefined))
      return
    }
    const delayMs = this.#deaths.add(this.#context.now() - this.#startedAt, this.#options.maxRestartDelayMs)
    this.#state = 'down'
    this.#cancelRestart = this.#context.after(delayMs, () => this.#start())
    this.#listener.down(this.#told(error, child, delayMs))
  }

  /** The whole story: which child, what happened, its last words, what comes next. */
  #told(error: TyphoonError, child: RunningProcess, restartInMs: number | undefined): TyphoonError {
    const command = shortened(this.#options.process.command.join(' '), LONGEST_COMMAND)
    const words = this.#stderr.values.map((line) => shortened(line, LONGEST_LINE)).join(' / ')
    const message = [
      `the child "${command}"${child.pid === 0 ? '' : ` (pid ${child.pid})`} ${error.message}`,
      ...(words === '' ? [] : [`its last words: ${words}`]),
      ...(restartInMs === undefined
        ? []
        : [`started again ${restartInMs === 0 ? 'now' : `in ${restartInMs / 1000} s`}`]),
    ].join('; ')
    const cwd = this.#options.process.cwd
    const hint =
      this.#missing ??
      error.hint ??
      (child.pid === 0 && cwd !== undefined ? `it was to be started in ${cwd}` : undefined)
    return new TyphoonError(error.code, message, hint === undefined ? {} : { hint })
  }

  #withMessages(error: unknown): TyphoonError {
    const { code, message, hint } = toProblem(error, 'CHILD_PROTOCOL')
    const last = this.#messages.values.map((one) => shortened(shown(one), LONGEST_LINE)).join(' ')
    const whole = `broke the protocol: ${message}${last === '' ? '' : `; the last messages from it: ${last}`}`
    return new TyphoonError(code, whole, { cause: error, ...(hint === undefined ? {} : { hint }) })
  }
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** A script that does nothing but define its component comes to its end without an error. */
const NEVER_SPOKE = 'it never began to speak: does it call run() of its component?'

const HUNG_HINT =
  'topology.subprocess.timeout.secs is the limit; topology.subprocess.busy.timeout.secs one for a child that still has tuples to work on'
