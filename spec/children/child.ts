/** A process that runs a program with one of the libraries, fed and heard message by message. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'

export type Message = { command?: string; [key: string]: any }
/** The messages behind that of the pid. */
export interface Ended {
  readonly messages: Message[]
  readonly code: number | null
  readonly stderr: string
}

/** The first message to a child. */
export const setup = (conf: object = { 'typhoon.version': '1' }) => ({
  conf,
  pidDir: null,
  context: { componentid: 'b', taskid: 2, 'source->stream->fields': { s: { default: ['word', 'n'] } } },
})
/** A tuple for a bolt. */
export const tuple = (id: number, ...values: unknown[]) => ({
  id: `${id}`,
  comp: 's',
  stream: 'default',
  task: 1,
  tuple: values,
})
/** A tick for a bolt. */
export const TICK = { id: '-4', comp: '__system', stream: '__tick', task: -1, tuple: [5] }
/** The end of the input, for a bolt. */
export const END = { id: '-9', comp: null, stream: '__end_of_input', task: -1, tuple: [] }

/** Asks a spout for its next tuple. */
export const next = { command: 'next', id: '' }

/** The values that were emitted. */
export const emitsOf = ({ messages }: Ended) =>
  messages.filter(({ command }) => command === 'emit').map(({ tuple }) => tuple)
/** The commands in their order, each with what it is about. */
export const told = ({ messages }: Ended) =>
  messages.map(({ command, id, tuple, msg }) => `${command} ${JSON.stringify(tuple ?? id ?? msg ?? null)}`)

/** A process, and what it has said. */
export class Child {
  readonly process: ChildProcessWithoutNullStreams
  readonly #closed: Promise<unknown[]>
  stdout = ''
  stderr = ''

  constructor(process: ChildProcessWithoutNullStreams) {
    this.process = process
    this.#closed = once(process, 'close')
    process.stdin.on('error', () => {}) // it may end before it has read all
    process.stdout.setEncoding('utf8').on('data', (text) => (this.stdout += text))
    process.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text))
  }

  send(...messages: unknown[]): this {
    for (const message of messages) this.process.stdin.write(`${JSON.stringify(message)}\nend\n`)
    return this
  }

  /** Waits until standard output contains the text; rejects where it ends without it. */
  async says(text: string): Promise<void> {
    const over = this.#closed.then(() => 'over')
    while (!this.stdout.includes(text)) {
      const news = await Promise.race([once(this.process.stdout, 'data'), over])
      if (news === 'over' && !this.stdout.includes(text))
        throw new Error(`${text} is not in: ${this.stdout}${this.stderr}`)
    }
  }

  /** Ends its input, and waits for its own end. */
  end(): Promise<Ended> {
    this.process.stdin.end()
    return this.closed()
  }

  /** Waits for its end, which it comes to by itself. */
  async closed(): Promise<Ended> {
    const [code] = await this.#closed
    const frames = this.stdout.split('\nend\n')
    if (frames.pop() !== '') throw new Error(`no whole frame at the end of ${this.stdout}`)
    return { messages: frames.map((frame) => JSON.parse(frame)).slice(1), code: code as number, stderr: this.stderr }
  }
}
