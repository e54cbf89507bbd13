/**
 * What a component needs to run by itself: a task context with a clock of its own, collectors that note down, files
 * that vanish.
 */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { ExecutionContext } from 'ava'
import {
  type AnyBolt,
  type BasicBolt,
  type Bolt,
  DEFAULT_STREAM,
  type FailReason,
  Fields,
  type Spout,
  type TaskContext,
  type TaskId,
  Tuple,
  type TyphoonError,
  testTuple,
} from '../../lib/index.ts'
import { TaskStates } from '../../lib/state/task-states.ts'
import { TaskTimers } from '../../lib/state/timers/task-timers.ts'
import type { KeyValueState, StateOptions } from '../../lib/topology/component/state.ts'
import type { Timers } from '../../lib/topology/component/timers.ts'
import { type ConfigMap, resolveConfig } from '../../lib/topology/config/config.ts'
import { Prng } from '../../lib/util/prng.ts'
import { NamedMetrics } from '../../lib/worker/tasks/context/named-metrics.ts'

export interface FakeTask {
  component?: string
  taskIndex?: number
  tasks?: number
  config?: ConfigMap
  checkpointed?: unknown
  prepared?: unknown
  preparedAtEnd?: boolean
  seed?: number
  /** Of the default stream. */
  fields?: readonly string[]
}

export class FakeContext implements TaskContext {
  readonly prepared: unknown
  readonly preparedAtEnd: boolean
  readonly topology = 'test'
  readonly component: string
  readonly worker = 1
  readonly run = 'run'
  readonly codeDir = process.cwd()
  readonly taskToComponent = new Map<TaskId, string>()
  readonly targets = new Map()
  readonly sources = new Map()
  readonly config: TaskContext['config']
  readonly task: TaskId
  readonly taskIndex: number
  readonly checkpointed: unknown
  readonly logs: { level: string; message: string }[] = []
  readonly counts = new Map<string, number>()
  readonly checkpoints: any[] = []
  readonly #fields: Fields
  readonly #tasks: TaskId[]
  readonly #random: Prng
  #now = 0
  #timers: { at: number; callback: () => void }[] = []

  constructor(task: FakeTask = {}) {
    this.config = resolveConfig(task.config)
    this.component = task.component ?? 'component'
    this.taskIndex = task.taskIndex ?? 0
    this.#tasks = Array.from({ length: task.tasks ?? 1 }, (_, index) => index + 1)
    this.task = this.#tasks[this.taskIndex] as TaskId
    this.checkpointed = task.checkpointed
    this.prepared = task.prepared
    this.preparedAtEnd = task.preparedAtEnd === true
    this.#random = new Prng(task.seed ?? 1)
    this.#fields = new Fields(task.fields ?? [])
  }

