/** The `streams` of a YAML file as subscriptions, each part with its place. */
import type { Report } from '../annex/definition-report.ts'
import { child, itemsAt, mapAt, type Place, placeOf, textAt, textOf, type YamlMap } from '../annex/yaml-value.ts'
import { GROUPING_TYPES, type GroupingSpec, type GroupingType } from '../topology/topology.ts'
import { DEFAULT_STREAM } from '../tuple/system-ids.ts'
import { nearest, suggest } from '../words/suggest.ts'
import type { TopologyYaml } from './yaml/includes.ts'
import { GROUPING_NAMES } from './yaml/topology-shapes.ts'

/** One entry of `streams`, with its places. */
export interface StreamEntry {
  readonly from: string
  readonly to: string
  readonly stream: string
  readonly grouping: GroupingSpec
  /** The grouping was invalid; that was reported, and another one stands in for it. */
  readonly isStandIn: boolean
  /** The bean of a custom grouping. */
  readonly customClass: YamlMap | undefined
  readonly places: {
    readonly from: Place
    readonly stream: Place
    readonly type: Place
    /** Where each field of the grouping stands. */
    readonly fields: ReadonlyMap<string, Place>
    readonly args: Place
  }
}

/** All of `streams`. */
export interface StreamEntries {
  readonly entries: readonly StreamEntry[]
  /** Bolts that an invalid stream seems to lead to: that they have no input is not reported again. */
  readonly meant: ReadonlySet<string>
}

/** Those that lead to a bolt; what is wrong with the others is reported. */
export function readStreams(yaml: TopologyYaml, report: Report): StreamEntries {
  const entries: StreamEntry[] = []
  const meant = new Set<string>()
  for (const map of yaml.streams) {
    const from = textAt(map, 'from')
    const to = textAt(map, 'to')
    if (to === undefined) continue
    if (yaml.bolts.has(to.text) && from !== undefined) {
      entries.push(readStream(map, from, to.text, report))
      continue
    }
    // That it leads nowhere does not hide an unknown grouping.
    const grouping = mapAt(map, 'grouping')
    if (grouping !== undefined) readType(grouping, report)
    const near = report.isFull ? undefined : nearest(to.text, yaml.bolts.keys())
    if (near !== undefined) meant.add(near)
    if (!yaml.bolts.has(to.text)) reportTarget(to, yaml, report)
  }
  return { entries, meant }
}

function reportTarget(to: { text: string; place: Place }, { spouts, bolts, lost }: TopologyYaml, report: Report): void {
  if (spouts.has(to.text)) {
    report.add('SPOUT_WITH_INPUT', `a stream leads to "${to.text}", which is a spout`, to.place)
  } else if (!lost.has('bolts')) {
    const message = `a stream leads to "${to.text}", which is not a bolt of the topology`
    report.add('UNKNOWN_COMPONENT', message, to.place, () => suggest(to.text, bolts.keys()))
  }
}

function readStream(map: YamlMap, from: { text: string; place: Place }, to: string, report: Report): StreamEntry {
  const grouping = mapAt(map, 'grouping')
  const streamId = grouping && textAt(grouping, 'streamId')
  const type = grouping && readType(grouping, report)
  const fields = new Map<string, Place>()
  for (const item of grouping === undefined ? [] : itemsAt(grouping, 'args')) {
    const field = textOf(item)
    if (field !== undefined) fields.set(field, item.place)
  }
  if (grouping !== undefined && type !== undefined) checkIdle(grouping, type, report)
  const customClass = type === 'custom' ? mapAt(grouping!, 'customClass') : undefined
  if (type === 'custom' && customClass === undefined) {
    report.add('YAML_SHAPE', 'a CUSTOM grouping needs "customClass"', grouping!.place, 'customClass: { className: … }')
  }
  return {
    from: from.text,
    to,
    stream: streamId?.text ?? DEFAULT_STREAM,
    grouping:
      type === 'fields' || type === 'partial-key' ? { type, fields: [...fields.keys()] } : { type: type ?? 'none' },
    isStandIn: type === undefined,
    customClass,
    places: {
      from: from.place,
      stream: streamId?.place ?? from.place,
      type: placeOf(grouping ?? map, 'type'),
      args: placeOf(grouping ?? map, 'args', 'type'),
      fields,
    },
  }
}

/** What another grouping would take has no effect: whoever wrote it means that other one. */
function checkIdle(grouping: YamlMap, type: GroupingType, report: Report): void {
  const args = itemsAt(grouping, 'args')
  const name = textAt(grouping, 'type')!.text
  if (type !== 'fields' && type !== 'partial-key' && args.length > 0)
    report.add(
      'YAML_SHAPE',
      `a ${name} grouping takes no "args"`,
      args[0]!.place,
      'fields belong to type FIELDS or PARTIAL_KEY',
    )
  const customClass = child(grouping, 'customClass')
  if (type !== 'custom' && customClass !== undefined)
    report.add(
      'YAML_SHAPE',
      `a ${name} grouping takes no "customClass"`,
      customClass.place,
      'it belongs to type CUSTOM',
    )
}

/** The type, in upper or lower case, with `_` or `-`. */
function readType(grouping: YamlMap, report: Report): GroupingType | undefined {
  const written = textAt(grouping, 'type')
  if (written === undefined) return undefined
  const type = GROUPING_TYPES.find((known) => known === written.text.toLowerCase().replaceAll('_', '-'))
  if (type === undefined)
    report.add('UNKNOWN_GROUPING', `there is no grouping "${written.text}"`, written.place, () =>
      suggest(written.text, GROUPING_NAMES),
    )
  return type
}
