/**
 * Runs a topology over many seeds in simulated time, each with faults of its own, and holds what its sinks get against
 * a run that nothing has happened to.
 *
 *     const { isKept, broken } = await chaos(words(), { seeds: 1000, mockedSources: { sentences: [['a b'], ['b']] } })
 *     assert.ok(isKept, `lost or doubled with the seeds ${broken.map(({ seed }) => seed)}`)
 */
import { checkComparable, checkSeen } from '../../chaos/comparable.ts'
import { drawFaults, FAULT_KINDS, type FaultKind, possible } from '../../chaos/faults.ts'
import { deviationOf, type Oracle } from '../../chaos/oracle.ts'
import { type DisturbedRun, type Verdict, verdictOf } from '../../chaos/verdict.ts'
import { promisedTo, sinksOf, watchable, witnessed } from '../../chaos/witnessed.ts'
import { type ComponentId, type TopologyDefinition, TyphoonError } from '../../index.ts'
import { call, checkOptions, count, integer, map, type OptionTable, positive, texts } from '../../shape/options.ts'
import { resolveConfig } from '../../topology/config/config.ts'
import { seedOfTests } from '../cluster/local-cluster.ts'
import { checkCompletable, type Mocked, mocked } from '../cluster/mocked.ts'
import { GivenSpout } from './given-spout.ts'
import { MemoryWitness, Seen } from './memory-witness.ts'
import { simulate } from './simulated-run.ts'

/** What can be set of `chaos`: also what is mocked, as in `completeTopology`. */
export interface ChaosOptions extends Mocked {
  /** How many seeds are tried; 100 unless given. */
  readonly seeds?: number
  /** The first of them; that of `TYPHOON_TEST_SEED`, or 1, unless given. */
  readonly seed?: number
  /** What may happen; everything unless given. Each seed has one of the kinds, or all of them. */
  readonly faults?: readonly FaultKind[]
  /** The bolts whose input is compared; those at which tuples end, unless given. */
  readonly watch?: readonly ComponentId[]
  /** Says what is lost and doubled, in the place of the comparison. */
  readonly verify?: Oracle
  /** How long a run may take, milliseconds of simulated time; 10 minutes unless given. */
  readonly timeoutMs?: number
}

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[]

const CHAOS = {
  mockedSources: map(),
  mockedBolts: map(),
  config: map(),
  seeds: count({ default: 100, least: 1 }),
  seed: integer(),
  faults: { ...texts(KINDS), default: KINDS },
  watch: texts(),
  verify: call<Oracle>(),
  timeoutMs: positive({ default: 600_000 }),
} satisfies OptionTable<ChaosOptions>

/** The same whatever the seeds are: when faults come depends on how long the control takes. */
const CONTROLS = [-1, -2] as const
/** The longest that a fault lasts: longer than it takes until a silent worker is given up. */
const LONGEST_MS = 60_000
/** At most in a run. */
const FAULTS = 3
/** They come while the topology works, which it may do for a moment only. */
const SHORTEST_MS = 20
/** Deaths from outside must not use up what its own are granted. */
const PATIENT = { 'topology.worker.max.restarts': 1000 }

/**
 * @throws UNKNOWN_COMPONENT for a bolt to watch that is not in the topology; NOT_COMPARABLE where runs differ without
 * faults; NO_METHOD for a spout without end; what made the undisturbed run fail; BAD_ARGUMENT (all reject)
 */
export async function chaos(definition: TopologyDefinition, options: ChaosOptions = {}): Promise<Verdict> {
  const {
    seeds,
    seed: given,
    faults,
    watch,
    verify,
    timeoutMs,
  } = checkOptions('call of chaos', options, CHAOS, 'BAD_ARGUMENT')
  const config = { ...options.config, ...PATIENT }
  const replaced = mocked(definition, { ...options, config }, (...tuples) => new GivenSpout(...tuples))
  const tested = { ...definition, ...replaced }
  checkCompletable(tested.topology, tested.components)
  const sinks = watchable(tested, watch ?? sinksOf(tested))
  const seed = given ?? seedOfTests()
  const undisturbed = { definition: tested, sinks, faults: [], limitMs: timeoutMs }
  const control = await simulate({ ...undisturbed, seed: CONTROLS[0] })
  if (control.unended !== undefined) throw notEnded(control.unended)
  checkSeen(control.rows)
  if (verify === undefined) checkComparable(control.rows, (await simulate({ ...undisturbed, seed: CONTROLS[1] })).rows)
  const { 'topology.workers': workers, 'topology.guarantee': guarantee } = resolveConfig(tested.topology.config)
  const kinds = possible(faults, workers).filter((kind) => kind !== 'disk-full' || guarantee === 'exactly-once')
  const runs: DisturbedRun[] = []
  for (let own = seed; own < seed + seeds; own++) {
    const turn = Math.abs(own) % (kinds.length + (kinds.length > 1 ? 1 : 0))
    const mine = kinds[turn] === undefined ? kinds : [kinds[turn]]
    const ms = Math.max(SHORTEST_MS, control.ms)
    const drawing = { kinds: mine, workers, ms, count: 1 + (Math.abs(own) % FAULTS), longestMs: LONGEST_MS }
    const { rows, ...run } = await simulate({ ...undisturbed, seed: own, faults: drawFaults(own, drawing) })
    const deviation = await deviationOf(control.rows, rows, verify)
    runs.push({ ...run, faults: kinds[turn] ?? 'all', seed: own, deviation })
  }
  return verdictOf(
    promisedTo(
      witnessed(tested, { sinks, tasks: 1, make: (sink) => () => new MemoryWitness(sink, new Seen(), () => {}) }),
    ),
    runs,
  )
}

function notEnded(why: string): TyphoonError {
  return new TyphoonError('NOT_COMPARABLE', `the run that nothing happens to does not come to its end: ${why}`, {
    hint: 'run it by completeTopology, or a LocalCluster, and see what its problems are',
  })
}
