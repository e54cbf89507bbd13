/** Asks each bolt whether what comes to it is what it needs. */
import type { Finding } from '../../errors/typhoon-error.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import type { Component } from '../component/component.ts'
import type { BoltInputs } from '../component/inputs.ts'
import { sizeOf, type Topology } from '../topology.ts'

/** What the samples of bolts say of their inputs. */
export function inputFindings(samples: readonly (readonly [ComponentId, Component])[], topology: Topology): Finding[] {
  return samples.flatMap(([component, sample]) => {
    if (sample.kind === 'spout' || sample.checkInputs === undefined) return []
    const findings = sample.checkInputs(inputsOf(component, topology))
    return findings.map((finding): Finding => ({ ...finding, where: { component, ...finding.where } }))
  })
}

function inputsOf(component: ComponentId, topology: Topology): BoltInputs {
  const spec = topology.components[component]!
  const streams = spec.inputs.flatMap((input) => {
    const from = Object.hasOwn(topology.components, input.component) ? topology.components[input.component] : undefined
    const outputs = from?.outputs ?? {}
    return Object.hasOwn(outputs, input.stream) ? [{ ...input, fields: outputs[input.stream]!.fields }] : []
  })
  return {
    streams,
    areAll: streams.length === spec.inputs.length,
    tasks: sizeOf(topology, spec).tasks,
    haveTime: hasTime(component, topology, new Set()),
  }
}

/** Whether a component, or one ahead of it, has timestamps. */
function hasTime(component: ComponentId, topology: Topology, seen: Set<ComponentId>): boolean {
  if (seen.has(component) || !Object.hasOwn(topology.components, component)) return false
  seen.add(component)
  const { timestamps, inputs } = topology.components[component]!
  return timestamps !== undefined || inputs.some((input) => hasTime(input.component, topology, seen))
}
