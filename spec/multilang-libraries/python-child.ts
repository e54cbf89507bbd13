/** A process of python3 that runs a program with the Python library, fed and heard message by message. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** The folder of storm.py. */
export const LIBRARY = join(import.meta.dirname, '../../../multilang/python')
/** No process of a test lives longer. */
export const BOUND_MS = 30_000
/** Python as it is where nobody has set it up. */
export const PLAIN = { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '', TYPHOON_SERIALIZER: '' }

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

/** The values that were emitted. */
export const emitsOf = ({ messages }: Ended) =>
  messages.filter(({ command }) => command === 'emit').map(({ tuple }) => tuple)
/** The commands in their order, each with what it is about. */
export const told = ({ messages }: Ended) =>
  messages.map(({ command, id, tuple, msg }) => `${command} ${JSON.stringify(tuple ?? id ?? msg ?? null)}`)

/** Starts a program that is given as text. The library is on its path, behind `before`. */
export function python(t: ExecutionContext, program: string, before: Record<string, string> = {}): Child {
  const folder = mkdtempSync(join(tmpdir(), 'typhoon-python-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries({ 'component.py': program, ...before }))
    writeFileSync(join(folder, name), text)
  const env = { ...process.env, PYTHONPATH: LIBRARY, ...PLAIN }
  if ('msgpack.py' in before) env.TYPHOON_SERIALIZER = 'msgpack'
  const child = new Child(
    spawn('python3', ['component.py'], { cwd: folder, env, timeout: BOUND_MS, killSignal: 'SIGKILL' }),
  )
  t.teardown(() => child.process.kill('SIGKILL'))
  return child
}

/** A process of python3, and what it has said. */
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

  /** Waits until standard output contains the text. */
  async says(text: string): Promise<void> {
    while (!this.stdout.includes(text)) await once(this.process.stdout, 'data')
  }

  async end(): Promise<Ended> {
    this.process.stdin.end()
    const [code] = await this.#closed
    const frames = this.stdout.split('\nend\n')
    if (frames.pop() !== '') throw new Error(`no whole frame at the end of ${this.stdout}`)
    return { messages: frames.map((frame) => JSON.parse(frame)).slice(1), code: code as number, stderr: this.stderr }
  }
}
