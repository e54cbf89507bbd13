/** A terminal that keeps what is written, and plans and samples as plain data. */
import { fileURLToPath } from 'node:url'
import { execute } from '../../lib/command/main.ts'
import type { Line } from '../../lib/command/render/line.ts'
import { toText } from '../../lib/command/render/line.ts'
import { Terminal } from '../../lib/command/terminal/terminal.ts'
import type { RunReport } from '../../lib/daemon/report/report.ts'
import { type Plan, planTopology } from '../../lib/scheduler/plan.ts'
import type { ComponentSpec, GroupingSpec, Topology } from '../../lib/topology/topology.ts'

/** The compiled topology of numbers. */
export const NUMBERS = fileURLToPath(new URL('./topologies/numbers.js', import.meta.url))

/** A stream that keeps what is written to it. */
export class FakeStream {
  readonly isTTY: boolean
  columns: number
  readonly rows = 24
  text = ''
  /** As long as nobody reads. */
  writableNeedDrain = false
  writableLength = 0
  fail: (error: NodeJS.ErrnoException) => void = () => {}
  readonly #onDrain: (() => void)[] = []
  readonly #onWrite: () => void

  constructor(isTTY = false, columns = 80, onWrite: () => void = () => {}) {
    this.isTTY = isTTY
    this.columns = columns
    this.#onWrite = onWrite
  }

  write(text: string, done?: () => void): boolean {
    this.text += text
    this.#onWrite()
    done?.()
    return true
  }

  /** Somebody reads again. */
  drain(): void {
    this.writableNeedDrain = false
    this.writableLength = 0
    for (const listener of this.#onDrain) listener()
  }

  on(event: 'error' | 'drain', listener: (error: NodeJS.ErrnoException) => void): void {
    if (event === 'error') this.fail = listener
    else this.#onDrain.push(listener as () => void)
  }
}

export interface FakeTerminal {
  readonly terminal: Terminal
  readonly stdout: FakeStream
  readonly stderr: FakeStream
}

export function fakeTerminal(
  stdout = new FakeStream(),
  stderr = new FakeStream(),
  env: NodeJS.ProcessEnv = {},
): FakeTerminal {
  return { terminal: new Terminal({ stdout, stderr, env }), stdout, stderr }
}

/** What a command has left behind. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command in this process. */
export async function typhoon(...argv: readonly string[]): Promise<Ended> {
  const { terminal, stdout, stderr } = fakeTerminal()
  const code = await execute(argv, terminal)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** Without colours. */
export function textOf(lines: readonly Line[]): string[] {
  return toText(lines, { color: false }).split('\n')
}

export function spout(...fields: readonly string[]): ComponentSpec {
  return {
    kind: 'spout',
    outputs: { default: { fields, direct: false } },
    inputs: [],
    parallelism: 1,
    config: {},
  }
}

/** @param inputs source and grouping; the source may name a stream: `loop/again` */
export function bolt(
  inputs: Readonly<Record<string, GroupingSpec>>,
  fields: readonly string[] = [],
  more: Partial<ComponentSpec> = {},
): ComponentSpec {
  const subscriptions = Object.entries(inputs).map(([source, grouping]) => {
    const [component = '', stream = 'default'] = source.split('/')
    return { component, stream, grouping }
  })
  return {
    kind: 'bolt',
    outputs: fields.length === 0 ? {} : { default: { fields, direct: false } },
    inputs: subscriptions,
    parallelism: 1,
    config: {},
    ...more,
  }
}

export function topologyOf(
  components: Readonly<Record<string, ComponentSpec>>,
  config: Topology['config'] = {},
): Topology {
  return { name: 'example', config, components }
}

/** A spout of lines, a bolt of words on two workers. */
export function examplePlan(config: Topology['config'] = {}): Plan {
  const split = bolt({ lines: { type: 'shuffle' } }, ['word'], { parallelism: 2 })
  return planTopology(topologyOf({ lines: spout('line'), split }, { 'topology.workers': 2, ...config }))
}

/** The roots of a report where each of so many was acked at once. */
export function allAcked(count: number): RunReport['roots'] {
  return {
    emitted: count,
    acked: count,
    failed: { timeout: 0, explicit: 0, workerLost: 0 },
    replayed: 0,
    deadLettered: 0,
  }
}

export function exampleReport(more: Partial<RunReport> = {}): RunReport {
  return {
    topology: 'example',
    status: 'completed',
    seconds: 12.34,
    workers: 2,
    components: {
      lines: { tasks: 1, emitted: 1000, executed: 0, acked: 1000, failed: 0 },
      split: { tasks: 2, emitted: 12_345, executed: 1000, acked: 1000, failed: 0 },
    },
    roots: allAcked(1000),
    completeLatencyMs: { p50: 0.5, p99: 12.3, p999: 123.4, max: 1234 },
    ...more,
  }
}
