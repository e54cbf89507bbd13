/** The table that makes the groupings: what stands in a subscription → what chooses the tasks. */

import { TyphoonError } from '../errors/typhoon-error.ts'
import type { GroupingSpec, GroupingType } from '../topology/topology.ts'
import type { TaskId } from '../tuple/ids.ts'
import { suggest } from '../words/suggest.ts'
import { CustomGrouping } from './custom.ts'
import { FieldsGrouping } from './fields.ts'
import { allGrouping, directGrouping, globalGrouping } from './fixed.ts'
import type { Grouping, GroupingPorts } from './grouping.ts'
import { LoadAwareShuffleGrouping } from './load-aware-shuffle.ts'
import { PartialKeyGrouping } from './partial-key.ts'
import { ShuffleGrouping } from './shuffle.ts'

type Make = (ports: GroupingPorts, spec: GroupingSpec) => Grouping

const TABLE: Readonly<Record<GroupingType, Make>> = {
  shuffle: (ports) => shuffleOver(ports.targets, ports),
  'local-or-shuffle': (ports) => shuffleOver(ports.localTargets.length > 0 ? ports.localTargets : ports.targets, ports),
  none: (ports) => new ShuffleGrouping(ports.targets, ports.random),
  // Where there is one task, every value leads there: nothing to hash.
  fields: (ports, spec) => {
    const indexes = indexesOf(spec, ports)
    return ports.targets.length === 1
      ? globalGrouping(ports.targets)
      : new FieldsGrouping(indexes, ports.targets, ports.keyGroups)
  },
  'partial-key': (ports, spec) => new PartialKeyGrouping(indexesOf(spec, ports), ports.targets),
  all: (ports) => allGrouping(ports.targets),
  global: (ports) => globalGrouping(ports.targets),
  direct: directGrouping,
  custom: (ports) => {
    if (ports.custom !== undefined) return new CustomGrouping(ports.custom, ports)
    throw new TyphoonError(
      'UNKNOWN_GROUPING',
      `the stream "${ports.stream}" of "${ports.component}" has a custom grouping, and none is given`,
      {
        where: { component: ports.component, stream: ports.stream },
      },
    )
  },
}

/**
 * One grouping for one emitting task, stream and subscriber.
 * @throws UNKNOWN_GROUPING, UNKNOWN_FIELD; and what `prepare` of a custom grouping throws
 */
export function makeGrouping(spec: GroupingSpec, ports: GroupingPorts): Grouping {
  if (!Object.hasOwn(TABLE, spec.type)) {
    throw new TyphoonError('UNKNOWN_GROUPING', `there is no grouping "${spec.type}"`, {
      where: { component: ports.component, stream: ports.stream },
      hint: suggest(spec.type, Object.keys(TABLE)),
    })
  }
  return TABLE[spec.type](ports, spec)
}

function shuffleOver(targets: readonly TaskId[], { localTargets, random, config }: GroupingPorts): Grouping {
  if (config['topology.disable.loadaware.messaging']) return new ShuffleGrouping(targets, random)
  return new LoadAwareShuffleGrouping({
    targets,
    localTargets,
    lowerBound: config['topology.localityaware.lower.bound'],
    higherBound: config['topology.localityaware.higher.bound'],
    random,
  })
}

function indexesOf(spec: GroupingSpec, { fields }: GroupingPorts): readonly number[] {
  return (spec.fields ?? []).map((field) => fields.indexOf(field))
}
