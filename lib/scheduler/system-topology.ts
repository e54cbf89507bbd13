/**
 * What really runs: the user's topology with the acker, its streams and those of watermarks added, as a short list of
 * rewrites of plain data. Rule: nathanmarz/storm `storm-core/src/clj/backtype/storm/daemon/common.clj`
 * (`system-topology!`).
 */

import { type ConfigMap, resolveConfig } from '../topology/config/config.ts'
import { turnSecs } from '../topology/config/message-timeout.ts'
import type { ComponentSpec, StreamSpec, Subscription, Topology } from '../topology/topology.ts'
import type { ComponentId } from '../tuple/ids.ts'
import {
  ACK_ACK_STREAM,
  ACKER_COMPONENT,
  DEAD_LETTER_STREAM,
  DEAD_LETTERS_COMPONENT,
  isSystemId,
  WATERMARK_STREAM,
} from '../tuple/system-ids.ts'
import { ACK_SOURCE, FAIL_SOURCE, INIT_SOURCE, RESET_SOURCE, TIMEOUT_SOURCE } from '../tuple/system-sources.ts'
import type { TupleSource } from '../tuple/tuple.ts'
import { watermarkEdges } from './watermark-edges.ts'

/** How far event time has come at the sender, and whether nothing is to be expected of it for now. */
const LETTERS: StreamSpec = { fields: ['letter'], direct: false }
const WATERMARKS: StreamSpec = { fields: ['time', 'isIdle'], direct: false }

type StreamSpecs = Readonly<Record<string, StreamSpec>>

const SPOUT_TO_ACKER = direct(INIT_SOURCE, TIMEOUT_SOURCE)
const BOLT_TO_ACKER = direct(ACK_SOURCE, FAIL_SOURCE, RESET_SOURCE)
const ACKER_TO_SPOUT: StreamSpecs = {
  [ACK_ACK_STREAM]: { fields: ['roots'], direct: true },
  ...direct(FAIL_SOURCE),
}

function direct(...sources: readonly TupleSource[]): StreamSpecs {
  return Object.fromEntries(sources.map(({ stream, fields }) => [stream, { fields: fields.names, direct: true }]))
}

export function systemTopology(topology: Topology): Topology {
  const ackers = ackerCount(topology)
  const isExact = resolveConfig(topology.config)['topology.guarantee'] === 'exactly-once'
  const lettered = isExact ? addDeadLetters(topology) : topology
  return addWatermarks(ackers === 0 ? lettered : addAckerStreams(addAcker(lettered, ackers)))
}

/** Where a tuple is atomic, what is given up comes to one task, which writes it with the snapshots. */
function addDeadLetters(topology: Topology): Topology {
  const users = userComponents(topology)
  const letters: ComponentSpec = {
    kind: 'bolt',
    outputs: {},
    inputs: users.map(([component]) => ({ component, stream: DEAD_LETTER_STREAM, grouping: { type: 'global' } })),
    parallelism: 1,
    config: { 'topology.tasks': 1, 'topology.max.task.parallelism': 1, 'topology.tick.tuple.freq.secs': null },
  }
  const senders = users.map(([id, spec]): [ComponentId, ComponentSpec] => [
    id,
    { ...spec, outputs: { ...spec.outputs, [DEAD_LETTER_STREAM]: LETTERS } },
  ])
  const components = { ...topology.components, ...Object.fromEntries(senders), [DEAD_LETTERS_COMPONENT]: letters }
  return { ...topology, components }
}

/**
 * Watermarks go to every task of whoever subscribes to anything of their sender; and to one another's from spouts whose
 * tasks wait for each other.
 */
function addWatermarks(topology: Topology): Topology {
  const aligned = Object.entries(topology.components).flatMap(([id, { timestamps }]) =>
    timestamps?.maxDriftMs === undefined ? [] : [{ from: id, to: id }],
  )
  const edges = [...watermarkEdges(topology), ...aligned]
  if (edges.length === 0) return topology
  const components = Object.entries(topology.components).map(([id, spec]): [ComponentId, ComponentSpec] => {
    const inputs = edges
      .filter(({ to }) => to === id)
      .map(({ from }): Subscription => ({ component: from, stream: WATERMARK_STREAM, grouping: { type: 'all' } }))
    const isSender = edges.some(({ from }) => from === id)
    const outputs = isSender ? { ...spec.outputs, [WATERMARK_STREAM]: WATERMARKS } : spec.outputs
    return [id, { ...spec, inputs: [...spec.inputs, ...inputs], outputs }]
  })
  return { ...topology, components: Object.fromEntries(components) }
}

/** How many ackers a topology has; 0: nothing is tracked. */
export function ackerCount(topology: Topology): number {
  const config = resolveConfig(topology.config)
  if (config['topology.guarantee'] !== 'at-least-once') return 0
  return config['topology.acker.executors'] ?? config['topology.workers']
}

/** The user's components, without the runtime's own. */
export function userComponents(topology: Topology): [ComponentId, ComponentSpec][] {
  return Object.entries(topology.components).filter(([id]) => !isSystemId(id))
}

function addAcker(topology: Topology, ackers: number): Topology {
  const inputs = userComponents(topology).flatMap(([id, { kind }]) =>
    Object.keys(kind === 'spout' ? SPOUT_TO_ACKER : BOLT_TO_ACKER).map((stream) => directInput(id, stream)),
  )
  const acker: ComponentSpec = {
    kind: 'bolt',
    outputs: ACKER_TO_SPOUT,
    inputs,
    parallelism: ackers,
    config: ackerConfig(topology, ackers),
  }
  return { ...topology, components: { ...topology.components, [ACKER_COMPONENT]: acker } }
}

/**
 * An acker looks at its roots as often as the most impatient spout asks, and remembers them for as long as the most
 * patient one waits.
 */
function ackerConfig(topology: Topology, ackers: number): ConfigMap {
  const spouts = userComponents(topology)
    .filter(([, { kind }]) => kind === 'spout')
    .map(([, { config }]) => resolveConfig(topology.config, config))
  return {
    // What the topology says of tasks is about the user's components.
    'topology.tasks': ackers,
    'topology.max.task.parallelism': ackers,
    'topology.tick.tuple.freq.secs': Math.min(...spouts.map(turnSecs)),
    'topology.message.timeout.secs': Math.max(...spouts.map((config) => config['topology.message.timeout.secs'])),
  }
}

function addAckerStreams(topology: Topology): Topology {
  const components = Object.entries(topology.components).map(([id, spec]): [ComponentId, ComponentSpec] => {
    if (isSystemId(id)) return [id, spec]
    if (spec.kind === 'bolt') return [id, { ...spec, outputs: { ...spec.outputs, ...BOLT_TO_ACKER } }]
    const inputs = [
      ...spec.inputs,
      ...Object.keys(ACKER_TO_SPOUT).map((stream) => directInput(ACKER_COMPONENT, stream)),
    ]
    return [id, { ...spec, inputs, outputs: { ...spec.outputs, ...SPOUT_TO_ACKER } }]
  })
  return { ...topology, components: Object.fromEntries(components) }
}

function directInput(component: ComponentId, stream: string): Subscription {
  return { component, stream, grouping: { type: 'direct' } }
}
