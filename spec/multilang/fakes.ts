/**
 * The two sides between which a half of the protocol stands: a child that notes what it is sent, and collectors that
 * note what they are told.
 */
import { type LogLevel, type Tuple, TyphoonError, testTuple } from '../../lib/index.ts'
import { BoltHalf } from '../../lib/multilang/parent/bolt-half.ts'
import { ChildStates } from '../../lib/multilang/parent/child-states.ts'
import { type ChildsId, SpoutHalf } from '../../lib/multilang/parent/spout-half.ts'
import { json } from '../../lib/multilang/wire/json.ts'
import type { ToChild } from '../../lib/multilang/wire/messages.ts'
import type { Frame } from '../../lib/multilang/wire/serializer.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import { FakeContext } from '../components/fakes.ts'

/** The metric that is registered. */
export const METRIC = 'seen'
/** The metrics that the children of the fakes may send. */
const METRICS = new Map([
  [METRIC, 'counter'],
  ['waiting lines', 'gauge'],
  ['milliseconds', 'histogram'],
] as const)
/** The tasks that get whatever is emitted. */
export const TARGETS = [7, 8]

/** A child that is up, and notes all that it is sent. */
class FakeChild {
  readonly #context: FakeContext
  isUp = true
  waiting = 0
  sent: any[] = []

  constructor(context: FakeContext) {
    this.#context = context
  }

  log(level: LogLevel, text: string): void {
    this.#context.log(level, text)
  }
  send(message: ToChild): void {
    this.sent.push(JSON.parse(JSON.stringify(message)))
  }
  sendFirst(message: ToChild): void {
    this.send(message)
  }
  sendFrame(frame: Frame): void {
    this.sent.push(JSON.parse(String(frame).replace('\nend\n', '')))
  }
  /** What it was sent since the last call. */
  take(): any[] {
    return this.sent.splice(0)
  }
}

/** The stream "default" has one field, and "other" has two; there is no other one. */
function check(values: readonly unknown[], stream = 'default'): void {
  const sizes: Readonly<Record<string, number>> = { default: 1, other: 2 }
  if (sizes[stream] === undefined) throw new TyphoonError('UNDECLARED_STREAM', `there is no stream "${stream}"`)
  if (sizes[stream] !== values.length) throw new TyphoonError('WRONG_VALUES', `${values.length} values`)
}

const tell = (error: unknown): string => (error === undefined ? '' : `${(error as TyphoonError).code}`)

/** A bolt's collector that notes what it is told. */
function boltCollector() {
  /** What the collector was told, one line each. */
  const told: string[] = []
  const errors: TyphoonError[] = []
  const reasons: (TyphoonError | undefined)[] = []
  const renewed: unknown[] = []
  const name = (tuples: Tuple | readonly Tuple[] | undefined): string =>
    tuples === undefined
      ? 'none'
      : [tuples]
          .flat()
          .map(({ values }) => values[0])
          .join('+')
  const collector = {
    isHeldBack: false,
    emit(anchors: any, values: readonly unknown[], stream?: string) {
      check(values, stream)
      if ([anchors ?? []].flat().some(({ settled }: Tuple) => settled)) throw new TyphoonError('ALREADY_SETTLED', '')
      told.push(`emit ${JSON.stringify(values)} from ${name(anchors)} on ${stream ?? 'default'}`)
      return TARGETS
    },
    emitDirect(task: number, anchors: any, values: readonly unknown[], stream?: string) {
      check(values, stream)
      told.push(`emit ${JSON.stringify(values)} from ${name(anchors)} on ${stream ?? 'default'} to ${task}`)
    },
    ack(tuple: Tuple) {
      if (!tuple.settled) told.push(`ack ${name(tuple)}`)
      tuple.settled = true
    },
    fail(tuple: Tuple, error?: unknown) {
      if (!tuple.settled) {
        told.push(`fail ${name(tuple)} ${tell(error)}`.trim())
        reasons.push(error as TyphoonError | undefined)
      }
      tuple.settled = true
    },
    reportError(error: unknown) {
      errors.push(error as TyphoonError)
      told.push(`error ${tell(error)}`)
    },
    note() {},
    resetTimeout(tuple: Tuple) {
      renewed.push(tuple.values[0])
    },
  }
  return { collector, told, errors, reasons, renewed }
}

/** The parent's half of a bolt, between such a child and such a collector. */
export function boltHalf(config: ConfigMap = {}, states: readonly string[] = []) {
  const context = new FakeContext({ config })
  const child = new FakeChild(context)
  const { collector, told, errors, reasons, renewed } = boltCollector()
  const ports = {
    context,
    collector,
    serializer: json,
    metrics: METRICS,
    states: new ChildStates(states, context),
  }
  const half = new BoltHalf(child, ports)
  return {
    half,
    child,
    context,
    collector,
    told,
    errors,
    reasons,
    /** The values of the tuples that were given their whole timeout again, since it was emptied last. */
    renewed,
    /** Sends a tuple of one value to the child; what `execute` returns. */
    execute: (value: unknown) => half.execute(testTuple([value], { component: 'source', task: 3 })),
    ...lifeOf(child, half),
  }
}

/** What a child does to the parent's half of it. */
function lifeOf(child: FakeChild, half: BoltHalf | SpoutHalf) {
  return {
    /** The child says so. */
    says: (...messages: Readonly<Record<string, unknown>>[]) => {
      for (const message of messages) half.receive(message)
      half.rested()
    },
    /** The child dies, and the next one comes up. */
    dies(error = new TyphoonError('CHILD_EXITED', 'it exited')) {
      child.isUp = false
      half.down(error)
    },
    comesUp(pidMessage: Readonly<Record<string, unknown>> = { pid: 1 }) {
      child.isUp = true
      half.up(pidMessage)
    },
  }
}

/** The parent's half of a spout, between such a child and a collector. */
export function spoutHalf(config: ConfigMap = {}) {
  const context = new FakeContext({ config })
  const child = new FakeChild(context)
  const emitted: { values: readonly unknown[]; id: ChildsId | undefined; stream: string; task?: number }[] = []
  const errors: TyphoonError[] = []
  const collector = {
    pendingCount: 0,
    isHeldBack: false,
    emit(values: readonly unknown[], id?: ChildsId, stream = 'default') {
      check(values, stream)
      emitted.push({ values, id, stream })
      return TARGETS
    },
    emitDirect(task: number, values: readonly unknown[], id?: ChildsId, stream = 'default') {
      check(values, stream)
      emitted.push({ values, id, stream, task })
    },
    reportError: (error: unknown) => void errors.push(error as TyphoonError),
  }
  const half = new SpoutHalf(child, { context, collector, metrics: METRICS })
  return {
    half,
    child,
    context,
    collector,
    emitted,
    errors,
    ...lifeOf(child, half),
    /** Asks for a tuple; tells whether the answer has come. */
    next() {
      const asked = { answered: false }
      void half.next().then(() => {
        asked.answered = true
      })
      return asked
    },
  }
}

/** All promises that can go on have done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
