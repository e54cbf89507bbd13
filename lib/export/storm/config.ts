/**
 * The configuration of a topology as Storm is to have it. What Storm's keys mean is Storm's affair; what neither Storm
 * nor a child process can do anything with stays behind, and what would mean something else is refused. Pure.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import { type ConfigMap, keyOf, resolveConfig } from '../../topology/config/config.ts'

/** Keys that Storm has as well, with the same meaning. */
const SHARED: ReadonlySet<string> = new Set([
  'topology.workers',
  'topology.acker.executors',
  'topology.max.task.parallelism',
  'topology.message.timeout.secs',
  'topology.enable.message.timeouts',
  'topology.max.spout.pending',
  'topology.tick.tuple.freq.secs',
  'topology.executor.receive.buffer.size',
  'topology.disable.loadaware.messaging',
  'topology.localityaware.higher.bound',
  'topology.localityaware.lower.bound',
  'topology.max.error.report.per.interval',
  'topology.error.throttle.interval.secs',
  'topology.debug',
  'topology.testing.always.try.serialize',
  'topology.subprocess.timeout.secs',
  'topology.shellbolt.max.pending',
])

/** Keys that Storm does not know and passes on, and that a component reads in its child process. */
const OF_CHILD: ReadonlySet<string> = new Set([
  'topology.bolt.concurrency',
  'topology.spout.error.limit',
  'topology.replay.max.attempts',
  'topology.replay.delay.ms',
  'topology.replay.max.delay.ms',
  'topology.dead.letters.file',
])

/** Of the shared ones, those whose defaults differ from Storm's: the topology keeps those that it has. */
const DEFAULTS_KEPT = ['topology.max.spout.pending', 'topology.disable.loadaware.messaging'] as const

/** Storm takes whole numbers alone. */
const WHOLE: ReadonlySet<string> = new Set([
  'topology.message.timeout.secs',
  'topology.tick.tuple.freq.secs',
  'topology.error.throttle.interval.secs',
  'topology.subprocess.timeout.secs',
])

/** The key for the number of tasks, which Flux has a word of its own for. */
export const TASKS = 'topology.tasks'

/** A map that a child emits is a class of its own in Storm, which its own serialization does not know. */
const NESTED_MAPS = 'topology.fall.back.on.java.serialization'

/** That of a topology. */
export function stormConfig(config: ConfigMap): ConfigMap {
  const resolved = resolveConfig(config)
  const kept = Object.fromEntries(DEFAULTS_KEPT.map((key) => [key, resolved[key]]))
  const untracked = resolved['topology.guarantee'] === 'at-most-once' ? { 'topology.acker.executors': 0 } : {}
  return { [NESTED_MAPS]: true, ...kept, ...passedOn(config), ...untracked }
}

/** That of a component. */
export function stormComponentConfig(config: ConfigMap): ConfigMap {
  const { [TASKS]: _, ...rest } = passedOn(config)
  return rest
}

/** The keys of users are passed on as they are. */
function passedOn(config: ConfigMap): ConfigMap {
  return Object.fromEntries(Object.entries(config).filter(([key, value]) => value !== null && isPassedOn(key)))
}

function isPassedOn(key: string): boolean {
  return keyOf(key) === undefined || key === TASKS || SHARED.has(key) || OF_CHILD.has(key)
}

/** What Storm cannot have of a configuration. @param component whose it is; undefined: that of the topology */
export function refusedConfig(config: ConfigMap, component?: string): Problem[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const found = value === null ? undefined : whyRefused(key, value)
    if (found === undefined) return []
    const [reason, hint] = found
    const where = component === undefined ? { key } : { component, key }
    return [{ code: 'NOT_IN_STORM', message: `${key} is ${JSON.stringify(value)}: ${reason}`, where, hint }]
  })
}

function whyRefused(key: string, value: unknown): readonly [reason: string, hint: string] | undefined {
  if (key === 'topology.guarantee' && value === 'exactly-once')
    return ['Storm takes no snapshots of what shell components keep', 'at-least-once is what Storm promises of them']
  if (key === 'topology.multilang.serializer' && !isJson(String(value)))
    return ['Storm speaks JSON to its children', 'leave the key out']
  if (WHOLE.has(key) && !Number.isInteger(value)) return ['Storm counts whole seconds', 'write a whole number']
  if (key === 'topology.executor.receive.buffer.size' && !isPowerOf2(Number(value)))
    return ['in Storm it must be a power of 2', `write ${2 ** Math.round(Math.log2(Number(value)))}`]
  return undefined
}

function isJson(serializer: string): boolean {
  return serializer === 'json' || serializer.endsWith('.JsonSerializer')
}

function isPowerOf2(value: number): boolean {
  return Number.isInteger(Math.log2(value))
}
