/**
 * What any sink does that takes part in snapshots: rows are written, snapshots are taken, given up and completed, and
 * the whole process is gone at any of these steps. Run by hand, as the executor of a task runs it.
 */
import test from 'ava'
import fc from 'fast-check'
import { type AnyBolt, type Bolt, type OutputCollector, type Tuple, testTuple } from '../../lib/index.ts'
import { FakeContext } from '../components/fakes.ts'

/** A sink, whatever it writes to. */
export interface SinkRig {
  /** One that begins now. */
  make(): AnyBolt
  /** What stands there, row by row. */
  visible(): readonly string[]
}

type Step =
  | { readonly do: 'write'; readonly rows: number }
  | { readonly do: 'time' | 'snapshot' | 'abandon' | 'die' | 'die before commit' | 'die after commit' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), rows: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('time', 'snapshot', 'abandon', 'die', 'die before commit', 'die after commit'),
    }),
  },
)

/** What a snapshot holds of a sink, and of what leads to it. */
interface Snapshot {
  /** The first row that was not written to the sink. */
  readonly next: number
  readonly inFlight: readonly number[]
  readonly prepared: unknown
}

/** A sink and its source, from one death to the next. */
class Life {
  next: number
  readonly #bolt: Bolt
  readonly #context: FakeContext
  readonly #open = new Map<Tuple, number>()
  #executions: Promise<unknown>[] = []
  readonly #backlog: number[]

  constructor(rig: SinkRig, { next, inFlight, prepared }: Snapshot) {
    this.next = next
    this.#backlog = [...inFlight]
    this.#bolt = rig.make() as Bolt
    this.#context = new FakeContext({ config: { 'topology.guarantee': 'exactly-once' } })
    Object.assign(this.#context, { prepared: structuredClone(prepared) })
  }

  async begin(): Promise<void> {
    await this.#bolt.prepare?.(this.#context, {
      ack: (tuple: Tuple) => this.#open.delete(tuple),
      reportError: () => {},
    } as unknown as OutputCollector)
    for (const row of this.#backlog) this.#execute(row)
  }

  write(rows: number): void {
    for (let i = 0; i < rows; i++) this.#execute(this.next++)
  }

  async time(): Promise<void> {
    this.#context.advance(100)
    await settled()
  }

  /** What is captured, and the rest of it when that lasts. */
  async capture(number: number): Promise<Snapshot> {
    const inFlight = [...this.#open.values()]
    const { next } = this
    const prepared = await this.#bolt.prepareCommit?.(number)
    return { next, inFlight, prepared }
  }

  async commit(number: number): Promise<void> {
    await this.#bolt.commit?.(number)
  }

  async end(): Promise<void> {
    await this.#bolt.endOfInput?.()
    await Promise.all(this.#executions)
  }

  async close(): Promise<void> {
    await this.#bolt.cleanup?.()
  }

  #execute(row: number): void {
    const tuple = testTuple([`row ${row}`])
    this.#open.set(tuple, row)
    const execution = this.#bolt.execute(tuple)
    if (execution !== undefined) this.#executions.push(Promise.resolve(execution))
  }
}

export function sinkContract(name: string, makeRig: () => SinkRig): void {
  test(`${name}: whenever it dies, each row is there once, in its order`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const rig = makeRig()
        let complete: Snapshot = { next: 0, inFlight: [], prepared: undefined }
        let number = 1
        let life = new Life(rig, complete)
        const dies = async (): Promise<void> => {
          life = new Life(rig, complete)
          await life.begin()
        }
        const snapshot = async (): Promise<void> => {
          complete = await life.capture(++number)
        }
        await life.begin()
        // One is taken before anything happens.
        await snapshot()
        await life.commit(number)
        for (const one of steps) {
          if (one.do === 'write') life.write(one.rows)
          else if (one.do === 'time') await life.time()
          else if (one.do === 'abandon') await life.capture(++number)
          else if (one.do === 'die') await dies()
          else {
            await snapshot()
            if (one.do === 'die before commit') await dies()
            else {
              await life.commit(number)
              await life.commit(number)
              if (one.do === 'die after commit') await dies()
            }
          }
        }
        await life.end()
        await snapshot()
        await life.commit(number)
        const rows = Array.from({ length: life.next }, (_, row) => `row ${row}`)
        await life.close()
        t.deepEqual(rig.visible(), rows)
      }),
      { numRuns: 60 },
    )
  })
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
