/**
 * What of a topology Storm cannot have: all that its shell components, Flux and the multilang protocol have no word
 * for. Whatever would silently do something else there is refused, and nothing is written.
 */
import { functionsOf } from '../../drpc/protocol/functions-of.ts'
import type { Problem, Where } from '../../errors/typhoon-error.ts'
import { ShellBolt, ShellSpout } from '../../multilang/index.ts'
import type { Component } from '../../topology/component/component.ts'
import type { TopologyDefinition } from '../../topology/component/definition.ts'
import type { ComponentSpec, Subscription } from '../../topology/topology.ts'
import { refusedConfig } from './config.ts'

/** All that is wrong; makes an instance of each component. */
export function refusedOf(definition: TopologyDefinition): Problem[] {
  const { topology, components, workerHooks, about } = definition
  if (about !== undefined)
    return [refused('its streams are those of Trident, which Storm runs in Java alone', {}, 'write it with bolts')]
  const functions = functionsOf(topology)
  if (functions.length > 0)
    return [refused(`it answers functions of DRPC (${functions.join(', ')}), which Typhoon's own server asks for`)]
  return [
    ...refusedConfig(topology.config),
    ...(workerHooks.length === 0 ? [] : [refused('it has worker hooks, and a child process knows no worker')]),
    ...Object.entries(topology.components).flatMap(([id, spec]) => [
      ...refusedConfig(spec.config, id),
      ...ofComponent(id, spec, components.get(id)!()),
      ...spec.inputs.flatMap((input) => ofSubscription(id, input)),
    ]),
  ]
}

/** What is allowed and is not what it was: a sentence for each. */
export function warningsOf({ topology, components }: TopologyDefinition): string[] {
  const waiting = Object.entries(topology.components).flatMap(([id, { kind }]) => {
    const made = kind === 'bolt' ? components.get(id)!() : undefined
    return made !== undefined && 'endOfInput' in made && made.endOfInput !== undefined ? [`"${id}"`] : []
  })
  if (waiting.length === 0) return []
  return [`endOfInput is not called on Storm, whose input never ends: ${waiting.join(', ')}`]
}

function ofComponent(id: string, spec: ComponentSpec, made: Component): Problem[] {
  const where = { component: id }
  const problem = (message: string, hint?: string): Problem => refused(`"${id}" ${message}`, where, hint)
  if (made instanceof ShellBolt || made instanceof ShellSpout)
    return [
      problem(
        'is a child process already, of which only its own language knows what it needs',
        'name it in a Flux file as it is: Storm runs it without Typhoon',
      ),
    ]
  const found: Problem[] = []
  if (spec.timestamps !== undefined) found.push(problem('has timestamps, and Storm passes on no watermarks'))
  if (made.kind === 'spout') {
    if (made.readsOnce !== undefined)
      found.push(problem(`reads ${made.readsOnce}, which Storm talks to its children by`))
    if (made.noted !== undefined) found.push(problem('waits for notes of bolts, which the protocol does not carry'))
  } else if (made.onTimer !== undefined)
    found.push(problem('has timers that last, and a child process has none', 'use context.after, or ticks'))
  else if (made.onWatermark !== undefined) found.push(problem('goes by watermarks, and Storm passes on none'))
  for (const [stream, { direct }] of Object.entries(spec.outputs))
    if (direct) {
      const message = `"${id}" declares the direct stream "${stream}", which Flux's shell components cannot`
      found.push(refused(message, { ...where, stream }, 'group by a field'))
    }
  return found
}

function ofSubscription(component: string, { component: from, stream, grouping }: Subscription): Problem[] {
  if (grouping.type !== 'custom') return []
  const message = `"${component}" takes "${from}" by a grouping of its own, which in Storm is a class of Java`
  return [refused(message, { component, from, stream }, 'group by a field that the emitter computes')]
}

function refused(message: string, where: Where = {}, hint?: string): Problem {
  return { code: 'NOT_IN_STORM', message, where, ...(hint === undefined ? {} : { hint }) }
}
