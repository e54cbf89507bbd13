/**
 * Gives the problems that are found in a finished topology their places in the YAML, and leaves out those that only
 * follow from another one, which was reported already.
 */
import {
  mapAt,
  type Place,
  placeOf,
  textOf,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../annex/yaml-value.ts'
import type { Finding, Problem } from '../errors/typhoon-error.ts'
import type { StreamEntries, StreamEntry } from './read-streams.ts'
import type { TopologyYaml } from './yaml/includes.ts'

/**
 * `undefined` for a mere consequence. `broken`: components whose streams are not known, for they cannot be made or
 * share their id.
 */
export function placeProblem(
  problem: Finding,
  yaml: TopologyYaml,
  { entries, meant }: StreamEntries,
  broken: ReadonlySet<string>,
): Finding | undefined {
  const { component, stream } = problem.where
  if (isConsequence(problem, yaml, meant)) return undefined
  if (component === undefined) return at(problem, placeOfTopology(problem, yaml))
  const vertex = yaml.bolts.get(component) ?? yaml.spouts.get(component)
  if (vertex === undefined) return problem
  const entry = stream === undefined ? undefined : entryOf(problem, entries)
  switch (problem.code) {
    case 'BAD_PARALLELISM':
      return at(problem, placeOf(vertex, 'numTasks', 'parallelism', 'id'))
    case 'NOT_A_COMPONENT':
    case 'DUPLICATE_FIELD':
      return at(problem, placeOf(vertex, 'className', 'id'))
    case 'UNKNOWN_COMPONENT':
      return at(problem, entry?.places.from)
    case 'DUPLICATE_ID':
      return at(problem, entry?.places.stream)
    case 'UNKNOWN_STREAM':
      if (stream === undefined)
        return broken.has(component) ? undefined : at(problem, placeOf(vertex, 'className', 'id'))
      return isKnown(entry, broken) ? at(problem, entry.places.stream) : undefined
    case 'NOT_IN_STORM':
      return at(problem, entry?.places.type ?? placeOf(vertex, 'className', 'id'))
    case 'DIRECT_GROUPING':
      return isKnown(entry, broken) && !entry.isStandIn ? at(problem, entry.places.type) : undefined
    case 'BAD_WINDOW':
    case 'BAD_JOIN':
      return at(problem, placeOf(vertex, 'configMethods', 'className', 'id'))
    case 'BAD_CONFIG':
      return at(problem, placeOf(vertex, 'timestamps', 'id'))
    case 'UNKNOWN_FIELD':
      if (stream === undefined) return at(problem, placeOfTimestamps(vertex, problem))
      return isKnown(entry, broken)
        ? at(problem, entry.places.fields.get(problem.where.field ?? '') ?? entry.places.args)
        : undefined
    default:
      return at(problem, placeOf(vertex, 'id'))
  }
}

/** Where a field is named that none of the streams has; by its class, where the file does not say it. */
function placeOfTimestamps(vertex: YamlMap, { where }: Finding): Place {
  const timestamps = mapAt(vertex, 'timestamps')
  const named = [...(timestamps?.entries.values() ?? [])].find(({ value }) => textOf(value) === where.field)
  return named?.value.place ?? placeOf(vertex, 'timestamps', 'className', 'id')
}

/**
 * Points at the name of a file that is missing: where it stands in its component, or else in what that refers to.
 * `where.file` of the problem is the name as it was given.
 */
export function placeMissingFile(problem: Problem, yaml: TopologyYaml): Finding {
  const { component = '', file } = problem.where
  const vertex = yaml.spouts.get(component) ?? yaml.bolts.get(component)
  const sections = [...yaml.sections.values()]
  const entries = vertex === undefined ? sections.flatMap((section) => [...section.entries]) : [vertex]
  const parts = [...entries, ...yaml.components.values()]
  const named =
    file === undefined ? undefined : parts.flatMap((part) => scalarsOf(part)).find((one) => textOf(one) === file)
  const place =
    vertex === undefined ? (yaml.topologySource?.place ?? sections[0]?.at) : placeOf(vertex, 'className', 'id')
  return at(problem, named?.place ?? place ?? yaml.place)
}

/** @param seen what several aliases stand for is walked once */
function scalarsOf(value: YamlValue, seen = new Set<YamlValue>()): YamlScalar[] {
  if (seen.has(value)) return []
  seen.add(value)
  if (value.kind === 'scalar') return [value]
  const parts = value.kind === 'list' ? value.items : [...value.entries.values()].map((entry) => entry.value)
  return parts.flatMap((part) => scalarsOf(part, seen))
}

/** Whether it follows from a stream or a component that could not be read. */
function isConsequence(
  { code, where }: Finding,
  { lost, repeated }: TopologyYaml,
  meant: ReadonlySet<string>,
): boolean {
  if (code === 'DUPLICATE_ID') return repeated.has(where.component ?? '')
  if (code === 'NO_SPOUT') return lost.has('spouts')
  if (code === 'NO_INPUT') return lost.has('streams') || meant.has(where.component ?? '')
  return code === 'UNKNOWN_COMPONENT' && (lost.has('spouts') || lost.has('bolts'))
}

function placeOfTopology({ code }: Finding, yaml: TopologyYaml): Place | undefined {
  // A configuration value that is invalid here did not come from the YAML, whose values are checked one by one.
  if (code === 'BAD_CONFIG') return undefined
  return code === 'BAD_NAME' ? (yaml.name?.place ?? yaml.place) : yaml.place
}

/**
 * The subscription that a problem is about. Several may have the same components and stream: it is the one that has the
 * field in question; of a repeated one it is the last.
 */
function entryOf({ code, where }: Finding, entries: readonly StreamEntry[]): StreamEntry | undefined {
  const isMeant = (entry: StreamEntry): boolean =>
    entry.to === where.component && entry.stream === where.stream && entry.from === where.from
  const possible = entries.filter(isMeant)
  if (code === 'DUPLICATE_ID') return possible.at(-1)
  return possible.find((entry) => code !== 'UNKNOWN_FIELD' || entry.places.fields.has(where.field ?? '')) ?? possible[0]
}

function isKnown(entry: StreamEntry | undefined, broken: ReadonlySet<string>): entry is StreamEntry {
  return entry !== undefined && !broken.has(entry.from)
}

function at(problem: Finding, place: Place | undefined): Finding {
  return { ...problem, where: { ...problem.where, ...place } }
}
