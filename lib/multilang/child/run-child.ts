/**
 * Runs a spout or a bolt as the child of a process that speaks Storm's multilang protocol: Typhoon, or Storm. The
 * parent is on stdin and stdout.
 *
 * It ends when its input ends, after what came before, or at once at SIGTERM: the component is closed, the exit code 0,
 * and nothing is reported; the parent may be gone. An exception of `open` or `prepare` is reported, and the exit code
 * is 1. SIGINT is left to the parent: a terminal sends it to both.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stackOf, TyphoonError } from '../../errors/typhoon-error.ts'
import type { Component } from '../../index.ts'
import { TaskStates } from '../../state/task-states.ts'
import { realClock } from '../../util/time/real-clock.ts'
import { printableStack } from '../../words/printable.ts'
import type { FromChild, Handshake, StateValues } from '../wire/messages.ts'
import type { Frame, Sink } from '../wire/serializer.ts'
import { serializerOf } from '../wire/serializers.ts'
import { BoltHost } from './bolt-host.ts'
import { ChildContext, type ChildPorts } from './child-context.ts'
import { ChildEmitter } from './child-emitter.ts'
import type { Host } from './host.ts'
import { Output } from './output.ts'
import { takeStdout } from './printed.ts'
import { SpoutHost } from './spout-host.ts'
import { StateRequests } from './states.ts'
import { TaskIdRequests } from './task-ids.ts'

/** Messages that may wait; then the input is read no further until a half of them is done. */
const MOST_WAITING = 1000
/**
 * How long what was read before the end of the input, and then closing the component, may take: no child outlives its
 * parent for long.
 */
const FINISH_MS = 1000
const LONG_MS = 1_000_000_000
/** The parent is trusted; this is the largest value of `topology.frame.max.bytes`. */
const MAX_FRAME_BYTES = 268_435_456

/** Why it ends. */
type Ending = 'end of input' | 'stopped' | 'failed'

/**
 * Runs one component until it is asked to end. What the loading of the component prints becomes log messages too.
 * @param load makes the component
 * @param options keepsStates: it keeps its states by itself, as long as it lives; unless given its parent has them
 * @returns the exit code
 * @throws what `load` throws; BAD_CONFIG where TYPHOON_SERIALIZER names no serializer
 */
export async function runChild(
  load: () => Promise<Component>,
  { keepsStates = false }: { readonly keepsStates?: boolean } = {},
): Promise<number> {
  const { stdout, env } = process
  const serializer = serializerOf(env['TYPHOON_SERIALIZER'] ?? 'json')
  const pipe = {
    write: (frames: Frame): void => void taken.write(frames),
    get isFull() {
      return stdout.writableNeedDrain
    },
  }
  const output = new Output(serializer, pipe, setImmediate)
  const taken = takeStdout(stdout, (level, message) => output.log(level, message))
  try {
    const ownStates = keepsStates ? new TaskStates(false, undefined, { date: Date.now }) : undefined
    const child = new Child(await load(), output, ownStates)
    const sink: Sink = {
      message: (message) => child.receive(message),
      taskIds: (ids) => child.taskIds(ids),
      stray: (line) => output.log('debug', `the parent wrote: ${line}`),
    }
    const exitCode = await child.run(serializer.decoder(sink, MAX_FRAME_BYTES))
    taken.flush()
    output.flush()
    return exitCode
  } finally {
    taken.restore()
  }
}

const PORTS: Omit<ChildPorts, 'states'> = {
  codeDir: process.cwd(),
  now: realClock.now,
  date: Date.now,
  after: realClock.after,
  random: Math.random,
}