  tasksOf(): readonly TaskId[] {
    return this.#tasks
  }
  componentOf(): string {
    return this.component
  }
  workerOf(): number {
    return this.worker
  }
  readonly metrics = new NamedMetrics(() => {})
  readonly failures: unknown[] = []
  fail(error: unknown): void {
    this.failures.push(error)
  }
  streamsOf(): ReadonlyMap<string, Fields> {
    return new Map([[DEFAULT_STREAM, this.#fields]])
  }
  date(): number {
    return this.#now
  }

  now(): number {
    return this.#now
  }
  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }
  /** Lets time pass; timers that are due call back in their order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = end
  }
  wake(): void {}
  random(): number {
    return this.#random.next()
  }
  log(level: string, message: string): void {
    this.logs.push({ level, message })
  }
  resource<T>(_name: string, create?: () => T): T {
    return create?.() as T
  }
  setResource(): void {}
  count(counter: string, by = 1): void {
    this.counts.set(counter, (this.counts.get(counter) ?? 0) + by)
  }
  addTaskHook(): void {}
  readonly #states = new TaskStates(false)
  state<K, V>(name: string, options?: StateOptions<V>): KeyValueState<K, V> {
    return this.#states.state(name, options)
  }
  readonly #taskTimers = new TaskTimers(this.#states)
  timers<K>(name: string, options?: Pick<StateOptions, 'settings'>): Timers<K> {
    return this.#taskTimers.named(name, options)
  }
  checkpoint(value: unknown): void {
    this.checkpoints.push(JSON.parse(JSON.stringify(value)))
  }
}

/** A spout that was opened, with what it has emitted and not been told of. */
export class SpoutRun {
  readonly context: FakeContext
  readonly spout: Spout
  readonly emitted: { values: readonly any[]; stream: string | undefined }[] = []
  readonly errors: TyphoonError[] = []
  /** Message ids in flight with their values, in the order of their emits. */
  inFlight: { id: unknown; values: readonly any[] }[] = []
  /** Set it to let the next emits throw. */
  emitError: unknown

  constructor(spout: Spout, task: FakeTask = {}) {
    this.spout = spout
    const names = spout.outputs instanceof Fields ? spout.outputs.names : []
    this.context = new FakeContext({ fields: names, ...task })
    spout.open?.(this.context, {
      emit: (values: any, id, stream) => {
        if (this.emitError !== undefined) throw this.emitError
        this.emitted.push({ values, stream })
        if (id !== undefined) this.inFlight.push({ id, values })
        return []
      },
      emitDirect: () => {},
      reportError: (error) => this.errors.push(error as TyphoonError),
      pendingCount: 0,
      isHeldBack: false,
    })
  }

  /** The values of what one call of `nextTuple` has emitted. */
  next(): (readonly any[])[] {
    const before = this.emitted.length
    this.spout.nextTuple()
    return this.emitted.slice(before).map(({ values }) => values)
  }

  /** Calls `nextTuple` until it emits nothing; the values of all that it has emitted. */
  drain(): (readonly any[])[] {
    const all: (readonly any[])[] = []
    for (let some = this.next(); some.length > 0; some = this.next()) all.push(...some)
    return all
  }

  ack(index = 0): void {
    const [root] = this.inFlight.splice(index, 1)
    this.spout.ack?.(root!.id)
  }

  ackAll(): void {
    while (this.inFlight.length > 0) this.ack()
  }

  fail(reason: FailReason, index = 0): void {
    const [root] = this.inFlight.splice(index, 1)
    this.spout.fail?.(root!.id, reason)
  }
}

export const failed = (error: string): FailReason => ({ kind: 'explicit', component: 'bolt', task: 9, error })

/** A bolt that was prepared, with what it has emitted, acked and failed. */
export class BoltRun {
  readonly context: FakeContext
  readonly bolt: AnyBolt
  readonly emitted: (readonly any[])[] = []
  readonly acked: Tuple[] = []
  readonly errors: TyphoonError[] = []

  constructor(bolt: AnyBolt, task: FakeTask = {}) {
    this.bolt = bolt
    this.context = new FakeContext(task)
    if (bolt.kind === 'basic-bolt') bolt.prepare?.(this.context)
    else bolt.prepare?.(this.context, this.#collector)
  }

  /** What `execute` returns. */
  execute(input: Tuple | readonly unknown[]): void | Promise<unknown> {
    const tuple = input instanceof Tuple ? input : testTuple(input)
    if (this.bolt.kind === 'basic-bolt') return (this.bolt as BasicBolt).execute(tuple, this.#collector)
    return (this.bolt as Bolt).execute(tuple)
  }

  endOfInput(): void {
    this.bolt.endOfInput?.(this.#collector)
  }

  /** As a basic bolt emits (values) and as one with anchors does (anchors, values). */
  readonly #collector: any = {
    emit: (values: readonly unknown[]) => {
      this.emitted.push(values)
      return []
    },
    ack: (tuple: Tuple) => this.acked.push(tuple),
    reportError: (error: TyphoonError) => this.errors.push(error),
  }
}

/**
 * A disk that is full after so many more bytes; returns what makes room again. It is this thread's `fs.writeSync`, so
 * tests that use it are serial.
 */
export function fillDisk(t: ExecutionContext, bytesLeft: number): () => void {
  const write = fs.writeSync
  const full = (
    file: number,
    bytes: Uint8Array,
    offset = 0,
    length = bytes.length - offset,
    position?: number,
  ): number => {
    const count = Math.min(length, bytesLeft)
    if (count === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    bytesLeft -= count
    return write(file, bytes, offset, count, position)
  }
  const restore = (): void => {
    fs.writeSync = write
    syncBuiltinESMExports()
  }
  fs.writeSync = full as typeof fs.writeSync
  syncBuiltinESMExports()
  t.teardown(restore)
  return restore
}
