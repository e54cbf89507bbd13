/**
 * A task whose children are real processes: `node -e` with a program that begins with PRELUDE; and what became of its
 * tuples.
 */
import { EventEmitter, once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { type Tuple, type TyphoonError, testTuple } from '../../lib/index.ts'
import { ShellBolt } from '../../lib/multilang/index.ts'
import type { ShellOptions } from '../../lib/multilang/parent/shell-settings.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import { BOUND_MS } from '../bound.ts'
import { FakeContext } from '../components/fakes.ts'

/**
 * `say(message)` writes all of a frame at once; `hear(handle)` calls `handle` with each message, from the set-up on;
 * `echo(message, { pid })` does all that a child must.
 */
const PRELUDE = `
  const fs = require('fs')
  function say(...messages) {
    let rest = Buffer.from(messages.map((one) => JSON.stringify(one) + '\\nend\\n').join(''))
    // A signal cuts a write short.
    while (rest.length > 0) rest = rest.subarray(fs.writeSync(1, rest))
  }
  function hear(handle) {
    let text = ''
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      if (line !== 'end') text += line
      else {
        const message = JSON.parse(text)
        text = ''
        handle(message)
      }
    })
  }
  function echo(message) {
    if (message.pidDir) {
      fs.writeFileSync(message.pidDir + '/' + process.pid, '')
      say({ pid: process.pid })
    } else if (message.stream === '__heartbeat') say({ command: 'sync' })
    else if (message.tuple) {
      say({ command: 'emit', tuple: message.tuple, anchors: [message.id], need_task_ids: false })
      say({ command: 'ack', id: message.id })
    }
  }
`

/** The command of a child that runs such a program. */
export const program = (body: string): string[] => [process.execPath, '-e', PRELUDE + body]

/** A context whose time is real. */
export class RealContext extends FakeContext {
  override now(): number {
    return performance.now()
  }
  override after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  }
}

/** A ShellBolt with one task, stopped at the end of the test. */
export class RealBolt {
  readonly context: FakeContext
  readonly emitted: (readonly unknown[])[] = []
  readonly acked: unknown[] = []
  readonly failed: { value: unknown; error: TyphoonError }[] = []
  readonly errors: TyphoonError[] = []
  readonly #bolt: ShellBolt
  readonly #news = new EventEmitter()

  /** @param Context whose time its patience is measured by: real, or the test's */
  constructor(command: readonly string[], options: ShellOptions = {}, config: ConfigMap = {}, Context = RealContext) {
    this.#bolt = new ShellBolt(command, options)
    this.context = new Context({ config, fields: Array.isArray(options.outputs) ? options.outputs : [] })
    const log = this.context.log.bind(this.context)
    this.context.log = (level, message) => this.#note(() => log(level, message))
  }

  /** Rejects where the first child does not come up. */
  async prepare(t: ExecutionContext): Promise<this> {
    t.teardown(() => this.#bolt.cleanup())
    await this.#bolt.prepare(this.context, {
      isHeldBack: false,
      emit: (_, values: any) => {
        this.#note(() => this.emitted.push(values))
        return [7]
      },
      emitDirect: () => {},
      ack: (tuple) => this.#note(() => this.acked.push(tuple.values[0])),
      fail: (tuple: Tuple, error) =>
        this.#note(() => this.failed.push({ value: tuple.values[0], error: error as TyphoonError })),
      reportError: (error) => this.#note(() => this.errors.push(error as TyphoonError)),
      resetTimeout: () => {},
      note: () => {},
    })
    return this
  }

  execute(...values: unknown[]): void | Promise<void> {
    return this.#bolt.execute(testTuple(values))
  }

  stop(): Promise<void> {
    return this.#bolt.cleanup()
  }

  get lines(): readonly string[] {
    return this.context.logs.map(({ message }) => message)
  }

  /** Rejects where that does not come true in time, with all that has come instead. */
  async until(isTrue: (bolt: this) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(BOUND_MS)
    while (!isTrue(this)) {
      await once(this.#news, 'news', { signal }).catch(() => {
        const { acked, lines, emitted } = this
        const failed = this.failed.map(({ value, error }) => [value, error.message])
        const errors = this.errors.map(({ message }) => message)
        throw new Error(
          `it waits for ever: ${JSON.stringify({ acked, failed, errors, lines, emitted }).slice(0, 5000)}`,
        )
      })
    }
  }

  #note(what: () => unknown): void {
    what()
    this.#news.emit('news')
  }
}

/** Whether there is such a process. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