class Child {
  readonly #component: Component
  readonly #output: Output
  /**
   * The ids stand behind the tuples that the parent has sent before: whoever waits for them needs those read, however
   * many wait.
   */
  readonly #requests = new TaskIdRequests(() => process.stdin.resume())
  readonly #states = new StateRequests(() => process.stdin.resume())
  readonly #ownStates: TaskStates | undefined
  #context: ChildContext | undefined
  #host: Host | undefined
  #end!: (ending: Ending) => void
  readonly #ended = new Promise<Ending>((resolve) => {
    this.#end = resolve
  })
  #onWorked: () => void = () => {}

  constructor(component: Component, output: Output, ownStates: TaskStates | undefined) {
    this.#component = component
    this.#output = output
    this.#ownStates = ownStates
  }

  async run(decoder: { push(bytes: Uint8Array): void }): Promise<number> {
    this.#listen(decoder)
    // Where the input is paused, and the component waits for something that Node.js does not know, the process would
    // end.
    const alive = setInterval(() => {}, LONG_MS)
    const ending = await this.#ended
    clearInterval(alive)
    process.stdin.pause()
    if (ending === 'end of input') await this.#finish()
    if (ending !== 'failed') await this.#close()
    process.stdin.destroy()
    return ending === 'failed' ? 1 : 0
  }

  /** Hot. */
  receive(message: FromChild): void {
    if ('values' in message && 'state' in message) this.#values(message as unknown as StateValues)
    else if (this.#host !== undefined) this.#host.receive(message)
    else if ('context' in message) this.#begin(message as unknown as Handshake)
    else throw new TyphoonError('CHILD_PROTOCOL', 'the first message of the parent is not a handshake')
  }

  taskIds(ids: readonly number[]): void {
    if (!this.#requests.answered(ids)) this.#output.log('warn', 'the parent sent task ids that were not asked for')
  }

  /** Answers of the parent are waited for. */
  get #isAsking(): boolean {
    return this.#requests.size + this.#states.size > 0
  }

  #values(answer: StateValues): void {
    if (!this.#states.answered(answer)) this.#output.log('warn', 'the parent sent values that were not asked for')
  }

  #listen(decoder: { push(bytes: Uint8Array): void }): void {
    const { stdin, stdout } = process
    stdin.on('data', (bytes: Buffer) => {
      try {
        decoder.push(bytes)
      } catch (error) {
        this.#fail(error)
        return
      }
      this.#host?.work()
      if ((this.#host?.waiting ?? 0) > MOST_WAITING && !this.#isAsking) stdin.pause()
    })
    stdin.on('end', () => this.#end('end of input'))
    stdin.on('error', () => this.#end('stopped'))
    stdout.on('drain', () => this.#host?.work())
    stdout.on('error', () => this.#end('stopped'))
    process.on('SIGTERM', () => this.#end('stopped'))
    process.on('SIGINT', () => {})
  }

  /** The pid goes first: Storm reads nothing else before it. */
  #begin(handshake: Handshake): void {
    const component = this.#component
    const output = this.#output
    const context = new ChildContext(handshake, component.getComponentConfiguration?.() ?? {}, output, {
      ...PORTS,
      states: this.#states,
      ...(this.#ownStates === undefined ? {} : { ownStates: this.#ownStates }),
    })
    const { pid } = process
    if (typeof handshake.pidDir === 'string') writeFileSync(join(handshake.pidDir, String(pid)), '')
    const can = component.kind === 'spout' ? { pipelining: true } : { end_of_input: true }
    output.open(context.isTyphoon ? { pid, ...can } : { pid })
    const emitter = new ChildEmitter(context, output, this.#requests)
    const ports = { context, output, emitter, soon: setImmediate, worked: () => this.#worked() }
    this.#context = context
    this.#host = component.kind === 'spout' ? new SpoutHost(component, ports) : new BoltHost(component, ports)
    this.#host.start().catch((error: unknown) => this.#fail(error))
  }

  #worked(): void {
    if (this.#host!.waiting <= MOST_WAITING / 2 && process.stdin.isPaused()) process.stdin.resume()
    this.#onWorked()
  }

  #fail(error: unknown): void {
    if (this.#output.isOpen) this.#output.error(error)
    // The parent hears nothing before the pid; it shows the last words on stderr.
    else process.stderr.write(`${printableStack(stackOf(error)).join('\n')}\n`)
    this.#output.flush()
    this.#end('failed')
  }

  /**
   * Waits for what was read before the end of the input. Task ids come no more, and who waits for them waits for ever.
   */
  async #finish(): Promise<void> {
    const host = this.#host
    if (host === undefined || this.#isAsking) return
    await within(
      FINISH_MS,
      new Promise<void>((resolve) => {
        this.#onWorked = () => {
          if (host.isIdle || this.#isAsking) resolve()
        }
        this.#onWorked()
      }),
    )
  }

  async #close(): Promise<void> {
    try {
      await within(FINISH_MS, this.#host?.close() ?? Promise.resolve())
    } catch (error) {
      this.#output.error(error)
    }
    this.#context?.logCounts()
  }
}

/** Waits for a promise, but not for longer than that. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}
