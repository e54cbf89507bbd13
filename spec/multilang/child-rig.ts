/** A `Child` in simulated time, whose processes do what the test says. */
import { type TyphoonError, testTuple } from '../../lib/index.ts'
import { Child, type ChildListener } from '../../lib/multilang/parent/child.ts'
import type { ProcessEvents, ProcessSpec, StartProcess } from '../../lib/multilang/process/child-process.ts'
import { json } from '../../lib/multilang/wire/json.ts'
import type { FromChild } from '../../lib/multilang/wire/messages.ts'
import { FakeContext } from '../components/fakes.ts'

const COMMAND = ['python3', 'split.py']

/** A process that was started: what was done to it, and what it does. */
export class FakeProcess {
  /** Frames that were written to it. */
  readonly written: any[] = []
  /** What else was done to it: input closed, signals, reading or not. */
  readonly done: string[] = []
  readonly spec: ProcessSpec
  readonly startedAt: number
  hasRoom = true
  readonly #events: ProcessEvents

  constructor(spec: ProcessSpec, events: ProcessEvents, startedAt: number) {
    this.spec = spec
    this.#events = events
    this.startedAt = startedAt
  }

  says(...messages: unknown[]): void {
    this.prints(messages.map((message) => `${JSON.stringify(message)}\nend\n`).join(''))
  }
  prints(text: string): void {
    this.#events.onOutput(Buffer.from(text))
  }
  complains(line: string): void {
    this.#events.onErrorLine(line)
  }
  exits(how = 'exited with code 1'): void {
    this.#events.onExit(how)
  }
  drains(): void {
    this.hasRoom = true
    this.#events.onDrained()
  }
}

export interface RigOptions {
  readonly pid?: number
  readonly startPatience?: number
  readonly maxRestartDelayMs?: number
  readonly maxFrameBytes?: number
}

/** Starts processes that do nothing by themselves, and keeps them. */
function fakeStart(processes: FakeProcess[], pid: number, now: () => number): StartProcess {
  return (spec, events) => {
    const process = new FakeProcess(spec, events, now())
    processes.push(process)
    return {
      pid,
      pidDir: `/pids/${processes.length}`,
      write(frames) {
        for (const frame of String(frames).split('\nend\n')) if (frame !== '') process.written.push(JSON.parse(frame))
        return process.hasRoom
      },
      closeInput: () => void process.done.push('input closed'),
      kill: (signal) => void process.done.push(signal),
      setReading: (reading) => void process.done.push(reading ? 'read' : 'not read'),
    }
  }
}

/** A child with its processes, and a listener that notes what it hears. */
export function makeChild(options: RigOptions = {}) {
  const { pid = 77, startPatience = 5, maxRestartDelayMs = 1000, maxFrameBytes = 1000 } = options
  const context = new FakeContext()
  const processes: FakeProcess[] = []
  const heard: string[] = []
  const errors: TyphoonError[] = []
  const listener: ChildListener & {
    seconds: number | undefined
    isFull: boolean
    /** Called with each message. */
    onMessage(message: FromChild): void
  } = {
    seconds: undefined,
    isFull: false,
    onMessage: () => {},
    up: (message: FromChild) => void heard.push(`up ${JSON.stringify(message)}`),
    receive(message: FromChild) {
      heard.push(`${message.command}`)
      listener.onMessage(message)
    },
    rested: () => {},
    down(error: TyphoonError) {
      heard.push('down')
      errors.push(error)
    },
    beat: () => void heard.push('beat'),
    patience: () => listener.seconds,
    isHeldBack: () => listener.isFull,
  }

  const childOptions = {
    process: { command: COMMAND, cwd: '/components', env: {} },
    serializer: json,
    maxFrameBytes,
    maxRestartDelayMs,
    startPatience,
    version: '1.2.3',
    start: fakeStart(processes, pid, () => context.now()),
  }
  const child = new Child(childOptions, context)
  return {
    child,
    context,
    listener,
    heard,
    errors,
    processes,
    /** The process that was started last. */
    latest: () => processes.at(-1)!,
    /** What it heard since the last call. */
    take: () => heard.splice(0),
    /** Starts it, and the first process shakes hands. */
    async up() {
      const started = child.start(listener)
      processes[0]!.says({ pid: 1 })
      await started
      heard.length = 0
      return processes[0]!
    },
  }
}

/** A frame with a tuple. */
export const tupleFrame = (value: unknown) => json.encodeTuple('1', testTuple([value]).source, [value])
